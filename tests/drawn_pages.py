"""Report pages drawn for tests: coloured frame, three rows of four leads, rhythm strip, dotted paper."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate

ROWS = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))


def recording(rate: float = 72.0, seed: int = 0) -> Recording:
    """A record of 10 s with all twelve leads."""
    return simulate(10.0, 500.0, STANDARD_LEADS, heart_rate=rate, seed=seed)


def shown(record: Recording) -> Recording:
    """What a page shows of a record: 2.5 s of each lead, all of lead II."""
    signals = np.full_like(record.signals, np.nan)
    for row in ROWS:
        for column, lead in enumerate(row):
            i = STANDARD_LEADS.index(lead)
            signals[i, column * 1250 : (column + 1) * 1250] = record.signals[
                i, column * 1250 : (column + 1) * 1250
            ]
    signals[1] = record.signals[1]
    return Recording(signals, record.fs, record.leads, name="page")


def page(record: Recording, scale: float = 4.0, frame: tuple[int, int, int] = (247, 162, 170)) -> np.ndarray:
    """The page as pixels, ``scale`` px/mm; the ECG lies at `area` times ``scale``."""
    height, width = round(200 * scale), round(281 * scale)
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:] = frame
    x0, y0, x1, y1 = (round(v * scale) for v in (9, 36, 276, 192))
    pixels[y0:y1, x0:x1] = 255
    for mm in range(0, 267, 5):
        x = x0 + round(mm * scale)
        if x < x1:
            pixels[y0:y1:2, x] = (225, 220, 220)
    for mm in range(0, 156, 5):
        pixels[y0 + round(mm * scale), x0:x1:2] = (225, 220, 220)
    cv2.putText(pixels, "ECG Report", (round(80 * scale), round(20 * scale)), 0, scale / 4, (0, 0, 0), 2)
    thick = max(1, round(scale / 3))
    left = 19.5
    for row in range(4):
        base = 58.0 + 38.0 * row
        names = ROWS[row] if row < 3 else ("II",)
        pulse = [(12, 0), (13, 0), (13, -10), (15.5, -10), (15.5, 0), (16.5, 0)]
        points = np.array([((x) * scale, (base + y) * scale) for x, y in pulse])
        cv2.polylines(pixels, [np.rint(points).astype(np.int32)], False, (0, 0, 0), thick)
        for column, lead in enumerate(names):
            seconds = 2.5 if row < 3 else 10.0
            n = round(seconds * record.fs)
            signal = record.signals[record.leads.index(lead), column * n : (column + 1) * n]
            x = (left + 62.5 * column + np.arange(n) / record.fs * 25.0) * scale
            y = (base - 10.0 * signal) * scale
            cv2.polylines(
                pixels, [np.rint(np.stack([x, y], 1)).astype(np.int32)], False, (0, 0, 0), thick, cv2.LINE_AA
            )
            place = (round((left + 62.5 * column) * scale), round((base - 4) * scale))
            cv2.putText(pixels, lead, place, 0, scale / 10, (0, 0, 0), 1, cv2.LINE_AA)
    for column in (1, 2, 3):
        x = round((left + 62.5 * column) * scale)
        cv2.line(pixels, (x, round(52 * scale)), (x, round(140 * scale)), (0, 0, 0), max(1, round(scale / 5)))
    return pixels


def write_pages(root: Path, folders: dict[str, float], n: int = 2) -> Path:
    """Write ``n`` pages of each folder, which differ in heart rate."""
    for folder, rate in folders.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            pixels = page(recording(rate + 2 * i, seed=i), scale=3.5)
            cv2.imwrite(str(root / folder / f"{folder[:2]}_{i}.png"), pixels[..., ::-1])
    return root
