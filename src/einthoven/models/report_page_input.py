"""What the network of report pages sees: a beat of each lead of the page, and its rhythm in figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.recording import STANDARD_LEADS, Float32, Int64, Recording

RATE = 100.0
BEFORE, AFTER = 36, 60  # samples about the R peak
SAMPLES = BEFORE + AFTER
N_LEADS = len(STANDARD_LEADS)
RHYTHM = (
    "rate", "rate over 60", "rate over 75", "rate over 85", "rate over 95", "rate over 110",
    "spread of intervals", "mean change of intervals", "shortest interval", "longest interval",
    "least alike beat",
)  # fmt: skip
_KNEES = (60.0, 75.0, 85.0, 95.0, 110.0)
_LEAST_BEATS = 3
_LEVEL = slice(0, BEFORE - 8)  # of a beat: what comes before its QRS complex
_EDGE = 3  # samples about an R peak that must be there for a beat of a lead


@dataclass(frozen=True, eq=False, slots=True)
class PageInput:
    """What a network sees of one page.

    Attributes:
        beats: typical beat of each lead in the order of ``STANDARD_LEADS``, millivolt at 100 Hz from 0.36 s
            before the R peak to 0.6 s after, the level before its QRS complex taken off, 0 where missing;
            float32, shape ``(12, 96)``.
        known: 1 where a lead is there, else 0; float32, shape ``(12,)``.
        rhythm: the figures of ``RHYTHM``, each about -1 to 3; float32, shape ``(11,)``.
        r_peaks: samples at 100 Hz from the start of the page.
    """

    beats: Float32
    known: Float32
    rhythm: Float32
    r_peaks: Int64


def page_input(recording: Recording) -> PageInput:
    """Reduce a digitised page (or any 12-lead recording of up to some 10 s) to what the network sees.

    All leads of a page share one time, though each is shown for a part of it only: R peaks are found in the
    lead that is shown longest, and hold for all others.

    Args:
        recording: NaN where a lead is not shown; leads that are no standard ones are left out.

    Raises:
        SignalError: none of the twelve leads is there, or fewer than three beats are seen.
    """
    signals, names = _at_rate(recording)
    r_peaks = _r_peaks(signals)
    if len(r_peaks) < _LEAST_BEATS:
        raise SignalError(
            f"{recording.name or 'The page'} shows {len(r_peaks)} beats that can be told apart; "
            "classifying a "
            f"page takes {_LEAST_BEATS} or more."
        )
    beats = np.zeros((N_LEADS, SAMPLES), np.float32)
    known = np.zeros(N_LEADS, np.float32)
    for name, signal in zip(names, signals, strict=True):
        beat = typical_beat(signal, r_peaks)
        if beat is not None:
            beats[STANDARD_LEADS.index(name)], known[STANDARD_LEADS.index(name)] = beat, 1.0
    if not known.any():
        raise SignalError("No lead shows a whole beat: there is nothing to classify.")
    return PageInput(beats, known, rhythm_figures(r_peaks, _longest(signals)), r_peaks)


def typical_beat(signal: Float32, r_peaks: Int64) -> Float32 | None:
    """Return the median beat of a lead, NaN-free, shape ``(96,)``; None where no beat of it is shown.

    Beats that run out of what is shown count where they are. Moments that no beat shows keep the nearest
    value: a page shows two to four beats a lead, and the first and last of them are cut.
    """
    found = []
    for peak in r_peaks.tolist():
        core = signal[max(0, peak - _EDGE) : peak + _EDGE + 1]
        if core.size <= _EDGE or not np.isfinite(core).all():
            continue
        beat = np.full(SAMPLES, np.nan, np.float32)
        first, last = max(0, peak - BEFORE), min(len(signal), peak + AFTER)
        beat[first - peak + BEFORE : last - peak + BEFORE] = signal[first:last]
        before = beat[_LEVEL][np.isfinite(beat[_LEVEL])]
        level = np.median(before) if before.size >= 5 else np.nanmedian(beat)
        found.append(beat - level)
    if not found:
        return None
    stack = np.array(found)
    there = np.isfinite(stack).any(axis=0)
    typical = np.zeros(SAMPLES, np.float32)
    typical[there] = np.nanmedian(stack[:, there], axis=0)
    at = np.flatnonzero(there)
    return np.interp(np.arange(SAMPLES), at, typical[at]).astype(np.float32)


def rhythm_figures(r_peaks: Int64, signal: Float32) -> Float32:
    """Return the figures of ``RHYTHM``.

    Args:
        r_peaks: samples at 100 Hz, three or more.
        signal: the lead that they were found in.
    """
    intervals = np.diff(r_peaks) / RATE
    middle = float(np.median(intervals))
    rate = 60.0 / middle
    hinges = [float(np.clip(rate - knee, 0.0, 30.0)) / 15.0 for knee in _KNEES]
    return np.array(
        [
            (float(np.clip(rate, 35.0, 180.0)) - 85.0) / 30.0,
            *hinges,
            min(float(intervals.std() / intervals.mean()), 0.4) * 5.0,
            min(float(np.abs(np.diff(intervals)).mean()) / middle, 0.5) * 4.0,
            (1.0 - max(float(intervals.min()) / middle, 0.4)) * 3.0,
            (min(float(intervals.max()) / middle, 2.0) - 1.0) * 2.0,
            1.0 - max(_least_alike(r_peaks, signal), -0.5),
        ],
        dtype=np.float32,
    )


def _least_alike(r_peaks: Int64, signal: Float32) -> float:
    """Return the lowest correlation of a QRS complex with the median one; 1 where there are too few."""
    pieces = np.array([signal[p - 8 : p + 12] for p in r_peaks.tolist() if p >= 8 and p + 12 <= len(signal)])
    pieces = pieces[np.isfinite(pieces).all(axis=1)] if len(pieces) else pieces
    if len(pieces) < _LEAST_BEATS:
        return 1.0
    pieces = pieces - pieces.mean(axis=1, keepdims=True)
    middle = np.median(pieces, axis=0)
    size = np.linalg.norm(pieces, axis=1) * np.linalg.norm(middle)
    return float((pieces @ middle / np.maximum(size, 1e-6)).min())


def _at_rate(recording: Recording) -> tuple[Float32, list[str]]:
    """Return the standard leads that show anything, at 100 Hz, and their names."""
    rows = [
        i
        for i, name in enumerate(recording.leads)
        if name in STANDARD_LEADS and np.isfinite(recording.signals[i]).any()
    ]
    if not rows:
        raise SignalError(
            f"None of the twelve standard leads shows anything (leads: {', '.join(recording.leads)})."
        )
    from einthoven.signal.resample import resample

    signals = resample(recording.signals[rows], recording.fs, RATE)
    return signals, [recording.leads[i] for i in rows]


def _longest(signals: Float32) -> Float32:
    shown: npt.NDArray[np.intp] = np.isfinite(signals).sum(axis=1)
    return np.asarray(signals[int(shown.argmax())], dtype=np.float32)


def _r_peaks(signals: Float32) -> Int64:
    """Find R peaks in the lead that is shown throughout; in all leads where there is none."""
    from einthoven.signal.rpeaks import detect_r_peaks

    longest = _longest(signals)
    shown = np.isfinite(longest)
    if shown.sum() >= 0.9 * np.isfinite(signals).any(axis=0).sum():
        return detect_r_peaks(longest[np.newaxis], RATE)
    return detect_r_peaks(signals, RATE)
