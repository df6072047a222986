"""Recomposed recordings: beats lie where the truth says, and look like the source's."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.models.beat_inputs import RATE
from einthoven.signal.rpeaks import detect_r_peaks
from einthoven.signal.simulator import simulate
from einthoven.training.recompose import recompose, take_apart


@pytest.fixture(scope="module")
def source():
    recording = simulate(180, RATE, ("MLII", "V1"), v_probability=0.1, seed=4)
    found = take_apart(recording.signals, recording.beats.samples, recording.beats.classes)
    assert found is not None
    return found


def test_the_truth_lies_on_the_r_peaks(source):
    made = recompose(source, [source.ventricular], np.random.default_rng(1), 120)
    detected = detect_r_peaks(made.signals, made.fs)
    distance = np.abs(detected[:, np.newaxis] - made.beats.samples).min(axis=0) / RATE
    assert np.mean(distance < 0.08) > 0.95


def test_same_seed_same_recording_and_other_seed_another(source):
    one, same, other = (recompose(source, [], np.random.default_rng(seed), 60) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.signals, same.signals)
    assert one.signals.shape != other.signals.shape or not np.array_equal(one.signals, other.signals)


def test_without_ventricular_windows_there_are_no_ventricular_beats(source):
    for seed in range(8):
        made = recompose(source, [], np.random.default_rng(seed), 120)
        assert not {"V", "F"} & set(made.beats.classes.tolist())


def test_everything_is_finite_and_of_the_asked_length(source):
    made = recompose(source, [source.ventricular], np.random.default_rng(3), 90)
    assert np.isfinite(made.signals).all()
    assert 90 <= made.duration < 200


def test_too_few_regular_beats_make_no_source():
    recording = simulate(20, RATE, ("MLII", "V1"), seed=4)
    assert take_apart(recording.signals, recording.beats.samples, recording.beats.classes) is None
