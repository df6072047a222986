"""From a QRS complex found to within some 30 ms to its R peak, at the recording's own rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.signal.qrs_input import missing

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

_REACH_S = 0.06  # an R peak is looked for this far from the position given
_PRIOR_S = 0.04  # and the nearer one of two equal deflections is preferred
_CREST_S = 0.01  # how far the prior can have moved the extremum of one deflection
_LEVEL_S = 0.15  # a deflection is measured from the median within this distance
_MINORITY_POLARITY = 0.6
_FIRST_LEAD_BONUS = 3.0  # people annotate on the first lead; a lead three times as high is another matter
_BATCH = 8192


def refine_r_peaks(signals: Float32, fs: float, near: npt.ArrayLike) -> Int64:
    """Move each position to the extremum of the main QRS deflection.

    In complexes with two deflections of similar size (RS, QR) a plain maximum would jump between them
    from beat to beat. So one lead decides for the whole recording, the deflection near the given position
    is preferred, and so is the polarity that most beats of the recording have.

    Args:
        signals: millivolt, float32, shape ``(n_leads, n_samples)``, leads to look at; NaN where missing.
        fs: sampling rate in Hz.
        near: positions in samples, shape ``(n_beats,)``, increasing.

    Returns:
        Positions in samples, int64, shape ``(n_beats,)``, at most 60 ms from those given.
    """
    near = np.clip(
        np.rint(np.asarray(near, dtype=np.float64)).astype(np.int64), 0, max(signals.shape[1] - 1, 0)
    )
    if not near.size:
        return near
    lead_order = _lead_order(signals, fs, near)
    best = _refine_on(signals[lead_order[0]], fs, near)
    for lead in lead_order[1:]:
        lost = np.flatnonzero(best < 0)  # the deciding lead is missing or flat there
        if not lost.size:
            break
        best[lost] = _refine_on(signals[lead], fs, near[lost])
    return np.where(best < 0, near, best)


def _deflections(lead: Float32, fs: float, near: Int64) -> Float32:
    """Deflections from the local level, shape ``(n_beats, 2 * reach + 1)``; NaN where the lead is missing."""
    reach, level = max(round(_REACH_S * fs), 1), max(round(_LEVEL_S * fs), 2)
    at = near[:, np.newaxis] + np.arange(-level, level + 1)
    window = lead[np.clip(at, 0, lead.size - 1)]
    # A gap anywhere in the window makes the level NaN, and the lead abstains.
    middle = np.median(np.where(missing(window), np.float32(np.nan), window), axis=1, keepdims=True)
    deflection: Float32 = window[:, level - reach : level + reach + 1] - middle
    outside = (at[:, level - reach] < 0) | (at[:, level + reach] >= lead.size)
    if outside.any():
        inner = at[:, level - reach : level + reach + 1]
        deflection[(inner < 0) | (inner >= lead.size)] = 0.0
    return deflection


def _lead_order(signals: Float32, fs: float, near: Int64) -> list[int]:
    """Leads by their typical QRS height; the first lead leads unless another is far higher."""
    if signals.shape[0] == 1:
        return [0]
    sample = near[:: max(near.size // 400, 1)]
    height = np.zeros(signals.shape[0])
    for i, lead in enumerate(signals):
        peak = np.abs(_deflections(lead, fs, sample)).max(axis=1)
        peak = peak[np.isfinite(peak)]
        height[i] = np.median(peak) if peak.size else 0.0
    height[0] *= _FIRST_LEAD_BONUS
    return [int(i) for i in np.argsort(-height, kind="stable")]


def _refine_on(lead: Float32, fs: float, near: Int64) -> Int64:
    """Refine on one lead; -1 where it cannot tell (missing or flat)."""
    reach = max(round(_REACH_S * fs), 1)
    offset = np.arange(-reach, reach + 1)
    prior = np.exp(-0.5 * (offset / (_PRIOR_S * fs)) ** 2)
    step = np.arange(-max(round(_CREST_S * fs), 1), max(round(_CREST_S * fs), 1) + 1)
    sign = _usual_polarity(lead, fs, near, prior)
    result = np.empty(near.size, dtype=np.int64)
    for start in range(0, near.size, _BATCH):
        part = near[start : start + _BATCH]
        deflection = _deflections(lead, fs, part) * sign
        weighted = np.where(deflection > 0, deflection, -_MINORITY_POLARITY * deflection) * prior
        best = np.argmax(np.nan_to_num(weighted, nan=-1.0), axis=1)
        # The prior chose which deflection; it must not shift the extremum of it.
        around = np.clip(best[:, np.newaxis] + step, 0, 2 * reach)
        height = np.take_along_axis(deflection, around, axis=1)
        height *= np.sign(np.take_along_axis(deflection, best[:, np.newaxis], axis=1))
        best = np.take_along_axis(around, height.argmax(axis=1)[:, np.newaxis], axis=1)[:, 0]
        silent = ~(np.nan_to_num(weighted, nan=0.0).max(axis=1) > 0)
        result[start : start + _BATCH] = np.where(silent, -1, np.clip(part + offset[best], 0, lead.size - 1))
    return result


def _usual_polarity(lead: Float32, fs: float, near: Int64, prior: npt.NDArray[np.float64]) -> float:
    """+1 if most beats have their larger deflection upwards, else -1."""
    sample = _deflections(lead, fs, near[:: max(near.size // 400, 1)])
    weighted = sample[np.isfinite(sample).all(axis=1)] * prior
    if not len(weighted):
        return 1.0
    return 1.0 if np.median(weighted.max(axis=1) + weighted.min(axis=1)) >= 0 else -1.0
