"""Pairing of beats: known answers, and properties against an exhaustive search."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.errors import SignalError
from einthoven.evaluation.matching import match_beats

positions = st.lists(st.integers(0, 60), max_size=7).map(sorted)


def best_by_search(reference: list[int], detected: list[int], tolerance: int) -> tuple[int, int]:
    """Most pairs and then least distance, by trying everything."""
    if not reference:
        return 0, 0
    best = best_by_search(reference[1:], detected, tolerance)
    for j, position in enumerate(detected):
        if abs(position - reference[0]) <= tolerance:
            n, closeness = best_by_search(reference[1:], detected[:j] + detected[j + 1 :], tolerance)
            best = max(best, (n + 1, closeness - abs(position - reference[0])))
    return best


@given(reference=positions, detected=positions, tolerance=st.integers(0, 12))
def test_as_many_pairs_as_possible_and_the_nearest_of_those(reference, detected, tolerance):
    pairs = match_beats(reference, detected, tolerance).pairs
    distance = sum(abs(reference[i] - detected[j]) for i, j in pairs.tolist())
    assert (len(pairs), -distance) == best_by_search(reference, detected, tolerance)


@given(
    reference=st.lists(st.integers(0, 3000), max_size=200).map(sorted),
    detected=st.lists(st.integers(0, 3000), max_size=200).map(sorted),
    tolerance=st.integers(0, 100),
)
@settings(max_examples=50)
def test_every_beat_is_in_exactly_one_place(reference, detected, tolerance):
    matches = match_beats(reference, detected, tolerance)
    assert sorted([*matches.pairs[:, 0], *matches.missed]) == list(range(len(reference)))
    assert sorted([*matches.pairs[:, 1], *matches.extra]) == list(range(len(detected)))
    assert all(abs(reference[i] - detected[j]) <= tolerance for i, j in matches.pairs.tolist())
    assert np.all(np.diff(matches.pairs, axis=0) > 0)


@given(reference=positions, detected=positions, tolerance=st.integers(0, 12))
def test_exchanging_the_lists_exchanges_the_answer(reference, detected, tolerance):
    forth, back = match_beats(reference, detected, tolerance), match_beats(detected, reference, tolerance)
    assert len(forth.pairs) == len(back.pairs)


def test_the_tolerance_is_inclusive():
    assert len(match_beats([1000], [1054], 54).pairs) == 1
    assert len(match_beats([1000], [1055], 54).pairs) == 0


def test_a_beat_is_used_once():
    matches = match_beats([100, 110], [105], 10)
    assert matches.pairs.tolist() == [[0, 0]]
    assert matches.missed.tolist() == [1]
    matches = match_beats([100], [98, 101], 10)
    assert matches.pairs.tolist() == [[0, 1]]
    assert matches.extra.tolist() == [0]


def test_a_greedy_walk_would_lose_a_pair_here():
    assert match_beats([100, 112], [90, 106], 10).pairs.tolist() == [[0, 0], [1, 1]]


def test_empty_lists():
    assert match_beats([], [], 5).pairs.shape == (0, 2)
    assert match_beats([1, 2], [], 5).missed.tolist() == [0, 1]
    assert match_beats([], [1, 2], 5).extra.tolist() == [0, 1]


def test_a_day_of_beats_takes_a_moment():
    rng = np.random.default_rng(0)
    reference = np.cumsum(rng.integers(150, 500, 100_000))
    detected = np.sort((reference + rng.integers(-20, 21, 100_000))[rng.random(100_000) > 0.01])
    started = time.perf_counter()
    matches = match_beats(reference, detected, 54)
    assert time.perf_counter() - started < 2
    assert len(matches.pairs) == len(detected)


@pytest.mark.parametrize(
    ("reference", "detected", "tolerance"),
    [([3, 1], [1], 5), ([1], [3, 1], 5), ([1], [1], -1), ([[1]], [1], 1)],
)
def test_unsorted_lists_and_negative_tolerance_are_refused(reference, detected, tolerance):
    with pytest.raises(SignalError):
        match_beats(reference, detected, tolerance)
