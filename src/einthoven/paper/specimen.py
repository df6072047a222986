"""Pages with truth: a recording printed in the look of some device, and where on the page each thing is.

`random_style` chooses a look, `draw_specimen` prints the page, `einthoven.paper.degrade` photographs it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.paper.drawing import Float64
from einthoven.paper.packages import require_paper_packages
from einthoven.paper.specimen_ink import cover_box, cover_text, cover_trace, lines_share
from einthoven.paper.specimen_layout import Box, LeadOnPage, PagePlan, PrintedText, plan_page
from einthoven.paper.specimen_looks import random_style
from einthoven.paper.specimen_style import LAYOUTS, Colour, PageStyle
from einthoven.recording import STANDARD_LEADS, Float32, Recording

__all__ = [
    "LAYOUTS",
    "LeadOnPage",
    "PageStyle",
    "PrintedText",
    "Specimen",
    "draw_specimen",
    "random_style",
]

UInt8 = npt.NDArray[np.uint8]
LAYERS = ("trace", "text", "pulse", "separator", "grid")
MAX_PIXELS = 60_000_000


@dataclass(frozen=True, slots=True)
class FlatMap:
    """From page mm to pixels of a flat page: the page's edge is the edge of its first pixel."""

    px_per_mm: float

    def __call__(self, points: npt.ArrayLike) -> Float64:
        """Map ``(n, 2)`` mm to ``(n, 2)`` pixels, x before y."""
        return np.asarray(points, dtype=np.float64) * self.px_per_mm - 0.5


@dataclass(frozen=True, eq=False)
class Specimen:
    """A page and its truth.

    Attributes:
        pixels: RGB, uint8, shape ``(height, width, 3)``.
        masks: coverage 0 to 255 of each layer, uint8 ``(height, width)``: ``trace``, ``text`` (everything
            printed as letters), ``pulse``, ``separator``, ``grid`` (its lines).
        px_per_mm: of the flat page.
        mm_to_px: maps ``(n, 2)`` page mm to pixels in ``pixels`` (x right, y down, centres at integers).
        leads: where each stretch of a lead is.
        layout, speed, gain: mm/s and mm/mV of the page.
        texts: what is printed, lead names among it.
        signals: what is visible; NaN where the page shows nothing. The samples are as drawn: each lead's
            median over the page's time is its 0 mV.
        style: of the page.
    """

    pixels: UInt8
    masks: dict[str, UInt8]
    px_per_mm: float
    mm_to_px: Callable[[npt.ArrayLike], Float64]
    leads: tuple[LeadOnPage, ...]
    layout: str
    speed: float
    gain: float
    texts: tuple[PrintedText, ...]
    signals: Recording
    style: PageStyle

    def lead_mm(self, lead: LeadOnPage) -> Float64:
        """Return positions on the page of all samples of a stretch, mm, ``(n, 2)``; y NaN where unseen."""
        fs = self.signals.fs
        first, last = sample_range(lead, fs, self.signals.n_samples)
        values = self.signals.signals[self.signals.leads.index(lead.name), first:last].astype(np.float64)
        seconds = np.arange(first, last) / fs - lead.start_s
        return np.column_stack((lead.x_mm + seconds * self.speed, lead.zero_mm - values * self.gain))

    def trace_px(self, lead: LeadOnPage) -> Float64:
        """Return pixel positions of all samples of a stretch, ``(n, 2)``; NaN where not visible."""
        points = self.lead_mm(lead)
        return np.where(np.isfinite(points[:, 1:]), self.mm_to_px(points), np.nan)


def sample_range(lead: LeadOnPage, fs: float, n_samples: int) -> tuple[int, int]:
    """Return first and last (exclusive) sample of a stretch."""
    first = int(np.ceil(lead.start_s * fs - 1e-6))
    return first, min(n_samples, int(np.ceil((lead.start_s + lead.seconds) * fs - 1e-6)))


