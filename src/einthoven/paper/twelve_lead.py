"""The 12-lead page: columns that follow each other in time, rhythm strips below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from einthoven.errors import SignalError
from einthoven.paper.drawing import QUIET, Drawing, Grid, Text, Trace
from einthoven.paper.geometry import GUTTER, MARK_BAND, PULSE_S, LeadBox, Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_label, draw_lead, pulse
from einthoven.paper.marks import mark_beats, tint_beats, tint_relevance
from einthoven.recording import Float32, Recording

# The classic page, column by column; the Cabrera sequence is not used.
_PAGE_ORDER = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
_RHYTHM_LEADS = ("II", "V1", "V5")
_AS_WHOLE = 0.1  # of the time: a lead of which no more is missing than this beyond the least
TALLEST = 70.0  # mm: deep S and tall R waves of hypertrophy are not to be cut


@dataclass(frozen=True, slots=True)
class PageLayout:
    """``rows`` x ``columns`` cells of 12 leads, and ``rhythm`` full-length strips below."""

    rows: int
    columns: int
    rhythm: int

    @classmethod
    def parse(cls, layout: str) -> PageLayout:
        """Read ``3x4+1``, ``6x2``, ``12x1`` …

        Raises:
            SignalError: the layout is none of those allowed.
        """
        cells, _, rhythm = layout.partition("+")
        rows, _, columns = cells.partition("x")
        allowed = {("3", "4"), ("6", "2"), ("12", "1")}
        if (rows, columns) not in allowed or rhythm not in ("", "0", "1", "2", "3"):
            raise SignalError(
                f"Layout {layout!r} is not known; allowed: strip, 3x4, 6x2, 12x1, the last three also with "
                "rhythm strips (+1 to +3)."
            )
        return cls(int(rows), int(columns), int(rhythm or 0))


def draw_page(
    drawing: Drawing,
    y: float,
    source: Source,
    page: PageLayout,
    scale: Scale,
    start: float,
    seconds: float,
    relevance: Float32 | None = None,
) -> float:
    """Draw the 12-lead page (columns follow each other in time); return the lower end.

    Leads that the recording does not have leave their cell empty but for a remark. ``relevance``, 0 to 1 of
    shape ``(n_leads, n_samples)`` as the recording, tints the paper where a network looked.
    """
    index = {name: i for i, name in enumerate(source.recording.leads)}
    strips = _strips(source.recording, start, seconds)[: page.rhythm]
    column_s = scale.seconds / page.columns
    cells: list[list[LeadBox | None]] = []
    for row in range(page.rows):
        names = [_PAGE_ORDER[column * page.rows + row] for column in range(page.columns)]
        present = [index[name] for name in names if name in index]
        boxes = box_heights(source, present, [(start, seconds)], scale.gain, lowest=25.0, highest=TALLEST)
        up = max((box.baseline for box in boxes), default=15.0)
        down = max((box.height - box.baseline for box in boxes), default=10.0)
        cells.append([LeadBox(index[n], n, up + down, up) if n in index else None for n in names])
    heights = [next((box.height for box in row if box), 25.0) for row in cells]
    below = box_heights(source, strips, [(start, seconds)], scale.gain, lowest=25.0, highest=TALLEST)
    height = MARK_BAND + sum(heights) + sum(box.height for box in below)
    tint_beats(drawing, source, scale, y + MARK_BAND, height - MARK_BAND, start, seconds)
    if relevance is not None:
        rows: list[Sequence[LeadBox | None]] = [*cells, *([box] for box in below)]
        _tint(drawing, y + MARK_BAND, source, scale, rows, relevance, start, seconds)
    drawing.add(Grid(0.0, y, drawing.width, height))
    mark_beats(drawing, source, scale, y, MARK_BAND, start, seconds)
    drawing.add(Text(1.0, y + 3.6, clock(start), 2.6, bold=True))
    top = y + MARK_BAND
    for row, (strip, tall) in enumerate(zip(cells, heights, strict=True)):
        first = next((box for box in strip if box), None)
        if first:
            drawing.add(Trace((pulse(GUTTER - 4.0 - PULSE_S * scale.speed, top + first.baseline, scale),)))
        for column, box in enumerate(strip):
            x = GUTTER + column * column_s * scale.speed
            if box is None:
                name = _PAGE_ORDER[column * page.rows + row]
                drawing.add(Text(x + 1.0, top + 3.2, f"{name} was not recorded", 2.6, colour=QUIET))
                continue
            at = start + column * column_s
            lasting = max(0.0, min(column_s, start + seconds - at))
            draw_lead(drawing, source, box, scale, top, x, at, lasting)
            drawing.add(Text(x + 1.0, top + 3.2, box.name, 3.2, bold=True))
            if column:
                zero = top + box.baseline
                drawing.add(Trace((np.array([(x, zero - 3.0), (x, zero + 3.0)]),), 0.2))
        top += tall
    for box in below:
        draw_lead(drawing, source, box, scale, top, GUTTER, start, seconds)
        draw_label(drawing, box, scale, top)
        top += box.height
    return top


def _strips(recording: Recording, start: float, seconds: float) -> list[int]:
    """Return the leads for rhythm strips: usual ones, of which no more is missing than of others.

    Of a page that was read, most leads are there for a column's time; the strip may be any.
    """
    first, last = (round(at * recording.fs) for at in (start, start + seconds))
    missing = np.isnan(recording.signals[:, first : max(last, first + 1)]).mean(axis=1)
    whole = missing <= missing.min() + _AS_WHOLE
    usual = [recording.leads.index(name) for name in _RHYTHM_LEADS if name in recording.leads]
    return [lead for lead in usual if whole[lead]] or [int(np.argmax(whole))]


def _tint(
    drawing: Drawing,
    top: float,
    source: Source,
    scale: Scale,
    rows: Sequence[Sequence[LeadBox | None]],
    relevance: Float32,
    start: float,
    seconds: float,
) -> None:
    """Tint the cells of each row, which share its time."""
    for row in rows:
        each_s = scale.seconds / len(row)
        height = next((box.height for box in row if box), 25.0)
        for column, box in enumerate(row):
            at = start + column * each_s
            lasting = max(0.0, min(each_s, start + seconds - at))
            if box is not None and lasting:
                x = GUTTER + column * each_s * scale.speed
                of_lead = relevance[box.index]
                tint_relevance(drawing, of_lead, source.recording.fs, scale, x, at, lasting, top, height)
        top += height
