"""Which lines of a lattice are 1 mm apart and which 5 mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from einthoven.paper.grid_map import Float64
from einthoven.paper.grid_phase import Float32, Laid

FINEST = 2.2  # px: a period below this cannot be seen
PAGE_MM = 230.0  # width of what a page shows, in the middle of what is usual (100 to 400 mm)
USUAL_PX_PER_MM = 7.0  # of scans, drawings and photos (3 to 20)
STATED_WITHIN = 1.7  # times a scale that was stated, lines 1 mm or 5 mm apart stand in a picture
COARSEST = 25.0  # px/mm at which 1 mm lines, were there any, would have been seen beside those 5 mm apart


@dataclass(frozen=True)
class GridScale:
    """What the lines of a lattice mean.

    ``unit_mm``: millimetres of one lattice unit; ``minor``, ``major``: whether the 1 mm and the 5 mm lines
    are told from each other; ``certainty`` 0..1, low where only the size of the page speaks, 0 for lines so
    far apart that they are rows of traces and beats rather than printed.
    """

    unit_mm: float
    minor: bool
    major: bool
    certainty: float
    reason: str


def line_strengths(laid: Laid) -> dict[float, float]:
    """Return how much lines of each frequency stand out of the noise nearby.

    Args:
        laid: a picture in lattice units, its lattice upright.

    Returns:
        Frequency in lines a unit → log10 of power over the median around it, of the weaker family. Left out:
        what is too fine for the pixels or too coarse for the page.
    """
    answer: dict[float, float] = {}
    powers = [_power(laid.picture, laid.scale), _power(laid.picture.T, laid.scale)]
    wanted = {k / 5 for k in range(1, 30)} | {k / 2 for k in range(1, 20)} | {float(k) for k in range(1, 31)}
    for frequency in sorted(wanted):
        if frequency > laid.scale / FINEST:
            continue
        heights = [_height(power, frequency / laid.scale * padded, 4.0) for power, padded in powers]
        seen = [height for height in heights if height is not None]
        if len(seen) == 2:
            answer[round(frequency, 4)] = float(min(seen))
    return answer


def _power(picture: Float32, scale: float) -> tuple[Float64, int]:
    """Return the mean power spectrum of the rows of a picture and its length."""
    height, width = picture.shape
    band = int(np.clip(round(2 * scale), 1, height))
    count = height // band
    profiles = picture[: count * band].reshape(count, band, width).mean(axis=1)
    profiles = profiles - profiles.mean(axis=1, keepdims=True)
    padded = 4 * width
    power = (np.abs(np.fft.rfft(profiles * np.hanning(width), padded, axis=1)) ** 2).mean(axis=0)
    return power, padded


def _height(power: Float64, at: float, blur: float) -> float | None:
    middle = round(at)
    if middle - 3 * blur < 1 or middle + 3 * blur >= len(power):
        return None
    peak = power[int(middle - blur / 2) : int(middle + blur / 2) + 1].max()
    lower, upper = int(max(1, middle - 7 * blur)), int(middle + 7 * blur)
    around = np.concatenate(
        [power[lower : int(middle - 2 * blur)], power[int(middle + 2 * blur) + 1 : upper]]
    )
    return float(np.log10((peak + 1e-12) / (np.median(around) + 1e-12)))


def fundamental(strengths: dict[float, float], alike: float) -> float:
    """Return by what the unit must be multiplied to be the longest period of the lattice up to 5 units.

    The first guess may have taken a fraction or a multiple of it.

    Args:
        strengths: from :func:`line_strengths`.
        alike: from :func:`halves_alike`.
    """

    def seen(*frequencies: float) -> list[float]:
        return [strengths[k] for k in frequencies if k in strengths]

    if alike > 0.6:  # lines drawn on whole pixels repeat after two periods only
        return 0.5
    own = float(np.median(seen(1.0, 2.0, 3.0, 4.0))) if seen(1.0, 2.0, 3.0, 4.0) else 0.0
    fifths = seen(0.2, 0.4, 0.6, 0.8, 1.2, 1.4)
    if len(fifths) >= 4 and np.median(fifths) > max(0.7, 0.3 * own):
        return 5.0
    halves = seen(0.5, 1.5, 2.5)
    if len(halves) == 3 and np.median(halves) > max(0.7, 0.3 * own):
        return 2.0
    for multiple in (2, 3, 4, 5):
        on = seen(*(float(k) for k in range(multiple, 13, multiple)))
        off = seen(*(float(k) for k in range(1, 13) if k % multiple))
        if on and off and max(on) > 1.0 and np.mean(off) < min(0.6, 0.35 * max(on)):
            return 1.0 / multiple
    return 1.0


def halves_alike(laid: Laid) -> float:
    """Return how the mean lattice square correlates with itself half a unit aside, weaker family."""
    bins = 40
    worst = 1.0
    for family in (0, 1):
        profile = (laid.picture if family == 0 else laid.picture.T).mean(axis=0)
        start = laid.u0 if family == 0 else laid.v0
        at = ((start + np.arange(len(profile)) / laid.scale) % 1.0 * bins).astype(int)
        fold = np.bincount(at, profile, bins) / np.maximum(np.bincount(at, minlength=bins), 1)
        kernel = np.exp(-0.5 * (np.arange(-4, 5) / 1.6) ** 2)
        fold = np.convolve(np.concatenate([fold[-4:], fold, fold[:4]]), kernel, "valid")
        fold = fold - fold.mean()
        square = float(fold @ fold)
        worst = min(worst, float(fold @ np.roll(fold, bins // 2)) / square if square > 1e-12 else 0.0)
    return worst


def decide(
    strengths: dict[float, float], squares: float, px_per_unit: float, mm_per_px: float | None = None
) -> GridScale:
    """Say how many millimetres the unit of a lattice is.

    Args:
        strengths: from :func:`line_strengths`, of a lattice whose unit is its longest period.
        squares: units along the longer side of what is covered by the lattice.
        px_per_unit: pixels of a unit on the page as it was given.
        mm_per_px: the scale of that page, where it was stated.
    """
    five, beside = strengths.get(5.0), [strengths[k] for k in (4.0, 6.0) if k in strengths]
    finer = five is not None and bool(beside) and five > 0.5 and five > float(np.mean(beside)) + 0.12
    if mm_per_px is not None:
        stated = mm_per_px * px_per_unit
        unit = 1.0 if abs(np.log(stated)) < abs(np.log(stated / 5)) else 5.0
        certainty = 0.95 if abs(np.log(stated / unit)) <= np.log(STATED_WITHIN) else 0.0
        return GridScale(unit, finer or unit == 1.0, unit == 5.0, certainty, "by the scale that was stated")
    odds = _usual(squares, px_per_unit) - _usual(squares * 5, px_per_unit / 5)
    if finer:
        if odds > 6 and squares > 250:
            return GridScale(1.0, True, False, 0.5, "lines stand in fives, but only 1 mm gives a page's size")
        return GridScale(5.0, True, True, 1.0, "five fine squares to a bold one")
    unit = 5.0 if odds < 0 else 1.0
    certainty = float(np.clip(0.4 + 0.05 * abs(odds), 0.4, 0.8)) if px_per_unit / unit <= COARSEST else 0.0
    reason = f"one spacing seen; {squares:.0f} squares are a page's size if each is {unit:g} mm"
    return GridScale(unit, unit == 1.0, unit == 5.0, certainty, reason)


def _usual(width_mm: float, px_per_mm: float) -> float:
    """Return how usual a page of this width at this resolution is, as a log likelihood."""
    size, fineness = np.log(width_mm / PAGE_MM) / 0.5, np.log(px_per_mm / USUAL_PX_PER_MM) / 0.7
    return float(-(size**2 + fineness**2) / 2)
