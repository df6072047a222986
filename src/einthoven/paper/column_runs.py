"""The ink of a picture as runs: each unbroken stretch of ink in a column, its edges to a part of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.paper.drawing import Float64
from einthoven.recording import Float32, Int64

INK = 0.25  # coverage from which on a pixel belongs to a run


@dataclass(frozen=True, eq=False)
class ColumnRuns:
    """Runs of ink, from the left column to the right one and in each column from above.

    Attributes:
        column: of each run, shape ``(n_runs,)``.
        upper: y of its upper edge, px; a pixel reaches from its middle - 0.5 to + 0.5.
        lower: y of its lower edge.
        strength: highest coverage in it.
        first: index of the first run of each column, and behind the last: shape ``(width + 1,)``.
    """

    column: Int64
    upper: Float64
    lower: Float64
    strength: Float64
    first: Int64

    @property
    def middle(self) -> Float64:
        return (self.upper + self.lower) / 2

    @property
    def counts(self) -> Int64:
        """Runs of each column."""
        return np.diff(self.first)

    @property
    def height(self) -> Float64:
        return self.lower - self.upper


def column_runs(coverage: Float32, least: float = INK) -> ColumnRuns:
    """Find the runs of ink in a map of coverage 0 to 1, shape ``(height, width)``."""
    height, width = coverage.shape
    column, top, behind = pixel_runs(coverage >= least)
    by_column = np.zeros((width, height + 4), dtype=np.float32)  # two empty pixels at either end
    by_column[:, 2:-2] = coverage.T
    flat = by_column.ravel()
    offset = column * (height + 4) + 2
    begin, end = offset + top, offset + behind
    if not begin.size:
        nothing = np.zeros(0)
        return ColumnRuns(
            np.zeros(0, np.int64), nothing, nothing, nothing, np.zeros(width + 1, dtype=np.int64)
        )
    bounds = np.stack((begin, end), axis=1).ravel()
    strength = np.maximum.reduceat(np.append(flat, 0.0), bounds)[::2].astype(np.float64)
    # An edge is where the ink at the border, pushed together to full coverage, begins.
    upper, lower = begin.astype(np.float64), end.astype(np.float64) - 1.0
    upper += 0.5 - _share(flat, begin, strength) - _share(flat, begin - 1, strength)
    lower += -0.5 + _share(flat, end - 1, strength) + _share(flat, end, strength)
    single = end - begin == 1  # its pixel was counted at both edges
    centre = begin + (flat[begin + 1] - flat[begin - 1]) / (flat[begin - 1] + flat[begin] + flat[begin + 1])
    thick = _share(flat, begin, strength) + _share(flat, begin - 1, strength) + _share(flat, end, strength)
    upper[single], lower[single] = (centre - thick / 2)[single], (centre + thick / 2)[single]
    first = np.searchsorted(column, np.arange(width + 1))
    return ColumnRuns(column, upper - offset, lower - offset, strength, first)


def pixel_runs(inked: npt.NDArray[np.bool_]) -> tuple[Int64, Int64, Int64]:
    """Return column, first row and row behind the last of each unbroken stretch of a column that is true.

    Args:
        inked: shape ``(height, width)``.

    Returns:
        three arrays of shape ``(n_runs,)``, from the left column to the right one and in each from above.
    """
    height, width = inked.shape
    framed = np.zeros((width, height + 2), dtype=np.int8)
    framed[:, 1:-1] = inked.T
    change = np.diff(framed.ravel())
    begin, end = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    column = begin // (height + 2)
    return column, begin - column * (height + 2), end - column * (height + 2)


def _share(flat: Float32, at: Int64, strength: Float64) -> Float64:
    shares: Float64 = np.minimum(flat[at].astype(np.float64) / strength, 1.0)
    return shares
