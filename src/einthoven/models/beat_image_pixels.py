"""The drawing of a beat as networks of pixels take it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UInt8 = npt.NDArray[np.uint8]


def prepare_pixels(pixels: UInt8, size: int, colour: bool) -> UInt8:
    """Return a picture resized to ``size`` each way, uint8, shape ``(3 or 1, size, size)``.

    Args:
        pixels: grey ``(height, width)`` or RGB ``(height, width, 3)``.
        size: pixels each way.
        colour: three channels, RGB; else one, grey (ITU-R BT.601 weights).
    """
    import cv2

    if colour and pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, np.newaxis], 3, axis=2)
    if not colour and pixels.ndim == 3:
        pixels = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    smaller = min(pixels.shape[:2]) > size
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    resized = np.asarray(
        cv2.resize(np.ascontiguousarray(pixels), (size, size), interpolation=method), np.uint8
    )
    return np.ascontiguousarray(resized.transpose(2, 0, 1)) if resized.ndim == 3 else resized[np.newaxis]