def draw_specimen(recording: Recording, style: PageStyle, rng: np.random.Generator) -> Specimen:
    """Print a recording on a page.

    Args:
        recording: at least one lead of the layout; the first ``style.seconds`` from a random start are drawn.
        style: the look.
        rng: for what the style leaves open (where a long recording is cut, the emblem).

    Raises:
        SignalError: nothing to draw, none of the layout's leads, or a page above 60 million pixels.
        EinthovenError: the packages of ``einthoven[paper]`` are not installed.
    """
    require_paper_packages("Drawing pages")
    if not recording.n_leads or not recording.n_samples:
        raise SignalError(
            f"The recording has {recording.n_leads} leads of {recording.n_samples} samples; "
            "there is nothing to draw."
        )
    plan = plan_page(style, recording.leads)
    scale = style.px_per_mm
    width, height = max(1, round(plan.width * scale)), max(1, round(plan.height * scale))
    if width * height > MAX_PIXELS:
        raise SignalError(
            f"The page would be {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million are "
            "drawn. Choose fewer seconds or a lower px_per_mm."
        )
    drawn = _stretch(recording, style, rng)
    pixels = np.empty((height, width, 3), dtype=np.float32)
    pixels[:] = style.frame_colour if style.frame else style.ground
    if style.frame:
        x, y, wide, tall = (round(value * scale) for value in plan.inner)
        pixels[y : y + tall, x : x + wide] = style.ground
    masks: dict[str, UInt8] = {}
    masks["grid"] = _grid(pixels, style, plan)
    if style.logo:
        _logo(pixels, style, scale, rng)
    masks["separator"] = _boxes(pixels, plan.separators, style, scale, style.ink)
    masks["pulse"] = _boxes(pixels, plan.pulses, style, scale, style.ink)
    layer = np.zeros((height, width), dtype=np.float32)
    for item in plan.prints:
        at = (item.x * scale - 0.5, item.y * scale - 0.5)
        cover_text(layer, *at, item.text, style.font, max(1, round(item.size * scale)), item.bold)
    masks["text"] = _ink(pixels, layer, style.print_ink, style.antialias)
    layer = np.zeros((height, width), dtype=np.float32)
    visible = np.full((drawn.n_leads, drawn.n_samples), np.nan, dtype=np.float32)
    for lead in plan.leads:
        _draw_lead(layer, visible, drawn, lead, style, plan)
    masks["trace"] = _ink(pixels, layer, style.ink, style.antialias)
    keep = [i for i, name in enumerate(drawn.leads) if any(lead.name == name for lead in plan.leads)]
    keep.sort(key=lambda i: _rank(drawn.leads[i]))
    signals = Recording(
        visible[keep], drawn.fs, tuple(drawn.leads[i] for i in keep), name=recording.name, source="specimen"
    )
    return Specimen(
        np.clip(np.rint(pixels), 0, 255).astype(np.uint8),
        {name: masks[name] for name in LAYERS},
        scale,
        FlatMap(scale),
        plan.leads,
        style.layout,
        style.speed,
        style.gain,
        tuple(item.truth for item in plan.prints),
        signals,
        style,
    )


def _rank(name: str) -> int:
    return STANDARD_LEADS.index(name) if name in STANDARD_LEADS else len(STANDARD_LEADS)


def _stretch(recording: Recording, style: PageStyle, rng: np.random.Generator) -> Recording:
    """Cut the time that the page shows; each lead's median becomes 0 mV; short ones end in NaN."""
    n_samples = round(style.seconds * recording.fs)
    spare = max(0, recording.n_samples - n_samples)
    first = int(rng.integers(0, spare + 1))
    signals = np.full((recording.n_leads, n_samples), np.nan, dtype=np.float32)
    part = recording.signals[:, first : first + n_samples]
    signals[:, : part.shape[1]] = part
    for lead in signals:
        present = np.isfinite(lead)
        if present.any():
            lead -= np.median(lead[present])
    return Recording(signals, recording.fs, recording.leads, name=recording.name)


def _draw_lead(
    layer: Float32,
    visible: Float32,
    drawn: Recording,
    lead: LeadOnPage,
    style: PageStyle,
    plan: PagePlan,
) -> None:
    """Paint one stretch and note the samples whose place is on the paper."""
    index = drawn.leads.index(lead.name)
    first, last = sample_range(lead, drawn.fs, drawn.n_samples)
    values = drawn.signals[index, first:last].astype(np.float64)
    x_mm = lead.x_mm + (np.arange(first, last) / drawn.fs - lead.start_s) * style.speed
    y_mm = lead.zero_mm - values * style.gain
    left, top, wide, tall = plan.inner
    upper, lower = top, top + tall
    if style.clip:
        upper, lower = max(upper, lead.zero_mm - style.row_mm), min(lower, lead.zero_mm + style.row_mm)
    scale = style.px_per_mm
    pen = style.trace_width * scale if style.antialias else max(1.0, style.trace_width * scale)
    if len(values):
        cover_trace(
            layer, x_mm * scale - 0.5, y_mm * scale - 0.5, pen, upper * scale - 0.5, lower * scale - 0.5
        )
    on_paper = (x_mm >= left) & (x_mm <= left + wide) & (y_mm >= upper) & (y_mm <= lower)
    visible[index, first:last] = np.where(on_paper, values, visible[index, first:last])


