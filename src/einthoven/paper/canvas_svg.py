"""A drawing as SVG: compact (integers of 0.05 mm, relative path commands), no script, nothing external."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import numpy as np

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

UNITS_PER_MM = 20
FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(drawing: Drawing, *, inline: bool = False) -> str:
    """Return the drawing as one ``<svg>`` element.

    Args:
        drawing: what to paint.
        inline: leave out the namespace, which HTML does not need.
    """
    width, height = _u(drawing.width), _u(drawing.height)
    label = escape(drawing.label or "ECG")
    head = (
        f'<svg viewBox="0 0 {width} {height}" width="{drawing.width:g}mm" height="{drawing.height:g}mm"'
        f' role="img" aria-label="{label}" font-family="{FONT}"'
    )
    if not inline:
        head += ' xmlns="http://www.w3.org/2000/svg"'
    parts = [head + ">", f'<rect width="{width}" height="{height}" fill="{drawing.paper.ground}"/>']
    for item in drawing.items:
        match item:
            case Grid():
                parts.extend(_grid(item, drawing.paper))
            case Trace():
                parts.append(_trace(item))
            case Bar():
                parts.append(_bar(item))
            case Ticks():
                parts.append(_ticks(item))
            case Letters():
                parts.append(_letters(item))
            case Chip():
                parts.append(_chip(item))
            case Text():
                parts.append(_text(item))
    parts.append("</svg>")
    return "".join(parts)


def escape(text: str) -> str:
    """Escape text for an element or a quoted attribute; characters that XML does not allow are dropped."""
    return html.escape(_NOT_XML.sub("", text), quote=True)


def _u(millimetre: float) -> int:
    return round(millimetre * UNITS_PER_MM)


def _numbers(values: Iterable[int]) -> str:
    """Join whole numbers as path data: a minus sign is separator enough."""
    return " ".join(map(str, values)).replace(" -", "-")


def _grid(grid: Grid, paper: Paper) -> list[str]:
    right, bottom = grid.x + grid.width, grid.y + grid.height
    parts = []
    for step_x, step_y, colour, width in (
        (grid.minor_x, grid.minor_y, paper.minor, 2),
        (grid.major_x, grid.major_y, paper.major, 3),
    ):
        path = []
        if step_x:
            xs = grid.x + step_x * np.arange(int(grid.width / step_x + 1e-6) + 1)
            across = f"v{_u(bottom) - _u(grid.y)}"
            path += [f"M{_u(x)} {_u(grid.y)}{across}" for x in xs.tolist()]
        if step_y:
            ys = grid.y + step_y * np.arange(int(grid.height / step_y + 1e-6) + 1)
            across = f"h{_u(right) - _u(grid.x)}"
            path += [f"M{_u(grid.x)} {_u(y)}{across}" for y in ys.tolist()]
        if path:
            parts.append(f'<path d="{"".join(path)}" stroke="{colour}" stroke-width="{width}" fill="none"/>')
    return parts


def path_data(run: Float64) -> str:
    """Return one run of points as a path, without points that lie on the line between their neighbours."""
    points = np.rint(run * UNITS_PER_MM).astype(np.int64)
    steps = np.diff(points, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    if len(steps) > 1:
        # Steps of one direction are one line; a turn back (negative dot product) is a peak and stays.
        cross = steps[1:, 0] * steps[:-1, 1] - steps[1:, 1] * steps[:-1, 0]
        dot = np.sum(steps[1:] * steps[:-1], axis=1)
        starts = np.concatenate(([0], np.flatnonzero((cross != 0) | (dot < 0)) + 1))
        steps = np.add.reduceat(steps, starts, axis=0)
    if not len(steps):
        return f"M{points[0, 0]} {points[0, 1]}h0"
    return f"M{points[0, 0]} {points[0, 1]}l{_numbers(steps.ravel().tolist())}"


def _trace(trace: Trace) -> str:
    data = "".join(path_data(run) for run in trace.runs)
    if not data:
        return ""
    return (
        f'<path d="{data}" fill="none" stroke="{trace.colour}" stroke-width="{trace.width * UNITS_PER_MM:g}"'
        ' stroke-linejoin="round" stroke-linecap="round"/>'
    )


def _bar(bar: Bar) -> str:
    x, y = _u(bar.x), _u(bar.y)
    width, height = _u(bar.x + bar.width) - x, _u(bar.y + bar.height) - y
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{bar.colour}"/>'


def _ticks(ticks: Ticks) -> str:
    length = _u(ticks.y1) - _u(ticks.y0)
    data = "".join(f"M{_u(x)} {_u(ticks.y0)}v{length}" for x in ticks.xs.tolist())
    return f'<path d="{data}" stroke="{ticks.colour}" stroke-width="{ticks.width * UNITS_PER_MM:g}"/>'


def _letters(letters: Letters) -> str:
    style = f'y="{_u(letters.y)}" font-size="{_u(letters.size)}" fill="{letters.colour}" text-anchor="middle"'
    text = escape(letters.text)
    if len(letters.text) == 1:
        # Each character with an x of its own starts a new chunk, so one element holds a whole row of letters.
        xs = " ".join(str(_u(x)) for x in letters.xs.tolist())
        return f'<text x="{xs}" {style}>{text * len(letters.xs)}</text>'
    return "".join(f'<text x="{_u(x)}" {style}>{text}</text>' for x in letters.xs.tolist())


def _chip(chip: Chip) -> str:
    size = chip.height * 0.78
    return (
        f'<rect x="{_u(chip.x)}" y="{_u(chip.y)}" width="{_u(chip.width)}" height="{_u(chip.height)}"'
        f' rx="{_u(chip.height * 0.22)}" fill="{CLASS_COLOUR[chip.letter]}"/>'
        f'<text x="{_u(chip.x + chip.width / 2)}" y="{_u(chip.y + chip.height / 2 + size * 0.36)}"'
        f' font-size="{_u(size)}" font-weight="700" fill="{CLASS_INK[chip.letter]}"'
        f' text-anchor="middle">{escape(chip.text)}</text>'
    )


def _text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    weight = ' font-weight="600"' if text.bold else ""
    return (
        f'<text x="{_u(text.x)}" y="{_u(text.y)}" font-size="{_u(text.size)}" fill="{text.colour}"'
        f"{anchor}{weight}>{escape(text.text)}</text>"
    )
