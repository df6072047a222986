"""Samplers show what they say, and the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from hypothesis import given
from hypothesis import strategies as st

from einthoven.training.samplers import Repeat, Shuffle, WeightedDraw, draw_epoch

CLASSES = np.repeat(np.arange(5), [900, 20, 60, 5, 15])


def epoch(options, seed: int = 0):
    return draw_epoch(options, CLASSES, np.random.default_rng(seed))


def test_shuffle_shows_each_row_once_in_another_order_each_time():
    one, other = epoch(Shuffle()), epoch(Shuffle(), 1)
    np.testing.assert_array_equal(np.sort(one), np.arange(1000))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, epoch(Shuffle()))


def test_weighted_draws_each_class_equally_often():
    shown = np.bincount(CLASSES[epoch(WeightedDraw(name="weighted"))])
    assert shown.sum() == 1000
    assert shown.min() > 150


def test_weighted_with_power_0_draws_as_they_come():
    shown = np.bincount(CLASSES[epoch(WeightedDraw(name="weighted", power=0.0))], minlength=5)
    assert 850 < shown[0] < 950


@given(st.floats(0.01, 0.19), st.lists(st.integers(0, 300), min_size=2, max_size=5))
def test_repeat_shows_every_row_and_rare_classes_as_often_as_asked(share, counts):
    counts[0] += 500
    classes = np.repeat(np.arange(len(counts)), counts)
    shown = draw_epoch(Repeat(name="repeat", smallest_share=share), classes, np.random.default_rng(0))
    assert set(shown.tolist()) == set(range(len(classes)))
    shares = np.bincount(classes[shown]) / len(shown)
    present = np.bincount(classes) > 0
    # Others grow too, so a class just above the share before may end just below it.
    assert (shares[present] >= share * 0.5).all()
    rare = present & (np.bincount(classes) < share * len(classes))
    assert (shares[rare] >= share - 2 / len(shown)).all()
