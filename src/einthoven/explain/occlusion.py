"""Where a network looked: stretches of leads are wiped out, and what the answer loses is their relevance.

Occlusion (Zeiler & Fergus 2014, arXiv 1311.2901) asks the network itself and needs nothing of its inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.explain.cells import Cells, beat_cells, time_cells
from einthoven.recording import STANDARD_LEADS, Float32, Recording

# (windows (n, n_leads, n_samples) mV, known (n, n_leads)) → probabilities (n, n_classes)
Probabilities = Callable[[Float32, Float32], npt.NDArray[np.floating]]
Float64 = npt.NDArray[np.float64]

MOST_ROWS = 300
ROWS_AT_ONCE = 100
SMOOTH_S = 0.06
TAPER_S = 0.02
_SURE = 1e-6  # probabilities nearer to 0 and 1 than this count as this


def occlusion(
    probabilities: Probabilities,
    windows: Float32,
    known: Float32,
    classes: Sequence[int],
    *,
    fs: float,
    r_peaks: Sequence[npt.NDArray[np.int64]] | None = None,
    most_rows: int = MOST_ROWS,
) -> Float32:
    """Return how much each stretch of each lead contributes to the probability of each of ``classes``.

    Without R peaks each lead is cut into equal stretches of about half a second, and each is wiped out in
    turn. With them, the parts of the heart beat are P and PR, QRS, ST, T, and what lies between beats. Each
    part is wiped out in all beats of a lead at once, for a network that sees the same ST segment in ten
    other beats misses none of them singly; then each beat (or group of beats) is wiped out whole, which
    tells how the relevance of the lead is spread over the beats, as far as single beats are missed at all.
    Beats are cut at fixed times about the R
    peak (`beat_cells`), not at delineated waves, so that a missing wave needs no exception.

    What replaces a stretch: with R peaks, the isoelectric line, straight between the levels 60 to 100 ms
    before each R peak; without, a straight line between its ends. It fades in over 20 ms, so that no step
    arises which the network could take for a wave. Relevance is what is lost in log odds, weighted with the
    window's own probability; what speaks against a class counts 0.

    Args:
        probabilities: the network; rows are computed at most 100 at a time.
        windows: one record, millivolt, shape ``(n, n_leads, n_samples)``.
        known: 1 where a lead is there, shape ``(n, n_leads)``; unknown leads have no relevance.
        classes: columns of the answer to explain; all are had from the same rows.
        fs: rate of the windows in Hz.
        r_peaks: for each window the R peaks as sample numbers within it.
        most_rows: about as many rows the network is asked at most (at least 6 a known lead and window).

    Returns:
        float32, shape ``(n_classes_asked, n, n_leads, n_samples)``, ≥ 0 and smoothed over 60 ms, not scaled.

    Raises:
        SignalError: shapes do not fit one another.
    """
    windows = np.asarray(windows, dtype=np.float32)
    known = np.asarray(known, dtype=np.float32)
    if windows.ndim != 3 or known.shape != windows.shape[:2]:
        raise SignalError(
            f"Windows have shape {windows.shape} and known {known.shape}; "
            "allowed: (n, n_leads, n_samples) and (n, n_leads)."
        )
    if r_peaks is not None and len(r_peaks) != len(windows):
        raise SignalError(f"{len(r_peaks)} lists of R peaks for {len(windows)} windows; give one for each.")
    relevance = np.zeros((len(classes), *windows.shape), dtype=np.float32)
    for i, (window, there) in enumerate(zip(windows, known, strict=True)):
        leads = np.flatnonzero(there > 0)
        if not leads.size:
            continue
        room = max(6, (most_rows // len(windows) - 1) // leads.size)
        beats = r_peaks[i] if r_peaks is not None else ()
        cells = (
            beat_cells(np.asarray(beats, dtype=np.int64), window.shape[1], fs, room)
            if len(beats)
            else time_cells(window.shape[1], fs, room)
        )
        lost = _lost(probabilities, window, there, leads, classes, cells, fs)
        relevance[:, i, leads] = cells.spread(lost)
    return _smoothed(relevance, fs)


def on_recording(
    relevance: Float32,
    starts: Sequence[float],
    fs: float,
    recording: Recording,
    leads: Sequence[str] = STANDARD_LEADS,
) -> Float32:
    """Lay the relevance of windows over the recording that they were cut from.

    Args:
        relevance: one class, shape ``(n, n_leads of the network, n_samples of a window)``, at ``fs``.
        starts: where each window begins, seconds from the start of the recording.
        fs: rate of the windows in Hz.
        recording: gives leads, rate and length of the answer.
        leads: names of the network's leads.

    Returns:
        float32, shape ``(recording.n_leads, recording.n_samples)``, 0 to 1 with maximum 1 (all 0 where the
        network lost nothing, whatever was wiped out). Where windows overlap, the higher value counts; leads
        that the network does not know have 0.
    """
    shown = np.zeros(recording.signals.shape, dtype=np.float32)
    rows = {name: row for row, name in enumerate(leads)}
    at = np.arange(relevance.shape[-1]) / fs
    for window, start in zip(relevance, starts, strict=True):
        first = max(0, int(np.ceil(start * recording.fs - 1e-6)))
        last = min(recording.n_samples, int(np.floor((start + at[-1]) * recording.fs + 1e-6)) + 1)
        times = np.arange(first, last) / recording.fs - start
        for i, name in enumerate(recording.leads):
            if name in rows:
                np.maximum(
                    shown[i, first:last],
                    np.interp(times, at, window[rows[name]]).astype(np.float32),
                    out=shown[i, first:last],
                )
    highest = float(shown.max(initial=0.0))
    return shown / np.float32(highest) if highest > 0 else shown


def _lost(
    probabilities: Probabilities,
    window: Float32,
    known: Float32,
    leads: npt.NDArray[np.intp],
    classes: Sequence[int],
    cells: Cells,
    fs: float,
) -> Float64:
    """Return what is lost, shape ``(n_classes, n_leads, n_masks)``."""
    masks = _faded(cells.masks, fs)
    n_masks = len(masks)
    base = cells.replacement(window[leads])
    odds: list[Float64] = []
    jobs = [None, *((lead, mask) for lead in range(len(leads)) for mask in range(n_masks))]
    for begin in range(0, len(jobs), ROWS_AT_ONCE):
        part = jobs[begin : begin + ROWS_AT_ONCE]
        rows = np.repeat(window[np.newaxis], len(part), axis=0)
        for row, job in zip(rows, part, strict=True):
            if job is not None:
                lead, mask = job
                signal = row[leads[lead]]
                signal += masks[mask] * (base[mask % len(base), lead] - signal)
        answers = probabilities(rows, np.repeat(known[np.newaxis], len(part), axis=0))
        chance = np.clip(np.asarray(answers, dtype=np.float64)[:, list(classes)], _SURE, 1 - _SURE)
        odds.append(np.log(chance / (1 - chance)))
    every = np.concatenate(odds)
    lost = np.maximum(every[0] - every[1:], 0.0) / (1 + np.exp(-every[0]))
    return np.moveaxis(lost.reshape(len(leads), n_masks, len(classes)), -1, 0)


def _faded(masks: npt.NDArray[np.bool_], fs: float) -> Float32:
    """Let masks fade out over ``TAPER_S`` beyond their borders."""
    return _convolved(masks.astype(np.float32), 2 * round(TAPER_S * fs) + 1, widen=True)


def _smoothed(relevance: Float32, fs: float) -> Float32:
    return _convolved(relevance, 2 * round(SMOOTH_S * fs / 2) + 1, widen=False)


def _convolved(values: Float32, length: int, *, widen: bool) -> Float32:
    """Smooth the last axis with a raised cosine of ``length`` samples; with ``widen``, ones stay ones."""
    if length < 3:
        return values
    kernel = np.hanning(length + 2)[1:-1]
    kernel /= kernel.sum()
    flat = values.reshape(-1, values.shape[-1])
    half = length // 2
    smooth = np.empty_like(flat)
    for i, row in enumerate(flat):
        padded = np.pad(row, half, mode="edge")
        smooth[i] = np.convolve(padded, kernel, mode="valid")
    smooth = np.maximum(smooth, flat) if widen else smooth
    return smooth.reshape(values.shape)
