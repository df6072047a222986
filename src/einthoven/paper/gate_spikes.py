"""Thin, tall strokes of ink as QRS complexes leave them: how many, how tall, how regular."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BANDS = 6


def spike_features(mask: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Return what thin, tall strokes there are in a mask of ink, and how regularly they follow each other.

    A stroke is ink taller than 1.5 % of the longer side, narrower than that, and no line through the page.
    """
    import cv2

    height, width = mask.shape
    tall = max(8, round(0.015 * max(height, width)))
    ink = mask.astype(np.uint8)
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((tall, 1), np.uint8))
    solid = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((tall, max(3, tall // 2)), np.uint8))
    upright[solid > 0] = 0
    _, _, stats, centres = cv2.connectedComponentsWithStats(upright, connectivity=8)
    high, wide = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH]
    stroke = (high < 0.35 * height) & (wide <= tall)
    through = float((high >= 0.35 * height).sum())
    tops = high[stroke].astype(np.float64)
    at = centres[1:][stroke]
    rhythm, best = _rhythm(at, height, width)
    return {
        "strokes": float(np.log1p(stroke.sum())),
        "strokes_through": float(np.log1p(through)),
        "stroke_height": float(np.median(tops) / height) if tops.size else 0.0,
        "stroke_spread": float(tops.std() / tops.mean()) if tops.size else 0.0,
        "stroke_rows": float(np.std(at[:, 1]) / height) if tops.size else 0.0,
        "rhythm": rhythm,
        "rhythm_best": best,
    }


def _rhythm(at: npt.NDArray[np.float64], height: int, width: int) -> tuple[float, float]:
    """Return how strongly strokes repeat at one distance: the median and the best band of rows."""
    found = []
    n = 256
    for band in range(_BANDS):
        within = (at[:, 1] >= height * band / _BANDS) & (at[:, 1] < height * (band + 1) / _BANDS)
        if within.sum() < 4:
            continue
        places = np.minimum((at[within, 0] / width * n).astype(int), n - 1)
        comb = np.convolve(np.bincount(places, minlength=n) > 0, [0.5, 1.0, 0.5], "same")
        comb = comb - comb.mean()
        spectrum = np.abs(np.fft.rfft(comb, 2 * n)) ** 2
        lags = np.fft.irfft(spectrum)[:n] / max(float(np.dot(comb, comb)), 1e-9)
        found.append(float(lags[8 : n // 2].max()))
    return (float(np.median(found)), max(found)) if found else (0.0, 0.0)
