"""Gaps in steep strokes of coarse pictures, beyond which the tip of a wave would be lost."""

from __future__ import annotations

import numpy as np

from einthoven.paper.column_runs import INK, pixel_runs
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
    column, top, behind = pixel_runs(trace >= INK)
    steep = behind - top >= _STEEP_MM * px_per_mm
    near = (column[1:] == column[:-1]) & (top[1:] - behind[:-1] <= _LONGEST_MM * px_per_mm)
    joined = trace.copy()
    for above in np.flatnonzero(steep[:-1] & steep[1:] & near).tolist():
        gap = joined[behind[above] : top[above + 1], column[above]]
        np.maximum(gap, np.float32(_FILLED), out=gap)
    return joined
