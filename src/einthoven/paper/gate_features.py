"""What the gate measures of a picture: light and colour, pieces of ink, curves, and a grid in two directions.

Everything is measured on a copy of at most 900 pixels along its longer side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.paper.gate_lattice import lattice_features
from einthoven.paper.gate_spikes import spike_features

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

LONGEST = 900
_DARK = 95.0  # median brightness below which ink is what is brighter than its surroundings
_MOST_CURVES = 40


@dataclass(frozen=True, eq=False)
class Ink:
    """How far what is drawn differs from its surroundings (``strength``, float32, 0-255), and where.

    Black letters may stand beside a pale trace: ``mask`` holds what is strong, ``faint`` the pale trace too
    (and the grid, where that is dark).
    """

    strength: Float32
    mask: npt.NDArray[np.bool_]
    faint: npt.NDArray[np.bool_]
    ground: Float32
    bright_on_dark: bool


def reduced(pixels: UInt8) -> UInt8:
    """Return a copy of at most ``LONGEST`` pixels along its longer side."""
    import cv2

    height, width = pixels.shape[:2]
    scale = LONGEST / max(height, width)
    if scale >= 1.0:
        return np.ascontiguousarray(pixels)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def find_ink(pixels: UInt8) -> Ink:
    """Part ink from ground. Coloured grids fade: on paper, brightness is that of the brightest channel."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    dark = float(np.median(grey)) < _DARK
    bright = pixels.max(axis=2)
    best: tuple[Float32, Float32] | None = None
    for plane in (bright, grey):
        plane = 255 - plane if dark else plane
        side = max(9, round(max(plane.shape) / 50) | 1)
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
        ground = cv2.blur(cv2.morphologyEx(plane, cv2.MORPH_CLOSE, kernel), (side, side)).astype(np.float32)
        strength = np.clip(ground - plane, 0, None)
        best = (strength, ground)
        if dark or np.percentile(strength[::2, ::2], 99.5) > 60:
            break
    assert best is not None
    strength, ground = best
    top = float(np.percentile(strength[::2, ::2], 99.5))
    return Ink(strength, strength > max(18.0, 0.5 * top), strength > max(12.0, 0.22 * top), ground, dark)


def gate_features(pixels: UInt8) -> dict[str, float]:
    """Return the features of an RGB picture, uint8, ``(height, width, 3)``, at least 16 x 16."""
    small = reduced(pixels)
    ink = find_ink(small)
    features = {
        "log_side": float(np.log(max(pixels.shape[:2]))),
        "aspect": pixels.shape[1] / pixels.shape[0],
    }
    features |= _light(small, ink)
    for prefix, mask in (("", ink.mask), ("faint_", ink.faint)):
        measured = _pieces(mask) | _columns(mask) | spike_features(mask)
        features |= {prefix + name: value for name, value in measured.items()}
    features |= lattice_features(small, ink.mask)
    return {name: float(value) for name, value in features.items()}


