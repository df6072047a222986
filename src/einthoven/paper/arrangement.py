"""Which lead is where: rows and columns of a page, found from its traces, its print and its column marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.paper.lettering import Word
from einthoven.paper.pen import runs
from einthoven.paper.rhythm_strip import rhythm_lead
from einthoven.paper.round_times import round_length
from einthoven.paper.tracing import RowTrace
from einthoven.recording import STANDARD_LEADS

FirstInk = Callable[[int, RowTrace], float]

_CABRERA = ("aVL", "I", "aVR", "II", "aVF", "III", "V1", "V2", "V3", "V4", "V5", "V6")
# Number of rows → (columns, rhythm strips) that are in use.
_GRIDS: dict[int, tuple[tuple[int, int], ...]] = {
    3: ((4, 0),),
    4: ((4, 1),),
    5: ((4, 2),),
    6: ((2, 0), (4, 3)),
    7: ((2, 1),),
    8: ((2, 2),),
    9: ((2, 3),),
    12: ((1, 0),),
    13: ((1, 1),),
}
_REACH_MM = (6.0, 16.0)  # a name stands this far left and right of where its column begins, at most
_ABOVE_MM, _BELOW_MM = 18.0, 9.0  # ... and this far above and below the base line
_BREAK_MM, _BREAK_REACH_MM = 0.6, 5.0  # of a trace between columns
_MANY_NAMES = 7  # of a page on which a row may be left out: more than half of its leads ...
_MORE_NAMES = 2  # ... and so many more than with it
_WRONG = 3.0  # a cell whose name is read as another lead
_UNUSUAL = 2.0  # Cabrera's sequence
_STRIPS = 2.5  # as many rows as a 12-lead page has, each of another lead throughout
_LEGIBLE = 0.6  # how surely names are read by which columns are found ...
_LINED_UP_MM = 4.0  # ... and how well they stand below each other
_UNEQUAL = 0.03  # by which columns differ where the picture cuts the outer ones
_NEAR = 0.12  # of a column, by which a mark may stand aside from equal parts ...
_NEAR_ROUND = 0.02  # ... and where these last round times: R waves below each other look like a mark
_SLOW = 25.0  # mm/s
_NAME_MM = 1.0  # a name stands this far behind the beginning of its column
_LAWFUL = 2.0  # limb leads that obey Einthoven's and Goldberger's laws where they are taken to be
_LAWS: tuple[dict[str, float], ...] = (
    {"I": 1.0, "II": -1.0, "III": 1.0},
    {"aVR": 1.0, "aVL": 1.0, "aVF": 1.0},
    {"aVR": 2.0, "I": 1.0, "II": 1.0},
    {"aVF": 2.0, "II": -1.0, "III": -1.0},
)  # each sums to zero
_LAW_COLUMNS = 80  # px that leads must run at the same time
_LAW_MISS = 0.4  # of the leads' own size, by which a sum that is no law misses zero at least
_SURE = 1.0  # a name that is read and fits


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of one lead.

    Attributes:
        lead: name.
        row: index, from above.
        x0, x1: where it begins and ends, px.
        named: whether its name was read on the page.
        lag: px of paper left free between the columns so far, during which no time passes.
    """

    lead: str
    row: int
    x0: float
    x1: float
    named: bool
    lag: float = 0.0


@dataclass(frozen=True)
class Arrangement:
    """What is where.

    Attributes:
        layout: ``3x4``, ``3x4+1`` …, ``strip`` for rows of one lead each.
        cells: from above and from the left, rhythm strips last.
        x0, x1: where the time shown begins and ends, px; outside the picture where it cuts outer columns.
        names_read: how many cells' names were read and fit.
        doubts: in words, what was not read but taken as usual.
    """

    layout: str
    cells: tuple[Cell, ...]
    x0: float
    x1: float
    names_read: int
    doubts: tuple[str, ...]


