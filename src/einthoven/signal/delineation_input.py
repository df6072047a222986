"""From raw leads to what the delineation network sees: 250 Hz, no baseline, height relative to its own."""

from __future__ import annotations

import numpy as np

from einthoven.recording import Float32
from einthoven.signal.resample import resample

RATE = 250.0  # Hz
_BASELINE_S = 1.0  # moving average, taken twice: about 0.45 Hz
_BLOCK_S = 2.0
_SMALLEST_MV = 0.02
_GAIN = 4.0


def to_rate(signals: Float32, fs: float) -> Float32:
    """Return leads at 250 Hz; sample k lies at ``k / 250`` seconds. NaN where missing.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``.
        fs: their rate in Hz.
    """
    return resample(signals, fs, RATE)


def network_input(signals: Float32) -> Float32:
    """Return leads as the network sees them: ``asinh(4 x / height)``, baseline removed, 0 where missing.

    ``height`` is the median over blocks of 2 s of the span from lowest to highest sample, never below 0.02
    mV, so that a burst of noise does not make the waves small.

    Args:
        signals: millivolt at 250 Hz, float32, shape ``(n_leads, n)``; NaN where missing.
    """
    known = np.isfinite(signals)
    x = _bridge(signals, known)
    x -= _baseline(x)
    x[~known] = 0
    n = x.shape[1]
    block = round(_BLOCK_S * RATE)
    n_blocks = max(n // block, 1)
    edges = np.arange(n_blocks) * block
    span = np.maximum.reduceat(x, edges, axis=1) - np.minimum.reduceat(x, edges, axis=1)
    height = np.maximum(np.median(span, axis=1, keepdims=True), _SMALLEST_MV).astype(np.float32)
    out: Float32 = np.arcsinh(x * (np.float32(_GAIN) / height), dtype=np.float32)
    return out


def _bridge(signals: Float32, known: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Float32:
    out = signals.copy()
    if known.all():
        return out
    at = np.arange(signals.shape[1])
    for lead, good in zip(out, known, strict=True):
        lead[~good] = np.interp(at[~good], at[good], lead[good]) if good.any() else 0.0
    return out


def _baseline(x: Float32) -> Float32:
    width = round(_BASELINE_S * RATE) | 1
    return _average(_average(x, width), width)


def _average(x: Float32, width: int) -> Float32:
    """Centred moving average of each lead over ``width`` samples; the window shrinks at both ends."""
    n, side = x.shape[1], width // 2
    total = np.zeros((x.shape[0], n + 1))
    np.cumsum(x, axis=1, dtype=np.float64, out=total[:, 1:])
    at = np.arange(n)
    low, high = np.maximum(at - side, 0), np.minimum(at + side + 1, n)
    average: Float32 = ((total[:, high] - total[:, low]) / (high - low)).astype(np.float32)
    return average
