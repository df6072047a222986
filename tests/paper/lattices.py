"""Pictures of lattices whose every point is known, for tests of what lays pages flat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.paper.rectify import PX_PER_MM, Rectified

Float64 = NDArray[np.float64]
Map = Callable[[Float64], Float64]  # (n, 2) pixels → (n, 2) mm


def turned_map(px_per_mm: float, degrees: float = 0.0, at: tuple[float, float] = (0.0, 0.0)) -> Map:
    """Return the map of paper seen straight on, turned clockwise by some degrees."""
    turn = np.radians(degrees)
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) / px_per_mm
    return lambda pixels: pixels @ back.T + at


def tilted_map(size: tuple[int, int], width_mm: float, degrees: float, tilt: tuple[float, float]) -> Map:
    """Return the map of paper held aslant: ``tilt`` is how much nearer the right and lower rims are."""
    flat = turned_map(size[0] / width_mm, degrees)

    def to_mm(pixels: Float64) -> Float64:
        centred = (pixels - np.array(size) / 2) / size[0]
        depth = 1 + centred[:, :1] * tilt[0] + centred[:, 1:] * tilt[1]
        return np.asarray(flat(centred / depth * size[0]))

    return to_mm


def draw(
    size: tuple[int, int],
    to_mm: Map,
    *,
    paper: tuple[int, int, int] = (255, 250, 245),
    line: tuple[int, int, int] = (235, 160, 160),
    minor: float = 0.5,
    dots: bool = False,
    width_mm: float = 0.25,
    noise: float = 1.0,
    trace: bool = True,
    seed: int = 0,
) -> NDArray[np.uint8]:
    """Return a picture of ``size`` (width, height): lines every 5 mm, and every 1 mm ``minor`` as dark."""
    rng = np.random.default_rng(seed)
    width, height = size
    total = np.zeros((height, width))
    dark = np.zeros((height, width))
    for dx in (-0.25, 0.25):  # four samples a pixel
        for dy in (-0.25, 0.25):
            x, y = np.meshgrid(np.arange(width) + dx, np.arange(height) + dy)
            mm = to_mm(np.stack([x.ravel(), y.ravel()], axis=1))

            def near(step: float, scale: float = 1.0, mm: Float64 = mm) -> Any:
                return np.abs(mm / step - np.round(mm / step)) * step < width_mm / 2 * scale

            major, fine = near(5.0), near(1.0, 1.6 if dots else 1.0)
            small = fine.all(axis=1) if dots else fine.any(axis=1)
            total += np.maximum(major.any(axis=1), minor * small).reshape(height, width) / 4
            wave = 6 * np.exp(-((((mm[:, 0] + 300) % 21) - 8) ** 2) / 1.5)
            row = ((mm[:, 1] + 300) % 40) - 20
            dark += (np.abs(row + wave) < 0.3).reshape(height, width) / 4 if trace else 0
    shades = np.asarray(paper) + (np.asarray(line, dtype=float) - paper) * total[..., None]
    shades = shades * (1 - dark[..., None]) + 25 * dark[..., None]
    return np.asarray(np.clip(shades + rng.normal(0, noise, shades.shape), 0, 255), dtype=np.uint8)


def off_mm(flat: Rectified, to_mm: Map, size: tuple[int, int], rim: float = 0.04) -> Float64:
    """Return how far points all over the picture lie from where they should, mm, but for one whole shift."""
    width, height = size
    x, y = np.meshgrid(
        np.linspace(rim * width, (1 - rim) * width, 24), np.linspace(rim * height, (1 - rim) * height, 18)
    )
    pixels = np.stack([x.ravel(), y.ravel()], axis=1)
    off = flat.from_page(pixels) / PX_PER_MM - to_mm(pixels)
    return np.asarray(np.hypot(*(off - np.median(off, axis=0)).T))
