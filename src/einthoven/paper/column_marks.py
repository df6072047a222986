"""The marks that stand between the columns of a page: short upright strokes, or lines down the whole page."""

from __future__ import annotations

import numpy as np

from einthoven.paper.pen import runs
from einthoven.recording import Float32

_MARK = 0.4  # coverage of a pixel that belongs to a mark
_STROKE = 0.2  # ... to a stroke that may be the flank of a wave
_LEAST_PX, _LEAST_SHARE = 8.0, 0.35  # ink of a column of marks: px, and of the column that has most
_STROKE_MM = 1.5  # shorter ones are left where they are
_LEANS, _ASIDE_MM = 0.012, 0.3  # a stroke that leans more, and so far to the side, is no mark


def column_marks(separator: Float32) -> list[float]:
    """Return x of the marks between columns, px: where several rows have one at the same place."""
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
    """
    import cv2

    given = np.zeros_like(separator)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(
        (separator >= _STROKE).astype(np.uint8), connectivity=8
    )
    for k in range(1, count):
        x, y, wide, tall, _ = (int(v) for v in boxes[k])
        if tall < _STROKE_MM * px_per_mm or wide < _ASIDE_MM * px_per_mm:
            continue
        own = labels[y : y + tall, x : x + wide] == k
        part = np.where(own, separator[y : y + tall, x : x + wide], 0.0)
        rows = np.arange(tall)
        ink = part.sum(axis=1)
        middle = (part * np.arange(wide)).sum(axis=1)[ink > 0] / ink[ink > 0]
        slope = float(np.polyfit(rows[ink > 0], middle, 1)[0])
        if abs(slope) > _LEANS and abs(slope) * tall > _ASIDE_MM * px_per_mm:
            given[y : y + tall, x : x + wide][own] = part[own]
    return given
