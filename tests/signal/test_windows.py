"""Beat windows: cut where they are asked for, aligned on the QRS whatever mark or polarity is given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.signal.simulator import simulate
from einthoven.signal.windows import align_to_qrs, cut_windows


def test_a_window_holds_the_samples_around_its_position():
    signals = np.arange(20, dtype=np.float32).reshape(1, 20)
    windows = cut_windows(signals, np.array([5, 12]), before=2, after=3)
    assert windows.shape == (2, 1, 5)
    assert windows[0, 0].tolist() == [3, 4, 5, 6, 7]
    assert windows[1, 0].tolist() == [10, 11, 12, 13, 14]


@pytest.mark.parametrize(("position", "expected"), [(0, [0, 0, 0, 1, 2]), (9, [7, 8, 9, 9, 9])])
def test_beyond_the_ends_the_end_value_is_repeated(position, expected):
    signals = np.arange(10, dtype=np.float32).reshape(1, 10)
    assert cut_windows(signals, np.array([position]), 2, 3)[0, 0].tolist() == expected


@given(offset=st.integers(-6, 6), sign=st.sampled_from([-1, 1]))
def test_alignment_forgets_where_in_the_qrs_the_mark_was(offset, sign):
    recording = simulate(20, 128, ("II", "V1"), muscle_mv=0.0, seed=3)
    beats = recording.beats.samples[1:-1]
    signals = sign * recording.signals
    exact = align_to_qrs(signals, 128, beats)
    moved = align_to_qrs(signals, 128, beats + offset)
    assert np.abs(exact - moved).max() <= 2
    assert np.abs(exact - beats).max() <= 8


@pytest.mark.parametrize("n_samples", [1, 2, 3, 50])
def test_short_and_flat_signals_keep_positions_within_the_signal(n_samples):
    positions = np.arange(min(n_samples, 3))
    aligned = align_to_qrs(np.zeros((1, n_samples), np.float32), 128, positions)
    assert len(aligned) == len(positions)
    assert (aligned >= 0).all() and (aligned < n_samples).all()


def test_no_beats_give_no_positions():
    assert len(align_to_qrs(np.zeros((1, 100), np.float32), 128, [])) == 0


def test_marks_stay_where_nothing_is_steep():
    signals = np.zeros((1, 600), np.float32)
    signals[0, 290:300] = [0, 1, 3, 6, 9, 6, 3, 1, 0, 0]
    assert align_to_qrs(signals, 128, np.array([100, 296, 500])).tolist()[::2] == [100, 500]
