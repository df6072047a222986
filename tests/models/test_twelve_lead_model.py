"""Bringing recordings to what 12-lead networks take, and what is made of their answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import BundleError, SignalError
from einthoven.models.bundle import list_bundles, load_bundle
from einthoven.models.twelve_lead import (
    SAMPLES,
    calibrated,
    check_contract,
    classify,
    decide,
    prepare,
    too_few_leads,
    window_probabilities,
)
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate
from tiny_twelve_lead import make_bundle


def recording(seconds: float = 10.0, fs: float = 500.0, leads=STANDARD_LEADS) -> Recording:
    return simulate(seconds, fs, leads, seed=3)


def test_ten_seconds_are_one_window_of_all_leads_without_their_mean():
    inputs = prepare(recording())
    assert inputs.ecg.shape == (1, 12, SAMPLES)
    assert inputs.ecg.dtype == np.float32
    assert inputs.known.tolist() == [[1.0] * 12]
    assert np.abs(inputs.ecg.mean(axis=2)).max() < 1e-5
    assert inputs.leads == STANDARD_LEADS


@pytest.mark.parametrize("fs", [100, 250, 257.3, 500, 1000])
def test_any_rate_gives_nearly_the_same_samples(fs):
    expected = prepare(recording(fs=1000.0)).ecg
    source = recording(fs=1000.0)
    from einthoven.signal.resample import resample

    other = replace(source, signals=resample(source.signals, 1000.0, fs), fs=fs)
    difference = prepare(other).ecg[0, :, 50:-50] - expected[0, :, 50:-50]
    assert np.sqrt(np.mean(difference**2)) < 0.02  # millivolt; R waves are 1 and more


def test_limb_leads_follow_from_two_of_them():
    whole = prepare(recording())
    for pair in (("I", "II"), ("I", "III"), ("II", "III")):
        there = [STANDARD_LEADS.index(name) for name in pair]
        two = Recording(recording().signals[there], 500.0, pair)
        inputs = prepare(two)
        assert inputs.leads == STANDARD_LEADS[:6]
        assert np.abs(inputs.ecg[0, :6] - whole.ecg[0, :6]).max() < 0.15  # the simulator adds noise to each
        of_i, of_ii = inputs.ecg[0, :2]
        assert np.allclose(inputs.ecg[0, 2], of_ii - of_i, atol=1e-5)
        assert np.allclose(inputs.ecg[0, 3], -(of_i + of_ii) / 2, atol=1e-5)


def test_what_is_not_usable_or_not_a_standard_lead_is_unknown():
    source = recording(leads=("I", "V1", "V2"))
    inputs = prepare(replace(source, leads=("I", "V1", "ECG2")), usable=(True, False, True))
    assert inputs.leads == ("I",)
    assert not inputs.ecg[0, 1:].any()


def test_gaps_are_zeros_and_a_lead_missing_for_most_of_a_window_is_unknown():
    source = recording()
    signals = source.signals.copy()
    signals[0, :500] = np.nan
    signals[7, :4200] = np.nan
    inputs = prepare(replace(source, signals=signals))
    assert np.isfinite(inputs.ecg).all()
    assert not inputs.ecg[0, 0, :99].any()
    assert inputs.known[0, 0] == 1
    assert inputs.known[0, 7] == 0


@given(seconds=st.floats(2.0, 120.0))
def test_windows_cover_every_length(seconds):
    fs = 100.0
    n = round(seconds * fs)
    ramp = np.arange(n, dtype=np.float32)[None] / 1000
    inputs = prepare(Recording(ramp, fs, ("II",)))
    if n <= SAMPLES:
        assert inputs.ecg.shape[0] == 1
        assert not inputs.ecg[0, 1, n:].any()
    else:
        assert len(inputs.ecg) == -(-(n - SAMPLES) // (SAMPLES // 2)) + 1
        for window in inputs.ecg[:, 1]:
            assert round(1000 * (window[-1] - window[0])) == SAMPLES - 1


@pytest.mark.parametrize("seconds", [1.5, 121.0])
def test_what_is_no_resting_ecg_is_refused(seconds):
    with pytest.raises(SignalError, match=r"2 to 120 s"):
        prepare(Recording(np.zeros((1, int(100 * seconds)), np.float32), 100.0, ("I",)))


def test_no_known_lead_is_refused():
    with pytest.raises(SignalError, match=r"None of the twelve.*MLII.*Name them"):
        prepare(recording(leads=("MLII",)))
    with pytest.raises(SignalError, match=r"None of the twelve"):
        prepare(recording(leads=("I", "II")), usable=(False, False))


@pytest.mark.parametrize("factor", [1000.0, 0.001])
def test_another_unit_is_refused(factor):
    source = recording()
    with pytest.raises(SignalError, match=r"the unit must be another one.*State the right one"):
        prepare(replace(source, signals=source.signals * np.float32(factor)))


@pytest.mark.parametrize(
    ("probability", "decision"),
    [(0.1, "absent"), (0.3, "borderline"), (0.5, "borderline"), (0.7, "borderline"), (0.71, "present")],
)
def test_bands(probability, decision):
    assert decide(probability, (0.3, 0.7)) == decision


def test_calibration_is_of_each_class(tmp_path):
    card = load_bundle(make_bundle(tmp_path / "tiny")).card
    logits = np.array([[-800.0, 0.0, 800.0, 1.0, 2.0][: len(card.classes)]], np.float32)
    probabilities = calibrated(logits, card)
    assert probabilities.shape == logits.shape
    assert ((probabilities >= 0) & (probabilities <= 1)).all()


def test_a_model_for_something_else_is_refused():
    with pytest.raises(BundleError, match=r"'beats'"):
        check_contract(load_bundle("beats"))


def test_a_window_without_any_lead_has_no_say(tmp_path):
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    source = recording(20.0)
    signals = source.signals.copy()
    signals[:, 3200:] = np.nan
    inputs = prepare(replace(source, signals=signals))
    assert inputs.known.any(axis=1).tolist() == [True, False, False]
    alone = window_probabilities(inputs.ecg[:1], inputs.known[:1], bundle)[0]
    assert classify(inputs, bundle) == pytest.approx(alone)


def test_a_long_record_is_the_mean_of_its_windows(tmp_path):
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    inputs = prepare(recording(25.0))
    assert len(inputs.ecg) == 4
    each = window_probabilities(inputs.ecg, inputs.known, bundle)
    whole = classify(inputs, bundle)
    assert each.shape == (4, len(bundle.card.classes))
    assert np.all(whole >= each.min(axis=0) - 1e-6)
    assert np.all(whole <= each.max(axis=0) + 1e-6)


@pytest.mark.parametrize(
    "name", [name for name in list_bundles() if load_bundle(name).card.task == "twelve-lead"]
)
def test_models_that_ship_answer_any_leads(name):
    bundle = load_bundle(name)
    check_contract(bundle)
    for leads in (STANDARD_LEADS, ("I", "II"), ("I",), ("V3",)):
        probabilities = classify(prepare(recording(leads=leads)), bundle)
        assert probabilities.shape == (len(bundle.card.classes),)
        assert ((probabilities > 0) & (probabilities < 1)).all()


@pytest.mark.skipif("mi" not in list_bundles(), reason="the model is not here")
@pytest.mark.parametrize(
    ("leads", "seen"),
    [
        (STANDARD_LEADS, ""),
        (("I", "II"), ""),
        (("II",), ""),
        (("II", "V1"), ""),
        (("V1",), "AUROC 0.76 for held-out patients, 0.80 is asked"),
        (("V1", "V5"), "AUROC 0.76 for held-out patients, 0.80 is asked"),
        (("V5",), "it was not measured with such leads"),
    ],
    ids=str,
)
def test_what_was_not_shown_to_work_is_not_answered(leads: tuple[str, ...], seen: str) -> None:
    shipped = load_bundle("mi").card
    measured = [
        metric.model_copy(update={"value": 0.76}) if metric.name == "AUROC, lead V1" else metric
        for metric in shipped.metrics
    ]
    card = shipped.model_copy(update={"metrics": measured})
    reason = too_few_leads(leads, card)
    assert (seen in reason) if seen else reason == ""
    assert too_few_leads(leads, card.model_copy(update={"metrics": []})) == ""
