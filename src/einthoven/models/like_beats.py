"""Beats of one recording that look alike and come alike get like answers.

A network may waver between two classes over a patient's ectopic beats that are all the same, and now and then
take a normal beat for one of another class. What it says of a beat is therefore averaged with what it says of
the beats most like it in the same recording. Nothing is learnt about the patient beyond the recording itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from einthoven.models.beat_inputs import RHYTHM_FEATURES, BeatInputs
from einthoven.models.runtime import available_cores
from einthoven.recording import Float32

MOST_BEATS = 3072  # compared with one another; about 40 minutes
_NEIGHBOURS = 15
_COMING = ("log_rr_before_over_p50_of_30", "log_rr_after_over_p50_of_30")
_COMING_SCALE = 4.0  # of a logarithm; a wave of one QRS height counts as 1
_WAVE = slice(8, None, 2)  # from 280 ms before the R peak on, at 64 Hz
_AT_ONCE = 512  # rows of the table of distances, which bounds memory

# For cards: enough to do it without this package.
DESCRIPTION = (
    f"averaged over like beats: ({_NEIGHBOURS} l + sum of w l) / ({_NEIGHBOURS} + sum of w) over the "
    f"{_NEIGHBOURS} nearest of at most {MOST_BEATS:,} beats, w = exp(-d^2), d^2 = half the sum of squared "
    "differences of every second sample of both leads' waves from sample "
    f"{_WAVE.start} on, and {_COMING_SCALE**2:g} times those of {' and '.join(_COMING)}"
)


def pieces(n_beats: int) -> Iterator[tuple[int, int]]:
    """Begin and stop of equal parts of a recording, of at most ``MOST_BEATS`` beats each."""
    n_pieces = -(-n_beats // MOST_BEATS)
    for i in range(n_pieces):
        yield n_beats * i // n_pieces, n_beats * (i + 1) // n_pieces


def averaged_over_like_beats(logits: Float32, inputs: BeatInputs) -> Float32:
    """Average each beat's logits with those of the 15 beats most like it, in each of the `pieces`.

    A beat itself counts as 15; another at distance d as exp(-d²), so that a beat unlike all others keeps its
    own answer. The distance is taken over the waves of both leads, in units of the local QRS height, and over
    how early a beat comes and how long the next one is in coming, against the 60 beats around. The way and
    its numbers are ours; how they were chosen is in ``docs/models/beats.md``.

    Args:
        logits: of each beat, shape ``(n_beats, n_classes)``.
        inputs: of the same beats.

    Returns:
        logits of the same shape.
    """
    averaged = np.empty_like(logits)
    for begin, stop in pieces(len(logits)):
        averaged[begin:stop] = _averaged(logits[begin:stop], inputs[begin:stop])
    return averaged


def _averaged(logits: Float32, inputs: BeatInputs) -> Float32:
    n_others = min(_NEIGHBOURS, len(logits) - 1)
    if n_others < 1:
        return logits
    places = _places(inputs)
    squares = (places**2).sum(axis=1)
    averaged = np.empty_like(logits)

    def average(begin: int) -> None:
        rows = np.arange(begin, min(begin + _AT_ONCE, len(logits)))
        distance = squares[rows, np.newaxis] + squares - 2 * places[rows] @ places.T
        distance[rows - begin, rows] = np.inf  # itself
        nearest = np.argpartition(distance, n_others - 1, axis=1)[:, :n_others]
        weights = np.exp(-np.maximum(np.take_along_axis(distance, nearest, axis=1), 0))[..., np.newaxis]
        others = (weights * logits[nearest]).sum(axis=1)
        averaged[rows] = (_NEIGHBOURS * logits[rows] + others) / (_NEIGHBOURS + weights.sum(axis=1))

    starts = range(0, len(logits), _AT_ONCE)
    if len(starts) == 1:
        average(0)
    else:
        with ThreadPoolExecutor(available_cores()) as pool:  # NumPy lets go of Python's lock while it sorts
            list(pool.map(average, starts))
    return averaged


def _places(inputs: BeatInputs) -> Float32:
    """Return each beat as a point, so that squared distances between points are those of the beats."""
    present = inputs.present[:, :, np.newaxis].astype(np.float32)
    waves = (inputs.waves[:, :, 0, _WAVE].astype(np.float32) * present).reshape(len(inputs), -1)
    coming = inputs.rhythm[:, [RHYTHM_FEATURES.index(name) for name in _COMING]]
    return np.concatenate([np.sqrt(np.float32(0.5)) * waves, _COMING_SCALE * coming], axis=1)
