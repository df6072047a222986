"""Where the ink of a line begins and ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from einthoven.paper.column_runs import column_runs
from einthoven.paper.line_ends import Darkness, darkness, line_ends, page_darkness
from einthoven.paper.rectify import rectify
from einthoven.paper.specimen_ink import cover_trace
from einthoven.paper.tracing import RowTrace, follow

RADIUS = 2.0
BEGIN, END = 40.3, 460.8


def line(begin: float = BEGIN, end: float = END, y: float = 60.0, scale: float = 1.0) -> np.ndarray:
    """Coverage by a round pen from ``begin`` to ``end``, ``scale`` pixels for one."""
    page = np.zeros((round(120 * scale), round(520 * scale)), np.float32)
    x = np.arange(begin, end + 0.01, 0.05) * scale
    cover_trace(page, x, np.full_like(x, y * scale), 2 * RADIUS * scale, 0.0, 120.0 * scale)
    return page


def rows_of(page: np.ndarray) -> list[RowTrace]:
    return follow(column_runs(page), [60.0])


def ends_of(picture: np.ndarray, scale: float = 1.0) -> tuple[float, float]:
    matrix = np.diag([scale, scale, 1.0])
    matrix[:2, 2] = (scale - 1) / 2  # centres of pixels
    ((begin, end),) = line_ends(Darkness(picture, matrix), rows_of(line()), RADIUS)
    assert begin is not None and end is not None
    return begin.x, end.x


def test_ink_ends_a_round_end_beyond_the_line() -> None:
    cap = np.pi / 4 * RADIUS  # of a half disc, as a column of the line's height
    assert ends_of(line()) == pytest.approx((BEGIN - cap, END + cap), abs=0.15)


@pytest.mark.parametrize("scale", [0.5, 0.75, 1.5])
def test_both_ends_are_measured_alike_in_pixels_of_any_size(scale: float) -> None:
    x = np.arange(round(520 * scale))
    begin, end = (np.array([BEGIN, END]) + 0.5) * scale - 0.5  # a level line with square ends
    covered = np.clip(x - begin + 0.5, 0, 1) * np.clip(end - x + 0.5, 0, 1)
    y = np.arange(round(120 * scale))
    high = np.clip(RADIUS * scale - np.abs(y - (60.5 * scale - 0.5)) + 0.5, 0, 1)
    assert ends_of(np.float32(high[:, None] * covered), scale) == pytest.approx((BEGIN, END), abs=0.05)


def test_lines_of_the_grid_along_and_across_do_not_count() -> None:
    alone = line()
    grid = np.zeros_like(alone)
    grid[64:66] = 0.35  # within reach of the line
    for x in (38, 39, 40, 460, 461):
        grid[:, x] = 0.45
    grid[64:66, 38:41] = 0.3  # a thin line drawn over a bold one
    over = np.float32(alone + (1 - alone) * grid)
    assert ends_of(over) == pytest.approx(ends_of(alone), abs=0.05)


def test_other_ink_that_goes_on_hides_an_end() -> None:
    picture = np.maximum(line(), line(10.0, 60.0))
    ((begin, end),) = line_ends(Darkness(picture, np.eye(3)), rows_of(line()), RADIUS)
    assert begin is None
    assert end is not None


def test_black_ink_is_dark_and_a_red_grid_is_not() -> None:
    pixels = np.full((40, 60, 3), 250, np.uint8)
    pixels[10] = (240, 120, 120)
    pixels[20, 5:50] = (30, 30, 60)
    trace = np.zeros((40, 60), np.float32)
    trace[20, 5:50] = 1.0
    dark = darkness(pixels, trace > 0.5)
    assert dark[20, 5:50] == pytest.approx(1.0)
    assert dark[10].max() < 0.1
    pixels[20, 5:50] = (40, 40, 250)  # blue ink is as bright as paper in blue
    assert darkness(pixels, trace > 0.5)[20, 5:50] == pytest.approx(1.0)


def test_a_drawing_is_measured_in_its_own_pixels_and_a_photograph_laid_flat() -> None:
    drawing = np.full((300, 900, 3), 255, np.uint8)
    drawing[150:154, 100:800] = 0
    flat = rectify(drawing, mm_per_px=0.25)
    trace = np.float32(flat.pixels.max(axis=2) < 60)
    own = page_darkness(flat, trace)
    assert own.values.shape == drawing.shape[:2]
    assert own.values[151, 300] == pytest.approx(1.0)
    x, y = own.to_px(*own.to_flat(300.0, 151.0))
    assert (x, y) == pytest.approx((300.0, 151.0))
    np.testing.assert_allclose(own.to_px(500.0, 200.0), flat.to_page(np.array([[500.0, 200.0]]))[0])
    for other in (replace(flat, bend_mm=0.3), flat.quarter_turned(1)):
        shown = np.float32(other.pixels.max(axis=2) < 60)
        assert page_darkness(other, shown).values.shape == other.pixels.shape[:2]
