"""R-peak detection over all usable leads together.

>>> import numpy as np
>>> from einthoven.signal.rpeaks import detect_r_peaks
>>> detect_r_peaks(np.zeros((2, 3600), dtype=np.float32), 360.0)
array([], dtype=int64)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import MissingInformationError, SignalError
from einthoven.signal.qrs_input import Bools, normalise, remove_baseline, resampling_ratio, to_network_rate
from einthoven.signal.qrs_network import MARGIN, WEIGHTS, qrs_probability
from einthoven.signal.qrs_refine import refine_r_peaks

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

_THRESHOLD = 0.3
_REFRACTORY = 22  # network samples (220 ms): the heart's own refractory period
BUMP_SIGMA = 2.0  # network samples; the shape the network was taught to answer with
_REACH = 11
_ABSENT = 48  # network samples: a lead without any in half a second is not there


def detect_r_peaks(
    signals: npt.ArrayLike, fs: float, usable: Sequence[bool] | None = None, *, weights: Path = WEIGHTS
) -> Int64:
    """Find the R peak of every beat.

    A small convolutional network reads all usable leads at 100 Hz and says where QRS complexes are;
    within it each lead's weight follows its quality from moment to moment, so that a lead that goes flat
    or noisy does not spoil another. Each complex is then refined to the extremum of its main deflection
    at the full rate. Polarity, lead names, gain and rate do not matter. Trained by
    ``einthoven.training.r_peaks``; figures in ``docs/models/r-peaks.md``.

    Args:
        signals: millivolt, shape ``(n_leads, n_samples)``; NaN where missing.
        fs: sampling rate in Hz.
        usable: one verdict a lead, False leaves it out; None takes all. Without any usable lead the
            answer is empty.
        weights: ONNX file of the network; default: the one that ships.

    Returns:
        Positions in samples, int64, shape ``(n_beats,)``, strictly increasing; empty if there is no beat.

    Raises:
        SignalError: ``signals`` is not two-dimensional, or ``usable`` does not have one verdict a lead.
        MissingInformationError: ``fs`` is not a positive number.
    """
    leads: Float32 = np.asarray(signals, dtype=np.float32)
    if leads.ndim != 2:
        raise SignalError(
            f"Signals have shape {leads.shape}; allowed: (n_leads, n_samples). "
            "A single lead is signals[np.newaxis, :]."
        )
    if not (np.isfinite(fs) and fs > 0):
        raise MissingInformationError(f"Sampling rate {fs!r} Hz is not a positive number.", "fs", "360")
    if usable is not None:
        if len(usable) != leads.shape[0]:
            raise SignalError(f"{len(usable)} verdicts for {leads.shape[0]} leads; give one for each lead.")
        if not all(usable):
            leads = leads[np.asarray(usable, dtype=bool)]
    none = np.empty(0, dtype=np.int64)
    if leads.size == 0:
        return none
    moving = [pair for pair in (_network_input(lead, fs) for lead in leads) if pair is not None]
    if not moving:
        return none
    inputs, recorded = (np.stack(each) for each in zip(*moving, strict=True))
    found = pick_peaks(_probability(inputs, recorded, weights))
    ratio = resampling_ratio(fs)
    near = found * (ratio.denominator / ratio.numerator)
    # Two complexes that refine to the same extremum are one.
    return np.unique(refine_r_peaks(leads, fs, near))


def _network_input(lead: Float32, fs: float) -> tuple[Float32, Bools] | None:
    """One lead as the network sees it, and where it was recorded; None for a lead that never moves."""
    x, valid = to_network_rate(lead, fs)
    x = remove_baseline(x, valid)
    return (normalise(x, valid), valid) if x.any() else None


def _probability(inputs: Float32, recorded: Bools, weights: Path) -> Float32:
    """Ask the network stretch by stretch about the leads that are there.

    A lead that is shown for a while (a column of a printed page) and not otherwise must not speak, by its
    silence, against those that are there.

    Args:
        inputs: shape ``(n_leads, n)``, at the network's rate.
        recorded: same shape; False where a lead is missing.
        weights: ONNX file.

    Returns:
        float32, shape ``(n,)``; 0 where no lead is there.
    """
    n = inputs.shape[1]
    there = np.logical_or.reduceat(recorded, np.arange(0, n, _ABSENT), axis=1)
    if there.all():
        return qrs_probability(inputs, weights)
    out = np.zeros(n, dtype=np.float32)
    changes = np.flatnonzero((there[:, 1:] != there[:, :-1]).any(axis=0)) + 1
    for first, last in zip([0, *changes], [*changes, there.shape[1]], strict=True):
        leads = there[:, first]
        if not leads.any():
            continue
        start, stop = first * _ABSENT, min(last * _ABSENT, n)
        low, high = max(0, start - MARGIN), min(n, stop + MARGIN)
        out[start:stop] = qrs_probability(inputs[leads, low:high], weights)[start - low : stop - low]
    return out


def pick_peaks(probability: Float32, threshold: float = _THRESHOLD) -> Int64:
    """Choose beats from the network's answer.

    A beat's score is the area of its bump relative to the area the network was taught, so that a complex
    whose exact moment is in doubt (a wide, low bump) counts as much as a sharp one. Of two bumps within
    220 ms the higher stays.

    Args:
        probability: shape ``(n,)`` at the network's rate.
        threshold: smallest score of a beat; 1 is certainty.

    Returns:
        Positions in network samples, int64, shape ``(n_beats,)``, increasing.
    """
    padded = np.pad(probability.astype(np.float64), 2 * _REACH)
    offset = np.arange(-_REACH, _REACH + 1)
    bell = np.exp(-0.5 * (offset / (1.25 * BUMP_SIGMA)) ** 2)
    height = np.convolve(padded, bell / bell.sum(), mode="same")
    at = (
        np.flatnonzero((height[1:-1] >= height[:-2]) & (height[1:-1] > height[2:]) & (height[1:-1] > 0.02))
        + 1
    )
    total = np.concatenate(([0.0], np.cumsum(padded)))
    area = total[np.minimum(at + _REACH + 1, padded.size)] - total[np.maximum(at - _REACH, 0)]
    score = area / (np.sqrt(2 * np.pi) * BUMP_SIGMA)
    while True:
        close = np.flatnonzero(np.diff(at) < _REFRACTORY)
        if not close.size:
            break
        keep = np.ones(at.size, dtype=bool)
        keep[np.where(height[at[close]] >= height[at[close + 1]], close + 1, close)] = False
        at, score = at[keep], score[keep]
    beats: Int64 = np.clip(at[score >= threshold] - 2 * _REACH, 0, probability.size - 1)
    return beats
