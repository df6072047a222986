"""The grid's first guess: two frequency vectors, voted by the spectra of many tiles of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

TILE = 256  # px
WIDEST = 27.0  # degrees either side of the axes in which lines are looked for
STEP = 0.75  # degrees
SHORTEST = 2.3  # px, shortest period that pixels can show
SAME_PERIOD, SAME_ANGLE = 0.09, 3.5  # tiles agree within 9 % and 3.5 degrees


@dataclass(frozen=True)
class Lattice:
    """Two families of lines: ``gx`` and ``gy`` are their frequency vectors in cycles a pixel (x, y).

    ``gx`` belongs to the lines that run down the page, ``gy`` to those that run across it. ``votes`` is the
    share of the tiles with any content that agree on both.
    """

    gx: Float64
    gy: Float64
    votes: float

    @property
    def periods(self) -> tuple[float, float]:
        return float(1 / np.hypot(*self.gx)), float(1 / np.hypot(*self.gy))

    @property
    def angle(self) -> float:
        """Degrees by which the lattice is turned clockwise."""
        across = np.degrees(np.arctan2(self.gx[1], self.gx[0]))
        down = np.degrees(np.arctan2(-self.gy[0], self.gy[1]))
        return float((across + down) / 2)


def contrast(pixels: NDArray[np.uint8], level: float = 95.0) -> Float32:
    """Return how much darker than the paper each pixel is in its most affected colour, 0..1, (h, w).

    What is much darker than most print (the trace, letters) is set to the paper's level, and the rest is
    limited to what ``level`` per cent of the pixels stay below, so that a faint grid weighs as much as a bold
    one. A lower level suits pages full of thick traces.
    """
    import cv2

    dark = 1.0 - (pixels.astype(np.float32) / paper_light(pixels)).min(axis=2)
    limit = float(max(0.03, np.percentile(dark[::3, ::3], level)))
    ink = (dark > min(0.9, max(0.25, 1.8 * limit))).astype(np.uint8)
    ink = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    dark = np.clip(dark, -0.5 * limit, limit) / limit
    dark[ink > 0] = float(np.median(dark[::3, ::3]))
    return np.asarray(dark, dtype=np.float32)


def paper_light(pixels: NDArray[np.uint8], factor: int = 8) -> Float32:
    """Return the light of the bare paper at each pixel, (h, w, 3), at least 16 of 255.

    The brightest of a neighbourhood, smoothed: what lies between the lines.
    """
    import cv2

    height, width = pixels.shape[:2]
    size = (max(1, width // factor), max(1, height // factor))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(cv2.dilate(small, np.ones((3, 3), np.uint8)), 5) if min(size) >= 5 else small
    # Closing: dark marks smaller than the element are gone, shadows stay.
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    small = cv2.GaussianBlur(small, (0, 0), 3.0)
    light = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    return np.asarray(np.maximum(light, 16.0), dtype=np.float32)


def find_lattices(dark: Float32, most: int = 3) -> list[Lattice]:
    """Return the lattices that most tiles of a contrast picture (h, w) agree on, the likeliest first.

    The power spectrum of each tile is read along rays; a family of parallel lines puts all its harmonics on
    one ray. On the best ray the period is the first high peak of the spectrum's own cosine transform (the
    cepstrum), which is the major period where major and minor lines are both seen.
    """
    tile = min(TILE, 1 << int(np.log2(max(1, min(dark.shape)))))
    if tile < 64:
        return []
    found = _tiles(dark, tile)
    if not found:
        return []
    table = np.asarray(found)  # (tiles, 2 families, 3 candidates, [period, angle, weight])
    modes = [_modes(table[:, family].reshape(-1, 3)) for family in (0, 1)]
    scored: list[tuple[float, Lattice]] = []
    for period_x, angle_x, weight_x in modes[0]:
        for period_y, angle_y, weight_y in modes[1]:
            apart = abs(np.log(period_x / period_y))
            skew = abs(angle_x - angle_y)
            if apart > 0.3 or skew > 20:
                continue
            x, y = np.radians(angle_x), np.radians(angle_y)
            gx = np.array([np.cos(x), np.sin(x)]) / period_x
            gy = np.array([-np.sin(y), np.cos(y)]) / period_y
            votes = float(np.sqrt(weight_x * weight_y) / len(table))
            score = votes**2 * np.exp(-((apart / 0.2) ** 2) - (skew / 10.0) ** 2)
            scored.append((float(score), Lattice(gx, gy, votes)))
    scored.sort(key=lambda pair: -pair[0])
    return [lattice for _, lattice in scored[:most]]


def _tiles(dark: Float32, tile: int) -> list[Float64]:
    height, width = dark.shape
    window = np.hanning(tile).astype(np.float32)
    window2 = np.outer(window, window)
    rays = _Rays(tile)
    found = []
    for y in _starts(height, tile):
        for x in _starts(width, tile):
            piece = dark[y : y + tile, x : x + tile]
            spread = float(piece.std())
            if spread < 0.02:
                continue
            spectrum = np.fft.fftshift(np.abs(np.fft.fft2((piece - piece.mean()) * window2)) ** 2)
            found.append(rays.read(spectrum.astype(np.float32)))
    return found


def _starts(length: int, tile: int, most: int = 9) -> list[int]:
    count = int(np.clip(np.ceil((length - tile) / (tile / 2)) + 1, 1, most))
    return [int(start) for start in np.linspace(0, length - tile, count)]


class _Rays:
    """Reads a tile's spectrum along rays near both axes."""

    def __init__(self, tile: int) -> None:
        self.angles = np.arange(-WIDEST, WIDEST + 1e-9, STEP)
        self.radii = np.arange(2.5, 0.48 * tile, 0.5)
        turn = np.radians(self.angles)[:, None]
        half = tile // 2
        across = (half + self.radii * np.cos(turn)).astype(np.float32)
        along = (half + self.radii * np.sin(turn)).astype(np.float32)
        self.maps = ((across, along), ((half - self.radii * np.sin(turn)).astype(np.float32), across))
        self.periods = np.exp(np.arange(np.log(SHORTEST), np.log(tile / 2.4), 0.008))
        self.cosines = np.cos(2 * np.pi * np.outer(self.radii / tile, self.periods))

    def read(self, spectrum: Float32) -> Float64:
        """Return [period px, angle degrees, weight] of three candidates for both families, (2, 3, 3)."""
        import cv2

        answer = np.zeros((2, 3, 3))
        for family, (x, y) in enumerate(self.maps):
            power: Any = cv2.remap(spectrum, x, y, cv2.INTER_LINEAR)
            floor = np.median(power, axis=0) + 1e-9
            # On a clean drawing nothing lies between the lines: keep the foot of a peak from counting.
            strong = np.sort(power, axis=None)[-max(4, power.size // 500)]
            floor = np.maximum(floor, 0.004 * strong)
            height = np.clip(np.log(power / floor) - 1.5, 0.0, 5.0)
            height *= np.minimum(1.0, self.radii / 6.0)
            total = height.sum(axis=1)
            for place, ray in enumerate(_peaks(total, 3)):
                slice_ = height[ray]
                if total[ray] < 4.0:
                    continue
                curve = slice_ @ self.cosines / total[ray]
                period, peak = _first_peak(self.periods, curve)
                if peak > 0.3:
                    answer[family, place] = period, self.angles[ray], min(1.0, total[ray] / 20.0) * peak
                    answer[family, place, 2] *= total[ray] / total.max()
        return answer


def _peaks(values: Float64, most: int) -> list[int]:
    order: list[int] = []
    for index in np.argsort(values)[::-1]:
        if all(abs(int(index) - seen) > 3 for seen in order):
            order.append(int(index))
        if len(order) == most:
            break
    return order


def _first_peak(periods: Float64, curve: Float64) -> tuple[float, float]:
    """Return the shortest period whose local maximum is nearly as high as the highest one."""
    inner = np.flatnonzero((curve[1:-1] >= curve[:-2]) & (curve[1:-1] > curve[2:])) + 1
    if not len(inner):
        return 1.0, 0.0
    top = curve[inner].max()
    first = int(inner[curve[inner] >= 0.82 * top][0])
    return float(periods[first]), float(curve[first])


def _modes(candidates: Float64, most: int = 5) -> list[tuple[float, float, float]]:
    """Return period, angle and summed weight of the groups of candidates that agree, strongest first."""
    candidates = candidates[candidates[:, 2] > 0]
    modes: list[tuple[float, float, float]] = []
    while len(candidates) and len(modes) < most:
        period, angle, weight = candidates[:, 0], candidates[:, 1], candidates[:, 2]
        near = (np.abs(np.log(period[:, None] / period)) < SAME_PERIOD) & (
            np.abs(angle[:, None] - angle) < SAME_ANGLE
        )
        votes = near @ weight
        first = int(np.argmax(votes))
        group = near[first]
        share = weight[group] / weight[group].sum()
        modes.append(
            (
                float(np.exp(share @ np.log(period[group]))),
                float(share @ angle[group]),
                float(weight[group].sum()),
            )
        )
        candidates = candidates[~group]
    return modes
