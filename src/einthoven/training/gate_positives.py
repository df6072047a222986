"""Pictures that are ECGs, drawn from recordings: pages, strips, beats, monitors, flat or photographed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from einthoven.paper.degrade import degrade
from einthoven.paper.specimen import draw_specimen
from einthoven.paper.specimen_looks import random_style
from einthoven.recording import STANDARD_LEADS, Recording

UInt8 = npt.NDArray[np.uint8]
Rng = np.random.Generator

_PHOSPHOR = ((60, 255, 90), (70, 240, 240), (255, 240, 80), (250, 250, 250), (255, 120, 120), (120, 170, 255))


def draw_page(recording: Recording, rng: Rng) -> tuple[str, UInt8]:
    """Return ``page12`` or ``strip`` and a page of a twelve-lead recording, as drawn or as photographed."""
    # The gate looks at 800 pixels: pages of few pixels a millimetre are drawn much faster and look the same.
    style = replace(random_style(rng), px_per_mm=float(rng.uniform(3.0, 6.0)))
    page = draw_specimen(recording, style, rng)
    severity = str(rng.choice(["none", "light", "medium", "hard"], p=[0.3, 0.25, 0.25, 0.2]))
    if severity != "none":
        page = degrade(page, severity, rng)  # type: ignore[arg-type]
    return ("strip" if style.layout == "strip" else "page12"), page.pixels


def _stretch(recording: Recording, rng: Rng, lead: int, seconds: float) -> npt.NDArray[np.float64]:
    n = min(recording.n_samples, max(8, round(seconds * recording.fs)))
    start = int(rng.integers(0, recording.n_samples - n + 1))
    values = recording.signals[lead, start : start + n].astype(np.float64)
    return np.nan_to_num(values - np.nanmedian(values))


def _polyline(canvas: UInt8, points: npt.NDArray[np.float64], colour: Sequence[int], width: int) -> None:
    import cv2

    fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
    cv2.polylines(canvas, [fixed], False, tuple(map(int, colour)), width, cv2.LINE_AA, shift=4)


def _label(canvas: UInt8, text: str, x: float, y: float, size: float, colour: Sequence[int]) -> None:
    import cv2

    face = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(canvas, text, (int(x), int(y)), face, size, tuple(map(int, colour)), 1, cv2.LINE_AA)


def draw_strip(recording: Recording, rng: Rng) -> tuple[str, UInt8]:
    """Return a rhythm strip, or leads under each other: another hand than ``draw_page``'s, plain grid."""
    leads = int(rng.integers(1, min(4, recording.n_leads) + 1))
    per_mm = rng.uniform(2.5, 5.0)
    seconds = rng.uniform(3.0, 10.0)
    wide, high = int(seconds * 25 * per_mm), int((leads * rng.uniform(18, 40) + 6) * per_mm)
    ground = np.array(
        ((255, 255, 255), (255, 240, 240), (253, 246, 227), (235, 245, 255))[int(rng.integers(4))]
    )
    canvas = np.full((high, wide, 3), ground, dtype=np.uint8)
    tint = np.array(
        ((240, 150, 160), (150, 180, 230), (160, 205, 160), (180, 180, 180))[int(rng.integers(4))]
    )
    if rng.random() < 0.85:
        for step, share in ((1, 0.35), (5, 1.0)):
            if step == 1 and rng.random() < 0.3:
                continue
            colour = ground + share * (tint - ground)
            for x in np.arange(rng.uniform(0, 5) * per_mm, wide, step * per_mm):
                _polyline(canvas, np.array([[x, 0.0], [x, high]]), colour, 1)
            for y in np.arange(rng.uniform(0, 5) * per_mm, high, step * per_mm):
                _polyline(canvas, np.array([[0.0, y], [wide, y]]), colour, 1)
    ink = (int(rng.integers(0, 60)),) * 3 if rng.random() < 0.8 else (30, 30, 160)
    first = int(rng.integers(0, recording.n_leads - leads + 1))
    for row in range(leads):
        values = _stretch(recording, rng, first + row, seconds)
        y = high * (row + 0.6) / leads - 10 * per_mm * values
        xs = np.linspace(0, wide, len(values))
        _polyline(canvas, np.column_stack([xs, y]), ink, max(1, round(per_mm * rng.uniform(0.15, 0.45))))
        if rng.random() < 0.7:
            _label(
                canvas, recording.leads[first + row], 8, high * (row + 0.25) / leads, per_mm / 9 + 0.25, ink
            )
    return "strip", photographed(canvas, rng) if rng.random() < 0.5 else canvas


