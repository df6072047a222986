"""Is there a lattice: lines of one spacing in two directions at right angles, at any angle, in any colour?

A lattice gives two equal peaks at right angles in the spectrum of a tile, and the same pair in every tile.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]
Float32 = npt.NDArray[np.float32]

_TILE = 256
_MOST_TILES = 6
_CANDIDATES = 10
_SHORTEST, _LONGEST = 2.6, 64.0  # spacings in pixels


def lattice_features(pixels: UInt8, ink: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Return how strong, how frequent and how much of one spacing lattices are over a picture."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    # The channel that shows coloured lines best on paper of another colour.
    lowest = pixels.min(axis=2).astype(np.float32)
    plane = np.where(ink, np.nan, 0.5 * grey + 0.5 * lowest)
    tiles = _tiles(plane)
    found = np.array([_strongest_pair(tile) for tile in tiles]).reshape(-1, 4)
    strengths, spacings = found[:, 0], found[:, 1]
    if not len(found):
        return dict.fromkeys(_NAMES, 0.0)
    strong = strengths > 8.0
    logs = np.log(spacings[strong]) if strong.any() else np.zeros(1)
    near = np.abs(logs - np.median(logs)) < 0.08
    order = np.sort(strengths)
    values = (
        float(np.log1p(np.median(strengths))),
        float(np.log1p(order[-1])),
        float(np.log1p(order[len(order) // 4])),
        float(strong.mean()),
        float(near.mean() * strong.mean()),
        float(np.median(spacings)),
        float(np.median(found[:, 2])),
        float(np.median(found[:, 3])),
    )
    return dict(zip(_NAMES, values, strict=True))


_NAMES = (
    "lattice",
    "lattice_best",
    "lattice_quarter",
    "lattice_tiles",
    "lattice_same",
    "lattice_spacing",
    "lattice_share",
    "line_share",
)


def _tiles(plane: Float32) -> list[Float32]:
    """Return tiles, at most 6, spread over the picture; what is ink takes the median of its tile."""
    height, width = plane.shape
    side = min(_TILE, height, width)
    if side < 32:
        return []
    rows = max(1, min(2, round(height / side)))
    columns = max(1, min(_MOST_TILES // rows, round(width / side)))
    tiles = []
    for top in np.linspace(0, height - side, rows).astype(int):
        for left in np.linspace(0, width - side, columns).astype(int):
            tile = plane[top : top + side, left : left + side]
            known = np.isfinite(tile)
            if known.mean() < 0.3:
                continue
            tiles.append(np.where(known, tile, np.float32(np.median(tile[known]))))
    return tiles


def _strongest_pair(tile: Float32) -> tuple[float, float, float, float]:
    """Return strength, spacing, share of the strongest pair of waves at right angles; a single one's share.

    Strength is the weaker peak of the pair over the median of the spectrum at the same distance from 0.
    """
    import cv2

    side = len(tile)
    small = (side // 8) | 1
    flat = tile - cv2.blur(tile, (small, small))
    spread = float(flat.std())
    if spread < 0.05:
        return 0.0, 0.0, 0.0, 0.0
    window = np.hanning(side).astype(np.float32)
    flat = np.clip(flat, -3 * spread, 3 * spread) * window * window[:, np.newaxis]
    power = np.abs(np.fft.fftshift(np.fft.fft2(flat))) ** 2
    # A line between two points of the spectrum is as strong as one on a point.
    power = cv2.GaussianBlur(power.astype(np.float32), (0, 0), 0.8)
    middle = side // 2
    y, x = np.indices(power.shape) - middle
    radius = np.hypot(x, y)
    band = (radius > side / _LONGEST) & (radius < side / _SHORTEST)
    ring = radius.astype(int)
    total = np.bincount(ring.ravel(), power.ravel())
    typical = total / np.maximum(np.bincount(ring.ravel()), 1)
    # The mean of a ring holds its peaks; its lower half does not, and a third of the mean is near that.
    floor = 0.3 * typical[ring] + 1e-3 * power[band].mean()
    relative = np.where(band & (y >= 0), power, 0.0)
    whole = float(power[band].sum())
    best = (0.0, 0.0, 0.0)
    single = 0.0
    for _ in range(_CANDIDATES):
        row, column = np.unravel_index(int(relative.argmax()), relative.shape)
        peak = float(power[row, column])
        if peak <= 0:
            break
        dy, dx = int(row) - middle, int(column) - middle
        relative[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4] = 0.0
        single = max(single, peak / whole)
        reach = max(2, round(0.08 * np.hypot(dx, dy)))
        other_row, other_column = middle + dx, middle - dy
        around = (
            slice(max(0, other_row - reach), other_row + reach + 1),
            slice(max(0, other_column - reach), other_column + reach + 1),
        )
        across = power[around]
        if across.size == 0:
            continue
        partner = float(across.max())
        weaker = min(peak, partner)
        strength = weaker / float(floor[row, column])
        if strength > best[0]:
            best = (strength, side / float(np.hypot(dx, dy)), weaker / whole)
    return best[0], best[1], best[2], single