def _light(pixels: UInt8, ink: Ink) -> dict[str, float]:
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    histogram = np.bincount(grey.ravel(), minlength=256) / grey.size
    taken = histogram[histogram > 0]
    thin = pixels[::2, ::2].reshape(-1, 3)
    codes = (thin >> 4).astype(np.int32) @ np.array([256, 16, 1])
    shares = np.sort(np.bincount(codes, minlength=4096) / max(1, len(codes)))[::-1]
    colour = thin.max(axis=1).astype(np.int16) - thin.min(axis=1)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    steep = np.abs(gx) + np.abs(gy)
    ground = cv2.resize(ink.ground, (32, 32), interpolation=cv2.INTER_AREA)
    return {
        "grey_median": float(np.median(grey)),
        "grey_spread": float(grey.std()),
        "entropy": float(-(taken * np.log2(taken)).sum()),
        "white": float(histogram[245:].sum()),
        "black": float(histogram[:25].sum()),
        "first_colour": float(shares[0]),
        "colours_90": float(np.searchsorted(np.cumsum(shares), 0.9) + 1),
        "saturation": float(colour.mean()),
        "saturation_spread": float(colour.std()),
        "saturated": float((colour > 90).mean()),
        "flat": float((steep < 12).mean()),
        "rough": float((steep > 120).mean()),
        "medium_rough": float(((steep > 25) & (steep < 90)).mean()),
        "sideways": float(np.log((np.abs(gx).mean() + 0.5) / (np.abs(gy).mean() + 0.5))),
        "ground_spread": float(ground.std()),
        "ground_roughness": float(
            np.abs(np.diff(ground, axis=0)).mean() + np.abs(np.diff(ground, axis=1)).mean()
        ),
        "brightest": float(np.percentile(grey, 99)),
        "sharpness": _sharpness(steep, ink),
        "bright_on_dark": float(ink.bright_on_dark),
        "ink": float(ink.mask.mean()),
        "ink_level": float(np.percentile(ink.strength[::2, ::2], 99.5)),
        "ink_weak": float((ink.strength > 8).mean() - ink.mask.mean()),
    }


def _sharpness(steep: Float32, ink: Ink) -> float:
    """Return how steep the edges of ink are for its strength: 1 for hard edges, 0 for fog."""
    if not ink.mask.any():
        return 0.0
    level = float(np.percentile(ink.strength[ink.mask], 90))
    return min(1.0, float(np.percentile(steep[ink.mask], 90)) / (5.0 * level + 1e-6))


