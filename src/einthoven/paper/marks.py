"""Beats above the trace: a letter each, on a chip with a tint below for all but N, and "?" where unsure."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from einthoven.paper.drawing import CLASS_COLOUR, QUIET, Bar, Chip, Drawing, Float64, Letters, Ticks, blend
from einthoven.paper.geometry import GUTTER, Scale, Source
from einthoven.recording import Beats, Float32

# A beat whose own class has less than this probability carries a question mark.
UNSURE_BELOW = 0.6
# Below this speed letters of normal beats would touch; they become ticks, and the legend says so.
LETTERS_FROM_SPEED = 10.0

TINT_BEFORE_S, TINT_AFTER_S = 0.14, 0.26
TINT = 0.13

# Where a network looked. Okabe & Ito's sky blue, which no beat class has: from this relevance on, this share.
RELEVANCE, RELEVANCE_LINE = "#56B4E9", "#0072B2"
RELEVANCE_STEPS = ((0.25, 0.25), (0.5, 0.55), (0.75, 0.9))


def beats_between(samples: npt.NDArray[np.int64], fs: float, start: float, seconds: float) -> slice:
    """Return which beats lie in ``[start, start + seconds)``."""
    edges = np.searchsorted(samples, [np.ceil(start * fs - 1e-6), np.ceil((start + seconds) * fs - 1e-6)])
    return slice(int(edges[0]), int(edges[1]))


def tint_beats(
    drawing: Drawing, source: Source, scale: Scale, y: float, height: float, start: float, seconds: float
) -> None:
    """Tint the paper behind ectopic beats; paint this before the grid."""
    if source.beats is None:
        return
    xs, classes, _ = _row_beats(source.beats, source.recording.fs, scale, start, seconds)
    end = GUTTER + scale.seconds * scale.speed
    for x, letter in zip(xs.tolist(), classes.tolist(), strict=True):
        if letter != "N":
            left = max(GUTTER, x - TINT_BEFORE_S * scale.speed)
            right = min(end, x + TINT_AFTER_S * scale.speed)
            colour = blend(CLASS_COLOUR[letter], drawing.paper.ground, TINT)
            drawing.add(Bar(left, y, right - left, height, colour))


def tint_relevance(
    drawing: Drawing,
    relevance: Float32,
    fs: float,
    scale: Scale,
    x: float,
    start: float,
    seconds: float,
    y: float,
    height: float,
) -> None:
    """Tint the paper of one lead where a network looked, in three steps; paint this before the grid.

    Args:
        drawing: the sheet.
        relevance: of that lead, 0 to 1, shape ``(n_samples,)``.
        fs: rate in Hz.
        scale: speed.
        x: where ``start`` stands, mm.
        start: seconds from the start of the recording.
        seconds: how much is shown.
        y: upper border of the lead's strip, mm.
        height: of the strip, mm. The strongest step is underlined too: it is seen without colour.
    """
    first, last = max(0, math.ceil(start * fs - 1e-6)), math.floor((start + seconds) * fs + 1e-6)
    steps = np.digitize(relevance[first:last], [low for low, _ in RELEVANCE_STEPS])
    edges = np.flatnonzero(np.diff(steps, prepend=-1, append=-1))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        step = int(steps[begin])
        if not step:
            continue
        left = x + ((first + begin) / fs - start) * scale.speed
        width = (end - begin) / fs * scale.speed
        colour = blend(RELEVANCE, drawing.paper.ground, RELEVANCE_STEPS[step - 1][1])
        drawing.add(Bar(left, y + 0.4, width, height - 0.8, colour))
        if step == len(RELEVANCE_STEPS):
            drawing.add(Bar(left, y + height - 1.4, width, 1.0, RELEVANCE_LINE))


def mark_beats(
    drawing: Drawing, source: Source, scale: Scale, y: float, band: float, start: float, seconds: float
) -> None:
    """Mark the beats of one row in the band of ``band`` mm below ``y``; paint this after the grid.

    Ectopic beats closer than a chip is wide share one chip with their number ("V×4").
    """
    if source.beats is None:
        return
    xs, classes, unsure = _row_beats(source.beats, source.recording.fs, scale, start, seconds)
    normal = classes == "N"
    if scale.speed >= LETTERS_FROM_SPEED:
        for text, chosen in (("N", normal & ~unsure), ("N?", normal & unsure)):
            if chosen.any():
                drawing.add(Letters(xs[chosen], y + band - 1.3, text, 2.5, QUIET))
    elif normal.any():
        drawing.add(Ticks(xs[normal], y + band - 1.6, y + band - 0.4, 0.15, QUIET))
    size = 3.6 if scale.true else 2.6
    chips = _chips(xs[~normal], classes[~normal], unsure[~normal], y + band - 0.6 - size, size)
    drawing.add(*(_within(chip, drawing.width - 0.5) for chip in chips))


def _row_beats(
    beats: Beats, fs: float, scale: Scale, start: float, seconds: float
) -> tuple[Float64, npt.NDArray[np.str_], npt.NDArray[np.bool_]]:
    """Return where the row's beats stand in mm, their classes, and which are unsure."""
    within = beats_between(beats.samples, fs, start, seconds)
    xs = GUTTER + (beats.samples[within] / fs - start) * scale.speed
    unsure = np.zeros(len(xs), dtype=bool)
    if beats.probabilities is not None:
        unsure = beats.probabilities[within].max(axis=1) < UNSURE_BELOW
    return xs, beats.classes[within], unsure


def _chips(
    xs: Float64,
    classes: npt.NDArray[np.str_],
    unsure: npt.NDArray[np.bool_],
    y: float,
    size: float,
) -> list[Chip]:
    """Return chips from left to right that do not overlap."""
    groups: list[tuple[str, float, float, int, bool]] = []  # letter, first x, last x, beats, any unsure
    for x, letter, doubt in zip(xs.tolist(), classes.tolist(), unsure.tolist(), strict=True):
        if groups and groups[-1][0] == letter and x - groups[-1][2] < size + 0.3:
            _, first, _, count, before = groups[-1]
            groups[-1] = (letter, first, x, count + 1, before or doubt)
        else:
            groups.append((letter, x, x, 1, doubt))
    chips: list[Chip] = []
    end = -np.inf
    for letter, first, last, count, doubt in groups:
        text = letter + (f"×{count}" if count > 1 else "") + ("?" if doubt else "")
        width = max(last - first + size, size * (0.35 + 0.6 * len(text)))
        left = max((first + last - width) / 2, end + 0.2)
        chips.append(Chip(left, y, width, size, text, letter))
        end = left + width
    return chips


def _within(chip: Chip, right: float) -> Chip:
    """Move a chip back onto the sheet."""
    return replace(chip, x=min(chip.x, right - chip.width))
