"""Gaps in steep strokes of coarse pictures, beyond which the tip of a wave would be lost."""

from __future__ import annotations

import numpy as np

from einthoven.paper.column_runs import INK
from einthoven.recording import Float32

_LONGEST_MM = 1.0
_STEEP_MM = 0.6  # ink that is no higher is that of a level line, or a speck
_FILLED = 0.5  # coverage of a gap


def strokes_joined(trace: Float32, px_per_mm: float) -> Float32:
    """Return the ink of traces with the gaps within steep strokes closed.

    A trace has one run of ink in a column. Where two of them, both as high as only steep lines leave them,
    stand within a millimetre, they are one that the network saw in part.

    Args:
        trace: coverage 0 to 1, shape ``(height, width)``.
        px_per_mm: scale.
    """
    height, width = trace.shape
    framed = np.zeros((width, height + 2), dtype=bool)
    framed[:, 1:-1] = trace.T >= INK
    change = np.diff(framed.ravel().astype(np.int8))
    begin, end = np.flatnonzero(change == 1) + 1, np.flatnonzero(change == -1) + 1
    steep = end - begin >= _STEEP_MM * px_per_mm
    gap = begin[1:] - end[:-1]
    same = begin[1:] // (height + 2) == end[:-1] // (height + 2)
    joined = steep[1:] & steep[:-1] & same & (gap <= _LONGEST_MM * px_per_mm)
    steps = np.zeros(framed.size + 1, dtype=np.int64)
    steps[end[:-1][joined]] = 1
    steps[begin[1:][joined]] -= 1
    gaps = steps.cumsum()[:-1].reshape(framed.shape)[:, 1:-1].T > 0
    return np.where(gaps, np.maximum(trace, np.float32(_FILLED)), trace)
