"""Following the traces: which runs of ink belong to which row of the page.

A trace has one run of ink in each column, and neighbouring runs touch. The cheapest way from left to right
is found by dynamic programming for each row; ink that several rows claim is given to the row whose wave it
is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from einthoven.paper.column_runs import ColumnRuns
from einthoven.paper.drawing import Float64
from einthoven.paper.pen import runs
from einthoven.recording import Int64

# Costs, for a picture of 8 px/mm.
_JUMP = 0.5  # a px between two runs that should touch
_SKIP = 4.0  # a column without ink
_AWAY = 0.005  # a px from the base line of the row ...
_TRESPASS = 0.012  # ... and as far as another base line is nearer
_FAINT = 1.0  # ink of no strength
_KEPT = 6  # ends of the way that are carried over a column

_LEVEL_MM = 1.1  # a run is no higher than this where the trace is level
_ROW_MM = 7.0  # rows are further apart than this


@dataclass(frozen=True, eq=False)
class RowTrace:
    """One row's trace: edges of its ink in each column of the page, NaN where it has none.

    Attributes:
        zero: y of the base line, px.
        upper: shape ``(width,)``, px.
        lower: shape ``(width,)``, px.
        shared: columns whose ink another row claims as well, where it is not certain what is whose.
    """

    zero: float
    upper: Float64
    lower: Float64
    shared: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    @property
    def present(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        return np.isfinite(self.upper)


def find_base_lines(ink: ColumnRuns, height: int, px_per_mm: float) -> list[float]:
    """Return y of the base lines of the rows, from above: where many columns have level ink."""
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    level = ink.height <= _LEVEL_MM * px_per_mm
    if not level.any():
        return []
    counts = np.bincount(np.clip(np.round(ink.middle[level]), 0, height - 1).astype(int), minlength=height)
    density = gaussian_filter1d(counts.astype(float), 0.9 * px_per_mm, mode="constant")
    peaks, _ = find_peaks(
        density, distance=max(1, round(_ROW_MM * px_per_mm)), prominence=0.12 * density.max()
    )
    return [float(y) for y in peaks]


def follow(ink: ColumnRuns, zeros: list[float]) -> list[RowTrace]:
    """Follow the trace of each row.

    Args:
        ink: of the picture, trace alone.
        zeros: base lines of the rows, px.
    """
    ways = [_way(ink, zero, np.array([z for z in zeros if z != zero])) for zero in zeros]
    width = len(ink.first) - 1
    traces = []
    for way, zero in zip(ways, zeros, strict=True):
        upper, lower = np.full(width, np.nan), np.full(width, np.nan)
        taken = way >= 0
        upper[taken], lower[taken] = ink.upper[way[taken]], ink.lower[way[taken]]
        traces.append(RowTrace(zero, upper, lower, np.zeros(width, dtype=bool)))
    for one in range(len(ways)):
        for other in range(one + 1, len(ways)):
            _settle(traces[one], traces[other], (ways[one] == ways[other]) & (ways[one] >= 0))
    return traces


def _way(ink: ColumnRuns, zero: float, others: Float64) -> Int64:
    """Return the run of each column that belongs to the row of base line ``zero``, -1 where none does."""
    width = len(ink.first) - 1
    own = np.maximum(0.0, np.maximum(ink.upper - zero, zero - ink.lower))
    price = _AWAY * own + _FAINT * (1.0 - np.minimum(ink.strength, 1.0))
    if others.size:
        gaps = np.maximum(0.0, np.maximum(ink.upper[:, None] - others, others - ink.lower[:, None]))
        price += _TRESPASS * np.maximum(0.0, own - gaps.min(axis=1))
    before = np.full(len(ink.column), -1)  # the run from which each is reached
    ends = np.zeros(0, dtype=np.int64)  # runs with which a way so far may end
    costs = np.zeros(0)
    none = 0.0  # cost of having found nothing so far
    for column in range(width):
        first, last = int(ink.first[column]), int(ink.first[column + 1])
        costs = costs + _SKIP
        none += _SKIP / 3
        if last > first:
            here = np.arange(first, last)
            reach = np.full(last - first, none)
            if ends.size:
                jump = np.maximum(
                    0.0,
                    np.maximum(
                        ink.upper[here, None] - ink.lower[ends], ink.upper[ends] - ink.lower[here, None]
                    ),
                )
                through = costs - _SKIP + _JUMP * jump
                best = through.argmin(axis=1)
                cheapest = through[np.arange(last - first), best]
                linked = cheapest < reach
                before[here[linked]] = ends[best[linked]]
                reach = np.minimum(reach, cheapest)
            ends = np.concatenate((here, ends))
            costs = np.concatenate((reach + price[first:last], costs))
            if len(ends) > _KEPT + last - first:
                keep = np.argsort(costs, kind="stable")[: _KEPT + last - first]
                ends, costs = ends[keep], costs[keep]
    way = np.full(width, -1, dtype=np.int64)
    if ends.size:
        # What comes after the end of the trace costs as little as what comes before its beginning.
        behind = (width - 1 - ink.column[ends]) * _SKIP * (1 - 1 / 3)
        at = int(ends[np.argmin(costs - behind)])
        while at >= 0:
            way[ink.column[at]] = at
            at = int(before[at])
    return way


def _settle(above: RowTrace, below: RowTrace, both: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> None:
    """Give ink that two rows claim to the one whose wave it is; the other goes straight on beneath it."""
    for first, last in runs(both):
        excursion = [_excursion(trace, first, last) for trace in (above, below)]
        if min(excursion) > 0.5 * max(excursion):
            above.shared[first:last] = below.shared[first:last] = True
            continue
        quiet = above if excursion[0] < excursion[1] else below
        for edge in (quiet.upper, quiet.lower):
            left = edge[first - 1] if first else np.nan
            right = edge[last] if last < len(edge) else np.nan
            ends = np.array([left, right])
            if not np.isfinite(ends).any():
                edge[first:last] = np.nan
                continue
            ends = np.where(np.isfinite(ends), ends, ends[::-1])
            edge[first:last] = np.linspace(ends[0], ends[1], last - first + 2)[1:-1]
        gone = ~(np.isfinite(quiet.upper[first:last]) & np.isfinite(quiet.lower[first:last]))
        quiet.upper[first:last][gone] = quiet.lower[first:last][gone] = np.nan
        quiet.shared[first:last] = True


def _excursion(trace: RowTrace, first: int, last: int) -> float:
    """How far from its base line a trace is just before and after a stretch, px."""
    middle = (trace.upper + trace.lower) / 2
    around = np.concatenate((middle[max(0, first - 2) : first], middle[last : last + 2]))
    heights = np.concatenate(
        ((trace.lower - trace.upper)[max(0, first - 2) : first], (trace.lower - trace.upper)[last : last + 2])
    )
    if not np.isfinite(around).any():
        return 0.0
    return float(np.nanmax(np.abs(around - trace.zero) + heights / 2))
