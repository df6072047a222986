"""The way from a flat page to a photograph of it: bending, creases, a camera that is not held straight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.paper.drawing import Float64
from einthoven.recording import Float32

LATTICE = 4  # pixels between the points at which the way back is solved


@dataclass(frozen=True, eq=False)
class Bend:
    """A smooth shift of the page in its own plane, in pixels of the flat page.

    Attributes:
        waves: shape ``(n, 5)``: shift x, y; waves per pixel x, y; phase. Sine waves are added.
        creases: shape ``(n, 6)``: a point x, y; the normal x, y; height of the shift; width. Paper at both
            sides of a fold is drawn towards it.
    """

    waves: Float64
    creases: Float64

    @classmethod
    def none(cls) -> Bend:
        """A flat page."""
        return cls(np.empty((0, 5)), np.empty((0, 6)))

    def __call__(self, points: Float64) -> Float64:
        """Return the shift of each point, ``(n, 2)``."""
        shift = np.zeros_like(points)
        for across, down, fx, fy, phase in self.waves.tolist():
            wave = np.sin(2 * np.pi * (points[:, 0] * fx + points[:, 1] * fy) + phase)
            shift[:, 0] += across * wave
            shift[:, 1] += down * wave
        for x, y, nx, ny, height, width in self.creases.tolist():
            away = ((points[:, 0] - x) * nx + (points[:, 1] - y) * ny) / width
            pull = -height * away * np.exp(0.5 - 0.5 * away**2)
            shift[:, 0] += pull * nx
            shift[:, 1] += pull * ny
        return shift


@dataclass(frozen=True, eq=False)
class Warp:
    """From pixels of the flat page to pixels of the photograph: ``camera`` of ``p + bend(p)``."""

    bend: Bend
    camera: Float64  # 3 x 3

    def forward(self, points: Float64) -> Float64:
        """Map ``(n, 2)`` pixels of the page to the photograph."""
        return _project(self.camera, points + self.bend(points))

    def backward(self, points: Float64) -> Float64:
        """Map ``(n, 2)`` pixels of the photograph to the page; exact to 0.001 pixel."""
        back = np.asarray(np.linalg.inv(self.camera), dtype=np.float64)
        target = _project(back, points)
        found = target.copy()
        # The shift changes by at most a third of the way, so that each step triples the exactness.
        for _ in range(10):
            found = target - self.bend(found)
        return found

    def back_map(self, width: int, height: int) -> tuple[Float32, Float32]:
        """Return for each pixel of the photograph its x and y on the page, each ``(height, width)``."""
        import cv2

        # Points lie where cv2.resize expects them; one more on each side, since it does not extrapolate.
        xs = (np.arange(-1, width // LATTICE + 2) + 0.5) * LATTICE - 0.5
        ys = (np.arange(-1, height // LATTICE + 2) + 0.5) * LATTICE - 0.5
        grid_x, grid_y = np.meshgrid(xs, ys)
        found = self.backward(np.column_stack((grid_x.ravel(), grid_y.ravel())))
        maps = []
        for axis in (0, 1):
            coarse = found[:, axis].reshape(grid_x.shape).astype(np.float32)
            size = (len(xs) * LATTICE, len(ys) * LATTICE)
            fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
            part = fine[LATTICE : LATTICE + height, LATTICE : LATTICE + width]
            maps.append(np.ascontiguousarray(part, dtype=np.float32))
        return maps[0], maps[1]


@dataclass(frozen=True, eq=False)
class WarpedMap:
    """From page mm to pixels of the photograph.

    ``flat`` leads to pixels of the page, which is then scaled by ``shrink`` (x, y) and photographed.
    """

    flat: Callable[[npt.ArrayLike], Float64]
    shrink: tuple[float, float]
    warp: Warp

    def __call__(self, points: npt.ArrayLike) -> Float64:
        """Map ``(n, 2)`` mm to ``(n, 2)`` pixels, x before y."""
        return self.warp.forward((self.flat(points) + 0.5) * self.shrink - 0.5)


def _project(matrix: Float64, points: Float64) -> Float64:
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:], dtype=np.float64)


def random_bend(
    rng: np.random.Generator, width: int, height: int, slope: float, n_creases: int, px_per_mm: float
) -> Bend:
    """Choose how the page is bent.

    Args:
        slope: by how much the page's lines turn at most, as a fraction (0.05 is 3°). 0: flat.
        n_creases: folds across the page.
    """
    waves = []
    n_waves = int(rng.integers(2, 4)) if slope > 0 else 0
    for _ in range(n_waves):
        # A page bends around one axis, most often the upright one; it then shifts up and down along x.
        along_x = rng.random() < 0.75
        length = (width if along_x else height) * rng.uniform(0.8, 3.0)
        turn = rng.normal(0.0, 0.2)
        fx, fy = (np.cos(turn), np.sin(turn)) if along_x else (np.sin(turn), np.cos(turn))
        size = slope / n_waves * length / (2 * np.pi) * rng.uniform(0.3, 1.0)
        mostly, little = size, size * rng.uniform(-0.3, 0.3)
        shift = (little, mostly) if along_x else (mostly, little)
        waves.append((*shift, fx / length, fy / length, rng.uniform(0, 2 * np.pi)))
    creases = []
    for _ in range(n_creases):
        # Folded across, along, or crumpled at any angle.
        angle = rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)]) + rng.normal(0.0, 0.03)
        x, y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
        tall, wide = rng.uniform(0.05, 0.25) * px_per_mm, rng.uniform(1.2, 3.0) * px_per_mm
        creases.append((x, y, np.cos(angle), np.sin(angle), tall, wide))
    return Bend(np.array(waves).reshape(-1, 5), np.array(creases).reshape(-1, 6))


def look_at(
    rng: np.random.Generator,
    width: int,
    height: int,
    rotation_deg: float,
    tilt_deg: float,
) -> Float64:
    """Return the 3 x 3 matrix of a camera over the page, whose middle becomes the origin."""
    turn = np.deg2rad(rotation_deg)
    pitch, yaw = np.deg2rad(rng.uniform(-tilt_deg, tilt_deg, 2))
    distance = max(width, height) * rng.uniform(1.1, 2.2)
    rz = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    rx = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    ry = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    pose = rz @ rx @ ry
    pose[:, 2] = (0.0, 0.0, distance)  # the page has no height: its plane moves away by the distance
    lens = np.diag([distance, distance, 1.0])
    centre = np.array([[1, 0, -(width - 1) / 2], [0, 1, -(height - 1) / 2], [0, 0, 1]])
    return np.asarray(lens @ pose @ centre, dtype=np.float64)