def draw_beat(recording: Recording, rng: Rng) -> tuple[str, UInt8]:
    """Return the drawing of a single beat: a near-empty picture with one curve, sometimes with axes."""
    wide = int(rng.integers(64, 640))
    high = int(wide * rng.uniform(0.5, 1.0))
    dark = rng.random() < 0.1
    canvas = np.full((high, wide, 3), 15 if dark else int(rng.integers(240, 256)), dtype=np.uint8)
    values = _stretch(recording, rng, int(rng.integers(recording.n_leads)), rng.uniform(0.5, 1.1))
    spread = float(np.ptp(values)) or 1.0
    margin = rng.uniform(0.02, 0.18)
    y = high * (1 - margin - (1 - 2 * margin) * (values - values.min()) / spread)
    x = np.linspace(wide * margin, wide * (1 - margin), len(values))
    bright = ((235, 235, 235), (60, 255, 90))[int(rng.integers(2))]
    ink = bright if dark else ((0, 0, 0), (31, 119, 180), (60, 60, 60), (200, 30, 30))[int(rng.integers(4))]
    _polyline(canvas, np.column_stack([x, y]), ink, int(rng.integers(1, 2 + wide // 200)))
    if rng.random() < 0.25:
        frame = np.array(
            [[1, 1], [1, high - 2], [wide - 2, high - 2], [wide - 2, 1], [1, 1]], dtype=np.float64
        )
        _polyline(canvas, frame if rng.random() < 0.5 else frame[:3], ink, 1)
    return "beat", canvas


def draw_monitor(recording: Recording, rng: Rng) -> tuple[str, UInt8]:
    """Return a monitor's screen: bright traces and numbers on dark, sometimes photographed with moire."""
    import cv2

    wide, high = int(rng.integers(480, 1200)), int(rng.integers(320, 900))
    canvas = np.full((high, wide, 3), rng.integers(0, 36, 3), dtype=np.uint8)
    rows = int(rng.integers(1, 7))
    right = int(wide * rng.uniform(0.68, 1.0))
    n_ecg = max(1, rows - int(rng.integers(0, 3)))
    if rng.random() < 0.25:
        step = rng.uniform(15, 60)
        for x in np.arange(0, right, step):
            _polyline(canvas, np.array([[x, 0.0], [x, high]]), (40, 55, 45), 1)
        for y in np.arange(0, high, step):
            _polyline(canvas, np.array([[0.0, y], [right, y]]), (40, 55, 45), 1)
    for row in range(rows):
        colour = _PHOSPHOR[int(rng.integers(len(_PHOSPHOR)))]
        middle = high * (row + 0.55) / rows
        seconds = rng.uniform(3, 8)
        if row < n_ecg:
            values = _stretch(recording, rng, int(rng.integers(recording.n_leads)), seconds)
            values = values / (np.abs(values).max() or 1.0)
        else:  # pulse oximetry or breath
            t = np.linspace(0, seconds * rng.uniform(0.25, 1.3), 600)
            values = 0.7 * (np.exp(-3 * (t % 1)) - 0.3 * np.exp(-(((t % 1 - 0.35) / 0.1) ** 2)) - 0.4)
        x = np.linspace(6, right - 8, len(values))
        y = middle - rng.uniform(0.25, 0.45) * high / rows * values
        _polyline(canvas, np.column_stack([x, y]), colour, int(rng.integers(1, 4)))
        _label(
            canvas,
            str(rng.choice([*STANDARD_LEADS, "Pleth", "Resp"])),
            8,
            middle - 0.3 * high / rows,
            0.6,
            colour,
        )
        if right < wide - 60:
            size = rng.uniform(0.8, 2.4) * wide / 900
            _label(canvas, str(int(rng.integers(12, 190))), right + 10, middle, size, colour)
    if rng.random() < 0.4:
        stripes = 1 + 0.12 * np.sin(
            np.arange(high)[:, np.newaxis] * rng.uniform(0.3, 2.8) + np.arange(wide) * 0.05
        )
        canvas = np.clip(canvas * stripes[:, :, np.newaxis], 0, 255).astype(np.uint8)
        canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.3, 1.2)), dtype=np.uint8)
    return "monitor", photographed(canvas, rng) if rng.random() < 0.5 else canvas


def photographed(pixels: UInt8, rng: Rng) -> UInt8:
    """Return any flat picture as a camera might see it: turned, tilted, unevenly lit, noisy, compressed."""
    import cv2

    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    angle = np.deg2rad(rng.uniform(-12, 12))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = np.array([width, height])
    moved = ((corners - size / 2) @ turn.T * rng.uniform(0.75, 1.1) + size / 2) * 1.0
    moved += rng.normal(0, 0.02, (4, 2)) * size
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    beyond = tuple(int(value) for value in rng.integers(20, 220, 3))
    seen = cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_AREA, borderValue=beyond)
    y, x = np.indices((height, width), dtype=np.float32)
    light = 1 + rng.uniform(-0.3, 0.3) * (x / width - 0.5) + rng.uniform(-0.3, 0.3) * (y / height - 0.5)
    seen = seen * light[:, :, np.newaxis] * rng.uniform(0.6, 1.05, 3).astype(np.float32) ** 0.5
    seen = cv2.GaussianBlur(seen, (0, 0), rng.uniform(0.2, 1.4))
    seen = seen + rng.normal(0, rng.uniform(0, 8), seen.shape)
    eight = np.clip(seen, 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", eight, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 95))])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)


def draw_positive(recording: Recording, rng: Rng) -> tuple[str, UInt8]:
    """Return the kind (``page12 strip beat monitor``) and the pixels of one ECG."""
    makers: list[Callable[[Recording, Rng], tuple[str, UInt8]]] = [draw_strip, draw_beat, draw_monitor]
    if set(STANDARD_LEADS) <= set(recording.leads):
        makers = [draw_page, draw_page, draw_page, *makers]
    return makers[int(rng.integers(len(makers)))](recording, rng)
