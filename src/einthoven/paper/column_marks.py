"""The marks that stand between the columns of a page: short upright strokes, or lines down the whole page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from einthoven.paper.pen import runs
from einthoven.recording import Float32

Mask = npt.NDArray[np.bool_]

_MARK = 0.4  # coverage of a pixel that belongs to a mark
_STROKE = 0.2  # ... to a stroke that may be the flank of a wave
_LEAST_PX, _LEAST_SHARE = 8.0, 0.35  # ink of a column of marks: px, and of the column that has most
_STROKE_MM = 1.5  # shorter ones are left where they are
_LEANS, _ASIDE_MM = 0.012, 0.3  # a stroke that leans more, and so far to the side, is no mark
_TALLEST_MM = 25.0  # of a stroke within a column: taller ones are folds of the paper, or lines of a table
_BORDER_MM = 1.5  # a mark is no further from the border that it marks


def column_marks(separator: Float32) -> list[float]:
    """Return x of the marks between columns, px: where several rows have one at the same place.

    Args:
        separator: ink of marks, coverage 0 to 1, shape ``(height, width)``.
    """
    marks: list[float] = []
    profile = (separator >= _MARK).sum(axis=0).astype(np.float64)
    if not profile.any():
        return marks
    from scipy.ndimage import uniform_filter1d

    smooth = uniform_filter1d(profile, 5)
    for first, last in runs(smooth >= max(_LEAST_PX, _LEAST_SHARE * smooth.max())):
        weights = profile[first:last]
        if weights.sum():
            marks.append(float((weights * np.arange(first, last)).sum() / weights.sum()))
    return marks


def waves_taken_for_marks(separator: Float32, px_per_mm: float) -> Float32:
    """Return the ink in a map of marks that is the flank of a wave beside a border of columns: it leans.

    Args:
        separator: ink of marks, coverage 0 to 1, of a page laid flat, where marks stand upright.
        px_per_mm: scale.

    Returns:
        coverage by that ink, shape of ``separator``; 0 elsewhere.
    """
    given = np.zeros_like(separator)
    for box, own in _strokes(separator, px_per_mm):
        part = np.where(own, separator[box], 0.0)
        ink = part.sum(axis=1)
        inked = np.flatnonzero(ink)
        middle = (part * np.arange(part.shape[1])).sum(axis=1)[inked] / ink[inked]
        slope = float(np.polyfit(inked, middle, 1)[0])
        if abs(slope) > _LEANS and abs(slope) * len(part) > _ASIDE_MM * px_per_mm:
            given[box][own] = separator[box][own]
    return given


def spikes_taken_for_marks(
    separator: Float32, trace: Float32, borders: Sequence[float], px_per_mm: float
) -> Float32:
    """Return the ink in a map of marks that is a spike of a trace, as of a pacemaker: within a column.

    Args:
        separator: ink of marks, coverage 0 to 1.
        trace: ink of traces.
        borders: x of all borders of columns, the outermost as well, px.
        px_per_mm: scale.

    Returns:
        coverage by that ink, shape of ``separator``; 0 elsewhere.
    """
    given = np.zeros_like(separator)
    for box, own in _strokes(separator, px_per_mm):
        tall, x = box[0].stop - box[0].start, (box[1].start + box[1].stop) / 2
        if (
            min(borders) < x < max(borders)
            and min(abs(x - border) for border in borders) > _BORDER_MM * px_per_mm
            and tall < _TALLEST_MM * px_per_mm
            and trace[box][own].max() > _STROKE
        ):
            given[box][own] = separator[box][own]
    return given


def _strokes(separator: Float32, px_per_mm: float) -> Iterator[tuple[tuple[slice, slice], Mask]]:
    """Yield where each stroke stands, rows and columns, and which pixels there are its own."""
    import cv2

    count, labels, boxes, _ = cv2.connectedComponentsWithStats(
        (separator >= _STROKE).astype(np.uint8), connectivity=8
    )
    for k in range(1, count):
        x, y, wide, tall, _ = (int(v) for v in boxes[k])
        if tall >= _STROKE_MM * px_per_mm:
            box = (slice(y, y + tall), slice(x, x + wide))
            yield box, labels[box] == k
