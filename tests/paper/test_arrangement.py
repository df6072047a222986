"""Which lead is where."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.paper.arrangement import arrange
from einthoven.paper.lettering import Word
from einthoven.paper.tracing import RowTrace
from einthoven.recording import STANDARD_LEADS

SCALE, X0, X1, WIDTH = 8.0, 100, 2100, 2200


def row(zero: float, *breaks: tuple[int, int]) -> RowTrace:
    upper = np.full(WIDTH, np.nan)
    upper[X0 : X1 + 1] = zero - 1
    for first, last in breaks:
        upper[first:last] = np.nan
    return RowTrace(zero, upper, upper + 2, np.zeros(WIDTH, dtype=bool))


def word(name: str, x: float, y: float, sure: float = 0.95) -> Word:
    leads = np.zeros(12)
    leads[STANDARD_LEADS.index(name)] = sure
    return Word(x, y - 12, 30, 24, name, leads)


def names(rows: list[RowTrace], order: tuple[str, ...], columns: int) -> list[Word]:
    high = len(order) // columns
    at = [(k // high, k % high) for k in range(len(order))]
    return [
        word(name, X0 + 8 + c * (X1 - X0) / columns, rows[r].zero - 60)
        for name, (c, r) in zip(order, at, strict=True)
    ]


@pytest.mark.parametrize(
    ("n_rows", "columns", "layout"),
    [(3, 4, "3x4"), (4, 4, "3x4+1"), (6, 2, "6x2"), (7, 2, "6x2+1"), (12, 1, "12x1")],
)
def test_usual_layouts(n_rows: int, columns: int, layout: str) -> None:
    rows = [row(100 + 120 * k) for k in range(n_rows)]
    found = arrange(rows, names(rows, STANDARD_LEADS, columns), (), SCALE)
    assert found.layout == layout
    cells = [cell for cell in found.cells if cell.row < 12 // columns]
    assert {cell.lead for cell in cells} == set(STANDARD_LEADS)
    assert all(cell.named for cell in cells)
    first = next(cell for cell in cells if cell.lead == "I")
    assert (first.x0, first.row) == (X0, 0)
    assert first.x1 - first.x0 == pytest.approx((X1 - X0) / columns)


def test_names_tell_where_columns_begin_on_a_picture_that_cuts_the_outer_ones() -> None:
    rows = [row(100 + 120 * k) for k in range(3)]
    true = np.array([-100.0, 500.0, 1100.0, 1700.0, 2300.0])  # of columns; the picture shows 100 to 2100
    read = [
        word(STANDARD_LEADS[3 * k + r], true[k] + 8, rows[r].zero - 60) for k in (1, 2, 3) for r in range(3)
    ]
    found = arrange(rows, read, (), SCALE)
    assert (found.layout, found.x0, found.x1) == ("3x4", pytest.approx(-100.0), pytest.approx(2300.0))
    cells = {cell.lead: (cell.x0, cell.x1) for cell in found.cells}
    assert cells["I"] == pytest.approx((X0, 500.0))
    assert cells["aVR"] == pytest.approx((500.0, 1100.0))
    assert cells["V6"] == pytest.approx((1700.0, X1))


@pytest.mark.parametrize("layout", ["6x2", "3x4+3"])
def test_laws_of_limb_leads_tell_six_rows_apart(layout: str) -> None:
    rng = np.random.default_rng(0)
    one, three, others = (30 * np.convolve(rng.normal(0, 0.2, WIDTH), np.ones(9), "same") for _ in range(3))
    lead = {"I": one, "III": three, "II": one + three}
    lead |= {"aVR": -(one + lead["II"]) / 2, "aVL": (one - three) / 2, "aVF": (lead["II"] + three) / 2}
    half, quarter = (X0 + X1) // 2, X0 + (X1 - X0) // 4
    if layout == "6x2":
        waves = [np.where(np.arange(WIDTH) < half, lead[name], others) for name in STANDARD_LEADS[:6]]
    else:
        pairs = zip(STANDARD_LEADS[:3], STANDARD_LEADS[3:6], strict=True)
        waves = [
            np.where(np.arange(WIDTH) < quarter, lead[a], np.where(np.arange(WIDTH) < half, lead[b], others))
            for a, b in pairs
        ]
        waves += [lead["II"], others, others[::-1]]
    rows = []
    for k, wave in enumerate(waves):
        flat = row(100 + 120 * k)
        rows.append(RowTrace(flat.zero, flat.upper - wave, flat.lower - wave, flat.shared))
    assert arrange(rows, [], (), SCALE).layout == layout


def test_marks_that_would_make_an_outer_column_too_long_are_none() -> None:
    rows = [row(100 + 120 * k) for k in range(3)]
    found = arrange(rows, [], (640.0, 1140.0, 1640.0), SCALE)  # spikes of a pacemaker, each 40 px late
    assert [cell.x0 for cell in found.cells if cell.row == 0] == [100, 600, 1100, 1600]
    found = arrange(rows, [], (560.0, 1060.0, 1560.0), SCALE)  # the last one is too long
    assert [cell.x0 for cell in found.cells if cell.row == 0] == [100, 600, 1100, 1600]


def test_r_waves_below_each_other_are_no_mark_where_equal_parts_last_round_times() -> None:
    rows = [row(100 + 120 * k) for k in range(3)]
    found = arrange(rows, [], (1116.0,), SCALE)
    assert sorted({cell.x0 for cell in found.cells}) == [100, 600, 1100, 1600]


def test_a_strip_is_named_anywhere_along_it() -> None:
    rows = [row(200), row(600)]
    read = [word("V4", 900, 120), word("V5", 900, 520)]
    found = arrange(rows, read, (), SCALE)
    assert (found.layout, [cell.lead for cell in found.cells]) == ("strip", ["V4", "V5"])
    assert all(cell.named for cell in found.cells)
    two = [word("V4", 900, 120), word("V6", 1400, 120)]
    assert arrange(rows, two, (), SCALE).cells[0].lead == "row 1"


def test_without_names_the_usual_is_taken_and_said() -> None:
    found = arrange([row(100 + 120 * k) for k in range(3)], [], (), SCALE)
    assert found.layout == "3x4"
    assert found.names_read == 0
    assert any("not read" in doubt for doubt in found.doubts)


def test_names_decide_against_the_usual_order() -> None:
    cabrera = ("aVL", "I", "aVR", "II", "aVF", "III", "V1", "V2", "V3", "V4", "V5", "V6")
    rows = [row(100 + 120 * k) for k in range(6)]
    found = arrange(rows, names(rows, cabrera, 2), (), SCALE)
    assert [cell.lead for cell in found.cells if cell.x0 == X0] == list(cabrera[:6])


def test_a_row_that_is_none_is_left_out_where_the_names_fit_without_it() -> None:
    rows = [row(100 + 260 * k) for k in range(6)]
    read = names(rows, STANDARD_LEADS, 2)
    scribble = row(450, (X0, X0 + 600), (X0 + 1500, X1 + 1))  # between the second row and the third
    found = arrange([*rows[:2], scribble, *rows[2:]], read, (), SCALE)
    assert found.layout == "6x2"
    assert [cell.row for cell in found.cells if cell.lead in ("I", "II", "III", "aVR")] == [0, 1, 3, 4]
    assert all(cell.named for cell in found.cells)
    assert {cell.row for cell in found.cells} == {0, 1, 3, 4, 5, 6}


def test_strips_stay_strips_where_few_names_speak_for_columns() -> None:
    rows = [row(100 + 120 * k) for k in range(7)]
    read = [
        word(name, X0 + 8, r.zero - 60)
        for name, r in zip(("V1", "V2", "V3", "V4", "V5", "V6"), rows, strict=False)
    ]
    found = arrange(rows, read, (), SCALE)
    assert found.layout == "strip"
    assert {cell.row for cell in found.cells} == set(range(7))


def test_one_misread_name_changes_nothing() -> None:
    rows = [row(100 + 120 * k) for k in range(3)]
    read = names(rows, STANDARD_LEADS, 4)
    read[1] = word("I", read[1].x, read[1].y + 12)
    found = arrange(rows, read, (), SCALE)
    assert found.layout == "3x4"
    assert not next(cell for cell in found.cells if cell.lead == "II").named


def test_rows_of_named_leads_are_strips() -> None:
    rows = [row(100), row(300)]
    found = arrange(rows, [word("V1", X0, 60), word("II", X0, 260)], (), SCALE)
    assert found.layout == "strip"
    assert [cell.lead for cell in found.cells] == ["V1", "II"]


def test_marks_move_the_borders() -> None:
    rows = [row(100 + 120 * k) for k in range(3)]
    found = arrange(rows, [], (X0 + 510.0, X0 + 1010.0, X0 + 1510.0), SCALE)
    assert sorted({cell.x0 for cell in found.cells}) == [X0, X0 + 510, X0 + 1010, X0 + 1510]


def test_paper_left_free_between_columns_takes_no_time() -> None:
    gaps = [(X0 + 500 * k - 10, X0 + 500 * k + 10) for k in (1, 2, 3)]
    rows = [row(100 + 120 * k, *gaps) for k in range(3)]
    found = arrange(rows, [], (), SCALE)
    lags = {round(cell.x0): cell.lag for cell in found.cells}
    assert lags == {X0: 0.0, X0 + 510: 20.0, X0 + 1010: 40.0, X0 + 1510: 60.0}


def test_a_strip_is_named_after_the_lead_that_it_repeats() -> None:
    x = np.arange(WIDTH)
    rows = [row(100), row(220), row(340), row(460)]
    waves = [np.sin(x / 9), np.sin(x / 23), np.cos(x / 31)]
    for one, wave in zip(rows, waves, strict=False):
        one.upper[:] += 10 * wave
        one.lower[:] += 10 * wave
    rows[3].upper[:] += 10 * waves[1]
    rows[3].lower[:] += 10 * waves[1]
    found = arrange(rows, [], (), SCALE)
    assert found.cells[-1].lead == "II"
    for misread in ("I", "III"):
        printed = [*names(rows, STANDARD_LEADS, 4), word(misread, X0 + 8, rows[3].zero + 30)]
        found = arrange(rows, printed, (), SCALE)
        assert (found.cells[-1].lead, found.cells[-1].named) == ("II", False)
        assert any(f"not as {misread}" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(("like", "lead"), [(0.75, "II"), (0.95, "III")])
def test_a_like_lead_beside_a_strip_is_misread_only_where_another_is_repeated_exactly(
    like: float, lead: str
) -> None:
    x = np.arange(WIDTH)
    rows = [row(100), row(220), row(340), row(460)]
    second = np.sin(x / 23)
    third = like * second + np.sqrt(1 - like**2) * np.cos(x / 9)
    for one, wave in zip(rows, (np.cos(x / 31), second, third, second), strict=True):
        one.upper[:] += 10 * wave
        one.lower[:] += 10 * wave
    printed = [*names(rows, STANDARD_LEADS, 4), word("III", X0 + 8, rows[3].zero + 30)]
    assert arrange(rows, printed, (), SCALE).cells[-1].lead == lead


def test_rows_that_are_askew_in_time_do_not_speak_against_what_is_printed() -> None:
    x = np.arange(WIDTH)
    rows = [row(100), row(220), row(340), row(460)]
    beats = X0 + np.cumsum([70, 110, 60, 150, 90, 120, 80, 140] * 3)

    def spikes(late: int) -> np.ndarray:
        return -30.0 * (np.abs(x[:, None] - beats - late) < 3).any(axis=1)

    second, third = spikes(8), np.where(x > X0 + 1500, spikes(0), spikes(8) / 2 + 5 * np.sin(x / 7))
    for one, wave in zip(rows, (5 * np.sin(x / 5), second, third, spikes(0)), strict=True):
        one.upper[:] += wave
        one.lower[:] += wave
    printed = [*names(rows, STANDARD_LEADS, 4), word("II", X0 + 8, rows[3].zero + 30)]
    assert arrange(rows, printed, (), SCALE).cells[-1].lead == "II"


def test_what_is_printed_beside_a_strip_stands_where_the_traces_do_not_speak_against_it() -> None:
    x = np.arange(WIDTH)
    rows = [row(100), row(220), row(340), row(460)]
    wave = np.sin(x / 19)
    for one in rows:  # of one rhythm, but the strip runs like none of the cells
        one.upper[:] += 10 * wave
        one.lower[:] += 10 * wave
    rows[3].upper[:] += 30 * np.sin(x / 7)
    rows[3].lower[:] += 30 * np.sin(x / 7)
    printed = [*names(rows, STANDARD_LEADS, 4), word("V1", X0 + 8, rows[3].zero + 30)]
    assert arrange(rows, printed, (), SCALE).cells[-1].lead == "V1"


def test_a_name_between_two_strips_is_that_of_the_nearer_one() -> None:
    x = np.arange(WIDTH)
    rows = [row(100 + 120 * k) for k in range(6)]
    v1 = (x > X0 + 1000) & (x < X0 + 1500)
    waves = [np.sin(x / step) for step in (9, 23, 31, 23, 13, 17)]
    waves[4][v1] = waves[0][v1]
    for k, wave in enumerate(waves):
        rows[k].upper[:] += 10 * wave
        rows[k].lower[:] += 10 * wave
    printed = [*names(rows, STANDARD_LEADS, 4), word("II", X0 + 8, rows[3].zero + 30)]
    found = arrange(rows, printed, (), SCALE)
    assert found.layout == "3x4+3"
    assert [cell.lead for cell in found.cells[-3:]] == ["II", "V1", "V5"]
    assert [cell.named for cell in found.cells[-3:]] == [True, False, False]


def test_a_trace_that_is_missing_for_long_is_no_border() -> None:
    rows = [row(100 + 120 * k, (X0 + 480, X0 + 700)) for k in range(3)]

    def first_ink(column: int, of: RowTrace) -> float:
        assert of.present[column]
        return float(column)

    found = arrange(rows, [], (), SCALE, first_ink)
    assert {cell.lag for cell in found.cells} == {0.0}
