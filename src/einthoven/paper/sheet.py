"""How far a sheet of paper goes on around what is known to be on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from einthoven.paper.grid_lattice import paper_light
from einthoven.paper.grid_map import Float64, GridMap

STEP_MM = 2.5  # between the places that are looked at
SAME = (0.06, 0.015, 0.015)  # by which light and colours of one sheet may change over a step, as a share
RIM_MM = 7.5  # added, since near its border a sheet takes on the light of what lies behind it


def sheet_box(
    picture: NDArray[np.uint8], grid: GridMap, nodes: Float64, most_mm: tuple[float, float]
) -> Float64:
    """Return the box of the sheet around places that are on it.

    Light changes little from place to place on paper, folds and soft shadows among it, and its colour hardly;
    at its border one of them does. What is reached from it by a narrow way alone is not of the sheet.

    Args:
        picture: RGB, shape ``(height, width, 3)``; some 400 px do.
        grid: from mm to pixels of ``picture``.
        nodes: mm, shape ``(n, 2)``, x before y: places on the sheet, one at least.
        most_mm: width and height that are looked at, around the nodes.

    Returns:
        left, top, right, bottom, mm; the box of the nodes where none of them lies in the picture.
    """
    import cv2

    red, green, blue = np.moveaxis(np.log(paper_light(picture, 2)), 2, 0)
    light = np.stack(((red + green + blue) / 3, red - green, blue - green), axis=2)
    low, high = nodes.min(axis=0), nodes.max(axis=0)
    room = np.maximum((np.array(most_mm) - (high - low)) / 2, STEP_MM)
    x, y = (np.arange(a, b, STEP_MM) for a, b in zip(low - room, high + room, strict=True))
    places = np.stack(np.meshgrid(x, y), axis=-1)
    at = grid.to_px(places).astype(np.float32).reshape(places.shape)
    outside = (at < 0).any(axis=2) | (at > np.array(picture.shape[1::-1]) - 1).any(axis=2)
    shade = cv2.remap(light, at, None, cv2.INTER_LINEAR)  # type: ignore[call-overload]
    mask = np.pad(outside, 1, constant_values=True).astype(np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | (2 << 8)
    for column, row in np.round((nodes - (x[0], y[0])) / STEP_MM).astype(int).tolist():
        if not mask[row + 1, column + 1]:
            cv2.floodFill(shade, mask, (column, row), 0, SAME, SAME, flags)
    sheet = mask[1:-1, 1:-1] == 2
    if not sheet.any():
        return np.concatenate((low, high))
    sides = []
    for along, count in ((x, sheet.sum(axis=0)), (y, sheet.sum(axis=1))):
        broad = along[count >= count.max() / 2]
        sides.append((broad[0] - RIM_MM, broad[-1] + RIM_MM))
    return np.array(sides).T.ravel()
