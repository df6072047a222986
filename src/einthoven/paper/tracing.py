"""Following the traces: which runs of ink belong to which row of the page.

A trace has one run of ink in each column, and neighbouring runs touch. The cheapest way from left to right
is found by dynamic programming for each row alone: rows that meet may take the same ink.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.paper.column_runs import ColumnRuns
from einthoven.paper.drawing import Float64
from einthoven.recording import Int64

# Costs, for a picture of 8 px/mm.
_JUMP = 0.5  # a px between two runs that should touch
_SKIP = 4.0  # a column without ink
_AWAY = 0.005  # a px from the base line of the row ...
_TRESPASS = 0.012  # ... and as far as another base line is nearer
_FAINT = 1.0  # ink of no strength
_KEPT = 40  # ends of the way that are carried over a column: those on other rows must not crowd out its own

_LEVEL_MM = 1.1  # a run is no higher than this where the trace is level
_ROW_MM = 7.0  # rows are further apart than this


@dataclass(frozen=True, eq=False)
class RowTrace:
    """One row's trace: edges of its ink in each column of the page, NaN where it has none.

    Attributes:
        zero: y of the base line, px.
        upper: shape ``(width,)``, px.
        lower: shape ``(width,)``, px.
        shared: columns in which it meets another row, where it is not certain what is whose.
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

    level = ink.height <= _LEVEL_MM * px_per_mm
    if not level.any():
        return []
    counts = np.bincount(np.clip(np.round(ink.middle[level]), 0, height - 1).astype(int), minlength=height)
    density = gaussian_filter1d(counts.astype(float), 0.9 * px_per_mm, mode="constant")
    peaks = find_peaks(density, max(1, round(_ROW_MM * px_per_mm)), 0.12 * float(density.max()))
    return [float(y) for y in peaks]


def find_peaks(values: Float64, distance: int, prominence: float) -> list[int]:
    """Return where the peaks are, ascending: at least ``distance`` apart, the higher one of two counts.

    The same as ``scipy.signal.find_peaks`` where no two values are equal, without its second of loading.
    """
    inner = values[1:-1]
    candidates = np.flatnonzero((inner > values[:-2]) & (inner >= values[2:])) + 1
    kept: list[int] = []
    for peak in candidates[np.argsort(-values[candidates], kind="stable")].tolist():
        if all(abs(peak - other) >= distance for other in kept):
            kept.append(peak)
    return [peak for peak in sorted(kept) if _prominence(values, peak) >= prominence]


def _prominence(values: Float64, peak: int) -> float:
    """How far one has to go down from a peak, on the better side, before one gets higher than it."""
    higher = np.flatnonzero(values > values[peak])
    left, right = higher[higher < peak], higher[higher > peak]
    before = values[(left[-1] + 1 if left.size else 0) : peak + 1].min()
    behind = values[peak : (right[0] if right.size else len(values))].min()
    return float(values[peak] - max(before, behind))


def follow(
    ink: ColumnRuns, zeros: list[float], borders: Sequence[Sequence[float]] | None = None
) -> list[RowTrace]:
    """Follow the trace of each row. Rows that meet may take the same ink.

    Args:
        ink: of the picture, trace alone.
        zeros: base lines of the rows, px.
        borders: for each row x where one lead ends and the next begins, at any height, px.
    """
    ways = best_ways(ink, zeros, borders=borders)
    width = len(ink.first) - 1
    traces = []
    for way, zero in zip(ways, zeros, strict=True):
        upper, lower = np.full(width, np.nan), np.full(width, np.nan)
        taken = way >= 0
        upper[taken], lower[taken] = ink.upper[way[taken]], ink.lower[way[taken]]
        traces.append(RowTrace(zero, upper, lower, np.zeros(width, dtype=bool)))
    return traces


def best_ways(
    ink: ColumnRuns,
    zeros: Sequence[float],
    skip: float = _SKIP,
    besides: Float64 | float = 0.0,
    borders: Sequence[Sequence[float]] | None = None,
) -> Int64:
    """Return the run of each column that belongs to each row, -1 where none does, ``(n_rows, width)``.

    Args:
        ink: of the picture.
        zeros: base lines of the rows, px. Each row is followed on its own, all of them column by column.
        skip: what it costs to take no ink of a column.
        besides: what each run costs besides where it is and how faint.
        borders: for each row x at which it may go on at any height, px.
    """
    width, n_rows = len(ink.first) - 1, len(zeros)
    ways = np.full((n_rows, width), -1, dtype=np.int64)
    if not n_rows or not len(ink.column):
        return ways
    away = np.array(zeros)[:, None]
    off = np.maximum(0.0, np.maximum(ink.upper - away, away - ink.lower))
    price = _AWAY * off + _FAINT * (1.0 - np.minimum(ink.strength, 1.0)) + besides
    for row in range(n_rows):
        if n_rows > 1:
            nearest = np.delete(off, row, axis=0).min(axis=0)
            price[row] += _TRESPASS * np.maximum(0.0, off[row] - nearest)
    lead = np.zeros((n_rows, len(ink.column)), dtype=np.int64)  # how many borders of the row lie before a run
    for row, own in enumerate(borders or ()):
        lead[row] = np.searchsorted(np.sort(np.rint(own)), ink.column, side="right")
    crossed = bool(lead.any())
    before = np.full((n_rows, len(ink.column)), -1)  # the run from which each is reached
    ends = np.full((n_rows, _KEPT), -1)  # runs with which a way so far may end
    costs = np.full((n_rows, _KEPT), np.inf)
    each = np.arange(n_rows)[:, None]
    none = 0.0  # cost of having found nothing so far
    for column in range(width):
        first, last = int(ink.first[column]), int(ink.first[column + 1])
        costs += skip
        none += skip / 3
        if last == first:
            continue
        apart = np.maximum(
            ink.upper[first:last, None, None] - ink.lower[ends],
            ink.upper[ends] - ink.lower[first:last, None, None],
        )
        if crossed:
            apart[:, lead[:, first, None] != lead[each, ends]] = 0.0
        through = (costs - skip) + _JUMP * np.maximum(apart, 0.0)  # (here, row, end)
        best = through.argmin(axis=2).T
        reach = through.min(axis=2).T
        linked = reach < none
        before[:, first:last] = np.where(linked, ends[each, best], -1)
        here = np.broadcast_to(np.arange(first, last), best.shape)
        ends = np.concatenate((here, ends), axis=1)
        costs = np.concatenate((np.minimum(reach, none) + price[:, first:last], costs), axis=1)
        keep = np.argpartition(costs, _KEPT - 1, axis=1)[:, :_KEPT]
        ends, costs = ends[each, keep], costs[each, keep]
    # What comes after the end of the trace costs as little as what comes before its beginning.
    behind = (width - 1 - ink.column[ends]) * skip * (1 - 1 / 3)
    for row, at in enumerate(ends[np.arange(n_rows), np.argmin(costs - behind, axis=1)].tolist()):
        while at >= 0:
            ways[row, ink.column[at]] = at
            at = int(before[row, at])
    return ways
