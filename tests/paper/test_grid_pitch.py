"""How far apart the lines of flat paper are, to a few parts in 100,000."""

from __future__ import annotations

import numpy as np
import pytest
from lattices import draw, turned_map

from einthoven.paper.grid_map import GridMap
from einthoven.paper.grid_pitch import with_exact_pitch

SIZE = (1100, 500)
PX_PER_MM = 4.3
LEFT_TOP, RIGHT_LOW = np.array([2.0, 2.0]), np.array([250.0, 112.0])


def map_of(px_per_mm_across: float) -> GridMap:
    return GridMap(np.diag([px_per_mm_across, PX_PER_MM, 1.0]))


@pytest.mark.parametrize("off", [-6e-4, -1e-4, 0.0, 3e-4])
def test_the_scale_across_is_that_of_the_lines(off: float) -> None:
    page = draw(SIZE, turned_map(PX_PER_MM))
    found = with_exact_pitch(page, map_of(PX_PER_MM * (1 + off)), LEFT_TOP, RIGHT_LOW)
    assert found.matrix[0, 0] == pytest.approx(PX_PER_MM, rel=3e-5)
    assert found.matrix[1, 1] == PX_PER_MM
    middle = (LEFT_TOP + RIGHT_LOW) / 2
    assert found.to_px(middle) == pytest.approx(map_of(PX_PER_MM * (1 + off)).to_px(middle))


def test_traces_over_the_lines_do_not_draw_them_aside() -> None:
    page = draw(SIZE, turned_map(PX_PER_MM), trace=False)
    for x in range(40, 1060, 40):  # steep, and always on the same side of a line
        page[100:260, x : x + 3] = 20
    found = with_exact_pitch(page, map_of(PX_PER_MM * 1.0002), LEFT_TOP, RIGHT_LOW)
    assert found.matrix[0, 0] == pytest.approx(PX_PER_MM, rel=3e-5)


@pytest.mark.parametrize("which", ["no lines", "unequal lines", "a narrow strip"])
def test_where_the_lines_do_not_say_it_the_map_stays(which: str) -> None:
    grid = map_of(PX_PER_MM * 1.0003)
    page = draw(SIZE, turned_map(PX_PER_MM), trace=False)
    right_low = RIGHT_LOW.copy()
    if which == "no lines":
        page[:] = np.random.default_rng(0).integers(200, 256, page.shape)
    elif which == "unequal lines":
        page[:, :550] = draw(SIZE, turned_map(PX_PER_MM * 1.01), trace=False)[:, :550]
    else:
        right_low[0] = 100.0
    found = with_exact_pitch(page, grid, LEFT_TOP, right_low)
    np.testing.assert_array_equal(found.matrix, grid.matrix)