def arrange(
    rows: Sequence[RowTrace],
    words: Sequence[Word],
    marks: Sequence[float],
    px_per_mm: float,
    first_ink: FirstInk = lambda x, row: float(x),
) -> Arrangement:
    """Find the arrangement of a page; a row that fits no layout has no cell where the names fit without it.

    Args:
        rows: traces from above.
        words: what was read.
        marks: x of marks between columns, px.
        px_per_mm: scale.
        first_ink: tells from the column in which a row's trace begins where in it the line begins.
    """
    names = [word for word in words if word.leads.max() > 0.2]

    def placed(shown: Sequence[RowTrace]) -> Arrangement:
        return _arrange(shown, names, marks, px_per_mm, first_ink)

    best = placed(rows)
    printed = len({word.lead for word in names if word.lead and word.leads.max() > _LEGIBLE})
    least = max(_MANY_NAMES, best.names_read + _MORE_NAMES)
    if printed < least:
        return best
    # Handwriting or the tips of waves may have been followed as a row of their own; the shortest goes first.
    for k in sorted(range(len(rows)), key=lambda k: int(rows[k].present.sum())):
        without = placed([*rows[:k], *rows[k + 1 :]])
        if without.layout != "strip" and without.names_read >= least:
            best, least = _put_back(without, k), without.names_read + 1
    return best


def _put_back(arrangement: Arrangement, left_out: int) -> Arrangement:
    """Return an arrangement of all rows from that of those without one."""
    cells = tuple(replace(cell, row=cell.row + (cell.row >= left_out)) for cell in arrangement.cells)
    return replace(arrangement, cells=cells)


def _arrange(
    rows: Sequence[RowTrace],
    names: Sequence[Word],
    marks: Sequence[float],
    px_per_mm: float,
    first_ink: FirstInk,
) -> Arrangement:
    """Find the arrangement of rows that are all there are."""
    x0, x1 = _extent(rows, first_ink)
    best: tuple[float, Arrangement] | None = None
    options = [
        (columns, rhythm, order)
        for columns, rhythm in _GRIDS.get(len(rows), ())
        for order in (STANDARD_LEADS, _CABRERA)
    ]
    for columns, rhythm, order in options:
        leads = [order[k : k + len(rows) - rhythm] for k in range(0, 12, len(rows) - rhythm)]
        borders = column_borders(x0, x1, marks, names, leads, px_per_mm)
        score, arrangement = _as_grid(
            rows, names, borders, (x0, x1), columns, rhythm, order, px_per_mm, first_ink
        )
        score -= 0.0 if order is STANDARD_LEADS else _UNUSUAL
        score += _LAWFUL * _law_score(rows, arrangement.cells)
        if best is None or score > best[0]:
            best = (score, arrangement)
    strips_score, strips = _as_strips(rows, names, x0, x1, px_per_mm)
    if best is None or strips_score > best[0] + _STRIPS:
        return strips
    return best[1]


def column_borders(
    x0: float,
    x1: float,
    marks: Sequence[float],
    names: Sequence[Word],
    leads: Sequence[Sequence[str]],
    px_per_mm: float,
) -> Float64:
    """Return where the columns begin and the last one ends: equal parts, moved to marks nearby.

    A picture may show only a part of the first and of the last column; then the names of ``leads``, which
    stand above the beginnings of their columns, are further or less far apart than equal parts.
    """
    columns = len(leads)
    borders = np.linspace(x0, x1, columns + 1)
    if columns == 1:
        return borders
    by_names = _borders_by_names(borders, names, leads, px_per_mm)
    if by_names is not None:
        return by_names
    equal = borders.copy()
    # What lasts a round time at 50 mm/s does so at 25 mm/s.
    is_round = round_length((x1 - x0) / columns, _SLOW * px_per_mm) is not None
    near = (_NEAR_ROUND if is_round else _NEAR) * (x1 - x0) / columns
    found = {}
    for k in range(1, columns):
        close = [mark for mark in marks if abs(mark - borders[k]) <= near]
        if close:
            found[k] = min(close, key=lambda mark: abs(mark - borders[k]))
    for k, mark in found.items():
        borders[k] = mark
    if found and len(found) < columns - 1:
        shift = float(np.mean([borders[k] - (x0 + k * (x1 - x0) / columns) for k in found]))
        for k in range(1, columns):
            if k not in found:
                borders[k] += shift
    # A picture can cut the outer columns; one that is longer than the others was marked by something else.
    widths = np.diff(borders)
    usual = float(np.median(widths[1:-1])) if columns > 2 else equal[1] - x0
    if max(widths[0], widths[-1]) > (1 + _UNEQUAL) * usual:
        return equal
    return borders