def _ink(pixels: Float32, layer: Float32, colour: Colour, antialias: bool) -> UInt8:
    """Lay ink on the page; return its coverage."""
    if not antialias:
        layer = (layer >= 0.5).astype(np.float32)
    inked = np.flatnonzero(layer)
    share = layer.ravel()[inked, None]
    flat = pixels.reshape(-1, 3)
    paper = flat[inked]
    flat[inked] = paper + share * (np.asarray(colour, dtype=np.float32) - paper)
    return np.asarray(np.rint(layer * 255.0), dtype=np.uint8)


def _boxes(pixels: Float32, boxes: tuple[Box, ...], style: PageStyle, scale: float, colour: Colour) -> UInt8:
    layer = np.zeros(pixels.shape[:2], dtype=np.float32)
    for x, y, width, height in boxes:
        x0, y0 = x * scale - 0.5, y * scale - 0.5
        cover_box(layer, x0, y0, x0 + width * scale, y0 + height * scale)
    return _ink(pixels, layer, colour, style.antialias)


def _grid(pixels: Float32, style: PageStyle, plan: PagePlan) -> UInt8:
    """Paint the grid; return the coverage of its lines."""
    height, width = pixels.shape[:2]
    lines = np.zeros((height, width), dtype=np.float32)
    if style.grid == "none":
        return lines.astype(np.uint8)
    scale = style.px_per_mm
    x, y, wide, tall = plan.inner
    if not style.grid_page and not style.frame:
        x, y, wide, tall = plan.cells
        y, tall = y - 5.0, tall + 10.0
    left, upper = max(0, round(x * scale)), max(0, round(y * scale))
    right, lower = min(width, round((x + wide) * scale)), min(height, round((y + tall) * scale))
    if right <= left or lower <= upper:
        return lines.astype(np.uint8)
    # What of the paper is left between the lines; the paper has one colour, so each channel is a mixture.
    between: list[Float32] = []
    for step, pen, wanted in (
        (1.0, style.minor_width, style.minor_lines),
        (5.0, style.major_width, True),
    ):
        pen = pen * scale if style.antialias else float(max(1, round(pen * scale)))
        first_x = (x + style.grid_shift[0]) * scale - 0.5 - left
        first_y = (y + style.grid_shift[1]) * scale - 0.5 - upper
        across = lines_share(right - left, first_x, step * scale, pen)[None, :]
        down = lines_share(lower - upper, first_y, step * scale, pen)[:, None]
        if not wanted:
            free = np.ones((lower - upper, right - left), dtype=np.float32)
        elif style.grid == "dots" and step == 1.0:
            free = 1.0 - down * across
        else:
            free = (1.0 - down) * (1.0 - across)
        between.append(free if style.antialias else (free >= 0.5).astype(np.float32))
    paper, above = between[0] * between[1], between[1]
    for channel in range(3):
        ground, minor, major = style.ground[channel], style.minor[channel], style.major[channel]
        mixed = paper * np.float32(ground - minor)
        mixed += above * np.float32(minor - major)
        mixed += np.float32(major)
        pixels[upper:lower, left:right, channel] = mixed
    lines[upper:lower, left:right] = 1.0 - paper
    return np.asarray(np.rint(lines * 255.0), dtype=np.uint8)


def _logo(pixels: Float32, style: PageStyle, scale: float, rng: np.random.Generator) -> None:
    """An emblem and a stroke in the header: rings, a heart beat. No truth belongs to it."""
    import cv2

    colour = tuple(float(value) for value in rng.integers(0, 200, 3))
    size = max(3.0, min(8.0, style.margins[1] * 0.35))
    centre = (round((style.frame + 5.0 + size) * scale), round((1.0 + size) * scale))
    thick = max(1, round(0.5 * scale))
    for radius in (size, size * float(rng.uniform(0.4, 0.8))):
        cv2.circle(pixels, centre, round(radius * scale), colour, thick, cv2.LINE_AA)
    if rng.random() < 0.5:
        y = centre[1]
        beat = np.array([(0, 0), (0.3, 0), (0.35, -0.6), (0.42, 0.5), (0.47, 0), (1, 0)])
        points = np.rint(beat * (60 * scale, size * scale) + (centre[0] + size * scale, y)).astype(np.int32)
        cv2.polylines(pixels, [points[:, None, :]], False, colour, thick, cv2.LINE_AA)
