"""From the upper and lower edge of a drawn line to the line that the pen followed.

A round pen of radius ``r`` that follows ``y(x)`` leaves ink from ``U(x) = min_u [y(x + u) - sqrt(r^2 - u^2)]`` down to
``L(x) = max_u [y(x + u) + sqrt(r^2 - u^2)]``, ``|u| <= r``: erosion and dilation of the line by a disc (Serra,
Image Analysis and Mathematical Morphology, 1982). The middle between the edges is the line where it is level or
slants, but not at the tip of a wave hardly wider than the pen, where the ink of both flanks runs together. So the
line is sought whose ink has the edges that are seen, and which is smooth where that leaves a choice.
"""

from __future__ import annotations

import numpy as np

from einthoven.paper.drawing import Float64

PER_COLUMN = 2  # points of the line for each column of pixels
_ROUNDS = 60
_STEP = 0.6
_SMOOTHNESS = 0.15


def pen_line(upper: Float64, lower: Float64, radius: float) -> Float64:
    """Return the line that a pen followed, from the edges of its ink in each column.

    Args:
        upper: y of the upper edge of the ink, px (y runs down), shape ``(n,)``; NaN where there is none.
        lower: y of the lower edge, NaN in the same columns.
        radius: of the pen, px.

    Returns:
        float64, shape ``(PER_COLUMN * (n - 1) + 1,)``: y of the line at columns 0, 0.5, 1 …; NaN where no ink is.
    """
    n = len(upper)
    line = np.full(PER_COLUMN * (n - 1) + 1, np.nan)
    for first, last in runs(np.isfinite(upper)):
        line[PER_COLUMN * first : PER_COLUMN * (last - 1) + 1] = _fit(
            upper[first:last], lower[first:last], radius
        )
    return line


def _fit(upper: Float64, lower: Float64, radius: float) -> Float64:
    n = len(upper)
    columns = np.arange(n)
    reach = int(np.floor(radius * PER_COLUMN))
    offsets = np.arange(-reach, reach + 1)
    sag = np.sqrt(np.maximum(radius**2 - (offsets / PER_COLUMN) ** 2, 0.0))
    line = np.interp(np.arange(PER_COLUMN * (n - 1) + 1) / PER_COLUMN, columns, (upper + lower) / 2)
    under_pen = np.clip(PER_COLUMN * columns[:, None] + offsets, 0, len(line) - 1)
    for _ in range(_ROUNDS):
        near = line[under_pen]
        highest, lowest = (near - sag).argmin(axis=1), (near + sag).argmax(axis=1)
        # What makes an edge is moved to where it makes the edge that is seen.
        at = np.concatenate((under_pen[columns, highest], under_pen[columns, lowest]))
        missing = np.concatenate(
            (near[columns, highest] - sag[highest] - upper, near[columns, lowest] + sag[lowest] - lower)
        )
        total = np.bincount(at, missing, len(line))
        count = np.bincount(at, minlength=len(line))
        line = line - _STEP * total / np.maximum(count, 1)
        line[1:-1] += _SMOOTHNESS / 2 * (line[:-2] + line[2:] - 2 * line[1:-1])
    return line


def runs(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """First and last + 1 of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
