"""Painting anew all that lies around the ECG of a report page: nothing of it may matter."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.paper.report_page_stages import ecg_area

UInt8 = npt.NDArray[np.uint8]
_TEXTS = (
    "City Hospital",
    "ECG Report",
    "Department of Cardiology",
    "12-Lead Electrocardiogram",
    "Patient: X",
    "25 mm/s",
)
WAYS = ("recoloured", "other header", "white", "cut to the ECG", "wide margins", "header below")


def repaint(pixels: UInt8, way: str, chance: np.random.Generator) -> UInt8:
    """Return the page with the same ECG and other surroundings.

    Args:
        pixels: RGB.
        way: one of ``WAYS``: the frame in another colour; that, with texts, a logo and lines; white without
            anything; nothing but the ECG; more paper around, which changes the page's size; the header below.
        chance: decides colours, texts and sizes.
    """
    x0, y0, x1, y1 = ecg_area(pixels)
    inside = pixels[y0:y1, x0:x1]
    height, width = pixels.shape[:2]
    colour = np.array(_colour(chance), dtype=np.uint8)
    if way == "cut to the ECG":
        return inside.copy()
    if way == "white":
        colour = np.array((255, 255, 255), dtype=np.uint8)
    if way == "wide margins":
        extra = chance.integers(width // 20, width // 6, 4)
        page = np.empty((height + extra[0] + extra[1], width + extra[2] + extra[3], 3), np.uint8)
        page[:] = colour
        y0, x0 = y0 + int(extra[0]), x0 + int(extra[2])
    elif way == "header below":
        page = np.empty_like(pixels)
        page[:] = colour
        y0 = height - y1
    else:
        page = np.empty_like(pixels)
        page[:] = colour
    if way in ("other header", "header below", "wide margins"):
        _write(page, y0, y0 + len(inside), chance)
    page[y0 : y0 + len(inside), x0 : x0 + inside.shape[1]] = inside
    return page


def _colour(chance: np.random.Generator) -> tuple[int, int, int]:
    """Return a colour that is no paper: saturated enough to be told from it."""
    base = chance.integers(60, 256, 3)
    base[int(chance.integers(3))] = chance.integers(40, 120)
    return int(base[0]), int(base[1]), int(base[2])


def _write(page: UInt8, top: int, bottom: int, chance: np.random.Generator) -> None:
    """Write texts, a logo and lines above and below the ECG."""
    import cv2

    height, width = page.shape[:2]
    for first, last in ((0, top), (bottom, height)):
        if last - first < height // 25:
            continue
        ink = tuple(int(value) for value in chance.integers(0, 120, 3))
        logo = int(min(last - first, width // 6) * 0.35)
        place = (int(chance.integers(logo, width - logo)), (first + last) // 2)
        cv2.circle(page, place, logo, tuple(int(v) for v in chance.integers(0, 255, 3)), -1)
        scale = (last - first) / 90
        for row in range(2):
            text = _TEXTS[int(chance.integers(len(_TEXTS)))]
            at = (int(chance.integers(0, width // 2)), first + round((last - first) * (0.4 + 0.35 * row)))
            cv2.putText(
                page, text, at, cv2.FONT_HERSHEY_DUPLEX, scale, ink, max(1, round(2 * scale)), cv2.LINE_AA
            )
        y = first + round((last - first) * 0.85)
        cv2.line(page, (width // 5, y), (width - 1, y), ink, max(1, height // 400))
