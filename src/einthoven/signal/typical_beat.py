"""The typical beat of each lead: the median of the beats of the ruling kind, laid over each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64

BEFORE_S = 0.45
AFTER_S = 0.75
LEVEL_S = 0.020
_SHAPE_S = 0.12
_LEAST_CORRELATION = 0.8


@dataclass(frozen=True, eq=False, slots=True)
class TypicalBeat:
    """The median beat of each lead, relative to its level right before the QRS complex.

    Attributes:
        signals: millivolt, float32, shape ``(n_leads, n)``; NaN where there is nothing.
        fs: Hz.
        r: index of the R peak.
        noise: standard error of a sample of ``signals``, millivolt, shape ``(n_leads,)``; NaN of one beat.
    """

    signals: Float32
    fs: float
    r: int
    noise: Float32

    def index(self, ms: float) -> int:
        """Index of a moment, in milliseconds after the R peak, within the beat."""
        at = self.r + round(ms * self.fs / 1000)
        return int(min(max(at, 0), self.signals.shape[1] - 1))

    def level(self, lead: int, ms: float) -> float:
        """Mean of the 20 ms before a moment, millivolt."""
        stop = self.index(ms) + 1
        return _mean(self.signals[lead, max(stop - max(round(LEVEL_S * self.fs), 1), 0) : stop])

    def near(self, lead: int, ms: float) -> float:
        """Mean of the 8 ms around a moment, millivolt."""
        side = round(0.004 * self.fs)
        at = self.index(ms)
        return _mean(self.signals[lead, max(at - side, 0) : at + side + 1])

    def between(self, lead: int, low_ms: float, high_ms: float) -> Float32:
        """The samples from one moment to another, millivolt."""
        return self.signals[lead, self.index(low_ms) : self.index(high_ms) + 1]


def ruling_beats(signals: Float32, fs: float, r_peaks: Int64) -> npt.NDArray[np.bool_]:
    """Tell which beats look like most do, by the QRS complex in all leads; premature ventricular ones do not.

    A beat rules that correlates with the median complex by 0.8 or more. Where fewer than half do, there is no
    ruling kind and all beats count.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``.
        fs: Hz.
        r_peaks: shape ``(n_beats,)``.
    """
    if len(r_peaks) < 3:
        return np.ones(len(r_peaks), dtype=bool)
    half = max(round(_SHAPE_S * fs), 2)
    cut = np.nan_to_num(_cut(signals, r_peaks, half, half))
    cut -= cut.mean(axis=2, keepdims=True)
    typical = np.median(cut, axis=0)
    product = (cut * typical).sum(axis=(1, 2))
    size = np.sqrt((cut**2).sum(axis=(1, 2)) * (typical**2).sum())
    rules = product >= _LEAST_CORRELATION * np.maximum(size, 1e-9)
    if 2 * np.count_nonzero(rules) < len(r_peaks):
        return np.ones(len(r_peaks), dtype=bool)
    return np.asarray(rules)


def typical_beat(signals: Float32, fs: float, r_peaks: Int64, qrs_onset_ms: float) -> TypicalBeat:
    """Return the median beat of each lead, each beat first brought to 0 by its own level before the QRS
    complex.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``.
        fs: Hz.
        r_peaks: one or more.
        qrs_onset_ms: from the R peak to the beginning of the QRS complex, below 0.
    """
    before, after = round(BEFORE_S * fs), round(AFTER_S * fs)
    cut = _cut(signals, r_peaks, before, after)
    stop = max(before + round(qrs_onset_ms * fs / 1000) + 1, 1)
    level = cut[:, :, max(stop - max(round(LEVEL_S * fs), 1), 0) : stop]
    with np.errstate(invalid="ignore"):
        known = np.isfinite(level)
        count = known.sum(axis=2, keepdims=True)
        cut = cut - np.where(count, np.where(known, level, 0).sum(axis=2, keepdims=True) / count, np.nan)
    beat = _median(cut)
    n = len(r_peaks)
    inner = slice(before - round(0.2 * fs), before + round(0.3 * fs))
    away = _median(np.abs(cut[:, :, inner] - beat[:, inner])).mean(axis=1)
    noise = 1.4826 * away / np.sqrt(n) if n > 1 else np.full(len(signals), np.nan)
    return TypicalBeat(beat.astype(np.float32), fs, before, noise.astype(np.float32))


def _cut(signals: Float32, r_peaks: Int64, before: int, after: int) -> npt.NDArray[np.float32]:
    """Beats of all leads, shape ``(n_beats, n_leads, before + after + 1)``, NaN beyond the ends."""
    padded = np.pad(signals, ((0, 0), (before, after)), constant_values=np.nan)
    at = r_peaks[:, np.newaxis] + np.arange(before + after + 1)
    return np.ascontiguousarray(padded[:, at].transpose(1, 0, 2))


def _median(beats: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Median over beats of what is known; NaN where nothing is."""
    ordered = np.sort(beats, axis=0)  # NaN goes last
    count = np.isfinite(beats).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, len(beats) - 1)
    pair = [np.take_along_axis(ordered, at[np.newaxis], axis=0)[0] for at in (low, high)]
    return np.where(count, (pair[0] + pair[1]) / 2, np.nan).astype(np.float64)


def _mean(values: Float32) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
