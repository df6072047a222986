"""What the lines of a vector page are: grid, calibration pulses, traces; and what its words say of scale."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.paper.vector_paths import Float64, Polyline, Word
from einthoven.recording import STANDARD_LEADS, normalise_lead

_LEADS = {*STANDARD_LEADS, "MLII", "V7", "V8", "V9", "V3R", "V4R", "V5R", "V6R", "X", "Y", "Z"}
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_SPEED = re.compile(_NUMBER + r"\s*(mm|cm)\s*/\s*s", re.IGNORECASE)
_GAIN = re.compile(_NUMBER + r"\s*(mm|cm)\s*/\s*mv", re.IGNORECASE)


@dataclass(frozen=True)
class GridLines:
    """Spacing of a drawn grid in mm of the page, and how many mm of ECG paper (``unit``) it stands for."""

    across: float
    down: float
    unit: float


@dataclass(frozen=True)
class Pulse:
    """A calibration pulse, mm of the page: y of its foot, its height, and how wide its top is."""

    left: float
    right: float
    foot: float
    height: float
    width: float


def printed_scales(text: str) -> tuple[list[float], list[float]]:
    """Return the speeds (mm/s) and gains (mm/mV) that a page states, each once, in order."""

    def values(pattern: re.Pattern[str], text: str) -> list[float]:
        found = (
            float(number.replace(",", ".")) * (10.0 if unit.lower() == "cm" else 1.0)
            for number, unit in pattern.findall(text)
        )
        return list(dict.fromkeys(value for value in found if 1.0 <= value <= 200.0))

    return values(_SPEED, text), values(_GAIN, text)


def lead_labels(words: Sequence[Word]) -> list[tuple[str, Word]]:
    """Return the words that are lead names, with their standard names."""
    named = ((normalise_lead(word.text.strip(":.")), word) for word in words)
    # A bare "1" or "x" within the header is no lead name: only names as they are printed.
    return [(name, word) for name, word in named if name in _LEADS and not word.text.strip(":.").isdigit()]


def find_grid(lines: Sequence[Polyline]) -> GridLines | None:
    """Return the grid: regular straight lines in both directions; None where there is none.

    Lines of all pens together give the finest spacing. Where every fifth is drawn in another pen, that
    spacing stands for 1 mm; else for what is nearer, 1 or 5 mm.
    """
    upright: list[tuple[float, tuple[float, ...]]] = []
    level: list[tuple[float, tuple[float, ...]]] = []
    for line in lines:
        for first, second in _straight_pieces(line):
            dx, dy = np.abs(second - first)
            if dx < 0.05 and dy > 15.0:
                upright.append((float(first[0] + second[0]) / 2, line.look))
            elif dy < 0.05 and dx > 15.0:
                level.append((float(first[1] + second[1]) / 2, line.look))
    across, down = _regular_spacing(upright), _regular_spacing(level)
    if across is None or down is None or not 0.8 < across[0] / down[0] < 1.25:
        return None
    unit = 1.0 if across[1] or down[1] or across[0] < 5.0**0.5 else 5.0
    return GridLines(across[0], down[0], unit)


def _straight_pieces(line: Polyline) -> list[tuple[Float64, Float64]]:
    """Return the segments of a line with few corners; a thin filled box is the line through its middle."""
    points = line.points
    if len(points) > 12:
        return []
    if not line.stroked:
        low, high = points.min(axis=0), points.max(axis=0)
        middle = (low + high) / 2
        if high[0] - low[0] < 0.8:
            return [(np.array([middle[0], low[1]]), np.array([middle[0], high[1]]))]
        if high[1] - low[1] < 0.8:
            return [(np.array([low[0], middle[1]]), np.array([high[0], middle[1]]))]
        return []
    return [(points[at], points[at + 1]) for at in range(len(points) - 1)]


def _regular_spacing(lines: list[tuple[float, tuple[float, ...]]]) -> tuple[float, bool] | None:
    """Return the finest regular spacing of lines, and whether every fifth is drawn in another pen."""
    if len(lines) < 6:
        return None
    looks: dict[tuple[float, ...], list[float]] = {}
    for position, look in lines:
        looks.setdefault(look, []).append(position)
    spacings = [_pitch(positions) for positions in (*looks.values(), [at for at, _ in lines])]
    known = [pitch for pitch in spacings if pitch is not None]
    if not known:
        return None
    finest = min(known)
    fifth = any(abs(pitch / finest - 5.0) < 0.1 for pitch in known)
    return finest, fifth


def _pitch(positions: list[float]) -> float | None:
    """Return the spacing of parallel lines by least squares; None where they are not regular."""
    at = np.unique(np.round(np.array(positions), 2))
    at = at[np.concatenate([[True], np.diff(at) > 0.1])]
    if len(at) < 6:
        return None
    guess = float(np.median(np.diff(at)))
    number = np.round((at - at[0]) / guess)
    # Refined from the near lines to the far ones, so that a small error of the guess does not add up.
    for reach in (5, 20, 80, 10_000):
        near = number <= reach
        if near.sum() > 2:
            guess = float(np.polyfit(number[near], at[near], 1)[0])
            number = np.round((at - at[0]) / guess)
    slope, start = np.polyfit(number, at, 1)
    regular = np.abs(at - start - slope * number) < 0.08 * slope
    filled = len(at) / (number[-1] + 1.0)
    return float(slope) if regular.mean() > 0.9 and filled > 0.6 and slope > 0.3 else None


def as_pulse(line: Polyline) -> Pulse | None:
    """Return a line as calibration pulse: up, level, down, between two levels; None where it is none."""
    points = line.points
    if not line.stroked or len(points) < 4 or not _runs_right(points):
        return None
    x, y = points[:, 0], points[:, 1]
    top, foot = float(y.min()), float(y.max())
    height = foot - top
    if not (2.0 <= height <= 45.0 and 1.0 <= np.ptp(x) <= 30.0):
        return None
    on_top, on_foot = y < top + 0.03 * height, y > foot - 0.03 * height
    if np.mean(on_top | on_foot) < 0.95:
        return None
    steps = np.flatnonzero(np.diff(on_top[on_top | on_foot].astype(int)))
    if len(steps) != 2 or on_top[0]:
        return None
    plateau = x[on_top]
    return Pulse(float(x[0]), float(x[-1]), foot, height, float(plateau[-1] - plateau[0]))


def as_trace(line: Polyline) -> Float64 | None:
    """Return the points of a line that can be a lead: many, left to right, not straight; else None."""
    points = line.points
    if not line.stroked or line.closed or len(points) < 30:
        return None
    if points[0, 0] > points[-1, 0]:
        points = points[::-1]
    if not _runs_right(points) or np.ptp(points[:, 0]) < 8.0 or np.ptp(points[:, 1]) < 0.05:
        return None
    return points


def _runs_right(points: Float64) -> bool:
    steps = np.diff(points[:, 0])
    return bool(np.mean(steps >= -0.02) > 0.99)
