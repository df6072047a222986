"""Classifying beats with the models that ship: layout of sequences, choice of leads, robustness, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import BundleError, SignalError
from einthoven.formats import read
from einthoven.models.beat_inputs import MARGIN, SEQUENCE, BeatInputs, beat_inputs, prepare
from einthoven.models.beats import CORE, calibrated, choose_leads, classify_beats, sequences
from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.recording import Recording
from einthoven.signal.defects import with_flat, with_gap, with_inversion
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module", params=["beats", "beats-ds1"])
def bundle(request):
    return load_bundle(request.param)


@pytest.fixture(scope="module")
def recording():
    return simulate(180, 360, ("MLII", "V1"), v_probability=0.08, s_probability=0.05, seed=11)


def numbered(n: int) -> BeatInputs:
    """Inputs whose rhythm column says which beat it is."""
    rhythm = np.arange(n, dtype=np.float32).reshape(n, 1)
    waves, shapes = np.zeros((n, 2, 3, 4), np.float16), np.zeros((n, 2, 1), np.float32)
    return BeatInputs(waves, shapes, rhythm, np.ones((n, 2), np.float32))


@given(n=st.integers(1, 700), begin=st.integers(0, 300))
def test_each_beat_is_answered_once_and_sees_its_neighbours(n, begin):
    begin = min(begin, n - 1)
    rows = sequences(numbered(n), begin, n)
    core = rows["rhythm"][:, MARGIN : MARGIN + CORE, 0].reshape(-1)[: n - begin]
    assert core.tolist() == list(range(begin, n))
    assert rows["valid"].shape == (-(-(n - begin) // CORE), SEQUENCE)
    assert rows["valid"][0, MARGIN - 1] == (1.0 if begin > 0 else 0.0)
    assert not rows["rhythm"][rows["valid"] == 0].any()


@pytest.mark.parametrize(
    ("leads", "usable", "chosen"),
    [
        (("V1", "MLII"), None, (0, 1)),
        (("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"), None, (1, 6)),
        (("II", "V1", "V5"), (False, True, True), (1, 2)),
        (("abdomen",), None, (0,)),
        (("x", "y", "V5"), None, (0, 2)),
    ],
)
def test_preferred_usable_leads_are_chosen(leads, usable, chosen):
    recording = Recording(np.tile(np.arange(100, dtype=np.float32), (len(leads), 1)), 100, leads)
    assert choose_leads(recording, usable) == list(chosen)


def test_no_usable_lead_is_an_error_that_names_the_leads():
    recording = Recording(np.full((1, 100), np.nan, np.float32), 100, ("II",))
    with pytest.raises(SignalError, match="II"):
        choose_leads(recording)


@pytest.mark.parametrize("peaks", [[-1], [10**9]])
def test_r_peaks_outside_the_recording_are_refused(bundle, recording, peaks):
    with pytest.raises(SignalError, match="samples 0 to"):
        classify_beats(recording, peaks, bundle)


def test_no_r_peaks_give_no_beats(bundle, recording):
    beats = classify_beats(recording, [], bundle)
    assert len(beats) == 0 and beats.probabilities.shape == (0, 5)


def test_a_bundle_for_other_inputs_is_refused(bundle, recording):
    card = bundle.card.model_copy(update={"input": bundle.card.input.model_copy(update={"rate_hz": 64.0})})
    other = type(bundle)(card, bundle.path)
    with pytest.raises(BundleError, match="64 Hz"):
        classify_beats(recording, recording.beats.samples, other)


def test_probabilities_are_those_of_the_cards_calibration(bundle):
    logits = np.random.default_rng(0).normal(size=(50, 5)).astype(np.float32)
    probabilities = calibrated(logits, bundle)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    parameters = bundle.card.calibration.parameters
    scaled = logits / parameters["temperature"] + np.asarray(parameters["bias"])
    np.testing.assert_array_equal(probabilities.argmax(axis=1), scaled.argmax(axis=1))


def agreement(one, other) -> float:
    return float(np.mean(one.classes == other.classes))


def test_simulated_ectopic_beats_are_found(bundle, recording):
    found = classify_beats(recording, recording.beats.samples, bundle)
    for letter in "SV":
        true = recording.beats.classes == letter
        assert np.mean(found.classes[true] == letter) > 0.7, letter
    assert np.mean(found.classes[recording.beats.classes == "N"] == "N") > 0.97


@pytest.mark.parametrize("fs", [100, 128, 250, 1000])
def test_the_rate_hardly_matters(bundle, fs):
    options = {"v_probability": 0.08, "s_probability": 0.05, "seed": 11}
    reference = simulate(120, 360, ("MLII", "V1"), **options)
    other = simulate(120, fs, ("MLII", "V1"), **options)
    one = classify_beats(reference, reference.beats.samples, bundle)
    two = classify_beats(other, other.beats.samples, bundle)
    assert len(one) == len(two) and agreement(one, two) > 0.95


def test_an_inverted_lead_hardly_matters(bundle, recording):
    one = classify_beats(recording, recording.beats.samples, bundle)
    two = classify_beats(with_inversion(recording, "MLII"), recording.beats.samples, bundle)
    assert agreement(one, two) > 0.95


def test_gain_does_not_matter(bundle, recording):
    louder = Recording(recording.signals * 4, recording.fs, recording.leads)
    one = classify_beats(recording, recording.beats.samples, bundle)
    assert agreement(one, classify_beats(louder, recording.beats.samples, bundle)) > 0.995


@pytest.mark.parametrize("lead", [0, 1])
def test_one_lead_is_enough(bundle, recording, lead):
    single = Recording(recording.signals[lead : lead + 1], recording.fs, recording.leads[lead : lead + 1])
    found = classify_beats(single, recording.beats.samples, bundle)
    assert np.mean(found.classes == recording.beats.classes) > 0.9


def test_a_lead_that_is_flat_or_missing_for_a_while_does_not_spoil_the_other(bundle, recording):
    one = classify_beats(recording, recording.beats.samples, bundle)
    for damaged in (with_flat(recording, "V1", 60, 120), with_gap(recording, 60, 120, "V1")):
        found = classify_beats(damaged, recording.beats.samples, bundle)
        assert np.isfinite(found.probabilities).all()
        assert agreement(one, found) > 0.93


def test_long_recordings_are_answered_as_their_parts(bundle):
    recording = simulate(1500, 128, ("MLII", "V1"), v_probability=0.05, seed=5)
    prepared = prepare(recording.signals, recording.fs, recording.beats.samples)
    n = len(prepared)
    whole = sequences(beat_inputs(prepared), 0, n)
    answers = bundle.run(whole)["logits"][:, MARGIN : MARGIN + CORE].reshape(-1, 5)[:n]
    found = classify_beats(recording, recording.beats.samples, bundle)
    assert np.abs(calibrated(answers, bundle) - found.probabilities).max() < 0.02


def test_the_last_beats_alone_are_answered_as_among_all(bundle):
    recording = simulate(120, 128, ("MLII", "V1"), pattern="NNNVNNS", seed=6)
    inputs = beat_inputs(prepare(recording.signals, recording.fs, recording.beats.samples))
    n = len(inputs)
    among = bundle.run(sequences(inputs, 0, n))["logits"][0, MARGIN + n - 20 : MARGIN + n]
    alone = bundle.run(sequences(inputs, n - 20, n, core=20))["logits"][0, MARGIN:-MARGIN]
    assert alone.shape == among.shape
    assert np.abs(calibrated(alone, bundle) - calibrated(among, bundle)).max() < 0.02


def test_a_real_record(bundle, data_root):
    recording = read(data_root / "mitdb" / "119.hea")
    found = classify_beats(recording, recording.beats.samples, bundle)
    ventricular = recording.beats.classes == "V"
    assert np.mean((found.classes == "V") == ventricular) > 0.99  # in training; shows that inputs are right


def test_both_models_ship():
    assert {"beats", "beats-ds1"} <= set(list_bundles())


@pytest.mark.parametrize(
    ("peaks", "expected"),
    [
        ([0.5, 1.3], "whole"),
        ([[1, 2]], "whole"),
        (5, "whole"),
        ([300, 200], "increasing"),
    ],
)
def test_positions_that_are_no_sample_numbers_are_refused(bundle, recording, peaks, expected):
    with pytest.raises(SignalError, match=expected):
        classify_beats(recording, peaks, bundle)


def test_verdicts_must_be_one_a_lead(recording):
    with pytest.raises(SignalError, match="1 verdicts for 2 leads"):
        choose_leads(recording, [True])


def test_a_flat_lead_is_not_chosen():
    signals = np.tile(np.arange(100, dtype=np.float32), (3, 1))
    signals[0] = 0
    assert choose_leads(Recording(signals, 100, ("II", "V1", "V5"))) == [1, 2]