def _borders_by_names(
    borders: Float64, names: Sequence[Word], leads: Sequence[Sequence[str]], px_per_mm: float
) -> Float64 | None:
    """Return borders by the names' places where these contradict equal parts, else None."""
    places = {}
    for k, of_column in enumerate(leads):
        x = [word.x for word in names if word.lead in of_column and word.leads.max() > _LEGIBLE]
        if len(x) >= 2 and np.ptp(x) <= _LINED_UP_MM * px_per_mm:
            places[k] = float(np.median(x))
    if len(places) < 2:
        return None
    at = np.array(list(places))
    width, begin = np.polyfit(at, list(places.values()), 1)
    equal = borders[1] - borders[0]
    if np.abs(begin + width * at - np.array(list(places.values()))).max() > _LINED_UP_MM * px_per_mm:
        return None
    if abs(width - equal) <= _UNEQUAL * equal or not 0.5 * equal < width < 2 * equal:
        return None
    moved = begin - _NAME_MM * px_per_mm + width * np.arange(len(borders))
    cut = moved[1] > borders[0] and moved[-2] < borders[-1]  # something of the outer columns is left
    return moved if cut else None


def _extent(rows: Sequence[RowTrace], first_ink: FirstInk) -> tuple[float, float]:
    """Where the traces begin and end: what most rows agree on."""
    firsts = [first_ink(int(np.flatnonzero(row.present)[0]), row) for row in rows]
    lasts = [float(np.flatnonzero(row.present)[-1]) for row in rows]
    return float(np.median(firsts)), float(np.median(lasts))


def _as_grid(
    rows: Sequence[RowTrace],
    names: Sequence[Word],
    borders: Float64,
    extent: tuple[float, float],
    columns: int,
    rhythm: int,
    order: Sequence[str],
    px_per_mm: float,
    first_ink: FirstInk,
) -> tuple[float, Arrangement]:
    high = len(rows) - rhythm
    cells, score, read = [], 0.0, 0
    ends, starts = _breaks(rows[:high], borders, px_per_mm, first_ink)
    lags = np.cumsum(starts - ends)
    for column in range(columns):
        for row in range(high):
            lead = order[column * high + row]
            gain, named = _name_fits(lead, rows[row], names, borders[column], px_per_mm)
            score += gain
            read += named
            x0, x1 = max(float(starts[column]), extent[0]), min(float(ends[column + 1]), extent[1])
            cells.append(Cell(lead, row, x0, x1, named, float(lags[column])))
    doubts = []
    strips = rows[high:]
    beside = [_nearest_name(strip, names, borders[0], px_per_mm) for strip in strips]
    for row, (strip, word) in enumerate(zip(strips, beside, strict=True), high):
        # A name between two strips is that of the nearer one.
        named = word is not None and all(
            _from_base(strip, word) <= _from_base(other, word)
            for other, taken in zip(strips, beside, strict=True)
            if taken is word
        )
        printed = word.lead if word is not None and named else None
        runs_as = rhythm_lead(strip, rows, cells[: columns * high], printed)
        lead = runs_as or printed or ("II", "V1", "V5")[row - high]
        if lead != printed:
            seen = f"runs as {lead} does, not as {printed}, which was read beside it:" if printed else ""
            doubts.append(
                f"the rhythm strip in row {row + 1} {seen or 'has no legible name,'} taken as {lead}"
            )
        named = named and lead == printed
        read += named
        cells.append(
            Cell(lead, row, max(float(borders[0]), extent[0]), min(float(borders[-1]), extent[1]), named)
        )
    unread = [cell.lead for cell in cells[: columns * high] if not cell.named]
    if unread:
        doubts.append(f"names not read on the page, taken as usual for the layout: {' '.join(unread)}")
    cells.sort(key=lambda cell: (cell.row, cell.x0))
    layout = f"{high}x{columns}" + (f"+{rhythm}" if rhythm else "")
    return score, Arrangement(
        layout, tuple(cells), float(borders[0]), float(borders[-1]), read, tuple(doubts)
    )


def _law_score(rows: Sequence[RowTrace], cells: Sequence[Cell]) -> float:
    """Return how well limb leads that are taken to run at the same time obey their laws, about -1 to 1."""
    places = {cell.lead: cell for cell in reversed(cells)}  # cells of columns come before rhythm strips
    scores = []
    for law in _LAWS:
        if not law.keys() <= places.keys():
            continue
        taken = [places[lead] for lead in law]
        first, last = max(cell.x0 for cell in taken), min(cell.x1 for cell in taken)
        part = slice(round(first) + 4, round(last) - 4)
        if last - first < _LAW_COLUMNS:
            continue
        waves = np.array(
            [
                factor * (rows[cell.row].upper + rows[cell.row].lower)[part]
                for cell, factor in zip(taken, law.values(), strict=True)
            ]
        )
        waves = waves[:, np.isfinite(waves).all(axis=0)]
        if waves.shape[1] < _LAW_COLUMNS:
            continue
        waves -= np.median(waves, axis=1, keepdims=True)
        size = float(np.std(waves, axis=1).sum())
        if size > 0:
            scores.append(np.clip((_LAW_MISS - np.std(waves.sum(axis=0)) / size) / _LAW_MISS, -1.0, 1.0))
    return float(np.mean(scores)) if scores else 0.0


