"""Paper without a visible lattice: turned upright by its own lines."""

from __future__ import annotations

import numpy as np

from einthoven.paper.grid_lattice import paper_light
from einthoven.paper.grid_map import GridMap, inverse, warp
from einthoven.paper.rectify import MOST_MM, PX_PER_MM, Rectified, UInt8, flattened

LEAST_GAIN = 1.15  # the rows of an upright page must differ this much more than those of the page as it is
MOST_PX = 4000


def lay_plain(page: UInt8, mm_per_px: float | None) -> Rectified:
    """Return the page upright; at 8 px/mm where ``mm_per_px`` is known, else about as large as it is.

    Args:
        page: RGB.
        mm_per_px: millimetres of one pixel.
    """
    height, width = page.shape[:2]
    angle = skew(page)
    factor = PX_PER_MM * mm_per_px if mm_per_px else min(1.0, MOST_PX / max(width, height))
    if mm_per_px:
        largest = max(width * factor / (MOST_MM[0] * PX_PER_MM), height * factor / (MOST_MM[1] * PX_PER_MM))
    else:
        largest = 1.0
    turn = np.radians(angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    corners = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [-0.5, height - 0.5], [width - 0.5, height - 0.5]])
    reach = np.abs((corners - centre) @ rotation).max(axis=0) * 2 * factor
    if largest > 1.0:
        reach = np.minimum(reach, np.array(MOST_MM) * PX_PER_MM)
    size = (max(1, round(reach[0])), max(1, round(reach[1])))
    matrix = np.eye(3)
    matrix[:2, :2] = rotation / factor
    matrix[:2, 2] = centre - matrix[:2, :2] @ ((np.array(size) - 1) / 2)
    flat = GridMap(matrix)
    from einthoven.paper.rectify import _reduced

    source, shrunk = _reduced(page, factor * 1.15) if factor < 0.75 else (page, np.eye(3))
    px_per_mm = PX_PER_MM if mm_per_px else max(2.0, max(width, height) / 280)
    drawn = warp(
        flattened(source, px_per_mm), flat.in_pixels(inverse(shrunk)).to_px, size, fill=255, cubic=True
    )
    known = mm_per_px is not None
    return Rectified(
        page=page,
        pixels=np.asarray(drawn, dtype=np.uint8),
        px_per_mm=PX_PER_MM if known else float("nan"),
        to_page=flat.to_px,
        from_page=flat.to_lattice,
        to_page_matrix=flat.matrix,
        grid_found=False,
        scale_known=known,
        confidence=0.0,
        minor_seen=False,
        major_seen=False,
        period_px=float("nan"),
        grid_box=(-0.5, -0.5, size[0] - 0.5, size[1] - 0.5),
        rotation_deg=angle,
        bend_mm=0.0,
        factor=float(factor),
        reason="no lattice found" + ("; scale as stated" if known else "; the scale is not known"),
    )


def skew(page: UInt8, widest: float = 15.0) -> float:
    """Return degrees by which a page is turned clockwise, by how sharply its rows of ink differ."""
    import cv2

    height, width = page.shape[:2]
    shrink = min(1.0, 700 / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    if min(size) < 16:
        return 0.0
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    dark = 1 - (small.astype(np.float32) / paper_light(np.asarray(small, dtype=np.uint8))).mean(axis=2)
    ink = np.clip((dark - 0.15) * 4, 0, 1).astype(np.float32)
    if ink.mean() < 1e-3:
        return 0.0

    def sharpness(angle: float) -> float:
        turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), angle, 1.0)
        rows = cv2.warpAffine(ink, turn, size).mean(axis=1)
        return float((np.diff(rows) ** 2).sum())

    coarse = np.arange(-widest, widest + 0.1, 1.0)
    best = float(coarse[int(np.argmax([sharpness(float(a)) for a in coarse]))])
    fine = best + np.arange(-0.8, 0.81, 0.2)
    best = float(fine[int(np.argmax([sharpness(float(a)) for a in fine]))])
    return best if sharpness(best) > LEAST_GAIN * sharpness(0.0) else 0.0
