"""The network's inputs: known RR values, references that distrust the majority, pieces equal to the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import percentile_filter

from einthoven.models.beat_inputs import (
    AFTER,
    BEFORE,
    LEADS,
    RATE,
    RHYTHM_FEATURES,
    SHAPE_FEATURES,
    _percentile,
    beat_inputs,
    prepare,
    rhythm_features,
    rr_intervals,
)
from einthoven.signal.simulator import simulate


def column(name: str) -> int:
    return RHYTHM_FEATURES.index(name)


def test_rr_intervals_of_a_hand_made_rhythm():
    before, after = rr_intervals(np.array([0, 128, 192, 384]))
    assert before.tolist() == [1.0, 1.0, 0.5, 1.5]
    assert after.tolist() == [1.0, 0.5, 1.5, 1.5]


@pytest.mark.parametrize("n", [0, 1])
def test_intervals_of_no_beat_and_of_one(n):
    before, after = rr_intervals(np.arange(n))
    assert len(before) == len(after) == n


def test_a_premature_beat_is_early_against_every_reference():
    before = np.full(201, 0.8, np.float32)
    before[100] = 0.5
    features = rhythm_features(before, np.append(before[1:], 0.8).astype(np.float32))
    for name in RHYTHM_FEATURES:
        if name.startswith("log_rr_before_over"):
            assert features[100, column(name)] == pytest.approx(np.log(0.5 / 0.8), abs=1e-5), name
            assert features[50, column(name)] == pytest.approx(0, abs=1e-5), name


@pytest.mark.parametrize("n_beats", [0, 1, 2, 3, 12, 100, 101])
def test_running_percentiles_are_those_of_scipy_however_few_beats_there_are(n_beats):
    values = np.random.default_rng(n_beats).uniform(0.4, 1.2, n_beats).astype(np.float32)
    for half, percentile in ((8, 50), (30, 80), (150, 25), (1000, 75)):
        size = 2 * min(half, max(1, n_beats - 1)) + 1
        expected = percentile_filter(values, percentile, size=size, mode="nearest")
        assert np.array_equal(_percentile(values, half, percentile), expected)


def test_in_bigeminy_early_beats_stay_early_against_the_upper_percentiles():
    before = np.tile([0.5, 1.1], 100).astype(np.float32)
    features = rhythm_features(before, np.roll(before, -1))
    assert features[100, column("log_rr_before_over_p75_of_30")] == pytest.approx(np.log(0.5 / 1.1), abs=1e-5)


def test_a_slow_drift_does_not_look_premature():
    before = np.linspace(1.0, 0.6, 600).astype(np.float32)
    features = rhythm_features(before, np.append(before[1:], 0.6).astype(np.float32))
    assert np.abs(features[:, column("log_rr_before_over_p50_of_8")]).max() < 0.02


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.7, 1.4))
def test_relative_rhythm_features_do_not_depend_on_the_heart_rate(factor):
    before = (0.8 * np.exp(np.random.default_rng(0).normal(0, 0.1, 300))).astype(np.float32)
    after = np.append(before[1:], before[-1]).astype(np.float32)
    relative = [i for i, name in enumerate(RHYTHM_FEATURES) if name not in ("log_rr_before", "log_rr_after")]
    one, other = rhythm_features(before, after), rhythm_features(before * factor, after * factor)
    np.testing.assert_allclose(one[:, relative], other[:, relative], atol=1e-4)


def prepared(duration=120.0, leads=("MLII", "V1"), fs=360.0, **options):
    recording = simulate(duration, fs, leads, seed=1, **options)
    return prepare(recording.signals, recording.fs, recording.beats.samples), recording


def test_shapes_and_finite_values():
    ready, recording = prepared()
    inputs = beat_inputs(ready)
    n = len(recording.beats)
    assert inputs.waves.shape == (n, LEADS, 3, BEFORE + AFTER)
    assert inputs.shapes.shape == (n, LEADS, len(SHAPE_FEATURES))
    assert inputs.rhythm.shape == (n, len(RHYTHM_FEATURES))
    assert inputs.present.all()
    for values in (inputs.waves, inputs.shapes, inputs.rhythm):
        assert np.isfinite(values.astype(np.float32)).all()


def test_pieces_give_what_the_whole_gives():
    ready, _ = prepared(700.0)
    whole = beat_inputs(ready)
    for begin, stop in ((400, 460), (407, 433), (0, 5)):
        piece = beat_inputs(ready, begin, stop)
        for name in ("waves", "shapes", "rhythm", "present"):
            np.testing.assert_allclose(getattr(piece, name), getattr(whole, name)[begin:stop], atol=1e-6)


def test_a_gap_in_one_lead_leaves_its_other_beats_as_they_were():
    recording = simulate(400, 128, ("MLII", "V1"), muscle_mv=0.0, seed=2)
    signals = recording.signals.copy()
    signals[1, : 128 * 150] = np.nan
    whole = beat_inputs(prepare(recording.signals, 128, recording.beats.samples))
    gapped = beat_inputs(prepare(signals, 128, recording.beats.samples))
    later = recording.beats.samples > 128 * 152
    assert gapped.present[later].all() and not gapped.present[recording.beats.samples < 128 * 148, 1].any()
    for name, tolerance in (("waves", 0.1), ("shapes", 0.5)):
        one, other = (getattr(x, name)[later].astype(np.float32) for x in (whole, gapped))
        assert np.abs(one - other).mean() < tolerance / 5


def test_a_second_lead_that_is_not_there_is_absent():
    ready, _ = prepared(leads=("MLII",))
    inputs = beat_inputs(ready)
    assert inputs.present[:, 0].all() and not inputs.present[:, 1].any()
    assert not inputs.waves[:, 1].any()


def test_beats_within_a_gap_have_no_lead():
    recording = simulate(60, 360, ("MLII", "V1"), seed=2)
    signals = recording.signals.copy()
    signals[1, 360 * 20 : 360 * 30] = np.nan
    inputs = beat_inputs(prepare(signals, 360, recording.beats.samples))
    seconds = recording.beats.samples / 360
    gone = (seconds > 20.5) & (seconds < 29.5)
    assert not inputs.present[gone, 1].any()
    assert inputs.present[:, 0].all() and inputs.present[~gone & ((seconds < 19) | (seconds > 31)), 1].all()


@pytest.mark.parametrize("fs", [50.0, 128.0, 257.0, 1000.0])
def test_the_recordings_rate_hardly_matters(fs):
    slow, recording = prepared(60.0, fs=fs, muscle_mv=0.0)
    fast, _ = prepared(60.0, fs=500.0, muscle_mv=0.0)
    assert len(slow) == len(fast)
    difference = slow.positions / RATE - recording.beats.samples / fs
    assert np.abs(difference).max() < 0.08


@pytest.mark.parametrize("n_beats", [1, 2, 3])
def test_few_beats_work(n_beats):
    recording = simulate(4, 360, ("MLII", "V1"), seed=1)
    inputs = beat_inputs(prepare(recording.signals, 360, recording.beats.samples[:n_beats]))
    assert len(inputs) == n_beats and np.isfinite(inputs.shapes).all()


def test_amplitude_and_polarity_scale_out_of_the_waves():
    ready, recording = prepared(60.0, muscle_mv=0.0)
    louder = prepare(-3 * recording.signals, 360, recording.beats.samples)
    np.testing.assert_allclose(
        beat_inputs(louder).waves.astype(np.float32), -beat_inputs(ready).waves.astype(np.float32), atol=0.02
    )