def _breaks(
    rows: Sequence[RowTrace], borders: Float64, px_per_mm: float, first_ink: FirstInk
) -> tuple[Float64, Float64]:
    """Return where traces end and begin again at each border: apart where most rows have a break."""
    ends, starts = borders.copy(), borders.copy()
    reach = round(_BREAK_REACH_MM * px_per_mm)
    for k in range(1, len(borders) - 1):
        found = []
        for row in rows:
            first = max(0, round(borders[k]) - reach)
            missing = runs(~row.present[first : round(borders[k]) + reach])
            long = [(a + first, b + first) for a, b in missing if b - a >= _BREAK_MM * px_per_mm]
            if long:
                end, start = min(long, key=lambda pair: abs((pair[0] + pair[1]) / 2 - borders[k]))
                if start < len(row.present) and row.present[start]:  # not a break that goes on and on
                    found.append((float(end), first_ink(start, row)))
        if len(found) >= 0.6 * len(rows):
            ends[k], starts[k] = np.median(np.array(found), axis=0)
    return ends, starts


def _as_strips(
    rows: Sequence[RowTrace], names: Sequence[Word], x0: float, x1: float, px_per_mm: float
) -> tuple[float, Arrangement]:
    """Each row one lead from end to end."""
    cells: list[Cell] = []
    doubts: list[str] = []
    read = 0
    for number, row in enumerate(rows):
        word = _nearest_name(row, names, x0, px_per_mm)
        lead, named = (None, False) if word is None else (word.lead, True)
        if lead is None and len(rows) not in _GRIDS:
            lead = _only_name(row, names, px_per_mm)
            named = lead is not None
        if lead is None or any(cell.lead == lead for cell in cells):
            lead = f"row {number + 1}"
            doubts.append(f"{lead} has no legible lead name")
            named = False
        read += named
        present = np.flatnonzero(row.present)
        cells.append(Cell(lead, number, float(present[0]), float(present[-1]), named))
    # A name in the middle of a row speaks against strips.
    inside = sum(
        _SURE
        for word in names
        if word.leads.max() > 0.5 and word.x > x0 + 0.2 * (x1 - x0) and word.width < 16 * px_per_mm
    )
    return read * _SURE - inside, Arrangement("strip", tuple(cells), x0, x1, read, tuple(doubts))


def _near(row: RowTrace, word: Word, x: float, px_per_mm: float) -> bool:
    left, right = (mm * px_per_mm for mm in _REACH_MM)
    return x - left - word.width <= word.x <= x + right and _beside(row, word, px_per_mm)


def _beside(row: RowTrace, word: Word, px_per_mm: float) -> bool:
    middle = word.y + word.height / 2
    return row.zero - _ABOVE_MM * px_per_mm <= middle <= row.zero + _BELOW_MM * px_per_mm


def _name_fits(
    lead: str, row: RowTrace, names: Sequence[Word], x: float, px_per_mm: float
) -> tuple[float, bool]:
    """What the print near the beginning of a cell says for (or against) its lead."""
    close = [word for word in names if _near(row, word, x, px_per_mm)]
    if not close:
        return 0.0, False
    index = STANDARD_LEADS.index(lead)
    best = max(float(word.leads[index]) for word in close)
    if best >= 0.3:
        return _SURE * best, True
    nearest = min(close, key=lambda word: _from_base(row, word) + abs(word.x - x))
    return -_WRONG * float(nearest.leads.max()) / 3, False


def _nearest_name(row: RowTrace, names: Sequence[Word], x: float, px_per_mm: float) -> Word | None:
    close = [word for word in names if _near(row, word, x, px_per_mm) and word.lead]
    return min(close, key=lambda word: _from_base(row, word) + abs(word.x - x), default=None)


def _from_base(row: RowTrace, word: Word) -> float:
    return abs(word.y + word.height / 2 - row.zero)


def _only_name(row: RowTrace, names: Sequence[Word], px_per_mm: float) -> str | None:
    """Return the lead that is named anywhere along a row, if it is named once."""
    along = {word.lead for word in names if word.lead and _beside(row, word, px_per_mm)}
    return along.pop() if len(along) == 1 else None
