"""Examples for the ink network: squares of rectified pages with the coverage of each kind of ink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.paper.ink import PX_PER_MM, UInt8
from einthoven.paper.specimen import Specimen, draw_specimen, random_style
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.training.page_ink_network import KINDS

SIZE = 256  # px, 32 mm
UNUSUAL = 0.25  # of the pages: gains and speeds that are rare, whose pulses are tall, low or wide
SCALE_ERROR = 0.02  # of a scale that was measured
TURN = np.deg2rad(0.8)  # left by the rectification

Rng = np.random.Generator


def specimens(signals: Any, fs: float, rng: Rng, severities: Sequence[str | None]) -> Iterator[Specimen]:
    """Yield pages of records without end.

    Args:
        signals: float millivolt, shape ``(n_records, 12, n_samples)``, leads in standard order.
        fs: Hz.
        rng: chooses records, looks and damage.
        severities: of the degrader, one is chosen each time; None leaves the page as printed.
    """
    while True:
        record = np.asarray(signals[int(rng.integers(len(signals)))], dtype=np.float32)
        style = random_style(rng)
        if rng.random() < UNUSUAL:
            gain, speed = (float(rng.choice(choice)) for choice in ([5.0, 10.0, 20.0], [25.0, 25.0, 50.0]))
            style = replace(style, gain=gain, speed=speed, seconds=10.0 * 25.0 / speed, pulse="left")
        page = draw_specimen(Recording(record, fs, STANDARD_LEADS), style, rng)
        severity = severities[int(rng.integers(len(severities)))]
        if severity is not None:
            from einthoven.paper.degrade import degrade

            page = degrade(page, severity, rng)  # type: ignore[arg-type]
        yield page


def cut(page: Specimen, rng: Rng, count: int) -> tuple[UInt8, UInt8]:
    """Cut squares of about `PX_PER_MM` out of a page, as the rectification would leave them.

    Returns:
        pixels, shape ``(count, SIZE, SIZE, 3)``, and coverage 0 to 255, ``(count, SIZE, SIZE, len(KINDS))``.
    """
    pixels = np.empty((count, SIZE, SIZE, 3), np.uint8)
    cover = np.empty((count, SIZE, SIZE, len(KINDS)), np.uint8)
    layers = np.dstack([page.masks[kind] for kind in KINDS])
    for i in range(count):
        px_per_mm = PX_PER_MM * (1 + rng.uniform(-SCALE_ERROR, SCALE_ERROR))
        at = (
            page.mm_to_px(_square(_centre(page, rng), rng, px_per_mm))
            .reshape(SIZE, SIZE, 2)
            .astype(np.float32)
        )
        ratio = float(np.hypot(*(at[1:, 1:] - at[:-1, :-1]).reshape(-1, 2).mean(axis=0))) / np.sqrt(2)
        pixels[i] = sample(page.pixels, at, ratio, page.pixels[0, 0].tolist())
        cover[i] = sample(layers, at, ratio, 0)
    return pixels, cover


def weather(pixels: UInt8, rng: Rng) -> UInt8:
    """Change light, sharpness, noise and compression of one square at random."""
    import cv2

    out = pixels.astype(np.float32)
    if rng.random() < 0.5:
        along = np.linspace(-1, 1, SIZE, dtype=np.float32)
        slope = rng.uniform(-0.25, 0.25, 2)
        out *= (1 + slope[0] * along[:, None] + slope[1] * along)[..., None] * rng.uniform(0.6, 1.05)
    if rng.random() < 0.3:
        out *= rng.uniform(0.8, 1.0, 3).astype(np.float32)
    if rng.random() < 0.35:
        out = np.asarray(cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.6)), dtype=np.float32)
    if rng.random() < 0.5:
        out += rng.normal(0, rng.uniform(1, 8), out.shape).astype(np.float32)
    squeezed = np.clip(out, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        done, data = cv2.imencode(".jpg", squeezed, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 95))])
        assert done
        squeezed = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    return squeezed


def _centre(page: Specimen, rng: Rng) -> Float64:
    """Somewhere on the page, in mm: mostly near a trace, its beginning above all."""
    lead = page.leads[int(rng.integers(len(page.leads)))]
    choice = rng.random()
    if choice < 0.15:
        height, width = page.pixels.shape[:2]
        return rng.uniform(0, 1, 2) * (width, height) / page.px_per_mm
    along = rng.uniform(-0.05, 1.02) if choice < 0.7 else rng.normal(0, 0.05)
    x = lead.x_mm + along * lead.seconds * page.speed
    return np.array([x, lead.zero_mm + rng.normal(0, 8)])


def _square(centre: Float64, rng: Rng, px_per_mm: float) -> Float64:
    """Positions in mm of the pixels of a slightly turned square, shape ``(SIZE * SIZE, 2)``."""
    along = (np.arange(SIZE) - (SIZE - 1) / 2) / px_per_mm
    x, y = np.meshgrid(along, along)
    angle = rng.uniform(-TURN, TURN)
    turned = np.stack((x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)), axis=-1)
    return (turned + centre).reshape(-1, 2)


def sample(picture: UInt8, at: Any, ratio: float, border: Any) -> UInt8:
    """Pixels at positions ``at (height, width, 2)``, smoothed first where the picture is finer than that."""
    import cv2

    x0, y0 = np.floor(at.reshape(-1, 2).min(axis=0)).astype(int) - 8
    x1, y1 = np.ceil(at.reshape(-1, 2).max(axis=0)).astype(int) + 9
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(width, x1), min(height, y1)
    if x1 - x0 < 2 or y1 - y0 < 2:
        out = np.empty((*at.shape[:2], picture.shape[2]), np.uint8)
        out[:] = border
        return out
    part = picture[y0:y1, x0:x1]
    if ratio > 1.15:
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), 0.4 * ratio), dtype=np.uint8)
    how = cv2.INTER_CUBIC if ratio < 1 else cv2.INTER_LINEAR
    x, y = (
        np.ascontiguousarray(at[..., k] - first) for k, first in enumerate((np.float32(x0), np.float32(y0)))
    )
    value = border if isinstance(border, list) else [0, 0, 0, 0]
    sampled = cv2.remap(part, x, y, how, borderMode=cv2.BORDER_CONSTANT, borderValue=value)
    return np.asarray(sampled, dtype=np.uint8)
