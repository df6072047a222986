"""A drawing as pixels, antialiased by painting larger and averaging down. Needs Pillow and nothing else."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from einthoven.errors import SignalError
from einthoven.paper.drawing import (
    CLASS_COLOUR,
    CLASS_INK,
    Bar,
    Chip,
    Drawing,
    Float64,
    Grid,
    Letters,
    Paper,
    Text,
    Ticks,
    Trace,
)

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

# 2 GB of pixels while painting would take a machine down; a sheet this large is a mistake in the request.
MAX_PIXELS = 150_000_000

_SUBSTITUTES = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "×": "x", "µ": "u", "μ": "u", "≤": "<=", "≥": ">=", "→": "to"}
)


def to_image(drawing: Drawing, dpi: float = 150.0) -> Image.Image:
    """Return the drawing as an RGB image whose ``info["dpi"]`` is set, true to scale.

    Raises:
        SignalError: the image would have more than 150 million pixels.
    """
    from PIL import Image, ImageDraw

    scale = dpi / 25.4
    width, height = max(1, round(drawing.width * scale)), max(1, round(drawing.height * scale))
    factor = 3 if width * height <= 12_000_000 else 2 if width * height <= 30_000_000 else 1
    if width * height > MAX_PIXELS:
        raise SignalError(
            f"The picture would be {width} x {height} pixels; at most {MAX_PIXELS // 1_000_000} million "
            "are drawn. Draw fewer seconds, lower dpi, or choose SVG."
        )
    image = Image.new("RGB", (width * factor, height * factor), drawing.paper.ground)
    brush = _Brush(ImageDraw.Draw(image), scale * factor)
    for item in drawing.items:
        match item:
            case Grid():
                brush.grid(item, drawing.paper)
            case Trace():
                brush.trace(item)
            case Bar():
                brush.box(item.x, item.y, item.width, item.height, item.colour)
            case Ticks():
                for x in item.xs.tolist():
                    brush.box(x - item.width / 2, item.y0, item.width, item.y1 - item.y0, item.colour)
            case Letters():
                for x in item.xs.tolist():
                    brush.text(x, item.y, item.text, item.size, "m", item.colour, bold=False)
            case Chip():
                brush.chip(item)
            case Text():
                brush.text(item.x, item.y, item.text, item.size, item.anchor[0], item.colour, bold=item.bold)
    if factor > 1:
        image = image.reduce(factor)
    image.info["dpi"] = (dpi, dpi)
    return image


def printable(text: str) -> str:
    """Return text in the letters that Pillow's own font has (ASCII and a few signs)."""
    plain = unicodedata.normalize("NFKD", text.translate(_SUBSTITUTES))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return "".join(char if " " <= char <= "~" or char in "·…" else "?" for char in plain)


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


class _Brush:
    """Paints in millimetres on a Pillow drawing of ``scale`` pixels per mm."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: float) -> None:
        self.draw = draw
        self.scale = scale

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        left, top = round(x * self.scale), round(y * self.scale)
        right = max(left + 1, round((x + width) * self.scale))
        bottom = max(top + 1, round((y + height) * self.scale))
        self.draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)

    def grid(self, grid: Grid, paper: Paper) -> None:
        for step_x, step_y, colour, width in (
            (grid.minor_x, grid.minor_y, paper.minor, 0.1),
            (grid.major_x, grid.major_y, paper.major, 0.15),
        ):
            if step_x:
                for x in (grid.x + step_x * np.arange(int(grid.width / step_x + 1e-6) + 1)).tolist():
                    self.box(x - width / 2, grid.y, width, grid.height, colour)
            if step_y:
                for y in (grid.y + step_y * np.arange(int(grid.height / step_y + 1e-6) + 1)).tolist():
                    self.box(grid.x, y - width / 2, grid.width, width, colour)

    def trace(self, trace: Trace) -> None:
        width = max(1, round(trace.width * self.scale))
        for run in trace.runs:
            self._line(run * self.scale, width, trace.colour)

    def _line(self, points: Float64, width: int, colour: str) -> None:
        if len(points) > 1:
            self.draw.line(
                [tuple(point) for point in points.tolist()], fill=colour, width=width, joint="curve"
            )
        for x, y in points[[0, -1]].tolist():  # round ends; a lone sample is a dot
            half = width / 2 - 0.5
            self.draw.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def chip(self, chip: Chip) -> None:
        scale = self.scale
        box = (chip.x * scale, chip.y * scale, (chip.x + chip.width) * scale, (chip.y + chip.height) * scale)
        self.draw.rounded_rectangle(box, radius=chip.height * 0.22 * scale, fill=CLASS_COLOUR[chip.letter])
        size = chip.height * 0.78
        self.text(
            chip.x + chip.width / 2,
            chip.y + chip.height / 2 + size * 0.36,
            chip.text,
            size,
            "m",
            CLASS_INK[chip.letter],
            bold=True,
        )

    def text(
        self, x: float, y: float, text: str, size: float, anchor: str, colour: str, *, bold: bool
    ) -> None:
        pixels = max(1, round(size * self.scale))
        # The bundled font has one weight; a thin outline of the same colour makes it bold.
        outline = round(pixels * 0.02) if bold else 0
        side = {"s": "l", "m": "m", "e": "r"}[anchor]
        self.draw.text(
            (x * self.scale, y * self.scale),
            printable(text),
            fill=colour,
            font=_font(pixels),
            anchor=f"{side}s",
            stroke_width=outline,
        )
