"""Calibration pulses: how many millimetres a millivolt is, and 200 ms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.recording import Float32

PULSE_S, PULSE_MV = 0.2, 1.0
GAINS = (2.5, 5.0, 10.0, 20.0)
SPEEDS = (12.5, 25.0, 50.0, 100.0)
_TOLERANCE = 0.13  # of a height or width from the one it stands for
_SCALE_SPEED = 25.0  # mm/s of the pulses that may give the scale
_SHAPE_TOLERANCE = 0.2
_STEP_INK, _STEP_MM = 0.3, (1.5, 4.5)  # how long such an end is
_RUN_UP_MM, _RUNS_INTO = 20.0, 0.9  # a trace runs into it for as long, in most of the columns ...
_STEP_UP_MM, _BESIDE_MM = 13.0, 2.0  # ... no more above or below it


@dataclass(frozen=True, slots=True)
class Pulse:
    """A pulse on the page: box and levels in px, size in mm.

    Attributes:
        x, y, width, height: its box.
        foot: y of its lower level, middle of the line.
        height_mm: from level to level.
        width_mm: from flank to flank.
    """

    x: float
    y: float
    width: float
    height: float
    foot: float
    height_mm: float
    width_mm: float

    @property
    def gain(self) -> float | None:
        """mm/mV that its height stands for, if it is near a usual one."""
        return nearest(self.height_mm / PULSE_MV, GAINS)

    @property
    def speed(self) -> float | None:
        """mm/s that its width stands for, if it is near a usual one."""
        return nearest(self.width_mm / PULSE_S, SPEEDS)

    @property
    def scale(self) -> float | None:
        """By how much its millimetres are too long, by its shape; None where its shape is not usual.

        A pulse of 25 mm/s and 10 mm/mV is twice as high as wide, one of 5 mm/mV as high as wide. (So is one
        of 50 mm/s and 10 mm/mV; taking one for the other changes no time and no voltage.)
        """
        for gain in (10.0, 5.0):
            high, wide = self.height_mm / (PULSE_MV * gain), self.width_mm / (PULSE_S * _SCALE_SPEED)
            if abs(high / wide - 1) <= _SHAPE_TOLERANCE:
                return (high + wide) / 2
        return None


def find_pulses(cover: Float32, px_per_mm: float) -> list[Pulse]:
    """Find pulses in a map of their ink, coverage 0 to 1; what has another shape is left out."""
    import cv2

    ink = (cover >= 0.4).astype(np.uint8)
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8), borderValue=0)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    found = []
    for k in range(1, count):
        x, y, wide, tall, _ = (int(v) for v in boxes[k])
        if not (1.8 <= wide / px_per_mm <= 26 and 4.0 <= tall / px_per_mm <= 46):
            continue
        part = cover[y : y + tall, x : x + wide] * (labels[y : y + tall, x : x + wide] == k)
        pulse = _measure(part.astype(np.float64), x, y, px_per_mm)
        if pulse is not None:
            found.append(pulse)
    return found


def ends_taken_for_pulses(
    cover: Float32, trace: Float32, pulses: Sequence[Pulse], px_per_mm: float
) -> Float32:
    """Return the ink in a map of pulses that is the end of a trace: a step up, and level to its last sample.

    Records that were cut after their filter end so. A long trace runs into it, and nothing follows.

    Args:
        cover: ink of pulses, coverage 0 to 1.
        trace: ink of traces.
        pulses: found in ``cover``.
        px_per_mm: scale.
    """
    import cv2

    count, labels, boxes, _ = cv2.connectedComponentsWithStats(
        (cover >= _STEP_INK).astype(np.uint8), connectivity=8
    )
    given = np.zeros_like(cover)
    reach, high, band = (round(mm * px_per_mm) for mm in (_RUN_UP_MM, _STEP_UP_MM, _BESIDE_MM))
    for k in range(1, count):
        x, y, wide, tall, _ = (int(v) for v in boxes[k])
        if not _STEP_MM[0] <= wide / px_per_mm <= _STEP_MM[1] or any(
            x < p.x + p.width + band and p.x - band < x + wide for p in pulses
        ):
            continue
        rows = slice(max(0, y - high), y + tall + high)
        before = trace[rows, max(0, x - reach) : x]
        behind = trace[rows, x + wide + band : x + wide + reach]
        if (
            before.shape[1] == reach
            and (before.max(axis=0) > 0.5).mean() > _RUNS_INTO
            and (not behind.size or (behind.max(axis=0) > 0.5).mean() < 1 - _RUNS_INTO)
        ):
            own = labels[y : y + tall, x : x + wide] == k
            given[y : y + tall, x : x + wide][own] = cover[y : y + tall, x : x + wide][own]
    return given


def _measure(part: Float64, x: int, y: int, px_per_mm: float) -> Pulse | None:
    """Measure a pulse from its ink alone; None where it has no two flanks with a level above."""
    tall, wide = part.shape
    flank_ink = part[tall // 5 : max(tall // 5 + 1, 4 * tall // 5)].mean(axis=0)
    flanks = _centres(flank_ink, 0.5)
    if len(flanks) != 2:
        return None
    width = flanks[1] - flanks[0]
    inside = part[:, round(flanks[0]) + 1 : round(flanks[1])]
    if inside.shape[1] < 2:
        return None
    levels = _centres(inside.mean(axis=1), 0.5)
    if len(levels) != 1 or levels[0] > 0.3 * tall:
        return None
    outside = np.hstack((part[:, : max(0, round(flanks[0]) - 2)], part[:, round(flanks[1]) + 3 :]))
    feet = _centres(outside.mean(axis=1), 0.4) if outside.shape[1] >= 2 else []
    if feet and feet[-1] > 0.7 * tall:
        foot = feet[-1]
    else:  # no feet: the flanks end at the level, half a line's width below its middle
        ends = np.flatnonzero(part.max(axis=1) >= 0.4)
        foot = float(ends[-1]) + 0.5 - float(part[:, round(flanks[0]) : round(flanks[0]) + 1].max())
    return Pulse(x, y, wide, tall, y + foot, (foot - levels[0]) / px_per_mm, width / px_per_mm)


def _centres(profile: Float64, least: float) -> list[float]:
    """Centres of the stretches of a profile that reach ``least``."""
    from einthoven.paper.pen import runs

    out = []
    for first, last in runs(profile >= least):
        low, high = max(0, first - 2), min(len(profile), last + 2)
        weights = profile[low:high]
        out.append(float((weights * np.arange(low, high)).sum() / weights.sum()))
    return out


def nearest(value: float, usual: tuple[float, ...]) -> float | None:
    """Return the usual value that is within the tolerance of ``value``."""
    best = min(usual, key=lambda u: abs(np.log(value / u))) if value > 0 else usual[0]
    return best if value > 0 and abs(value / best - 1) <= _TOLERANCE else None
