"""Beat windows: stretches of signal around R peaks, aligned so that every beat is cut at the same place."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64

_ENERGY_WIDTH_S = 0.07  # about one narrow QRS
_BEATS_AT_ONCE = 8192


def cut_windows(signals: npt.NDArray[Any], positions: Int64, before: int, after: int) -> Float32:
    """Cut a window around each position.

    Args:
        signals: shape ``(n_leads, n_samples)``.
        positions: sample numbers, shape ``(n_beats,)``.
        before: samples of the window before the position.
        after: samples from the position on, the position's own included.

    Returns:
        float32, shape ``(n_beats, n_leads, before + after)``; the end values are repeated beyond the ends.
    """
    index = positions[:, np.newaxis] + np.arange(-before, after)
    windows = signals[:, np.clip(index, 0, signals.shape[1] - 1)]
    return np.ascontiguousarray(windows.transpose(1, 0, 2), dtype=np.float32)


def align_to_qrs(signals: Float32, fs: float, positions: npt.ArrayLike, reach_s: float = 0.0625) -> Int64:
    """Move each position to the steepest stretch nearby, the middle of its QRS complex.

    R-peak marks differ between annotators, detectors and leads by tens of milliseconds; slope energy over
    all leads is largest at the same place of every beat whatever the polarity.

    Args:
        signals: baseline-free, finite, shape ``(n_leads, n_samples)``.
        fs: sampling rate in Hz.
        positions: sample numbers, shape ``(n_beats,)``, increasing.
        reach_s: how far a position may move, in seconds.

    Returns:
        int64, shape ``(n_beats,)``, never decreasing.
    """
    positions = np.asarray(positions, dtype=np.int64)
    if len(positions) == 0 or signals.shape[1] < 3:
        return positions
    last = signals.shape[1] - 1
    energy = np.zeros(signals.shape[1], np.float32)
    at_beats = np.clip(positions, 0, last)
    for lead in signals:
        slope = np.abs(np.gradient(lead))
        scale = float(np.median(slope[at_beats])) + float(slope.mean())
        if scale > 0:
            energy += slope / np.float32(scale)
    width = max(1, round(_ENERGY_WIDTH_S * fs) | 1)
    total = np.concatenate([[0.0], np.cumsum(energy, dtype=np.float64)])
    reach = max(1, round(reach_s * fs))
    offsets = np.arange(-reach, reach + 1)
    aligned = np.empty_like(positions)
    for begin in range(0, len(positions), _BEATS_AT_ONCE):
        part = slice(begin, begin + _BEATS_AT_ONCE)
        centre = positions[part, np.newaxis] + offsets
        high = np.clip(centre + width // 2 + 1, 0, last + 1)
        low = np.clip(centre - width // 2, 0, last + 1)
        gathered = total[high] - total[low]
        best = np.argmax(gathered, axis=1)
        best[gathered.max(axis=1) <= 1e-6] = reach  # nothing is steep here: the mark stays
        aligned[part] = positions[part] + offsets[best]
    return np.maximum.accumulate(np.clip(aligned, 0, last))
