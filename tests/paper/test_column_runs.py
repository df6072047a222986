"""Ink as runs in columns, with edges to a part of a pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.paper.column_runs import column_runs


@given(top=st.floats(3.0, 8.0), height=st.floats(1.2, 9.0))
def test_edges_are_where_the_coverage_says(top: float, height: float) -> None:
    cover = np.zeros((24, 1), dtype=np.float32)
    pixels = np.arange(24)
    cover[:, 0] = np.clip(np.minimum(top + height, pixels + 0.5) - np.maximum(top, pixels - 0.5), 0, 1)
    ink = column_runs(cover)
    assert len(ink.column) == 1
    if cover.max() == 1.0:
        assert ink.upper[0] == pytest.approx(top, abs=0.1)
        assert ink.lower[0] == pytest.approx(top + height, abs=0.1)
    else:
        assert ink.middle[0] == pytest.approx(top + height / 2, abs=0.3)


def test_runs_come_by_column_and_from_above() -> None:
    cover = np.zeros((20, 3), dtype=np.float32)
    cover[[2, 3, 10, 11], 0] = 1
    cover[5:7, 2] = 1
    ink = column_runs(cover)
    assert ink.column.tolist() == [0, 0, 2]
    assert ink.first.tolist() == [0, 2, 2, 3]
    assert ink.upper.tolist() == [1.5, 9.5, 4.5]
    assert ink.height.tolist() == [2.0, 2.0, 2.0]


def test_an_empty_picture_has_no_runs() -> None:
    ink = column_runs(np.zeros((10, 4), dtype=np.float32))
    assert len(ink.column) == 0
    assert ink.first.tolist() == [0] * 5
