"""Columns with the same free paper between them, or none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from einthoven.paper.arrangement import Arrangement, Cell
from einthoven.paper.columns import even_columns

PX_PER_S = 200.0


def seen(*columns: tuple[float, float], layout: str = "1x4+1") -> Arrangement:
    """An arrangement of one row of columns and a strip, as breaks were seen."""
    cells, lag = [], 0.0
    for k, (x0, x1) in enumerate(columns):
        lag += x0 - columns[k - 1][1] if k else 0.0
        cells.append(Cell(f"V{k + 1}", 0, x0, x1, True, lag))
    x0, x1 = columns[0][0], columns[-1][1]
    cells.append(Cell("II", 1, x0, x1, True))
    return Arrangement(layout, tuple(cells), x0, x1, 5, ())


def places(arrangement: Arrangement) -> list[tuple[float, float, float]]:
    return [(round(cell.x0, 6), round(cell.x1, 6), round(cell.lag, 6)) for cell in arrangement.cells]


def test_a_break_at_one_border_of_columns_that_last_round_times_is_none() -> None:
    found = even_columns(seen((100, 600), (600, 1090), (1106, 1600), (1600, 2100)), PX_PER_S)
    assert places(found) == [(100 + 500 * k, 600 + 500 * k, 0) for k in range(4)] + [(100, 2100, 0)]


def test_a_column_ends_where_the_next_begins_to_the_last_bit() -> None:
    """Borders are compared: one that is there twice, a billionth apart, would be two."""
    x0, each = 81.18025834410801, 499.7049354139730
    columns = [(x0 + each * k, x0 + each * (k + 1)) for k in range(4)]
    found = even_columns(seen(columns[0], *((a + 3.0, b) for a, b in columns[1:2]), *columns[2:]), PX_PER_S)
    cells = found.cells[:4]
    assert [cell.x1 for cell in cells[:3]] == [cell.x0 for cell in cells[1:]]


def test_a_border_that_a_wave_moved_is_put_back() -> None:
    found = even_columns(seen((100, 600), (600, 1112), (1112, 1600), (1600, 2100)), PX_PER_S)
    assert places(found) == [(100 + 500 * k, 600 + 500 * k, 0) for k in range(4)] + [(100, 2100, 0)]


def test_columns_end_where_their_traces_do() -> None:
    short = replace(seen((110, 600), (600, 1112), (1112, 1600), (1600, 2040)), x0=100.0, x1=2100.0)
    found = even_columns(short, PX_PER_S)
    borders = [110, 600, 1100, 1600, 2040]
    assert [place[:2] for place in places(found)[:4]] == list(pairwise(borders))
    assert (found.x0, found.x1) == (100.0, 2100.0)


def test_breaks_at_every_border_are_as_wide_as_the_pitch_of_the_ends_says() -> None:
    """Marks and print hide parts of the free paper, and the picture cuts the first column."""
    found = even_columns(seen((140, 600), (617, 1115), (1140, 1630), (1632, 2145)), PX_PER_S)
    free = 15.0
    assert places(found) == [
        *((100 + k * 515, 600 + k * 515, k * free) for k in range(4)),
        (100, 2100, 0),  # no paper is left free in a strip
    ]


@pytest.mark.parametrize(
    "arrangement",
    [
        seen((100, 600), (600, 1100), (1100, 1600), (1600, 2100)),
        seen((100, 600), (600, 1130), (1130, 1600), (1600, 2100)),
        seen((100, 600), (600, 1090), (1106, 1600), (1600, 2100), layout="strip"),
        seen((100, 600), (600, 1090), (1106, 1600), (1600, 2300)),
        seen((100, 600), (617, 1180), (1190, 1630), (1632, 2145)),
    ],
    ids=["no free paper", "a border far aside", "strips", "no round time", "ends unequally far apart"],
)
def test_other_pages_stay_as_they_are(arrangement: Arrangement) -> None:
    assert even_columns(arrangement, PX_PER_S) is arrangement
