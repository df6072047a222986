"""Where everything stands on a page, in millimetres."""

from __future__ import annotations

from dataclasses import dataclass

from einthoven.errors import SignalError
from einthoven.paper.specimen_fonts import text_size
from einthoven.paper.specimen_style import PageStyle
from einthoven.recording import STANDARD_LEADS

Box = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True, slots=True)
class LeadOnPage:
    """One stretch of one lead.

    Attributes:
        name: of the lead.
        start_s: time of its first sample in ``Specimen.signals``. seconds: how much the cell has room for.
        x_mm: where its first sample stands. zero_mm: height of 0 mV.
        is_rhythm: drawn over the whole length.
        label: box of its printed name, mm; None where it has none.
    """

    name: str
    start_s: float
    seconds: float
    x_mm: float
    zero_mm: float
    is_rhythm: bool
    label: Box | None


@dataclass(frozen=True, slots=True)
class PrintedText:
    """Letters on the page; the box of their ink in mm."""

    text: str
    x_mm: float
    y_mm: float
    w_mm: float
    h_mm: float


@dataclass(frozen=True, slots=True)
class Print:
    """Letters to paint: base line at ``x``, ``y``; ``size`` is the font's height, mm."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    box: Box

    @property
    def truth(self) -> PrintedText:
        return PrintedText(self.text, *self.box)


@dataclass(frozen=True, slots=True)
class PagePlan:
    """All positions on a page, mm.

    ``pulses`` and ``separators`` are boxes to fill; ``cells`` is the box that the rows fill.
    """

    width: float
    height: float
    leads: tuple[LeadOnPage, ...]
    pulses: tuple[Box, ...]
    separators: tuple[Box, ...]
    prints: tuple[Print, ...]
    cells: Box
    inner: Box


def plan_page(style: PageStyle, available: tuple[str, ...]) -> PagePlan:
    """Place the leads that a recording has.

    Raises:
        SignalError: none of the layout's leads is in the recording.
    """
    left, top, right, bottom = style.margins
    length = style.seconds * style.speed
    lead_in = style.pulse_s * style.speed + 2.0 * style.pulse_feet if style.pulse == "left" else 0.0
    lead_out = style.pulse_s * style.speed + 2.0 * style.pulse_feet if style.pulse == "right" else 0.0
    x0 = left + lead_in
    strips = tuple(name for name in style.strips if name in available)
    if style.layout == "strip" and not strips:
        strips = available[: max(1, len(style.strips))]
    gaps = style.gap * (style.columns - 1)
    n_rows = style.rows + len(strips)
    width = x0 + length + gaps + lead_out + right
    height = top + n_rows * style.row_mm + bottom
    each_s = style.seconds / style.columns
    leads, prints = [], []
    for column in range(style.columns):
        for row in range(style.rows):
            name = STANDARD_LEADS[column * style.rows + row]
            if name not in available:
                continue
            x = x0 + column * (each_s * style.speed + style.gap)
            zero = top + (row + 0.5) * style.row_mm
            label = _label(style, name, x, zero)
            start = column * each_s if style.sequential else 0.0
            leads.append(LeadOnPage(name, start, each_s, x, zero, False, label.box))
            prints.append(label)
    for i, name in enumerate(strips):
        zero = top + (style.rows + i + 0.5) * style.row_mm
        label = _label(style, name, x0, zero)
        leads.append(LeadOnPage(name, 0.0, style.seconds, x0, zero, True, label.box))
        prints.append(label)
    if not leads:
        raise SignalError(
            f"Layout {style.layout} shows {', '.join(STANDARD_LEADS)}; the recording has only "
            f"{', '.join(available) or 'no lead'}. Choose the layout 'strip'."
        )
    prints += _header(style, width) + _footer(style, height)
    zeros = [top + (row + 0.5) * style.row_mm for row in range(n_rows)]
    inset = style.frame
    upper = max(inset, top - 8.0) if inset else 0.0
    return PagePlan(
        width,
        height,
        tuple(leads),
        tuple(box for zero in zeros for box in _pulse(style, left, x0 + length + gaps, zero)),
        tuple(_separators(style, x0, top)),
        tuple(prints),
        (x0, top, length + gaps, n_rows * style.row_mm),
        (inset, upper, width - 2 * inset, height - upper - inset),
    )


def _print(style: PageStyle, text: str, x: float, y: float, size: float, bold: bool = False) -> Print:
    """Letters with their box; glyphs are laid out at 32 pixels and scaled, whatever the page's resolution."""
    box = text_size(text, style.font, 32)
    scale = size / 32.0
    ink = (x + box[0] * scale, y + box[1] * scale, (box[2] - box[0]) * scale, (box[3] - box[1]) * scale)
    return Print(text, x, y, size, bold, ink)


