"""What kind of ink covers each pixel of a rectified page: trace, print, calibration pulse, column mark.

A small network looks at the page without its light and colour of paper. Grid lines and stains are no ink to
it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32

if TYPE_CHECKING:
    import onnxruntime

UInt8 = npt.NDArray[np.uint8]

WEIGHTS = Path(__file__).with_name("ink_network.onnx")
PX_PER_MM = 8.0  # of the pages it reads
_MULTIPLE = 16  # sides of its input
_TILE, _MARGIN = 768, 64  # px; the margin is more than it looks around itself
_REDUCED = 4  # the paper's colour is looked for in a picture this much smaller
_NEIGHBOURHOOD = 13  # of whose pixels, about 6 mm, some are bare paper


@dataclass(frozen=True, eq=False)
class InkMaps:
    """Coverage 0 to 1 of each pixel by each kind of ink, float32 ``(height, width)`` each."""

    trace: Float32
    text: Float32
    pulse: Float32
    separator: Float32


def ink_strength(pixels: UInt8) -> Float32:
    """Return how much darker than the paper around it each pixel is in red, green and blue.

    Args:
        pixels: RGB, shape ``(height, width, 3)``.

    Returns:
        float32, the same shape: 0 for paper to 1 for black, whatever the light and the colour of the paper.
    """
    import cv2

    height, width = pixels.shape[:2]
    small = cv2.resize(
        pixels,
        (max(1, width // _REDUCED), max(1, height // _REDUCED)),
        interpolation=cv2.INTER_AREA,
    )
    kernel = np.ones((_NEIGHBOURHOOD, _NEIGHBOURHOOD), np.uint8)
    paper = cv2.morphologyEx(cv2.medianBlur(small, 3), cv2.MORPH_CLOSE, kernel)
    paper = cv2.GaussianBlur(paper, (0, 0), _NEIGHBOURHOOD / 2)
    full = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    strength: Float32 = np.clip(1.0 - pixels / np.maximum(full, 16.0), 0.0, 1.0).astype(np.float32)
    return strength


@lru_cache(maxsize=2)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def ink_maps(pixels: UInt8, weights: Path = WEIGHTS) -> InkMaps:
    """Return what covers each pixel of a page of `PX_PER_MM`, RGB of shape ``(height, width, 3)``."""
    strength = ink_strength(pixels)
    height, width = strength.shape[:2]
    out = np.zeros((4, height, width), dtype=np.float32)
    session = _session(weights)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            bottom, right = min(height, top + _TILE), min(width, left + _TILE)
            y0, x0 = max(0, top - _MARGIN), max(0, left - _MARGIN)
            y1, x1 = min(height, bottom + _MARGIN), min(width, right + _MARGIN)
            piece = strength[y0:y1, x0:x1].transpose(2, 0, 1)
            short = [(-side) % _MULTIPLE for side in piece.shape[1:]]
            piece = np.pad(piece, ((0, 0), (0, short[0]), (0, short[1])))
            (cover,) = session.run(None, {"x": np.ascontiguousarray(piece[None])})
            out[:, top:bottom, left:right] = cover[0, :, top - y0 : bottom - y0, left - x0 : right - x0]
    return InkMaps(*out)