def _pieces(mask: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Features of connected pieces of ink: letters are small and alike; traces long, thin, single-valued."""
    import cv2

    height, width = mask.shape
    joined = cv2.dilate(mask.astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    boxes = stats[1:]
    area = boxes[:, cv2.CC_STAT_AREA].astype(np.float64)
    wide, high = boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]
    whole = max(1.0, float(area.sum()))
    letter = (high >= 4) & (high <= 45) & (wide <= 60) & (area >= 6)
    letters = high[letter].astype(np.float64)
    long = np.flatnonzero(wide >= max(20.0, 0.1 * width))
    long = long[np.argsort(wide[long])[::-1]][:_MOST_CURVES]
    result = {
        "pieces": float(np.log1p(count - 1)),
        "letters": float(np.log1p(letter.sum())),
        "letter_area": float(area[letter].sum() / whole),
        "letter_alike": float(np.subtract(*np.percentile(letters, [75, 25])) / np.median(letters))
        if letters.size
        else 2.0,
        "largest_area": float(area.max() / whole) if area.size else 0.0,
        "long_area": float(area[long].sum() / whole) if long.size else 0.0,
        "long_count": float(len(long)),
        "longest": float(wide.max() / width) if area.size else 0.0,
    }
    curves = [_curve(np.asarray(labels, dtype=np.int32), boxes[at], int(at) + 1) for at in long]
    return result | _curves(curves, width, height)


def _curve(labels: npt.NDArray[np.int32], box: Any, label: int) -> dict[str, float]:
    """Features of one long piece, column by column."""
    left, top, wide, high = (int(value) for value in box[:4])
    mask = labels[top : top + high, left : left + wide] == label
    ink = mask.sum(axis=0)
    runs = (np.diff(mask.astype(np.int8), axis=0, prepend=0) == 1).sum(axis=0)
    rows = np.arange(high)[:, np.newaxis]
    middle = (mask * rows).sum(axis=0) / np.maximum(ink, 1)
    middle = middle - np.polyval(np.polyfit(np.arange(wide), middle, 1), np.arange(wide))
    thick = float(np.median(ink))
    tall = ink > max(3.0 * thick, thick + 4)
    starts = np.flatnonzero(np.diff(tall.astype(np.int8), prepend=0) == 1)
    gaps = np.diff(starts)
    gaps = gaps[gaps > 0.02 * wide]
    extent = max(1.0, float(high - thick))
    level = np.abs(middle - np.median(middle)) < 0.12 * extent + 1
    steps = np.abs(np.diff(middle))
    return {
        "wide": float(wide),
        "high": float(high),
        "thick": thick,
        "single": float((runs == 1).mean()),
        "fill": float(mask.mean()),
        "tall": float(tall.mean()),
        "reach": float(np.percentile(ink, 99) / max(thick, 1.0)),
        "level": float(level.mean()),
        "straight": float(np.ptp(middle) < 3.0 or high < 5),
        "spikes": float(len(starts) / wide * 100),
        "uneven": float(gaps.std() / gaps.mean()) if gaps.size > 1 else 1.5,
        "jumps": float((np.percentile(steps, 98) + 0.2) / (np.median(steps) + 0.2)) if steps.size else 1.0,
        "flat_steps": float((steps < 0.6).mean()) if steps.size else 0.0,
    }


_CURVE_KEYS = ("thick", "single", "fill", "tall", "reach", "level", "spikes", "uneven", "jumps", "flat_steps")


def _curves(curves: list[dict[str, float]], width: int, height: int) -> dict[str, float]:
    """Bring the long pieces together: how many are trace-like, and means of each feature, by width."""
    bent = [curve for curve in curves if not curve["straight"]]
    wide = np.array([curve["wide"] for curve in bent])
    traces = [
        c for c in bent if c["single"] > 0.75 and c["tall"] < 0.35 and c["reach"] > 2.5 and c["fill"] < 0.35
    ]
    result = {
        "straight_share": float(np.mean([curve["straight"] for curve in curves])) if curves else 0.0,
        "bent_count": float(len(bent)),
        "bent_cover": float(wide.sum() / width),
        "trace_count": float(len(traces)),
        "trace_cover": float(sum(curve["wide"] for curve in traces) / width),
        "trace_longest": max((curve["wide"] / width for curve in traces), default=0.0),
        "bent_high": float(np.average([c["high"] for c in bent], weights=wide) / height) if bent else 0.0,
        "bent_shape": float(np.log(np.average([c["wide"] / c["high"] for c in bent], weights=wide)))
        if bent
        else 0.0,
    }
    for key in _CURVE_KEYS:
        values = np.array([curve[key] for curve in bent])
        result[f"curve_{key}"] = float(np.average(values, weights=wide)) if bent else -1.0
    return result


def _columns(mask: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Features of ink in columns and rows, whatever it is connected to."""
    height = len(mask)
    down = (np.diff(mask.astype(np.int8), axis=0, prepend=0) == 1).sum(axis=0)
    across = (np.diff(mask.astype(np.int8), axis=1, prepend=0) == 1).sum(axis=1)
    per_column = mask.sum(axis=0)
    lengths = per_column[down > 0] / down[down > 0]
    along = mask.sum(axis=1)[across > 0] / across[across > 0]
    rows = mask.mean(axis=1)
    kernel = np.ones(max(3, height // 60)) / max(3, height // 60)
    smooth = np.convolve(rows, kernel, "same")
    peaks = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > 0.4 * smooth.max())
    return {
        "column_runs": float(np.median(down)),
        "column_runs_spread": float(np.subtract(*np.percentile(down, [90, 10]))),
        "column_empty": float((down == 0).mean()),
        "run_down": float(np.median(lengths)) if lengths.size else 0.0,
        "run_down_95": float(np.percentile(lengths, 95)) if lengths.size else 0.0,
        "run_across": float(np.median(along)) if along.size else 0.0,
        "row_empty": float((across == 0).mean()),
        "row_full": float((rows > 0.5).mean()),
        "column_full": float((mask.mean(axis=0) > 0.5).mean()),
        "row_peaks": float(peaks.sum()),
        "row_contrast": float(np.percentile(rows, 98) / (rows.mean() + 1e-4)),
    }
