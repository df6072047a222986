"""What happens to the paper before it is photographed: fading, grain, folds, stains, a doctor's pen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.paper.degrade_warp import Bend
from einthoven.recording import Float32

_PENS = ((25, 35, 130), (20, 20, 25), (150, 25, 30), (30, 30, 90), (70, 70, 75))
_MARKERS = ((250, 245, 90), (160, 245, 140), (250, 170, 200))
_LIQUIDS = ((150, 105, 60), (190, 150, 90), (120, 90, 80), (200, 185, 150), (170, 60, 50))


def smooth_noise(rng: np.random.Generator, height: int, width: int, cells: float) -> Float32:
    """Return noise of standard deviation about 1 that varies over ``1 / cells`` of the longer side."""
    import cv2

    step = max(height, width) / cells
    small = rng.standard_normal((max(2, round(height / step) + 2), max(2, round(width / step) + 2)))
    grown = cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, dtype=np.float32)


def fade(pixels: Float32, rng: np.random.Generator, strength: float, ground: tuple[int, int, int]) -> None:
    """Let print go towards the paper: all over, in patches, and along the feed (a worn print head)."""
    height, width = pixels.shape[:2]
    share = 0.6 * smooth_noise(rng, height, width, rng.uniform(1.5, 5.0))
    if rng.random() < 0.4:
        rows = rng.standard_normal(max(3, height // int(rng.integers(2, 30)))).astype(np.float32)
        share += np.interp(np.linspace(0, 1, height), np.linspace(0, 1, len(rows)), rows)[:, None]
    share = np.clip(strength * (0.6 + 0.5 * share), 0.0, 0.75).astype(np.float32)[:, :, None]
    pixels += share * (np.asarray(ground, dtype=np.float32) - pixels)


def grain(pixels: Float32, rng: np.random.Generator, strength: float) -> None:
    """Paper is not even: fibres, and clouds of a hand's size."""
    import cv2

    height, width = pixels.shape[:2]
    fibres = rng.standard_normal((height, width)).astype(np.float32)
    fibres = cv2.GaussianBlur(fibres, (0, 0), 1.0) * 2.5
    clouds = smooth_noise(rng, height, width, 12.0)
    pixels += (strength * (fibres + 1.2 * clouds))[:, :, None].astype(np.float32)


def shade_creases(pixels: Float32, rng: np.random.Generator, bend: Bend, strength: float) -> None:
    """Folds have a light and a dark side, and the paper leans differently beyond them."""
    height, width = pixels.shape[:2]
    steps = np.linspace(-100.0, 100.0, 8001, dtype=np.float32)  # widths of the fold, 0.025 each
    xs, ys = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    for x, y, nx, ny, _, wide in bend.creases.tolist():
        sign = 1.0 if rng.random() < 0.5 else -1.0
        edge = 1.6 * steps * np.exp(0.5 - 0.5 * (steps * 1.6) ** 2)
        ridge = np.exp(-0.5 * (steps * 6.0) ** 2)  # the worn line itself
        lean = np.tanh(steps * 0.35) * np.exp(-np.abs(steps) / 25.0)
        light = strength * (sign * edge + 0.6 * rng.uniform(-1, 1) * ridge + 0.35 * sign * lean)
        profile = (1.0 + light).astype(np.float32)
        away = ((xs - x) * nx / wide * 40.0 + 4000.5)[None, :] + ((ys - y) * ny / wide * 40.0)[:, None]
        pixels *= profile[np.clip(away, 0, 8000).astype(np.int32)][:, :, None]


