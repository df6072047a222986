"""The look of an ECG page: what a device, a paper maker or another program decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from einthoven.errors import SignalError, did_you_mean

Colour = tuple[int, int, int]  # RGB, 0 to 255

LAYOUTS = ("3x4", "3x4+1", "3x4+3", "6x2", "6x2+1", "12x1", "strip")


@dataclass(frozen=True, slots=True)
class PageStyle:
    """How a page looks. Lengths are mm on the paper unless the name says otherwise.

    Attributes:
        layout: one of ``LAYOUTS``: rows x columns of the 12 leads, and full-length rhythm strips below.
        speed: mm/s. gain: mm/mV. px_per_mm: pixels of the flat page.
        seconds: how much time one row shows.
        rhythm: leads of the rhythm strips (or of ``strip``), from the top.
        sequential: columns follow each other in time; else each shows the first stretch.
        row_mm: distance of the zero lines of neighbouring rows.
        margins: free paper left, top, right, bottom of the ECG, mm. Negative: the page is cut into the ECG.
        gap: free paper between columns.
        ground, minor, major, ink, print_ink: colours of paper, 1 mm and 5 mm grid, trace, letters.
        grid: lines, dots at the millimetres between 5 mm lines, or none.
        minor_lines: whether the millimetres are marked.
        minor_width, major_width: widths of grid lines. grid_shift: where the grid begins.
        grid_page: the grid covers the page; else the ECG only.
        trace_width: of the pen.
        font: path of a TrueType font; empty: Pillow's own. label_size, label_bold, label_place, label_upper.
        pulse: where the calibration pulse stands. pulse_s: its width in seconds. pulse_feet: a short line
            before and behind it.
        separator: between columns. frame: width of a painted frame around the page, 0 for none.
        frame_colour: its colour. header, footer: lines of print. header_size: their size.
        logo: a drawn emblem in the header. antialias: smooth edges.
        clip: rows are cut off where the neighbours' zero lines are.
    """

    layout: str = "3x4+1"
    speed: float = 25.0
    gain: float = 10.0
    px_per_mm: float = 8.0
    seconds: float = 10.0
    rhythm: tuple[str, ...] = ("II", "V1", "V5")
    sequential: bool = True
    row_mm: float = 30.0
    margins: tuple[float, float, float, float] = (10.0, 20.0, 10.0, 10.0)
    gap: float = 0.0
    ground: Colour = (255, 250, 249)
    minor: Colour = (249, 221, 219)
    major: Colour = (238, 174, 171)
    ink: Colour = (22, 22, 26)
    print_ink: Colour = (22, 22, 26)
    grid: Literal["lines", "dots", "none"] = "lines"
    minor_lines: bool = True
    minor_width: float = 0.1
    major_width: float = 0.18
    grid_shift: tuple[float, float] = (0.0, 0.0)
    grid_page: bool = True
    trace_width: float = 0.3
    font: str = ""
    label_size: float = 3.2
    label_bold: bool = False
    label_place: Literal["above", "on", "under"] = "above"
    label_upper: bool = False
    pulse: Literal["left", "right", "none"] = "left"
    pulse_s: float = 0.2
    pulse_feet: float = 1.0
    separator: Literal["ticks", "double", "line", "dotted", "none"] = "none"
    frame: float = 0.0
    frame_colour: Colour = (250, 165, 175)
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    header_size: float = 3.0
    logo: bool = False
    antialias: bool = True
    clip: bool = False

    def __post_init__(self) -> None:
        if self.layout not in LAYOUTS:
            raise SignalError(
                f"Layout {self.layout!r} is not known; allowed: {', '.join(LAYOUTS)}."
                f"{did_you_mean(self.layout, LAYOUTS)}"
            )
        for name in ("speed", "gain", "px_per_mm", "seconds", "row_mm", "trace_width"):
            if not getattr(self, name) > 0:
                raise SignalError(f"{name} is {getattr(self, name)!r}; allowed: numbers above 0.")

    @property
    def rows(self) -> int:
        """Rows of cells, without rhythm strips."""
        return 0 if self.layout == "strip" else int(self.layout.partition("x")[0])

    @property
    def columns(self) -> int:
        """Columns of cells; 1 where there are strips only."""
        return 1 if self.layout == "strip" else int(self.layout.partition("x")[2].partition("+")[0])

    @property
    def strips(self) -> tuple[str, ...]:
        """Leads that are drawn over the whole length below the cells."""
        if self.layout == "strip":
            return self.rhythm
        return self.rhythm[: int(self.layout.partition("+")[2] or 0)]