def _label(style: PageStyle, name: str, x: float, zero: float) -> Print:
    shown = name.upper() if style.label_upper else name
    # The height of capital letters is about 0.72 of the font's size.
    rise = {"above": -4.0, "on": 0.36 * style.label_size, "under": 2.2 + 0.72 * style.label_size}
    return _print(style, shown, x + 0.8, zero + rise[style.label_place], style.label_size, style.label_bold)


def _header(style: PageStyle, width: float) -> list[Print]:
    size, prints = style.header_size, []
    line_mm = size * 1.25
    room = max(1, int((style.margins[1] - 2.0) / line_mm))
    columns = [style.header[i : i + room] for i in range(0, len(style.header), room)][:3]
    step = (width - 2 * style.frame) / max(1, len(columns))
    for i, lines in enumerate(columns):
        x = style.frame + 4.0 + i * step + (22.0 if style.logo and i == 0 else 0.0)
        prints += [_print(style, text, x, 2.0 + (k + 0.8) * line_mm, size) for k, text in enumerate(lines)]
    return prints


def _footer(style: PageStyle, height: float) -> list[Print]:
    y = height - max(1.2, style.frame + 0.8)
    return [_print(style, text, style.frame + 4.0 + i * 55.0, y, 2.6) for i, text in enumerate(style.footer)]


def _pulse(style: PageStyle, left: float, end: float, zero: float) -> list[Box]:
    """A rectangle of 1 mV as strokes of the pen."""
    if style.pulse == "none":
        return []
    pen, half = style.trace_width, style.trace_width / 2.0
    x = (left if style.pulse == "left" else end) + style.pulse_feet
    wide, tall = style.pulse_s * style.speed, style.gain
    strokes = [
        (x - half, zero - tall - half, pen, tall + pen),
        (x + wide - half, zero - tall - half, pen, tall + pen),
        (x - half, zero - tall - half, wide + pen, pen),
    ]
    if style.pulse_feet:
        strokes.append((x - style.pulse_feet, zero - half, style.pulse_feet + half, pen))
        strokes.append((x + wide - half, zero - half, style.pulse_feet + half, pen))
    return strokes


def _separators(style: PageStyle, x0: float, top: float) -> list[Box]:
    if style.columns == 1 or style.separator == "none":
        return []
    each = style.seconds / style.columns * style.speed + style.gap
    pen = max(style.trace_width, 0.25)
    boxes: list[Box] = []
    for column in range(1, style.columns):
        x = x0 + column * each - style.gap / 2.0 - pen / 2.0
        if style.separator == "line":
            boxes.append((x, top + 0.25 * style.row_mm, pen, (style.rows - 0.3) * style.row_mm))
        elif style.separator == "dotted":
            n_dots = int((style.rows - 0.3) * style.row_mm / 0.8)
            boxes += [(x, top + 0.25 * style.row_mm + 0.8 * k, pen, 0.4) for k in range(n_dots)]
        else:
            for row in range(style.rows):
                zero = top + (row + 0.5) * style.row_mm
                if style.separator == "ticks":
                    boxes.append((x, zero - 3.0, pen, 6.0))
                else:
                    boxes += [(x, zero - 5.5, pen, 3.0), (x, zero + 1.5, pen, 3.0)]
    return boxes
