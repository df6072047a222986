"""A picture of what was read on a page, so that a person sees at once whether to believe it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.paper.digitize import DigitizedPage
from einthoven.paper.pages import Page
from einthoven.paper.pen import PER_COLUMN, runs
from einthoven.paper.rectify import PX_PER_MM
from einthoven.paper.vector_pdf import VectorPage

UInt8 = npt.NDArray[np.uint8]

# Okabe & Ito (2008), told apart with any colour vision; neighbouring leads get different ones. RGB.
_COLOURS = ((0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167))
_LATTICE = (120, 190, 215)
_DOUBT = (230, 159, 0)
_FAINT = 0.45  # of the page's ink that remains
_BAND = 44  # px above the page for the summary
_SURE = 0.7


def overlay(page: DigitizedPage) -> UInt8:
    """Draw the page laid flat with its lattice (5 mm), the box of each lead, and the line that was read.

    Returns:
        RGB, uint8, shape ``(height, width, 3)``.
    """
    import cv2

    reading = page.reading
    flat = reading.rectified.pixels
    picture = (255 - (255 - flat.astype(np.float32)) * _FAINT).astype(np.uint8)
    height, width = picture.shape[:2]
    if reading.rectified.grid_found:
        tint = picture.copy()
        step = 5 * PX_PER_MM
        for x in np.arange(0, width, step):
            cv2.line(tint, (round(x), 0), (round(x), height - 1), _LATTICE, 1)
        for y in np.arange(0, height, step):
            cv2.line(tint, (0, round(y)), (width - 1, round(y)), _LATTICE, 1)
        picture = np.asarray(cv2.addWeighted(tint, 0.5, picture, 0.5, 0), dtype=np.uint8)
    for number, cell in enumerate(reading.arrangement.cells):
        lead = next(lead for lead in page.leads if lead.name == cell.lead)
        colour = _COLOURS[(cell.row + number) % len(_COLOURS)]
        top, bottom = _limits(page, cell.row, cell.x0, cell.x1)
        corner = (round(cell.x0), round(top))
        cv2.rectangle(
            picture,
            corner,
            (round(cell.x1), round(bottom)),
            colour if lead.confidence >= _SURE else _DOUBT,
            1,
        )
        _trace(picture, reading.lines[cell.row], cell.x0, cell.x1, colour)
        said = f"{cell.lead} {lead.confidence:.0%}" + ("" if cell.named else " (name not read)")
        _write(picture, said, (corner[0] + 4, corner[1] + 16), colour if lead.confidence >= _SURE else _DOUBT)
    for pulse in reading.pulses:
        low, high = (
            (round(pulse.x), round(pulse.y)),
            (round(pulse.x + pulse.width), round(pulse.y + pulse.height)),
        )
        cv2.rectangle(picture, low, high, _DOUBT, 2)
    summary = f"{page.layout}   {page.speed:g} mm/s   {page.gain:g} mm/mV   {len(page.leads)} leads"
    if page.checks:
        summary += "   " + "   ".join(f"{law}: {rms:.3f} mV" for law, rms in page.checks.items())
    band = np.full((_BAND, width, 3), 255, np.uint8)
    _write(band, summary, (8, 28), (22, 22, 26))
    return np.vstack((band, picture))


def vector_overlay(drawn: VectorPage, page: Page) -> UInt8:
    """Draw the page of a PDF with the box of each piece of a lead that was read from its vectors."""
    import cv2

    picture = (255 - (255 - page.pixels.astype(np.float32)) * _FAINT).astype(np.uint8)
    per_mm = (page.dpi or 72.0) / 25.4
    for number, (name, box) in enumerate(drawn.boxes):
        left, top, right, bottom = (round(value * per_mm) for value in box)
        colour = _COLOURS[number % len(_COLOURS)]
        cv2.rectangle(picture, (left, top), (right, bottom), colour, 2)
        _write(picture, name, (left + 4, top + 16), colour)
    return picture


def _limits(page: DigitizedPage, row: int, x0: float, x1: float) -> tuple[float, float]:
    """Upper and lower end of what was read of a row from ``x0`` to ``x1``, with a rim."""
    line = page.reading.lines[row][round(PER_COLUMN * x0) : round(PER_COLUMN * x1)]
    line = line[np.isfinite(line)]
    zero = page.reading.rows[row].zero
    if not line.size:
        return zero - 40, zero + 40
    return min(float(line.min()), zero - 20) - 12, max(float(line.max()), zero + 20) + 12


def _trace(picture: UInt8, line: Any, x0: float, x1: float, colour: tuple[int, int, int]) -> None:
    import cv2

    first = max(0, round(PER_COLUMN * x0))
    part = line[first : round(PER_COLUMN * x1)]
    x = (first + np.arange(len(part))) / PER_COLUMN
    shown = np.isfinite(part)
    for begin, end in runs(shown):
        points = np.column_stack((x[begin:end], part[begin:end]))
        cv2.polylines(picture, [np.round(points * 16).astype(np.int32)], False, colour, 2, cv2.LINE_AA, 4)


def _write(picture: UInt8, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    import cv2

    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 4, cv2.LINE_AA)
    cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, 1, cv2.LINE_AA)
