"""Delineation: onset, peak and end of P wave, QRS complex and T wave, of each beat in each lead.

>>> import numpy as np
>>> from einthoven.signal.delineation import delineate
>>> delineate(np.zeros((2, 5000), dtype=np.float32), 500.0, np.array([], dtype=np.int64)).qrs_onset.shape
(2, 0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import MissingInformationError, SignalError
from einthoven.recording import Float32, Int64
from einthoven.signal.delineation_input import RATE, network_input, to_rate
from einthoven.signal.delineation_network import WEIGHTS, wave_probabilities
from einthoven.signal.delineation_waves import Boundaries, find_waves

Float64 = npt.NDArray[np.float64]

WAVES = ("p", "qrs", "t")
POINTS = tuple(f"{wave}_{point}" for wave in WAVES for point in ("onset", "peak", "offset"))
LONGEST_S = 60.0
_MARGIN_S = 2.0
_LEAST_R = 0.05  # of the depth of the complex; a lower rise is no R wave


@dataclass(frozen=True, eq=False, slots=True)
class Delineation:
    """The waves of each beat in each lead.

    Positions are samples of the recording's own rate with fractions, float64, shape ``(n_leads, n_beats)``;
    NaN where there is no such wave (no P wave in atrial fibrillation) or the lead was left out.

    Attributes:
        r_peaks: the beats, int64, shape ``(n_beats,)``: those given that lie within ``stretch``.
        stretch: first sample and stop of the part that was looked at.
        p_onset, p_peak, p_offset, qrs_onset, qrs_peak, qrs_offset, t_onset, t_peak, t_offset: positions.
            ``qrs_peak`` is the R wave where there is one, else the lowest point.
        confidence: for each of these names 0 (no such wave) to 1, float32, shape ``(n_leads, n_beats)``: how
            sure it is that the wave is there, times how sharply the boundary is drawn.
    """

    r_peaks: Int64
    stretch: tuple[int, int]
    p_onset: Float64
    p_peak: Float64
    p_offset: Float64
    qrs_onset: Float64
    qrs_peak: Float64
    qrs_offset: Float64
    t_onset: Float64
    t_peak: Float64
    t_offset: Float64
    confidence: dict[str, Float32]

    @property
    def n_beats(self) -> int:
        return len(self.r_peaks)


def delineate(
    signals: npt.ArrayLike,
    fs: float,
    r_peaks: npt.ArrayLike,
    leads: Sequence[str] | None = None,
    usable: Sequence[bool] | None = None,
    *,
    weights: Path = WEIGHTS,
) -> Delineation:
    """Find where P wave, QRS complex and T wave of each beat begin, culminate and end, lead by lead.

    Small convolutional networks read all usable leads at 250 Hz; every lead gets its own answer, informed by
    what the others show. Lead names, number of leads, polarity, gain and rate do not matter. Trained by
    ``einthoven.training.delineation`` on LUDB; figures in ``docs/models/delineation.md``.

    A recording longer than 60 s is not delineated whole: a stretch of 60 s is chosen whose rate is typical
    (`typical_stretch`), and the answer says which.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``; NaN where missing.
        fs: sampling rate in Hz.
        r_peaks: increasing positions in samples (``detect_r_peaks``).
        leads: names of the leads, for messages alone.
        usable: one verdict a lead; False leaves it out (NaN). None takes all.
        weights: ONNX file of the network; default: the one that ships.

    Raises:
        SignalError: ``signals`` is not two-dimensional, or a list does not have one entry a lead.
        MissingInformationError: ``fs`` is not a positive number.
    """
    array, chosen = _checked(signals, fs, leads, usable)
    peaks = np.asarray(r_peaks, dtype=np.int64)
    if peaks.ndim != 1 or np.any(np.diff(peaks) <= 0) or np.any((peaks < 0) | (peaks >= array.shape[1])):
        raise SignalError(
            "R peaks must be one strictly increasing list of sample numbers within the recording; "
            "detect_r_peaks gives them."
        )
    start, stop = typical_stretch(peaks, fs, array.shape[1])
    peaks = peaks[(peaks >= start) & (peaks < stop)]
    rows = np.flatnonzero(chosen)
    empty = Boundaries.empty(array.shape[0], len(peaks))
    if not len(rows) or not len(peaks):
        return _assemble(array, peaks, (start, stop), (empty, empty, empty))
    margin = round(_MARGIN_S * fs)
    low, high = max(start - margin, 0), min(stop + margin, array.shape[1])
    x = to_rate(array[rows, low:high], fs)
    p = wave_probabilities(network_input(x), weights)
    ratio = RATE / fs
    waves = find_waves(p, np.asarray((peaks - low) * ratio, dtype=np.float64), RATE)
    full = []
    for wave in waves:
        whole = Boundaries.empty(array.shape[0], len(peaks))
        whole.onset[rows], whole.end[rows] = wave.onset / ratio + low, wave.end / ratio + low
        whole.sure_onset[rows], whole.sure_end[rows] = wave.sure_onset, wave.sure_end
        full.append(whole)
    return _assemble(array, peaks, (start, stop), (full[0], full[1], full[2]))


def typical_stretch(r_peaks: Int64, fs: float, n_samples: int, seconds: float = LONGEST_S) -> tuple[int, int]:
    """Return start and stop of the part of a recording to measure: all of it, if no longer than ``seconds``.

    Of a longer one the window, moved by half its length, with the median RR interval nearest to that of the
    whole, among those windows that hold at least three quarters of the beats that this rate would give.
    """
    length = round(seconds * fs)
    if n_samples <= length:
        return 0, n_samples
    if len(r_peaks) < 3:
        return 0, length
    intervals = np.diff(r_peaks)
    typical = float(np.median(intervals))
    best, chosen = np.inf, 0
    for start in range(0, n_samples - length + 1, max(length // 2, 1)):
        first, last = np.searchsorted(r_peaks, (start, start + length))
        if last - first < max(0.75 * length / typical, 2):
            continue
        away = abs(float(np.median(intervals[first : last - 1])) - typical)
        if away < best:
            best, chosen = away, start
    return chosen, chosen + length


def _checked(
    signals: npt.ArrayLike, fs: float, leads: Sequence[str] | None, usable: Sequence[bool] | None
) -> tuple[Float32, npt.NDArray[np.bool_]]:
    array: Float32 = np.asarray(signals, dtype=np.float32)
    if array.ndim != 2:
        raise SignalError(
            f"Signals have shape {array.shape}; allowed: (n_leads, n_samples). "
            "A single lead is signals[np.newaxis, :]."
        )
    if not (np.isfinite(fs) and fs > 0):
        raise MissingInformationError(f"Sampling rate {fs!r} Hz is not a positive number.", "fs", "360")
    for what, given in (("lead names", leads), ("verdicts", usable)):
        if given is not None and len(given) != array.shape[0]:
            raise SignalError(f"{len(given)} {what} for {array.shape[0]} leads; give one for each lead.")
    chosen = np.ones(array.shape[0], dtype=bool) if usable is None else np.asarray(usable, dtype=bool).copy()
    if array.shape[1]:
        chosen &= np.isfinite(array).any(axis=1)
    return array, chosen


def _assemble(
    array: Float32, peaks: Int64, stretch: tuple[int, int], waves: tuple[Boundaries, Boundaries, Boundaries]
) -> Delineation:
    confidence: dict[str, Float32] = {}
    points: dict[str, Float64] = {}
    for name, wave in zip(WAVES, waves, strict=True):
        points[f"{name}_onset"], points[f"{name}_offset"] = wave.onset, wave.end
        points[f"{name}_peak"] = _crests(array, wave.onset, wave.end, upward=name == "qrs")
        confidence[f"{name}_onset"], confidence[f"{name}_offset"] = wave.sure_onset, wave.sure_end
        confidence[f"{name}_peak"] = np.maximum(wave.sure_onset, wave.sure_end)
    return Delineation(peaks, stretch, **points, confidence={point: confidence[point] for point in POINTS})


def _crests(array: Float32, onsets: Float64, ends: Float64, upward: bool) -> Float64:
    """Where each wave is furthest from the straight line between its ends.

    With ``upward`` where it is highest above the line, the R wave, unless it hardly rises above it (a QS).
    """
    crests = np.full(onsets.shape, np.nan)
    for lead, beat in np.argwhere(np.isfinite(onsets)).tolist():
        low = max(int(onsets[lead, beat]), 0)
        part = array[lead, low : int(np.ceil(ends[lead, beat])) + 1]
        known = np.isfinite(part)
        if known.sum() < 3:
            continue
        first, last = np.flatnonzero(known)[[0, -1]]
        line = np.interp(np.arange(part.size), (first, last), (part[first], part[last]))
        away = np.where(known, part - line, 0)
        up = upward and away.max() > _LEAST_R * -away.min()
        crests[lead, beat] = low + int((away if up else np.abs(away)).argmax())
    return crests