def stain(pixels: Float32, rng: np.random.Generator, px_per_mm: float) -> None:
    """A drop or the ring of a cup: it darkens the paper, most at its rim."""
    import cv2

    height, width = pixels.shape[:2]
    radius = rng.uniform(3.0, 40.0) * px_per_mm
    centre = rng.uniform(0, width), rng.uniform(0, height)
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    wobble = 1.0 + sum(
        rng.normal(0.0, 0.10 / k) * np.cos(k * angle + rng.uniform(0, 6.3)) for k in range(1, 7)
    )
    points = np.column_stack(
        (centre[0] + radius * wobble * np.cos(angle), centre[1] + radius * wobble * np.sin(angle))
    )
    left, top = (max(0, int(v)) for v in points.min(axis=0) - 2 * px_per_mm)
    right, bottom = (int(v) + 1 for v in points.max(axis=0) + 2 * px_per_mm)
    part = pixels[top : max(top, bottom), left : max(left, right)]
    if not part.size:
        return
    inside = np.zeros(part.shape[:2], dtype=np.float32)
    cv2.fillPoly(inside, [np.rint(points - (left, top)).astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(inside, (0, 0), max(0.8, 0.4 * px_per_mm))
    rim = np.clip(soft - cv2.GaussianBlur(inside, (0, 0), max(1.5, radius * 0.08)), 0.0, 1.0)
    hollow = rng.random() < 0.4
    share = (0.05 if hollow else rng.uniform(0.1, 0.4)) * soft + rng.uniform(0.4, 1.2) * rim
    share = np.clip(share, 0.0, 0.7)[:, :, None].astype(np.float32)
    liquid = np.asarray(_LIQUIDS[int(rng.integers(len(_LIQUIDS)))], dtype=np.float32) / 255.0
    part *= 1.0 - share * (1.0 - liquid)


def write_by_hand(pixels: Float32, rng: np.random.Generator, px_per_mm: float) -> None:
    """A word, a circle, an arrow, an underline, a tick or a marker's stroke, anywhere on the page."""
    import cv2

    height, width = pixels.shape[:2]
    where = np.array((rng.uniform(0.05, 0.9) * width, rng.uniform(0.03, 0.97) * height))
    kind = str(rng.choice(["word", "word", "word", "circle", "arrow", "underline", "tick", "marker"]))
    size = rng.uniform(3.0, 8.0) * px_per_mm
    runs = _pen_path(rng, kind, size)
    pen = _MARKERS if kind == "marker" else _PENS
    colour = np.asarray(pen[int(rng.integers(len(pen)))], dtype=np.float32)
    thick = rng.uniform(3.0, 5.0) if kind == "marker" else rng.uniform(0.25, 0.6)
    edge = thick * px_per_mm + 2
    path = np.vstack(runs) + where
    left, top = (max(0, int(v)) for v in path.min(axis=0) - edge)
    right, bottom = (int(v) + 1 for v in path.max(axis=0) + edge)
    part = pixels[top : max(top, bottom), left : max(left, right)]
    if not part.size:
        return
    ink = np.zeros(part.shape[:2], dtype=np.uint8)
    for run in runs:
        points = np.rint((run + where - (left, top)) * 16).astype(np.int32)[:, None, :]
        cv2.polylines(ink, [points], False, 255, max(1, round(thick * px_per_mm)), cv2.LINE_AA, 4)
    share = ink.astype(np.float32)[:, :, None] / 255.0
    if kind == "marker":  # lets through what is beneath
        part *= 1.0 - share * (1.0 - colour / 255.0)
    else:
        part += np.float32(rng.uniform(0.65, 1.0)) * share * (colour - part)


def _pen_path(rng: np.random.Generator, kind: str, size: float) -> list[npt.NDArray[np.float64]]:
    turn = np.linspace(0, 2 * np.pi * rng.uniform(1.0, 1.2), 60) + rng.uniform(0, 6.3)
    if kind == "circle":
        growth = np.linspace(1.0, rng.uniform(0.9, 1.15), 60)
        return [
            np.column_stack((np.cos(turn) * size * rng.uniform(1, 2), np.sin(turn) * size)) * growth[:, None]
        ]
    if kind in ("underline", "marker"):
        along = np.linspace(0, size * rng.uniform(3, 8), 30)
        return [np.column_stack((along, np.cumsum(rng.normal(0, size * 0.01, 30))))]
    if kind == "arrow":
        tip = rng.normal(0.0, 3.0 * size, 2)
        back = -tip / (np.linalg.norm(tip) + 1e-6) * size * 0.5
        barb = np.array([[-back[1], back[0]]]) * 0.5
        return [np.array([(0.0, 0.0), tip]), np.vstack((tip + back + barb[0], tip, tip + back - barb[0]))]
    if kind == "tick":
        return [np.array([(0.0, 0.0), (0.35, 0.5), (1.2, -1.0)]) * size]
    # Cursive: a pen that goes round while it moves on, letters of different height, words apart.
    runs = []
    x = 0.0
    for _ in range(int(rng.integers(1, 4))):
        n = int(rng.integers(3, 9)) * 14
        t = np.arange(n) / 14.0
        tall = np.interp(t, np.arange(n // 14 + 1), rng.uniform(0.25, 1.0, n // 14 + 1)) * size * 0.5
        phase = 2 * np.pi * t + 0.8 * np.sin(2 * np.pi * t * rng.uniform(0.3, 0.7))
        step = size * rng.uniform(0.3, 0.5)
        run = np.column_stack(
            (x + t * step + 0.45 * tall * np.sin(phase + 0.6), tall * np.cos(phase) - 0.4 * tall)
        )
        runs.append(run)
        x = float(run[:, 0].max()) + step
    lean = rng.normal(0.0, 0.08)
    rotation = np.array([[np.cos(lean), np.sin(lean)], [-np.sin(lean), np.cos(lean)]])
    return [run @ rotation for run in runs]
