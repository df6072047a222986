"""Where the time of a page's columns begins."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper.arrangement import Arrangement, Cell
from einthoven.paper.column_runs import column_runs
from einthoven.paper.line_ends import Darkness
from einthoven.paper.specimen_ink import cover_trace
from einthoven.paper.timing import with_exact_times
from einthoven.paper.tracing import follow

PX_PER_S = 40.0  # 10 s on 400 px keep the picture small
RADIUS = 2.0
X0 = 60.37


def drawn(begin: float, end: float, zeros: tuple[float, ...] = (60.0, 120.0)) -> np.ndarray:
    """Rows with a round pen from ``begin`` to ``end``, px."""
    page = np.zeros((180, 560), np.float32)
    x = np.arange(begin, end + 0.01, 0.05)
    for zero in zeros:
        cover_trace(page, x, zero + 4 * np.sin(x / 30), 2 * RADIUS, 0.0, 180.0)
    return page


def arranged(x0: float, x1: float, columns: int = 4, layout: str = "2x4", lag: float = 0.0) -> Arrangement:
    borders = np.linspace(x0, x1, columns + 1)
    cells = tuple(
        Cell(f"{row}{k}", row, float(borders[k]), float(borders[k + 1]), True, lag)
        for row in range(2)
        for k in range(columns)
    )
    return Arrangement(layout, cells, x0, x1, 0, ())


def exact(
    page: np.ndarray,
    arrangement: Arrangement,
    marks: tuple[float, ...] = (),
    beside: np.ndarray | float = 0.0,
) -> Arrangement:
    rows = follow(column_runs(page), [60.0, 120.0])
    dark = Darkness(np.maximum(page, beside), np.eye(3))
    return with_exact_times(arrangement, rows, dark, RADIUS, PX_PER_S, marks)


def test_round_times_stand_between_the_ends() -> None:
    last = X0 + 400 - PX_PER_S / 500  # the last sample of 10 s
    found = exact(drawn(X0, last), arranged(X0 - 1.5, last + 2.0))
    assert found.x0 == pytest.approx(X0, abs=0.1)
    assert found.x1 - found.x0 == pytest.approx(400.0)
    widths = {round(cell.x1 - cell.x0, 6) for cell in found.cells}
    assert widths == {100.0}


@pytest.mark.parametrize("lost", [0.0, 1.0], ids=["seen whole", "its beginning was not followed"])
def test_the_grid_along_and_across_the_ends_does_not_count(lost: float) -> None:
    last = X0 + 400 - PX_PER_S / 500
    page = drawn(X0 - 0.1, last + 0.1)
    grid = np.zeros_like(page)
    grid[:, 59:62], grid[56:58] = 0.4, 0.3
    traced = page.copy()
    traced[:, : int(X0 + 2 * lost)] *= 1 - lost  # the coverage that is followed, not the picture
    rows = follow(column_runs(traced), [60.0, 120.0])
    dark = Darkness(np.clip(page + grid, 0, 1), np.eye(3))
    found = with_exact_times(arranged(X0 - 1.5, last + 2.0), rows, dark, RADIUS, PX_PER_S)
    assert found.x0 == pytest.approx(X0, abs=0.25)


def test_a_pulse_in_front_does_not_move_the_time() -> None:
    last = X0 + 400 - PX_PER_S / 500
    foot = drawn(X0 - 12, X0)  # of the pulse, which goes on into the trace
    found = exact(drawn(X0, last), arranged(X0 - 2.0, last + 2.0), beside=foot)
    assert found.x0 == pytest.approx(X0, abs=0.5 * RADIUS)  # how the line ends is not seen at one end alone


@pytest.mark.parametrize(
    "arrangement",
    [arranged(60.0, 466.0), arranged(60.0, 460.0, layout="strip"), arranged(60.0, 460.0, lag=3.0)],
    ids=["no round time", "strips", "paper between the columns"],
)
def test_other_pages_stay_as_they_are(arrangement: Arrangement) -> None:
    assert exact(drawn(60.0, arrangement.x1), arrangement) is arrangement


def test_marks_between_columns_are_believed_before_the_scale() -> None:
    arrangement = arranged(60.0, 456.0)  # paper that ran 1 % slow
    page = drawn(60.0, 456.0)
    assert exact(page, arrangement).x1 - exact(page, arrangement).x0 == pytest.approx(400.0)
    assert exact(page, arrangement, marks=(159.0, 258.0, 357.0)) is arrangement
    for marks in ((160.0, 260.0, 360.0), (159.0, 258.5)):  # as the scale says; not at every border
        assert exact(page, arrangement, marks=marks) is not arrangement


def test_marks_tell_where_columns_begin() -> None:
    last = X0 + 400 - PX_PER_S / 500
    marks = tuple(X0 + 100.0 * k + 0.1 * (k - 2) for k in range(1, 4))
    found = exact(drawn(X0, last + 3.0), arranged(X0 - 1.0, last + 3.0), marks=marks)
    assert found.x0 == pytest.approx(X0, abs=0.05)
    assert found.x1 - found.x0 == pytest.approx(400.0)


def test_print_on_the_traces_hides_no_time_where_columns_are_marked() -> None:
    """Names on the first millimetres of each column: traces begin behind them, as behind free paper."""
    names = 4.0
    cells = tuple(
        Cell(f"{row}{k}", row, X0 + 100 * k + names, X0 + 100 * (k + 1), True, names * (k > 0))
        for row in range(2)
        for k in range(4)
    ) + (Cell("II", 1, X0 + names, X0 + 400, True),)
    arrangement = Arrangement("2x4+1", cells, X0 + names, X0 + 400, 0, ())
    marks = tuple(X0 + 100.0 * k for k in range(1, 4))
    found = exact(drawn(X0 + names, X0 + 400), arrangement, marks=marks)
    assert found.x0 == pytest.approx(X0)
    assert found.x1 == pytest.approx(X0 + 400)
    assert [cell.x0 for cell in found.cells[:4]] == pytest.approx([X0 + 100 * k for k in range(4)])
    assert {cell.lag for cell in found.cells} == {0.0}
    assert found.cells[-1].x1 - found.cells[-1].x0 == pytest.approx(400.0)
    free = tuple(mark + names * k for k, mark in enumerate(marks))  # free paper, a mark within each
    assert exact(drawn(X0 + names, X0 + 400), arrangement, marks=free) is arrangement
