"""The vocabulary of the sheet: scales, strips, what a row is drawn from, and texts for time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.recording import Beats, Float32, Recording

# Returns millivolt for (lead index, first sample, last sample + 1) within the recording.
Samples = Callable[[int, int, int], Float32]

GUTTER = 15.0  # mm left of the trace: lead name and calibration pulse
MARK_BAND = 5.0  # mm above a row: time and beat letters
PULSE_S = 0.2  # the calibration pulse: 1 mV for 200 ms


@dataclass(frozen=True, slots=True)
class Scale:
    """How time and voltage become millimetres.

    Attributes:
        speed: mm/s.
        gain: mm/mV.
        seconds: length of a full row.
        resolution: columns of this width, mm, keep their lowest and highest sample.
        true: drawn on 1 mm paper; otherwise (full disclosure) lines stand for seconds and millivolts.
        right: mm kept free to the right of the trace.
    """

    speed: float = 25.0
    gain: float = 10.0
    seconds: float = 10.0
    resolution: float = 0.05
    true: bool = True
    right: float = 0.0

    @property
    def width(self) -> float:
        """Width of a row in mm, on true paper a whole number of 5 mm squares."""
        width = GUTTER + self.seconds * self.speed + self.right
        return 5.0 * math.ceil(width / 5.0 - 1e-6) if self.true else width


@dataclass(frozen=True, slots=True)
class LeadBox:
    """The strip of one lead: ``height`` mm, with 0 mV at ``baseline`` mm below its upper border."""

    index: int
    name: str
    height: float
    baseline: float


@dataclass(frozen=True, eq=False)
class Source:
    """What a row is drawn from: a recording, its samples as drawn (perhaps filtered) and beats to mark."""

    recording: Recording
    samples: Samples
    beats: Beats | None = None

    def stretch(self, lead: int, start: float, seconds: float) -> tuple[Float32, float]:
        """Return the samples within ``[start, start + seconds]`` and how far after ``start`` they begin."""
        fs, n = self.recording.fs, self.recording.n_samples
        first = min(n, max(0, math.ceil(start * fs - 1e-6)))
        last = min(n, max(first, math.floor((start + seconds) * fs + 1e-6) + 1))
        return self.samples(lead, first, last), first / fs - start


def box_heights(
    source: Source,
    leads: Sequence[int],
    stretches: Sequence[tuple[float, float]],
    gain: float,
    *,
    lowest: float,
    highest: float,
) -> list[LeadBox]:
    """Give each lead the height that ``stretches`` (start, seconds) need, in steps of 5 mm.

    Extremes are the 2nd and 98th percentile of the lowest and highest values of each second, so that one
    artefact does not push the trace aside; the calibration pulse always fits.
    """
    boxes = []
    for lead in leads:
        parts = [source.stretch(lead, start, seconds)[0] for start, seconds in stretches]
        below, above = _extremes(parts, source.recording.fs)
        up = 5.0 * math.ceil((max(above, 1.0) * gain + 1.0) / 5.0)
        down = 5.0 * math.ceil((max(-below, 0.0) * gain + 1.0) / 5.0)
        limit = max(5.0 * math.ceil((gain + 1.0) / 5.0) + 5.0, highest)
        if up + down > limit:
            # Too tall: what is too much is cut where the trace reaches furthest from the base line.
            pulse = 5.0 * math.ceil((gain + 1.0) / 5.0)
            down = min(down, max(5.0, 5.0 * round(limit * down / (up + down) / 5.0)), limit - pulse)
            up = limit - down
        extra = max(0.0, lowest - up - down)
        down += 5.0 * math.floor(extra / 10.0)
        up += extra - 5.0 * math.floor(extra / 10.0)
        boxes.append(LeadBox(lead, source.recording.leads[lead], up + down, up))
    return boxes


def _extremes(parts: Sequence[Float32], fs: float) -> tuple[float, float]:
    """Return typical lowest and highest values about the median, mV."""
    block = max(1, round(fs))
    lows, highs = [], []
    for part in parts:
        present = part[np.isfinite(part)]
        if not present.size:
            continue
        count = max(1, len(present) // block)
        blocks = present[: count * block].reshape(count, -1)
        middle = np.median(blocks, axis=1)
        lows.append(blocks.min(axis=1) - middle)
        highs.append(blocks.max(axis=1) - middle)
    if not lows:
        return 0.0, 0.0
    return float(np.percentile(np.concatenate(lows), 2)), float(np.percentile(np.concatenate(highs), 98))


def shorten(text: str, room: float, size: float) -> str:
    """Cut a text to what fits ``room`` mm, with an ellipsis (letters are about 0.58 of their size wide)."""
    fits = max(1, int(room / (0.58 * size)))
    return text if len(text) <= fits else text[: fits - 1] + "…"


def clock(seconds: float) -> str:
    """Return a time from the start as ``m:ss`` or ``h:mm:ss``, with tenths where there are any."""
    tenths = round(seconds * 10)
    whole, rest = divmod(tenths, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}.{rest}" if rest else text
