"""Which ink is whose where the traces of several rows meet or cross.

Waves of neighbouring rows come at the same time, and on tight pages a deep S of one runs into the R of the
next. There, a small network looks at the ink around a row, at what was followed of it and of the others, and
says which ink is the row's own: also beneath the ink of another row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.paper.column_runs import column_runs
from einthoven.paper.pen import runs
from einthoven.paper.tracing import RowTrace, best_ways
from einthoven.recording import Float32

if TYPE_CHECKING:
    import onnxruntime

Mask = npt.NDArray[np.bool_]

WEIGHTS = Path(__file__).with_name("crossing_network.onnx")
CHANNELS = 4  # ink, followed as the row's own, followed as another's, base lines of the others
REACH = 320  # px above and below a row's base line that the network sees: 40 mm
SEEN = 96  # columns that it sees at least: 12 mm
_MULTIPLE = 32  # sides of its input
_AROUND = 24  # columns on either side of where traces meet
_NEAR = 3.0  # px between the ink of two rows that may have been confused
_BRIDGED = 10  # columns in which another row hides a row's own ink
_LEAST = 0.45  # own coverage from which on a pixel belongs to the row
# What is left is the row's own, but for remains of others and of print: the cost of taking none of it in a
# column, and of each px that is not taken.
_SKIP, _LEFT = 40.0, 0.1


def separate(
    coverage: Float32, rows: Sequence[RowTrace], borders: Sequence[Sequence[float]] | None = None
) -> list[RowTrace]:
    """Give each row its own ink where rows meet.

    Args:
        coverage: of the page by traces, 0 to 1, 8 px/mm, shape ``(height, width)``.
        rows: as followed one by one, so that several may have taken the same ink.
        borders: for each row x where one lead ends and the next begins, px.

    Returns:
        the rows; where they meet, ``shared`` is true.
    """
    ends = borders or [()] * len(rows)
    return [
        _settled(coverage, rows, index, meeting, ends[index]) if meeting.any() else row
        for index, (row, meeting) in enumerate(zip(rows, meetings(rows), strict=True))
    ]


def meetings(rows: Sequence[RowTrace]) -> list[Mask]:
    """Return for each row where it shares ink with another, or one reaches into the other's part."""
    found = [np.zeros(len(row.upper), dtype=bool) for row in rows]
    borders = [(above.zero + below.zero) / 2 for above, below in pairwise(rows)]
    tops, bottoms = [-np.inf, *borders], [*borders, np.inf]
    for one in range(len(rows)):
        for other in range(len(rows)):
            if one == other:
                continue
            with np.errstate(invalid="ignore"):
                reached = (rows[one].lower > tops[other]) & (rows[one].upper < bottoms[other])
                met = (rows[one].lower + _NEAR > rows[other].upper) & (
                    rows[one].upper < rows[other].lower + _NEAR
                )
            both = reached | met
            found[one] |= both
            found[other] |= both
    return found


def view(coverage: Float32, rows: Sequence[RowTrace], index: int, first: int, last: int) -> Float32:
    """Return what the network sees of a row in columns ``first`` to ``last``, ``(CHANNELS, 2 REACH, n)``."""
    height = coverage.shape[0]
    top = round(rows[index].zero) - REACH
    seen = np.zeros((CHANNELS, 2 * REACH, last - first), dtype=np.float32)
    begin, end = max(0, top), min(height, top + 2 * REACH)
    if end > begin:
        seen[0, begin - top : end - top] = coverage[begin:end, first:last]
    y = np.arange(2 * REACH)[:, None] + top
    for k, row in enumerate(rows):
        upper, lower = row.upper[first:last], row.lower[first:last]
        with np.errstate(invalid="ignore"):
            if ((lower > top) & (upper < top + 2 * REACH)).any():
                followed = (y >= upper - 0.5) & (y <= lower + 0.5)
                seen[1 if k == index else 2][followed] = 1.0
        at = round(row.zero) - top
        if k != index and 1 <= at < 2 * REACH - 1:
            seen[3, at - 1 : at + 2] = 1.0
    return seen


def windows(meeting: Mask) -> list[tuple[int, int]]:
    """Return the first and last + 1 column of each piece of a row to look at: so wide that it shows beats."""
    width = len(meeting)
    pieces: list[tuple[int, int]] = []
    for first, last in runs(meeting):
        wide = max(SEEN, -(-(last - first + 2 * _AROUND) // _MULTIPLE) * _MULTIPLE)
        first = max(0, min((first + last - wide) // 2, width - wide))
        last = min(width, first + wide)
        if pieces and first <= pieces[-1][1]:
            pieces[-1] = (pieces[-1][0], last)
        else:
            pieces.append((first, last))
    return pieces


def _settled(
    coverage: Float32, rows: Sequence[RowTrace], index: int, meeting: Mask, borders: Sequence[float]
) -> RowTrace:
    row = rows[index]
    upper, lower = row.upper.copy(), row.lower.copy()
    top = round(row.zero) - REACH
    for first, last in windows(meeting):
        seen = view(coverage, rows, index, first, last)
        short = (-seen.shape[2]) % _MULTIPLE
        padded = np.pad(seen, ((0, 0), (0, 0), (0, short)))
        (own,) = _session(WEIGHTS).run(None, {"x": padded[None]})
        ink = column_runs(np.ascontiguousarray(own[0, 0, :, : last - first]), _LEAST)
        inked = ink.strength * ink.height
        left = np.bincount(ink.column, inked, len(ink.counts))[ink.column] - inked
        inside = [border - first for border in borders if first < border < last]
        (way,) = best_ways(ink, [row.zero - top], _SKIP, _LEFT * left, [inside])
        taken = way >= 0
        inner = np.zeros(last - first, dtype=bool)
        for a, b in runs(meeting[first:last]):
            inner[max(0, a - _AROUND // 2) : b + _AROUND // 2] = True
        # Own ink that goes on beyond what the network sees is as it was followed there.
        own_upper, own_lower = np.full((2, last - first), np.nan)
        own_upper[taken], own_lower[taken] = ink.upper[way[taken]], ink.lower[way[taken]]
        above = (own_upper < 1) & (upper[first:last] < top)
        below = (own_lower > 2 * REACH - 2) & (lower[first:last] > top + 2 * REACH - 1)
        for edge, found, beyond in ((upper, own_upper, above), (lower, own_lower, below)):
            part = edge[first:last]
            followed = part.copy()
            part[inner & ~beyond] = found[inner & ~beyond] + top
            for a, b in runs(inner & ~taken):
                # Between two leads nothing leads from one to the other.
                if any(a - 1 < border <= b for border in inside):
                    part[a:b] = followed[a:b]
                elif a > 0 and b < len(part) and b - a <= _BRIDGED:
                    part[a:b] = np.linspace(part[a - 1], part[b], b - a + 2)[1:-1]
    return replace(row, upper=upper, lower=lower, shared=row.shared | meeting)


@lru_cache(maxsize=1)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
