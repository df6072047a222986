"""Fusion beats: a ventricle activated from two sides at once, so that a beat is part normal, part ectopic.

What a fusion beat looks like depends on the two beats that fuse, and so on the patient: a network that learns
from a few patients does not recognise those of another. It can be computed instead. The wave of a fusion beat
lies between the patient's own normal beat and one of the patient's own ventricular beats, and it comes when
the next normal beat was due, or it would have met nothing to fuse with.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from einthoven.models.beat_inputs import BEFORE, RHYTHM_FEATURES, BeatInputs
from einthoven.models.like_beats import pieces
from einthoven.recording import AAMI_CLASSES, Float32

Probabilities = TypeVar("Probabilities", Float32, npt.NDArray[np.float64])

BELIEF = 0.6  # probability of F of a beat that is found here; the rest is shared as before
_SHARE = (0.25, 0.75)  # ventricular part of the mixture
_LEFT_OVER = 0.1  # energy that the mixture does not explain, of that of the difference of its two beats
_DUE = 0.08  # of the logarithm of the RR interval before it, over the median of those around
_TIMING = RHYTHM_FEATURES.index("log_rr_before_over_p50_of_30")
_WAVE = np.arange(BEFORE - 12, BEFORE + 36)  # 94 ms before the R peak to 281 ms after it, at 128 Hz
_SHIFTS = range(-3, 4)  # samples by which R peaks of wide and narrow beats may lie differently
_FEWEST_NORMAL, _FEWEST_VENTRICULAR = 20, 5
_BEATS_A_SHAPE, _MOST_SHAPES, _ROUNDS = 10, 5, 20
_N, _V, _F = (AAMI_CLASSES.index(letter) for letter in "NVF")

# For cards: enough to do it without this package.
DESCRIPTION = (
    "a beat called N or V is a fusion beat if it comes when due (logarithm of RR over the median of those "
    f"around within {_DUE:g}) and its wave, samples {_WAVE[0]} to {_WAVE[-1]} of both leads, is "
    f"N + b (V - N), b from {_SHARE[0]:g} to {_SHARE[1]:g}, but for {_LEFT_OVER:g} of the energy of V - N. "
    f"N is the median of beats called N, V that of one of up to {_MOST_SHAPES} groups of beats called V that "
    f"come early, all of the same recording, shifted by up to {_SHIFTS[-1]} samples. The probabilities of a "
    f"fusion beat are {1 - BELIEF:g} times the calibrated ones, and {BELIEF:g} more for F"
)


def find_fusion_beats(logits: Float32, inputs: BeatInputs) -> npt.NDArray[np.bool_]:
    """Tell which beats are mixtures of a normal and a ventricular beat of the same recording.

    Class F of ANSI/AAMI EC57 is the fusion of a ventricular and a normal beat; this way of telling it and its
    numbers are ours, and ``docs/models/beats.md`` says how they were chosen. Recordings are taken in the
    `pieces` in which like beats are sought. Nothing is found in a piece where fewer than 20 beats are called
    N, or fewer than 5 called V come early, each with more than half of the uncalibrated probability.

    Args:
        logits: of each beat, shape ``(n_beats, n_classes)``.
        inputs: of the same beats: waves at 128 Hz in units of the local QRS height.

    Returns:
        True for fusion beats, shape ``(n_beats,)``.
    """
    found = np.zeros(len(logits), dtype=bool)
    for begin, stop in pieces(len(logits)):
        found[begin:stop] = _find(logits[begin:stop], inputs[begin:stop])
    return found


def with_belief(probabilities: Probabilities, fused: npt.NDArray[np.bool_]) -> Probabilities:
    """Return calibrated probabilities with those of fusion beats shared out anew; they still add up.

    Args:
        probabilities: shape ``(n_beats, n_classes)``.
        fused: what `find_fusion_beats` returned, shape ``(n_beats,)``.
    """
    changed = probabilities.copy()
    changed[fused] *= 1 - BELIEF
    changed[fused, _F] += BELIEF
    return changed


def _find(logits: Float32, inputs: BeatInputs) -> npt.NDArray[np.bool_]:
    called = logits.argmax(axis=1)
    sure = np.exp(logits.max(axis=1) - np.logaddexp.reduce(logits, axis=1)) > 0.5
    coming = inputs.rhythm[:, _TIMING]
    normal, ventricular = (called == _N) & sure, (called == _V) & sure & (coming < -_DUE)
    found = np.zeros(len(logits), dtype=bool)
    if normal.sum() < _FEWEST_NORMAL or ventricular.sum() < _FEWEST_VENTRICULAR:
        return found
    asked = np.flatnonzero(np.isin(called, (_N, _V)) & (np.abs(coming) < _DUE))
    waves = inputs.waves[:, :, 0].astype(np.float32) * inputs.present[:, :, np.newaxis]
    usual = np.median(waves[normal], axis=0)
    shapes = _shapes(waves[ventricular])
    share, left_over = _mixtures(waves[asked][:, :, _WAVE].reshape(len(asked), -1), usual, shapes)
    found[asked] = (share >= _SHARE[0]) & (share <= _SHARE[1]) & (left_over < _LEFT_OVER)
    return found


def _mixtures(beats: Float32, usual: Float32, shapes: list[Float32]) -> tuple[Float32, Float32]:
    """Return the ventricular share of each beat and what that leaves over, where that is least."""
    share, best = np.zeros(len(beats), np.float32), np.full(len(beats), np.inf, np.float32)
    for shape in shapes:
        for shift in _SHIFTS:
            from_usual = beats - usual[:, _WAVE + shift].ravel()
            way = (shape - usual)[:, _WAVE + shift].ravel()
            energy = max(float(way @ way), 1e-6)
            along = from_usual @ way / energy
            left_over = (from_usual**2).sum(axis=1) / energy - along**2
            better = left_over < best
            share[better], best[better] = along[better], left_over[better]
    return share, best


def _shapes(waves: Float32) -> list[Float32]:
    """Return the median of each group of like beats: k-medians, begun with beats spread over time."""
    n_groups = int(np.clip(len(waves) // _BEATS_A_SHAPE, 1, _MOST_SHAPES))
    flat = waves[:, :, _WAVE].reshape(len(waves), -1)
    centres = flat[np.linspace(0, len(flat) - 1, n_groups).round().astype(int)]
    group = np.zeros(len(flat), dtype=np.int64)
    for _ in range(_ROUNDS):
        group = ((flat[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1)
        moved = np.stack(
            [
                np.median(flat[group == i], axis=0) if np.any(group == i) else centres[i]
                for i in range(n_groups)
            ]
        )
        if np.array_equal(moved, centres):
            break
        centres = moved
    large = [i for i in range(n_groups) if np.count_nonzero(group == i) >= _FEWEST_VENTRICULAR]
    return [np.median(waves[group == i], axis=0) for i in large]
