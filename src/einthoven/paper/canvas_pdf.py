"""A drawing as a PDF page: vectors, true to scale in mm, letters that can be searched.

Letters are those of the PDF core fonts (Latin-1); others are replaced by their nearest.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from einthoven.paper.canvas_svg import UNITS_PER_MM
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
from einthoven.paper.packages import require_paper_packages

if TYPE_CHECKING:
    from fpdf import FPDF
    from fpdf.drawing import PaintedPath

POINT_MM = 25.4 / 72.0
_NEAR = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "≤": "<=", "≥": ">=", "≠": "!=",
        "≈": "~", "→": "->", "←": "<-", "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"',
        "•": "·", "μ": "µ", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "œ": "oe",
        "Œ": "OE", "€": "EUR", "™": "(TM)",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\ufeff": "", "Δ": "delta", "σ": "sigma",
        "\t": " ", "\n": " ", "\r": " ",
    }
)  # fmt: skip


def latin(text: str) -> str:
    """Return text in Latin-1: the same letter, the nearest one, or a question mark; never an error."""
    near = text.translate(_NEAR)
    letters = []
    for char in near:
        if char.isprintable() and char <= "\xff":
            letters.append(char)
            continue
        bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
        fits = bool(bare) and all(c.isprintable() and c <= "\xff" for c in bare)
        letters.append(bare if fits else "" if unicodedata.combining(char) else "?")
    return "".join(letters)


def to_pdf(drawing: Drawing) -> bytes:
    """Return the drawing as a PDF of one page, exactly ``width`` x ``height`` mm."""
    pdf = new_document(drawing.label or "ECG")
    pdf.add_page(orientation="portrait", format=(drawing.width, drawing.height))
    paint(pdf, drawing)
    return bytes(pdf.output())


def new_document(title: str) -> FPDF:
    """Return an empty document in mm, without margins."""
    require_paper_packages("Writing PDF")
    from fpdf import FPDF

    pdf = FPDF(unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.c_margin = 0.0
    pdf.set_title(latin(title))
    pdf.set_creator("Einthoven")
    pdf.set_lang("en")
    return pdf


def paint(pdf: FPDF, drawing: Drawing, x: float = 0.0, y: float = 0.0) -> None:
    """Paint the drawing on the current page, its upper left corner at ``x``, ``y`` mm."""
    brush = _Brush(pdf, x, y)
    brush.box(0.0, 0.0, drawing.width, drawing.height, drawing.paper.ground)
    for item in drawing.items:
        match item:
            case Grid():
                brush.grid(item, drawing.paper)
            case Trace():
                brush.trace(item)
            case Bar():
                brush.box(item.x, item.y, item.width, item.height, item.colour)
            case Ticks():
                for at in item.xs.tolist():
                    brush.box(at - item.width / 2, item.y0, item.width, item.y1 - item.y0, item.colour)
            case Letters():
                for at in item.xs.tolist():
                    brush.text(at, item.y, item.text, item.size, "middle", item.colour, bold=False)
            case Chip():
                brush.chip(item)
            case Text():
                brush.text(item.x, item.y, item.text, item.size, item.anchor, item.colour, bold=item.bold)


class _Brush:
    """Paints in mm from an origin on the page."""

    def __init__(self, pdf: FPDF, x: float, y: float) -> None:
        self.pdf = pdf
        self.x = x
        self.y = y

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        self.pdf.set_fill_color(colour)
        self.pdf.rect(self.x + x, self.y + y, width, height, style="F")

    def grid(self, grid: Grid, paper: Paper) -> None:
        for step_x, step_y, colour, width in (
            (grid.minor_x, grid.minor_y, paper.minor, 0.1),
            (grid.major_x, grid.major_y, paper.major, 0.15),
        ):
            self.pdf.set_draw_color(colour)
            self.pdf.set_line_width(width)
            left, top = self.x + grid.x, self.y + grid.y
            if step_x:
                for x in (left + step_x * np.arange(int(grid.width / step_x + 1e-6) + 1)).tolist():
                    self.pdf.line(x, top, x, top + grid.height)
            if step_y:
                for y in (top + step_y * np.arange(int(grid.height / step_y + 1e-6) + 1)).tolist():
                    self.pdf.line(left, y, left + grid.width, y)

    def trace(self, trace: Trace) -> None:
        if not trace.runs:
            return
        from fpdf.drawing import PaintedPath

        path = PaintedPath(0, 0)
        style = path.style
        style.paint_rule, style.fill_color, style.auto_close = "stroke", None, False
        style.stroke_color, style.stroke_width = trace.colour, trace.width
        style.stroke_join_style, style.stroke_cap_style = "round", "round"
        for run in trace.runs:
            self._run(path, run)
        with self.pdf.drawing_context() as context:
            context.add_item(path)

    def _run(self, path: PaintedPath, run: Float64) -> None:
        points = np.round((run + (self.x, self.y)) * UNITS_PER_MM * 2) / (UNITS_PER_MM * 2)  # 0.025 mm
        moves = np.any(np.diff(points, axis=0) != 0, axis=1)
        points = np.vstack((points[:1], points[1:][moves]))
        path.move_to(*points[0].tolist())
        for x, y in points[1:].tolist() or points.tolist():
            path.line_to(x, y)

    def chip(self, chip: Chip) -> None:
        self.pdf.set_fill_color(CLASS_COLOUR[chip.letter])
        self.pdf.rect(
            self.x + chip.x, self.y + chip.y, chip.width, chip.height, style="F", round_corners=True,
            corner_radius=chip.height * 0.22,
        )  # fmt: skip
        size = chip.height * 0.78
        middle = chip.x + chip.width / 2
        ink = CLASS_INK[chip.letter]
        self.text(middle, chip.y + chip.height / 2 + size * 0.36, chip.text, size, "middle", ink, bold=True)

    def text(
        self, x: float, y: float, text: str, size: float, anchor: str, colour: str, *, bold: bool
    ) -> None:
        words = latin(text)
        if not words:
            return
        self.pdf.set_font("helvetica", "B" if bold else "", size / POINT_MM)
        self.pdf.set_text_color(colour)
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor]
        self.pdf.text(self.x + x - share * self.pdf.get_string_width(words), self.y + y, words)
