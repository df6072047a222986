"""Marks between columns, and the ink of waves that was taken for them."""

from __future__ import annotations

import cv2
import numpy as np

from einthoven.paper.column_marks import column_marks, spikes_taken_for_marks, waves_taken_for_marks

SHAPE, SCALE = (800, 1700), 8.0
BORDERS = (100.0, 600.0, 1100.0, 1600.0)
Map = np.ndarray


def strokes(*lines: tuple[float, float, float, float]) -> Map:
    """Strokes from x, y to x, y, px."""
    picture = np.zeros(SHAPE, np.uint8)
    for x0, y0, x1, y1 in lines:
        ends = [(round(16 * x0), round(16 * y0)), (round(16 * x1), round(16 * y1))]
        cv2.line(picture, ends[0], ends[1], 255, 2, cv2.LINE_AA, 4)
    return picture.astype(np.float32) / 255


MARKS = [(x, y, x, y + 48) for x in BORDERS[1:3] for y in (100, 300, 500)]


def test_marks_are_where_several_rows_have_one() -> None:
    assert np.allclose(column_marks(strokes(*MARKS)), BORDERS[1:3], atol=0.6)
    assert column_marks(np.zeros(SHAPE, np.float32)) == []


def test_a_leaning_stroke_is_the_flank_of_a_wave_and_no_mark() -> None:
    flank = strokes((1112, 160, 1106, 420))
    both = np.maximum(strokes(*MARKS), flank)
    given = waves_taken_for_marks(both, SCALE)
    assert given.sum() > 0.9 * flank.sum()
    assert not given[strokes(*MARKS) > 0].any()
    assert np.allclose(column_marks(both - given), BORDERS[1:3], atol=0.6)


def test_upright_marks_and_lines_down_the_page_stay() -> None:
    down = strokes(*((x, 20, x + 2, 780) for x in BORDERS[1:3]))  # of a page that lies a little askew
    for marks in (strokes(*MARKS), down):
        assert not waves_taken_for_marks(marks, SCALE).any()


def test_a_spike_within_a_column_is_the_traces_and_what_is_no_spike_is_not() -> None:
    trace = strokes((100, 325, 1600, 325))
    spike = (820, 290, 820, 340)
    fold, apart, outside = (900, 20, 900, 780), (700, 100, 700, 150), (1650, 300, 1650, 350)
    others = strokes(*MARKS, fold, apart, outside)
    given = spikes_taken_for_marks(np.maximum(others, strokes(spike)), trace, BORDERS, SCALE)
    assert given.sum() > 0.9 * strokes(spike).sum()
    assert not given[others > 0].any()
