"""Where on a page the time of its columns begins, to a part of a pixel.

Columns show round times, so that the marks between them tell where they begin, and where there are none the
ends of the traces. There the ink goes on beyond the line by up to the pen's radius, where lines have round or
square ends; by how much is told by how much longer than its time the ink of a row is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from einthoven.paper.arrangement import Arrangement
from einthoven.paper.columns import STRIP
from einthoven.paper.drawing import Float64
from einthoven.paper.line_ends import Darkness, LineEnd, line_ends
from einthoven.paper.round_times import round_length
from einthoven.paper.tracing import RowTrace

_DRAWN_HZ = 500.0  # a usual rate of what is drawn: the last sample comes this much before the end of its time
_EVEN = 0.01  # of the whole, by which columns of the same time may differ
_MARKED = 0.004  # of a column, by which the distance of marks may differ from a round time
_APART = 6.0  # radii by which a row may end elsewhere than most
_CAP = 0.7  # radii of ink behind the end of a line: round or square ends are usual, none is possible
_LONGEST = 1.3  # radii of it that are possible
_SHORT = 0.25  # px by which ink may seem too short or too long for its ends
_AGREE = 0.5  # px within which rows agree where they begin
_NEAR = 0.05  # of a column, by which a mark may stand aside from the border it is taken to mark
_UNEVEN = 2.0  # px
_UNSEEN = 0.2  # of a column that print may hide at the ends of the traces


def with_exact_times(
    arrangement: Arrangement,
    rows: Sequence[RowTrace],
    dark: Darkness,
    radius: float,
    px_per_s: float,
    marks: Sequence[float] = (),
) -> Arrangement:
    """Return ``arrangement`` with its borders where round times put them.

    Args:
        arrangement: of a page; one whose columns have no round length, or paper between them, stays as it is.
        rows: its traces.
        dark: of the page. Where a calibration pulse runs on into a
            trace, its beginning is not seen.
        radius: of the pen, px.
        px_per_s: px a second.
        marks: x of the marks between columns, px. Where their distance is no round time by the page's scale
            (paper that ran a little fast or slow), it is believed instead.
    """
    ends = line_ends(dark, rows, radius)
    last = px_per_s / _DRAWN_HZ  # what follows the last sample
    marked = _between_marks(arrangement, marks, px_per_s, radius)
    if marked is not None:
        x0, _ = _between_ends(ends, marked.x1 - marked.x0 - last)
        if x0 is None or abs(x0 - marked.x0) > radius:
            return marked
        begins = sorted({cell.x0 for cell in marked.cells})
        return _laid_out(marked, begins, x0, (marked.x1 - marked.x0) / len(begins))
    borders = sorted({cell.x0 for cell in arrangement.cells} | {cell.x1 for cell in arrangement.cells})
    whole = arrangement.x1 - arrangement.x0
    columns = max(1, len(borders) - 1)
    width = round_length(whole / columns, px_per_s)
    if (
        arrangement.layout == "strip"
        or any(cell.lag for cell in arrangement.cells)
        or width is None
        or np.ptp(np.diff(borders)) > _EVEN * whole
    ):
        return arrangement
    length = columns * width
    near = _own_marks(marks, borders[:-1])
    if near is not None and abs(_mean_distance(near, width) / width - 1) > _MARKED:
        return arrangement
    x0, cap = _between_ends(ends, length - last)
    if x0 is None:
        x0 = None if near is None else _before_marks(near, width)
    if x0 is None or abs(x0 - borders[0]) >= _APART * radius:
        rights = [end.x for _, end in ends if end is not None]
        right = [x for x in rights if abs(x - arrangement.x1) < _APART * radius]
        if not right:
            return arrangement
        x0 = float(np.median(right)) - cap - (length - last)
    return _laid_out(arrangement, borders[:-1], x0, width)


def _between_ends(
    ends: Sequence[tuple[LineEnd | None, LineEnd | None]], length: float
) -> tuple[float | None, float]:
    """Return where lines of this length begin, and by how much their ink is longer at either end, px.

    Both ends of a line have the same shape, so that its middle tells more exactly where it stands. None where
    fewer than two rows show both ends, or do not agree.
    """
    pens = [end.pen for pair in ends for end in pair if end is not None]
    radius = float(np.median(pens)) / 2 if pens else 0.0
    both = [(begin.x, end.x) for begin, end in ends if begin is not None and end is not None]
    caps = [(end - begin - length) / 2 for begin, end in both]
    most = _LONGEST * radius + _SHORT
    fitting = [(pair, cap) for pair, cap in zip(both, caps, strict=True) if -_SHORT <= cap <= most]
    if not fitting:
        return None, _CAP * radius
    cap = float(np.clip(np.median([cap for _, cap in fitting]), 0.0, radius))
    begins = np.array([(begin + end - length) / 2 for (begin, end), _ in fitting])
    x0 = float(np.median(begins))
    agreeing = np.abs(begins - x0) <= _AGREE
    return (x0 if agreeing.sum() >= max(2, len(begins) / 2) else None), cap


def _between_marks(
    arrangement: Arrangement, marks: Sequence[float], px_per_s: float, radius: float
) -> Arrangement | None:
    """Return three columns or more where the marks between them put them, a round time apart.

    Print on a trace may hide where its columns begin, which then seem to have free paper between them. None
    where not every column has its mark, marks are no round time apart, or the traces say otherwise.
    """
    whole = arrangement.x1 - arrangement.x0
    begins = sorted({cell.x0 for cell in arrangement.cells if cell.x1 - cell.x0 < STRIP * whole})
    near = _own_marks(marks, begins)
    if near is None or len(near) < 2:
        return None
    distance = float(np.diff(near).mean())
    width = round_length(distance, px_per_s, _MARKED)
    if width is None:
        return None
    x0 = _before_marks(near, width)
    hidden = (arrangement.x0 - x0, x0 + len(begins) * width - arrangement.x1)
    if min(hidden) < -_APART * radius or max(hidden) > _UNSEEN * width:
        return None
    return _laid_out(arrangement, begins, x0, width)


def _own_marks(marks: Sequence[float], begins: Sequence[float]) -> Float64 | None:
    """Return the marks in front of all columns but the first; None where one has none, or they are uneven."""
    if len(begins) < 2 or not marks:
        return None
    near = np.array([min(marks, key=lambda mark: abs(mark - begin)) for begin in begins[1:]])
    if np.abs(near - begins[1:]).max() > _NEAR * float(np.median(np.diff(begins))):
        return None
    return near if len(near) < 3 or np.ptp(np.diff(near)) <= _UNEVEN else None


def _mean_distance(near: Float64, alone: float) -> float:
    """Return how far marks are apart; ``alone`` for a single one."""
    return float(np.diff(near).mean()) if len(near) > 1 else alone


def _before_marks(near: Float64, width: float) -> float:
    """Return where the first of columns of this width begins that these marks stand between."""
    return float((near - width * np.arange(1, len(near) + 1)).mean())


def _laid_out(arrangement: Arrangement, begins: Sequence[float], x0: float, width: float) -> Arrangement:
    """Return the columns, which began at ``begins``, of this width from ``x0`` on; strips go through all."""
    x1 = x0 + len(begins) * width
    whole = arrangement.x1 - arrangement.x0
    cells = []
    for cell in arrangement.cells:
        strip = cell.x1 - cell.x0 >= STRIP * whole
        begin = x0 if strip else x0 + begins.index(cell.x0) * width
        cells.append(replace(cell, x0=begin, x1=x1 if strip else begin + width, lag=0.0))
    return replace(arrangement, cells=tuple(cells), x0=x0, x1=x1)
