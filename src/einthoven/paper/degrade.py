"""Pages printed, used and photographed: a specimen in, the same specimen as a camera would see it out.

One backward map moves picture and masks, and its exact inverse moves the truth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from einthoven.errors import SignalError, did_you_mean
from einthoven.paper import degrade_camera as camera
from einthoven.paper import degrade_paper as paper
from einthoven.paper.degrade_warp import Bend, Warp, WarpedMap, look_at, random_bend
from einthoven.paper.drawing import Float64
from einthoven.paper.specimen import Specimen, UInt8, sample_range
from einthoven.recording import Float32, Recording

SEVERITIES = ("light", "medium", "hard")
LEAST_PX_PER_MM = 3.0
MOST_PIXELS = 5_000_000
Severity = Literal["light", "medium", "hard"]


@dataclass(frozen=True, slots=True)
class _Hardship:
    """Upper ends of what may happen; probabilities where the name says so."""

    scan: float  # probability of a flatbed scanner instead of a camera
    rotation_deg: float
    tilt_deg: float
    slope: float
    creases: int
    smaller: float  # down to this share of the page's pixels
    light: float
    shadow: float  # probability; and half of it is its depth
    stains: int
    scribbles: int
    fade: float
    defocus_mm: float
    motion_mm: float
    noise: float
    cast: float
    contrast: float
    moire: float  # probability
    resample: float  # down to this share
    jpeg: tuple[int, int]
    cut: float  # probability that the picture ends within the ECG


_HARDSHIPS = {
    "light": _Hardship(
        0.6, 2.0, 5.0, 0.01, 0, 0.75, 0.15, 0.15, 0, 1, 0.15, 0.05, 0.0, 2.0, 0.03, 0.06, 0.0, 0.9,
        (80, 97), 0.0,
    ),
    "medium": _Hardship(
        0.25, 6.0, 14.0, 0.03, 2, 0.55, 0.35, 0.45, 1, 2, 0.35, 0.09, 0.12, 5.0, 0.06, 0.12, 0.06, 0.7,
        (55, 92), 0.02,
    ),
    "hard": _Hardship(
        0.08, 15.0, 24.0, 0.06, 4, 0.45, 0.6, 0.7, 3, 4, 0.5, 0.14, 0.3, 10.0, 0.10, 0.2, 0.15, 0.55,
        (35, 85), 0.04,
    ),
}  # fmt: skip


def degrade(specimen: Specimen, severity: Severity, rng: np.random.Generator) -> Specimen:
    """Use, crumple and photograph a page.

    Args:
        specimen: from `draw_specimen` (or degraded already).
        severity: ``light`` (a good scan), ``medium`` (a photograph), ``hard`` (a bad one: up to 15°
            turned, tilted, bent, folded, stained, shadows, blur, strong compression).
        rng: the same state gives the same picture.

    Returns:
        The specimen with new ``pixels``, ``masks``, ``mm_to_px`` and ``signals`` (NaN beyond the picture).
        What was written by hand is in no mask.

    Raises:
        SignalError: the severity is none of those.
    """
    if severity not in _HARDSHIPS:
        raise SignalError(
            f"Severity {severity!r} is not known; allowed: {', '.join(SEVERITIES)}."
            f"{did_you_mean(severity, SEVERITIES)}"
        )
    hard = _HARDSHIPS[severity]
    scanned = bool(rng.random() < hard.scan)
    sheet, masks, shrink = _shrink(specimen, rng, hard)
    per_mm = specimen.px_per_mm * shrink[0]
    height, width = sheet.shape[:2]
    n_creases = int(rng.integers(0, hard.creases + 1)) if rng.random() < 0.6 else 0
    slope = 0.0 if scanned else float(rng.uniform(0.0, hard.slope))
    bend = random_bend(rng, width, height, slope, n_creases, per_mm)
    _use(sheet, specimen, rng, hard, per_mm)
    paper.shade_creases(sheet, rng, bend, rng.uniform(0.04, 0.16))

    turned = float(rng.uniform(-1, 1) * hard.rotation_deg * (0.3 if scanned else 1.0))
    flat = WarpedMap(specimen.mm_to_px, shrink, Warp(Bend.none(), np.eye(3)))
    tilted = Warp(bend, look_at(rng, width, height, turned, 0.0 if scanned else hard.tilt_deg))
    warp, size = _frame(tilted, replace(specimen, mm_to_px=flat), (width, height), rng, hard.cut)
    picture, page, masks = _photograph(sheet, masks, warp, size)
    picture = _scene(picture, page, rng, hard, per_mm, scanned)
    pixels = _develop(picture, rng, hard, per_mm, scanned)
    mapped = WarpedMap(specimen.mm_to_px, shrink, warp)
    changed = replace(specimen, pixels=pixels, masks=masks, mm_to_px=mapped)
    return replace(changed, signals=_still_visible(changed))


def _shrink(
    specimen: Specimen, rng: np.random.Generator, hard: _Hardship
) -> tuple[Float32, dict[str, UInt8], tuple[float, float]]:
    """Return the page and its masks at about the resolution of the photograph, and the factors x, y."""
    import cv2

    height, width = specimen.pixels.shape[:2]
    least = min(1.0, max(hard.smaller, LEAST_PX_PER_MM / specimen.px_per_mm))
    most = max(least, min(1.0, float(np.sqrt(MOST_PIXELS / (width * height)))))
    scale = float(rng.uniform(least, most))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if size == (width, height):
        return specimen.pixels.astype(np.float32), dict(specimen.masks), (1.0, 1.0)
    sheet = cv2.resize(specimen.pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    masks = {
        name: np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        for name, mask in specimen.masks.items()
    }
    return sheet, masks, (size[0] / width, size[1] / height)


def _use(
    sheet: Float32, specimen: Specimen, rng: np.random.Generator, hard: _Hardship, per_mm: float
) -> None:
    if rng.random() < 0.5:
        paper.fade(sheet, rng, rng.uniform(0.0, hard.fade), specimen.style.ground)
    for _ in range(int(rng.integers(0, hard.scribbles + 1)) if rng.random() < 0.6 else 0):
        paper.write_by_hand(sheet, rng, per_mm)
    for _ in range(int(rng.integers(0, hard.stains + 1)) if rng.random() < 0.5 else 0):
        paper.stain(sheet, rng, per_mm)
    paper.grain(sheet, rng, rng.uniform(0.3, 2.0))


def _frame(
    warp: Warp, specimen: Specimen, page_size: tuple[int, int], rng: np.random.Generator, cut: float
) -> tuple[Warp, tuple[int, int]]:
    """Choose what of the scene the picture shows: from just the ECG to the page with desk around it."""
    width, height = page_size
    page = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    outer = _bounds(warp.forward(page))
    inner = _bounds(warp.forward(_corners_of_ecg(specimen, page_size)))
    room = np.array([1, 1, -1, -1]) * 0.06 * np.tile(outer[2:] - outer[:2], 2)
    if rng.random() < cut:
        share = rng.uniform(-0.12, 0.5, 4)  # below 0: within the ECG
        borders = inner + share * (outer - inner) - np.minimum(share, 0.0) * room
    else:
        share = rng.uniform(0.0, 1.0, 4) * float(rng.choice([0.35, 1.0]))
        borders = inner + share * (outer - room - inner)
    left, top, right, bottom = borders
    matrix = np.array([[1, 0, -left], [0, 1, -top], [0, 0, 1]]) @ warp.camera
    size = max(16, int(np.ceil(right - left))), max(16, int(np.ceil(bottom - top)))
    return Warp(warp.bend, matrix), size


def _bounds(points: Float64) -> Float64:
    return np.concatenate((points.min(axis=0), points.max(axis=0)))


def _corners_of_ecg(specimen: Specimen, page_size: tuple[int, int]) -> Float64:
    """Return corners, in pixels of the page, of the box around all visible samples and lead names."""
    tracks = [specimen.trace_px(lead) for lead in specimen.leads]
    tracks = [track[np.isfinite(track[:, 0])] for track in tracks]
    labels = [
        specimen.mm_to_px([(x, y), (x + w, y + h)])
        for x, y, w, h in (lead.label for lead in specimen.leads if lead.label)
    ]
    left, top, right, bottom = _bounds(np.vstack([*tracks, *labels]))
    width, height = page_size
    left, right = max(-0.5, left - 4.0), min(width - 0.5, right + 4.0)
    top, bottom = max(-0.5, top - 4.0), min(height - 0.5, bottom + 4.0)
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _photograph(
    sheet: Float32, masks: dict[str, UInt8], warp: Warp, size: tuple[int, int]
) -> tuple[Float32, Float32, dict[str, UInt8]]:
    """Return picture, coverage of the page, and masks, all through one backward map."""
    import cv2

    height, width = sheet.shape[:2]
    map_x, map_y = warp.back_map(*size)
    picture = cv2.remap(sheet, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    page = np.clip(np.minimum(map_x + 1.0, width - map_x), 0.0, 1.0)
    page *= np.clip(np.minimum(map_y + 1.0, height - map_y), 0.0, 1.0)
    warped = {
        name: np.asarray(
            cv2.remap(mask, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0),
            dtype=np.uint8,
        )
        for name, mask in masks.items()
    }
    return np.asarray(picture, dtype=np.float32), page.astype(np.float32), warped


def _scene(
    picture: Float32, page: Float32, rng: np.random.Generator, hard: _Hardship, per_mm: float, scanned: bool
) -> Float32:
    """Lay the page on something and light both."""
    import cv2

    height, width = page.shape
    if float(page.min()) < 1.0:
        if scanned:
            below = np.full_like(picture, rng.choice([255.0, 250.0, 30.0]))
        else:
            below = camera.desk(rng, height, width)
            camera.drop_shadow(below, page, rng, per_mm)
        picture = below + page[:, :, None] * (picture - below)
    # Light is smooth: worked out at a quarter of the size.
    small = max(2, height // 4), max(2, width // 4)
    light = camera.uneven_light(*small, rng, rng.uniform(0.0, hard.light) * (0.2 if scanned else 1.0))
    if not scanned and rng.random() < hard.shadow:
        for _ in range(int(rng.integers(1, 3))):
            light *= camera.hand_shadow(*small, rng, rng.uniform(0.1, 0.6) * (0.4 + hard.shadow / 2))
    if rng.random() < 0.85:  # the camera exposes for the bright parts
        light /= max(1.0, float(np.quantile(light, 0.9)))
    picture *= cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)[:, :, None]
    if not scanned and rng.random() < 0.15 * hard.shadow:
        camera.glare(picture, rng, rng.uniform(0.2, 0.7))
    return picture


def _develop(
    picture: Float32, rng: np.random.Generator, hard: _Hardship, per_mm: float, scanned: bool
) -> UInt8:
    """Lens, sensor, colours, file."""
    import cv2

    still = 0.4 if scanned else 1.0
    motion = rng.uniform(0.0, hard.motion_mm) * per_mm * still if rng.random() < 0.4 else 0.0
    picture = camera.blur(picture, rng, rng.uniform(0.0, hard.defocus_mm) * per_mm * still, motion)
    if rng.random() < hard.moire:
        camera.moire(picture, rng, rng.uniform(0.02, 0.09))
    camera.colours(picture, rng, hard.cast * still, hard.contrast)
    if rng.random() < 0.06:
        camera.photocopy(picture, rng)
    camera.noise(picture, rng, rng.uniform(0.0, hard.noise) * still)
    if rng.random() < 0.35:
        smallest = min(1.0, max(hard.resample, LEAST_PX_PER_MM / per_mm))
        picture = camera.resample(picture, rng.uniform(smallest, 1.0))
    bgr = np.clip(np.rint(picture), 0, 255).astype(np.uint8)[:, :, ::-1]
    quality = int(rng.integers(hard.jpeg[0], hard.jpeg[1] + 1))
    _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    if decoded is None:
        raise SignalError(
            f"A picture of {bgr.shape[1]} x {bgr.shape[0]} pixels could not be compressed as JPEG."
        )
    return np.ascontiguousarray(decoded[:, :, ::-1], dtype=np.uint8)


def _still_visible(specimen: Specimen) -> Recording:
    """Return the signals, NaN where no stretch shows the sample within the picture."""
    height, width = specimen.pixels.shape[:2]
    signals = specimen.signals
    shown = np.zeros(signals.signals.shape, dtype=bool)
    for lead in specimen.leads:
        first, last = sample_range(lead, signals.fs, signals.n_samples)
        at = specimen.trace_px(lead)
        inside = (
            (at[:, 0] >= -0.5) & (at[:, 0] <= width - 0.5) & (at[:, 1] >= -0.5) & (at[:, 1] <= height - 0.5)
        )
        shown[signals.leads.index(lead.name), first:last] |= inside
    kept = np.where(shown, signals.signals, np.nan).astype(np.float32)
    return Recording(kept, signals.fs, signals.leads, name=signals.name, source=signals.source)
