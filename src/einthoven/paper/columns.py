"""Columns of a page as equal parts of a round time, with the same free paper between them.

Between columns a page leaves paper free everywhere or nowhere. Where traces break off is seen at each border
by itself, and so is a name printed on a trace, what a mark covers, or what a picture cuts off.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from einthoven.paper.arrangement import Arrangement
from einthoven.paper.round_times import ROUND_S, WITHIN, round_length

STRIP = 0.6  # of the whole: what is longer is no column
_FREE_S = 0.4  # of free paper between columns, at most
_UNEVEN = 0.02  # of a column, by which their ends may be unequally far apart
_MISPLACED = (0.005, 0.04)  # of a column, by which a wave that passed for a mark may have moved a border


def even_columns(arrangement: Arrangement, px_per_s: float) -> Arrangement:
    """Return the arrangement with the same free paper between all of its columns, or none.

    Args:
        arrangement: as its borders were seen one by one; it stays as it is where neither answer fits round
            times.
        px_per_s: px a second.
    """
    whole = arrangement.x1 - arrangement.x0
    columns = {
        (cell.x0, cell.x1): cell.lag for cell in arrangement.cells if cell.x1 - cell.x0 < STRIP * whole
    }
    starts = sorted(x0 for x0, _ in columns)
    ends = sorted(x1 for _, x1 in columns)
    n = len(starts)
    if arrangement.layout == "strip" or len(ends) != n or n < 2:
        return arrangement
    if not any(columns.values()):
        return _with_equal_borders(arrangement, starts, px_per_s)
    if (np.diff(sorted(columns.values())) > 0).all():
        apart = np.diff(ends)
        pitch = float(np.median(apart))
        width = float(np.floor(pitch / (ROUND_S * px_per_s) * (1 + WITHIN))) * ROUND_S * px_per_s
        free = max(0.0, pitch - width)
        if width == 0 or free > _FREE_S * px_per_s or np.ptp(apart) > _UNEVEN * pitch:
            return arrangement
        x0 = float(np.median(np.array(ends) - pitch * np.arange(n))) - width
    else:
        if round_length(whole / n, px_per_s) is None:
            return arrangement
        free, x0, width = 0.0, arrangement.x0, whole / n  # borders of round times are put exactly later
    cells = []
    for cell in arrangement.cells:
        if (cell.x0, cell.x1) in columns:
            k = starts.index(cell.x0)
            begin = x0 + k * (width + free)
            # Without free paper the same number as the next one's beginning, to the last bit.
            end = begin + width if free else x0 + (k + 1) * width
            cells.append(replace(cell, x0=begin, x1=end, lag=k * free))
        else:
            cells.append(replace(cell, x0=x0, x1=x0 + n * width))
    return replace(arrangement, cells=tuple(cells), x0=x0, x1=x0 + n * width + (n - 1) * free)


def _with_equal_borders(arrangement: Arrangement, starts: list[float], px_per_s: float) -> Arrangement:
    """Return columns without free paper, a border put back that something had moved."""
    width = (arrangement.x1 - arrangement.x0) / len(starts)
    equal = arrangement.x0 + width * np.arange(1, len(starts))
    aside = np.abs(np.array(starts[1:]) - equal).max() / width
    if not _MISPLACED[0] < aside <= _MISPLACED[1] or round_length(width, px_per_s) is None:
        return arrangement
    place = dict(zip(starts[1:], equal.tolist(), strict=True))
    cells = tuple(
        replace(cell, x0=place.get(cell.x0, cell.x0), x1=place.get(cell.x1, cell.x1))
        for cell in arrangement.cells
    )
    return replace(arrangement, cells=cells)
