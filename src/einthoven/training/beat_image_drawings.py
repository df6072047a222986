"""Drawings to learn from: which beats, how often, in which windows and looks; and the curves read there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from einthoven.datasets.beat_images import BeatStore, Window
from einthoven.datasets.beat_images_drawing import (
    CLIPPED_LOOK,
    JUN_LOOK,
    Look,
    UInt8,
    draw_beat,
    nine_crops,
    random_limits,
    random_look,
)
from einthoven.errors import SignalError
from einthoven.models.beat_image_curve import N_COLUMNS, columns_of, read_curve
from einthoven.models.beat_image_pixels import prepare_pixels
from einthoven.recording import Float32, Int64

_CLIPPED = 96 / 360  # s to each side in public collections of clipped drawings
_TRIES = 4


@dataclass(frozen=True, eq=False)
class Drawn:
    """What was drawn: item ``i`` is of beat ``beats[i]``.

    Attributes:
        beats: indices into the store, int64, shape ``(n,)``.
        values: what a network takes: curves float16 ``(n, 3, 128)``, or pixels uint8 ``(n, channels, h, w)``.
    """

    beats: Int64
    values: npt.NDArray[np.float16] | UInt8


def drawings_of_classes(
    classes: Int64, chosen: Int64, *, times: float, least: int, most: int, seed: int
) -> Int64:
    """Return which beats are drawn, some several times, so that rare classes are drawn often enough.

    Args:
        classes: class of each beat of the store.
        chosen: indices of the beats that may be drawn.
        times: drawings for each beat of a class, within the next two.
        least: drawings of a class, where it has any beat.
        most: drawings of a class.
        seed: of the choice among more beats than ``most``.

    Returns:
        indices, int64, beats of a class as evenly often as can be.
    """
    parts = [np.zeros(0, dtype=np.int64)]
    for kind in np.unique(classes[chosen]).tolist():
        members = chosen[classes[chosen] == kind]
        members = np.random.default_rng((seed, kind)).permutation(members)
        wanted = int(np.clip(round(times * len(members)), least, most))
        parts.append(np.resize(members, wanted))
    return np.concatenate(parts)


def draw_jun(store: BeatStore, beat: int) -> UInt8:
    """Return a beat as Jun et al. draw it: their window, 128 x 128, the curve alone."""
    samples = store.cut(beat, Window("jun"))
    if samples is None:
        raise SignalError(f"Beat {beat} is too near to its neighbours to be drawn.")
    return draw_beat(samples, JUN_LOOK)


def draw_varied(store: BeatStore, beat: int, chance: np.random.Generator) -> UInt8:
    """Return a beat in a window and a look that chance picks."""
    for _ in range(_TRIES):
        window, look = _random_window(chance), _random_style(chance)
        samples = store.cut(beat, window)
        if samples is None or float(np.ptp(samples)) < 0.02:
            continue
        if look.limits is None and look is not JUN_LOOK:
            look = replace(look, limits=random_limits(samples, chance))
        elif look is CLIPPED_LOOK:
            shift, gain = chance.normal(0, 0.25), float(np.exp(chance.normal(0, 0.3)))
            look = replace(look, limits=(gain * (-1.8 + shift), gain * (1.1 + shift)))
        return draw_beat(samples, look)
    return draw_jun(store, beat)


def traced(samples: Float32, chance: np.random.Generator, *, clip: bool = True) -> Float32:
    """Return the features of a curve as if it had been drawn and read, a hundred times as fast.

    The line's extent in each column of a picture of some size, in whole or in fractions of pixels, cut off at
    some limits: what reading does to a curve, without what it sometimes mistakes.

    Args:
        samples: mV, spread evenly from the left to the right end.
        chance: of size, limits and noise.
        clip: whether limits may cut off a part.
    """
    width, height = int(chance.integers(56, 330)), float(chance.integers(40, 300))
    fine = np.interp(np.linspace(0, len(samples) - 1, 6 * width), np.arange(len(samples)), samples)
    limits = random_limits(samples, chance) if clip else None
    bottom, top = limits or (float(samples.min()), float(samples.max()))
    rows = (top - fine) / max(top - bottom, 1e-6) * height
    high, low = (edge(rows.reshape(width, 6), axis=1) for edge in (np.min, np.max))
    outside = (low < 0) | (high > height)
    if outside.mean() > 0.5:
        return traced(samples, chance, clip=False)
    high, low = (np.clip(rows, 0, height) for rows in (high, low))
    high, low = (rows + chance.normal(0, 0.15, width) for rows in (high, low))
    if chance.random() < 0.4:
        high, low = np.round(high), np.round(low)
    high, low = np.minimum(high, low), np.maximum(high, low)
    high[outside], low[outside] = np.nan, np.nan
    at = np.flatnonzero(~outside)
    return columns_of(high[at[0] : at[-1] + 1], low[at[0] : at[-1] + 1])


def trace_varied(store: BeatStore, beat: int, chance: np.random.Generator) -> Float32:
    """Return a beat as `draw_varied` and reading would, but see `traced`."""
    for _ in range(_TRIES):
        samples = store.cut(beat, _random_window(chance))
        if samples is not None and float(np.ptp(samples)) >= 0.02:
            return traced(samples, chance)
    raise SignalError(f"Beat {beat} cannot be drawn: it is flat or too near to the ends of its record.")


def _random_window(chance: np.random.Generator) -> Window:
    draw = chance.random()
    if draw < 0.4:
        return Window("jun")
    if draw < 0.55:
        return Window("half")
    if draw < 0.72:
        return Window("fixed", _CLIPPED, _CLIPPED)
    if draw < 0.82:
        half = float(chance.uniform(0.2, 0.6))
        return Window("fixed", half, half)
    if draw < 0.92:
        return Window("fixed", float(chance.uniform(0.12, 0.4)), float(chance.uniform(0.25, 0.65)))
    return Window("row")


def _random_style(chance: np.random.Generator) -> Look:
    draw = chance.random()
    if draw < 0.15:
        return JUN_LOOK
    if draw < 0.35:
        return CLIPPED_LOOK
    return random_look(chance)


def curves_of(
    store: BeatStore,
    beats: Int64,
    looks: str,
    seed: int,
    on_done: Callable[[int, int], None] = lambda done, n: None,
    *,
    drawn: float = 1.0,
) -> Drawn:
    """Draw beats and read the curves off their drawings, as will be done with drawings of others.

    A drawing in which no curve is found is drawn anew in another look; after a few of these the beat is left
    out.

    Args:
        store: the beats.
        beats: which, some several times.
        looks: ``jun`` or ``varied``.
        seed: of windows and looks; drawing ``i`` depends on it, the beat and ``i`` alone.
        on_done: told how many are done, and of how many.
        drawn: share that is drawn and read in truth; the others are `traced`. Of varied looks alone.
    """
    values = np.zeros((len(beats), 3, N_COLUMNS), dtype=np.float16)
    good = np.zeros(len(beats), dtype=np.bool_)
    for i, beat in enumerate(beats.tolist()):
        if i % 1000 == 0:
            on_done(i, len(beats))
        chance = np.random.default_rng((seed, beat, i))
        for _ in range(_TRIES if looks == "varied" else 1):
            try:
                if looks == "varied" and chance.random() >= drawn:
                    values[i] = trace_varied(store, beat, chance)
                    good[i] = True
                    break
                picture = draw_varied(store, beat, chance) if looks == "varied" else draw_jun(store, beat)
                values[i] = read_curve(picture).features()
            except SignalError:
                continue
            good[i] = True
            break
    return Drawn(beats[good], values[good])


def pixels_of(
    store: BeatStore, beats: Int64, size: int, colour: bool, *, crops: Int64 | None = None
) -> Drawn:
    """Draw beats as Jun et al. do and bring them to the size that a network of pixels takes.

    Args:
        store: the beats.
        beats: which, some several times.
        size: of the picture, pixels each way.
        colour: three channels instead of one.
        crops: for each drawing -1 for the whole, or which of the nine crops (0 to 8) is taken.
    """
    values = np.zeros((len(beats), 3 if colour else 1, size, size), dtype=np.uint8)
    good = np.zeros(len(beats), dtype=np.bool_)
    for i, beat in enumerate(beats.tolist()):
        try:
            picture = draw_jun(store, beat)
        except SignalError:
            continue
        if crops is not None and crops[i] >= 0:
            picture = nine_crops(picture)[int(crops[i])]
        values[i] = prepare_pixels(picture, size, colour)
        good[i] = True
    return Drawn(beats[good], values[good])


def redrawn(features: Float32, chance: np.random.Generator) -> Float32:
    """Return the features of a curve that was read off a drawing as if it had been drawn in another look.

    Args:
        features: `Curve.features`.
        chance: see `traced`.
    """
    centre, extent = features[0], features[1]
    # Steep stretches went from one end to the other: in the direction in which the line moves on.
    slope = np.gradient(centre)
    low, high = centre - extent / 2, centre + extent / 2
    first, second = np.where(slope >= 0, low, high), np.where(slope >= 0, high, low)
    samples = np.stack([first, second], axis=1).ravel().astype(np.float32)
    cut = chance.integers(0, 14, 2) * (chance.random() < 0.4)
    return traced(samples[int(cut[0]) : len(samples) - int(cut[1])], chance)
