"""Where on a page the time of its columns begins, to a part of a pixel.

Columns show round times, so that the marks between them tell where they begin, and where there are none the
right end of the traces. There the ink goes on behind the last sample by up to the pen's radius, where lines
have round or square ends; by how much is told by how much longer than its time the ink of a row is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from einthoven.paper.arrangement import Arrangement
from einthoven.paper.drawing import Float64
from einthoven.paper.pulses import Pulse
from einthoven.paper.tracing import RowTrace
from einthoven.recording import Float32

_DRAWN_HZ = 500.0  # a usual rate of what is drawn: the last sample comes this much before the end of its time
_ROUND_S = 0.5  # columns last multiples of it
_TOLERANCE = 0.012  # of their time
_EVEN = 0.01  # of the whole, by which columns of the same time may differ
_OUTSIDE, _INSIDE = 5, 8  # columns outside and inside the end of a line that are looked at
_MARKED = 0.004  # of a column, by which the distance of marks may differ from a round time
_BAND = 3.0  # radii above and below it
_APART = 6.0  # radii by which a row may end elsewhere than most
_ATTACHED = 24.0  # px between a calibration pulse and a line that may be one
_CAP = 0.5  # radii of ink behind the end of a line, between square ends and none
_NEAR = 0.05  # of a column, by which a mark may stand aside from the border it is taken to mark
_UNEVEN = 2.0  # px
_STRIP = 0.6  # of the whole: what is longer is no column
_UNSEEN = 0.2  # of a column that print may hide at the ends of the traces


def with_exact_times(
    arrangement: Arrangement,
    rows: Sequence[RowTrace],
    trace: Float32,
    radius: float,
    px_per_s: float,
    pulses: Sequence[Pulse] = (),
    marks: Sequence[float] = (),
) -> Arrangement:
    """Return ``arrangement`` with its borders where round times put them.

    Args:
        arrangement: of a page; one whose columns have no round length, or paper between them, stays as it is.
        rows: its traces.
        trace: coverage by them, 0 to 1, shape ``(height, width)``.
        radius: of the pen, px.
        px_per_s: px a second.
        pulses: of calibration; where one stands in front of a row, the row's right end alone tells the time.
        marks: x of the marks between columns, px. Where their distance is no round time by the page's scale
            (paper that ran a little fast or slow), it is believed instead.
    """
    marked = _between_marks(arrangement, marks, px_per_s, radius)
    if marked is not None:
        return marked
    borders = sorted({cell.x0 for cell in arrangement.cells} | {cell.x1 for cell in arrangement.cells})
    lasting = (arrangement.x1 - arrangement.x0) / px_per_s
    columns = max(1, len(borders) - 1)
    round_s = round(lasting / columns / _ROUND_S) * _ROUND_S * columns
    if (
        arrangement.layout == "strip"
        or any(cell.lag for cell in arrangement.cells)
        or round_s == 0
        or np.ptp(np.diff(borders)) > _EVEN * lasting * px_per_s
        or abs(lasting - round_s) > _TOLERANCE * round_s
    ):
        return arrangement
    length = round_s * px_per_s
    near = _own_marks(marks, borders[:-1])
    if near is not None and abs(_mean_distance(near, length / columns) * columns / length - 1) > _MARKED:
        return arrangement
    last = px_per_s / _DRAWN_HZ  # what follows the last sample
    ends = [[line_end(trace, row, radius, first=first) for first in (True, False)] for row in rows]
    right = [end for _, end in ends if end is not None and abs(end - arrangement.x1) < _APART * radius]
    x0 = None if near is None else _before_marks(near, length / columns)
    if x0 is None or abs(x0 - borders[0]) >= _APART * radius:
        if not right:
            return arrangement
        longer = [
            end - begin + last - length
            for begin, end in ends
            if begin is not None and end is not None and not _pulse_before(begin, pulses)
        ]
        longer = [more for more in longer if abs(more) <= 2 * radius + 1.0]
        cap = min(max(float(np.median(longer)) / 2, 0.0), radius) if longer else _CAP * radius
        x0 = float(np.median(right)) + last - length - cap
    return _laid_out(arrangement, borders[:-1], x0, length / columns)


def _between_marks(
    arrangement: Arrangement, marks: Sequence[float], px_per_s: float, radius: float
) -> Arrangement | None:
    """Return three columns or more where the marks between them put them, a round time apart.

    Print on a trace may hide where its columns begin, which then seem to have free paper between them. None
    where not every column has its mark, marks are no round time apart, or the traces say otherwise.
    """
    whole = arrangement.x1 - arrangement.x0
    begins = sorted({cell.x0 for cell in arrangement.cells if cell.x1 - cell.x0 < _STRIP * whole})
    near = _own_marks(marks, begins)
    if near is None or len(near) < 2:
        return None
    distance = float(np.diff(near).mean())
    width = round(distance / px_per_s / _ROUND_S) * _ROUND_S * px_per_s
    if width == 0 or abs(distance / width - 1) > _MARKED:
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
        strip = cell.x1 - cell.x0 >= _STRIP * whole
        begin = x0 if strip else x0 + begins.index(cell.x0) * width
        cells.append(replace(cell, x0=begin, x1=x1 if strip else begin + width, lag=0.0))
    return replace(arrangement, cells=tuple(cells), x0=x0, x1=x1)


def _pulse_before(x: float, pulses: Sequence[Pulse]) -> bool:
    return any(abs(x - (pulse.x + pulse.width)) < _ATTACHED for pulse in pulses)


def line_end(trace: Float32, row: RowTrace, radius: float, *, first: bool) -> float | None:
    """Return x where the ink of a row begins or ends, px; None where other ink touches it there."""
    present = np.flatnonzero(row.present)
    column = int(present[0 if first else -1])
    near = present[:4] if first else present[-4:]
    y = float(np.median((row.upper[near] + row.lower[near]) / 2))
    step = 1 if first else -1
    columns = column + step * np.arange(-_OUTSIDE, _INSIDE)
    if columns.min() < 0 or columns.max() >= trace.shape[1]:
        return None
    ink = _ink(trace, y, radius)[columns]
    level = float(np.median(ink[-_INSIDE // 2 :]))
    if level <= 0 or ink[:2].max() > 0.15 * level:
        return None
    inked = float(np.minimum(ink / level, 1.0).sum())
    return float(columns[-1] + step * (0.5 - inked))


def _ink(trace: Float32, y: float, radius: float) -> Float64:
    """Return the ink of each column near a height."""
    band = slice(max(0, round(y - _BAND * radius)), round(y + _BAND * radius) + 1)
    ink: Float64 = trace[band].sum(axis=0, dtype=np.float64)
    return ink
