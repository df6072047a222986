"""Rows of stacked leads with time and beats above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from einthoven.paper.drawing import QUIET, Drawing, Float64, Grid, Text, Trace
from einthoven.paper.geometry import GUTTER, MARK_BAND, PULSE_S, LeadBox, Scale, Source, clock, shorten
from einthoven.paper.marks import mark_beats, tint_beats
from einthoven.paper.trace import trace_runs


def draw_row(
    drawing: Drawing,
    y: float,
    source: Source,
    boxes: Sequence[LeadBox],
    scale: Scale,
    start: float,
    seconds: float,
    *,
    note: str = "",
) -> float:
    """Draw leads one under the other, with time and beats above, from ``y`` down; return the lower end.

    Args:
        drawing: the sheet.
        y: upper end, mm.
        source: what to draw.
        boxes: the leads' strips.
        scale: speed and gain.
        start: seconds from the start of the recording.
        seconds: how much to draw, at most ``scale.seconds``.
        note: a short text beside the first lead, where the scale keeps room at the right.
    """
    height = MARK_BAND + sum(box.height for box in boxes)
    band = MARK_BAND
    tint_beats(drawing, source, scale, y + band, height - band, start, seconds)
    if scale.true:
        drawing.add(Grid(0.0, y, drawing.width, height))
    else:
        second, millivolt = scale.speed, scale.gain
        right = GUTTER + scale.seconds * scale.speed
        drawing.add(
            Grid(
                GUTTER, y + band, right - GUTTER, height - band, second, millivolt, second * 5, height - band
            )
        )
    mark_beats(drawing, source, scale, y, band, start, seconds)
    drawing.add(Text(1.0, y + 3.6, clock(start), 2.6, bold=True))
    if note:
        drawing.add(Text(drawing.width - 1.0, y + band + 3.0, note, 2.4, "end", QUIET))
    top = y + band
    for box in boxes:
        draw_lead(drawing, source, box, scale, top, GUTTER, start, seconds)
        draw_label(drawing, box, scale, top)
        top += box.height
    return y + height


def draw_lead(
    drawing: Drawing,
    source: Source,
    box: LeadBox,
    scale: Scale,
    top: float,
    x: float,
    start: float,
    seconds: float,
) -> None:
    """Draw one lead's trace from ``x`` on, its median on the base line, cut at the borders of its box."""
    values, first = source.stretch(box.index, start, seconds)
    present = values[np.isfinite(values)]
    if not present.size:
        return
    runs = trace_runs(
        values - np.median(present),
        source.recording.fs,
        x=x,
        baseline=top + box.baseline,
        speed=scale.speed,
        gain=scale.gain,
        top=top,
        bottom=top + box.height,
        first=first,
        resolution=scale.resolution,
    )
    drawing.add(Trace(runs, 0.28 if scale.true else 0.16))


def draw_label(drawing: Drawing, box: LeadBox, scale: Scale, top: float) -> None:
    """Draw the calibration pulse (1 mV for 200 ms) and the lead's name under it."""
    zero = top + box.baseline
    size = 3.2 if scale.true else 2.4
    below = min(top + box.height - 0.8, zero + 1.2 + size)
    if scale.true:
        drawing.add(Trace((pulse(GUTTER - 2.0 - PULSE_S * scale.speed - 2.0, zero, scale),)))
    else:
        below = zero + size * 0.36
    drawing.add(Text(1.0, below, shorten(box.name, GUTTER - 2.0, size), size, bold=True))


def pulse(x: float, zero: float, scale: Scale) -> Float64:
    """Return the calibration pulse, 1.5 mm of base line on either side."""
    left, right, peak = x, x + PULSE_S * scale.speed, zero - scale.gain
    return np.array(
        [(left - 1.5, zero), (left, zero), (left, peak), (right, peak), (right, zero), (right + 1.5, zero)]
    )
