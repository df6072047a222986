"""The scale of flat paper across the page, to a few parts in 100,000, from whole lines of its grid.

Lines that are followed place by place (`grid_phase`) are drawn aside where a trace lies over them, by so
little that only time shows it: ten seconds came out a millisecond or two too long. The median along a line
does not see the trace, and all lines from one side of the page to the other tell how far apart they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.paper.grid_map import Float64, GridMap, warp

PER_MM = np.array([8.0, 2.0])  # px across the lines and along them
WINDOW_MM = 50.0
LEAST_WINDOWS = 4
LARGEST = 1e-3  # of the scale: an affine map that was followed is not off by more
STEADY_MM = 0.02  # rms by which lines may depart from equal distances
OFF = (0.9, 1.1)  # times the frequency of 1 mm lines, where neither these nor 5 mm lines are seen
CLEAR = 3.0  # times what is there, from which lines are seen


def with_exact_pitch(page: NDArray[Any], grid: GridMap, left_top: Float64, right_low: Float64) -> GridMap:
    """Return the map of flat paper with the scale across that its 1 mm lines have.

    Args:
        page: RGB, shape ``(height, width, 3)``.
        grid: its map from millimetres, affine.
        left_top, right_low: the part of the page that has the grid, mm.

    Returns:
        the map, the middle of that part where it was; unchanged where the lines are not seen from side to
        side, or not equally far apart.
    """
    width, height = (max(1, round(px)) for px in (right_low - left_top) * PER_MM)
    grey = np.asarray(page).mean(axis=2, dtype=np.float32)
    flat = warp(grey, lambda pixels: grid.to_px(pixels / PER_MM + left_top), (width, height))
    stretch = _stretch(np.median(flat, axis=0).astype(np.float64))
    farther = np.diag([1 + stretch, 1.0, 1.0])
    farther[0, 2] = -stretch * (left_top[0] + right_low[0]) / 2
    return GridMap(grid.matrix @ farther)


def _stretch(profile: Float64) -> float:
    """Return by how much more than 1 mm lines are apart, as a share; 0 where that is not seen.

    Args:
        profile: brightness across the lines, ``PER_MM[0]`` values a mm.
    """
    length = round(WINDOW_MM * PER_MM[0])
    starts = np.arange(0, len(profile) - length + 1, length // 2)
    if len(starts) < LEAST_WINDOWS:
        return 0.0
    windows = np.stack([profile[start : start + length] for start in starts])
    windows = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(length)
    at = np.arange(length) / PER_MM[0]

    def wave(frequency: float) -> NDArray[np.complex128]:
        return np.asarray(windows @ np.exp(-2j * np.pi * frequency * at))

    lines, beside = wave(1.0), np.mean([np.abs(wave(off)) for off in OFF], axis=0)
    if (np.abs(lines) < CLEAR * beside).any():
        return 0.0
    # Windows begin whole millimetres apart, so that lines 1 mm apart have one phase in all.
    aside = -np.unwrap(np.angle(lines)) / (2 * np.pi)
    middles = starts / PER_MM[0]
    slope, level = np.polyfit(middles, aside, 1)
    steady = float(np.std(aside - (slope * middles + level))) < STEADY_MM
    return float(slope) if steady and abs(slope) < LARGEST else 0.0


__all__ = ["with_exact_pitch"]
