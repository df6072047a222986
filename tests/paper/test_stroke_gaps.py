"""Closing gaps within steep strokes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from einthoven.paper.column_runs import column_runs
from einthoven.paper.stroke_gaps import strokes_joined

SCALE = 8.0  # px a mm


def column(*runs: tuple[int, int]) -> np.ndarray:
    """A picture of two columns, ink in the first."""
    trace = np.zeros((80, 2), dtype=np.float32)
    for first, last in runs:
        trace[first:last, 0] = 1.0
    return trace


def counts(trace: np.ndarray) -> list[int]:
    return column_runs(strokes_joined(trace, SCALE)).counts.tolist()


def test_two_pieces_of_a_stroke_are_one() -> None:
    assert counts(column((10, 40), (46, 70))) == [1, 0]
    assert counts(column((10, 30), (35, 50), (56, 70))) == [1, 0]


def test_what_is_level_or_further_away_stays_apart() -> None:
    assert counts(column((10, 40), (46, 49))) == [2, 0]  # a level line, or a speck, below a stroke
    assert counts(column((10, 40), (52, 70))) == [2, 0]  # more than a millimetre


def test_strokes_of_neighbouring_columns_are_not_joined() -> None:
    trace = column((60, 80))
    trace[:20, 1] = 1.0
    assert counts(trace) == [1, 1]
    assert np.array_equal(strokes_joined(trace, SCALE), trace)


@given(st.lists(st.integers(0, 79), max_size=40))
def test_ink_is_never_taken_away(inked: list[int]) -> None:
    trace = np.zeros((80, 3), dtype=np.float32)
    trace[inked, 1] = 0.7
    joined = strokes_joined(trace, SCALE)
    assert (joined >= trace).all()
    assert not joined[:, [0, 2]].any()
