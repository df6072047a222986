"""Where the points of a lattice lie in a picture: a homography and a smooth rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

UPRIGHT = 1e-3  # by which a drawing's map may turn, and its scales differ


@dataclass(frozen=True, eq=False)
class GridMap:
    """Lattice coordinates (n, 2) to pixels (n, 2) and back.

    ``matrix`` takes lattice coordinates to pixels (3 x 3). ``rest`` (rows, columns, 2) is what the paper's
    bend adds, in lattice units, at nodes ``step`` apart from ``origin`` on: a lattice point p lies at
    ``matrix (p - rest(p))``. Outside its nodes the rest keeps the value of the nearest one.
    """

    matrix: Float64
    origin: tuple[float, float] = (0.0, 0.0)
    step: float = 1.0
    rest: Float64 | None = None

    @property
    def affine(self) -> bool:
        """Whether it has neither perspective nor bend, as of a drawing or a scan."""
        return self.rest is None and not self.matrix[2, :2].any()

    def bend(self, points: Float64) -> Float64:
        """Return the rest at lattice points (n, 2), lattice units."""
        if self.rest is None:
            return np.zeros_like(points)
        rows, columns = self.rest.shape[:2]
        x = np.clip((points[:, 0] - self.origin[0]) / self.step, 0, columns - 1.0)
        y = np.clip((points[:, 1] - self.origin[1]) / self.step, 0, rows - 1.0)
        left, top = np.minimum(x.astype(int), columns - 2), np.minimum(y.astype(int), rows - 2)
        right, low = (x - left)[:, None], (y - top)[:, None]
        upper = self.rest[top, left] * (1 - right) + self.rest[top, left + 1] * right
        lower = self.rest[top + 1, left] * (1 - right) + self.rest[top + 1, left + 1] * right
        return np.asarray(upper * (1 - low) + lower * low)

    def to_px(self, points: Any) -> Float64:
        """Return the pixels of lattice points (n, 2)."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return apply(self.matrix, points - self.bend(points))

    def to_lattice(self, pixels: Any) -> Float64:
        """Return the lattice coordinates of pixels (n, 2)."""
        flat = apply(inverse(self.matrix), np.asarray(pixels, dtype=np.float64).reshape(-1, 2))
        points = flat + self.bend(flat)
        return flat + self.bend(points)

    def rescaled(self, factor: float) -> GridMap:
        """Return the same map for lattice coordinates ``factor`` times as large."""
        matrix = self.matrix @ np.diag([1 / factor, 1 / factor, 1.0])
        if self.rest is None:
            return replace(self, matrix=matrix)
        return GridMap(
            matrix,
            (self.origin[0] * factor, self.origin[1] * factor),
            self.step * factor,
            self.rest * factor,
        )

    def moved(self, u: float, v: float) -> GridMap:
        """Return the map for lattice coordinates that are larger by (u, v)."""
        shift = np.array([[1.0, 0, -u], [0, 1, -v], [0, 0, 1]])
        return replace(self, matrix=self.matrix @ shift, origin=(self.origin[0] + u, self.origin[1] + v))

    def in_pixels(self, matrix: Float64) -> GridMap:
        """Return the map into other pixels, which ``matrix`` (3 x 3) makes from these."""
        return replace(self, matrix=matrix @ self.matrix)


def inverse(matrix: Float64) -> Float64:
    """Return the matrix of the way back."""
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def apply(matrix: Float64, points: Float64) -> Float64:
    """Return points (n, 2) moved by a projective 3 x 3 matrix."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    last = homogeneous[:, 2:]
    return np.asarray(homogeneous[:, :2] / np.where(np.abs(last) < 1e-9, 1e-9, last))


def warp(
    picture: NDArray[Any],
    to_px: Any,
    size: tuple[int, int],
    *,
    fill: float = 0.0,
    cubic: bool = False,
    coarse: int = 16,
) -> NDArray[Any]:
    """Return a picture of ``size`` (width, height) whose pixel p shows ``picture`` at ``to_px(p)``.

    The map is worked out every ``coarse`` pixels and interpolated in between.
    """
    import cv2

    width, height = size
    columns, rows = -(-width // coarse) + 1, -(-height // coarse) + 1
    x, y = np.meshgrid(np.arange(columns) * float(coarse), np.arange(rows) * float(coarse))
    nodes = to_px(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(rows, columns, 2).astype(np.float32)
    # Bilinear between nodes that lie at pixels 0, coarse, 2 coarse ...
    at_x = np.broadcast_to((np.arange(width, dtype=np.float32) / coarse)[None], (height, width))
    at_y = np.broadcast_to((np.arange(height, dtype=np.float32) / coarse)[:, None], (height, width))
    dense = cv2.remap(nodes, np.ascontiguousarray(at_x), np.ascontiguousarray(at_y), cv2.INTER_LINEAR)
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    return np.asarray(
        cv2.remap(
            picture,
            dense,
            None,  # type: ignore[call-overload]
            cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(fill,) * max(channels, 1),
        )
    )


def simplest(grid: GridMap, points: Float64, tolerance: float) -> GridMap:
    """Return the plainest map within ``tolerance`` of ``grid`` at ``points`` (n, 2), lattice units.

    Drawings and scans are flat: an affine map through hundreds of lines is more exact than what each part of
    the page says about itself. No photograph is upright with equal scales to a part in a thousand: where
    that is so, most of the lines say enough, and the others were followed wrongly (thin lines of a drawing
    lie up to half a pixel beside their place). A photo of flat paper keeps its perspective, and bent paper
    its bend.
    """
    if len(points) < 12:
        return grid
    pixels = grid.to_px(points)
    base = np.column_stack([points, np.ones(len(points))])
    weight = np.ones(len(points))
    for _ in range(4):
        root = np.sqrt(weight)[:, None]
        columns, *_ = np.linalg.lstsq(base * root, pixels * root, rcond=None)
        affine = GridMap(np.vstack([columns.T, [0.0, 0.0, 1.0]]))
        off = np.linalg.norm(affine.to_lattice(pixels) - points, axis=1)
        weight = 1 / (1 + (off / tolerance) ** 2)
    usual, nearly_all = np.percentile(off, [50, 95])
    if nearly_all < tolerance or (_is_upright(affine.matrix) and usual < tolerance):
        return affine
    plane = GridMap(grid.matrix)
    off = np.linalg.norm(plane.to_lattice(pixels) - points, axis=1)
    return plane if np.percentile(off, 95) < tolerance else grid


def _is_upright(matrix: Float64) -> bool:
    """Whether an affine map turns nothing and has equal scales, as only a drawing's has."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    return float(np.abs(matrix[:2, :2] / scale - np.eye(2)).max()) < UPRIGHT
