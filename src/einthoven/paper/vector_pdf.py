"""A PDF page whose traces are vectors, read from its vectors: exactly, without looking at a pixel.

Millimetres come from the drawn grid, speed and gain from the print or the calibration pulse, lead names from
the text beside the traces. Where a trace has one corner a sample (most devices do), its samples come out as
they were recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from einthoven.errors import PageError
from einthoven.paper.pages import chosen_pages, file_content, page_format
from einthoven.paper.pdf_pages import open_pdf
from einthoven.paper.vector_parts import (
    GridLines,
    Pulse,
    as_pulse,
    as_trace,
    find_grid,
    lead_labels,
    printed_scales,
)
from einthoven.paper.vector_paths import vector_content
from einthoven.paper.vector_rows import Piece, arrange, layout_name
from einthoven.recording import Float32, Recording

DEFAULT_FS = 500.0
_RATES = (100.0, 125.0, 128.0, 200.0, 240.0, 250.0, 256.0, 300.0, 360.0, 400.0, 500.0, 512.0, 1000.0, 2000.0)
_ROUNDING = 0.005  # mm: many writers keep two decimals of a point
_LIMB_CHAIN = (("III", "II", "I", 1.0, -1.0), ("aVR", "I", "II", -0.5, -0.5), ("aVF", "II", "I", 1.0, -0.5))


@dataclass(frozen=True, eq=False)
class VectorPage:
    """What a vector page says.

    Attributes:
        recording: the leads, NaN where the page shows nothing; sequential columns follow each other in time.
        layout: ``"3x4+1"``, ``"12x1"``, ``"strip"`` and so on.
        speed: mm/s.
        gain: mm/mV.
        mm: millimetres of the page for a millimetre of the ECG paper (across, down): 1 unless it was scaled.
        boxes: for each piece of a lead, its name and its box (left, top, right, bottom) in mm of the page.
        checks: measured for control: ``pulse_mv`` (height of the pulse by grid and gain, should be 1),
            ``einthoven_rms_mv`` (III - II + I and its like where they are shown together).
        notes: sentences on what was assumed.
    """

    recording: Recording
    layout: str
    speed: float
    gain: float
    mm: tuple[float, float]
    boxes: tuple[tuple[str, tuple[float, float, float, float]], ...]
    checks: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_vector_page(pdf: Path | str | bytes, page: int = 1, *, fs: float | None = None) -> VectorPage | None:
    """Read one page of a PDF from its vectors.

    Args:
        pdf: a path or the content of a PDF.
        page: number of the page, 1 for the first.
        fs: rate to bring the samples to, Hz; default: that of the drawn samples where it shows, else 500.

    Returns:
        The page, or None where it has no vector traces with grid, pulse or stated scale: it is to be read
        as a picture then.

    Raises:
        PageError: the file is no readable PDF, or has no such page.
    """
    name, data = file_content(pdf)
    if page_format(data[:1024]) != "pdf":
        raise PageError(f"{name}: no PDF; only a PDF has vectors to read.", "format")
    with open_pdf(data, name) as document:
        chosen_pages(name, len(document), [page])
        content = vector_content(document[page - 1])
    if content is None:
        return None
    pulses = [pulse for pulse in map(as_pulse, content.lines) if pulse]
    traces = [
        trace
        for line in content.lines
        if not as_pulse(line)
        for trace in [as_trace(line)]
        if trace is not None
    ]
    speeds, gains = printed_scales(content.text)
    grid = find_grid(content.lines)
    if not traces or not (grid or pulses or (speeds and gains)):
        return None
    pieces, notes = arrange(traces, lead_labels(content.words))
    if not pieces:
        return None

    scale = _scale(grid, pulses, speeds, gains)
    notes += scale.notes
    signals, leads, rate = _samples(pieces, pulses, scale, fs)
    zero_marked = all(_foot(piece, pulses) is not None for piece in pieces)
    if not zero_marked:
        notes += ("No calibration pulse marks 0 mV in every row; the median of the row was taken.",)
    recording = Recording(signals, rate, leads, name=Path(name).stem, source=name, warnings=notes)
    checks = _einthoven(recording)
    if pulses:
        heights = [pulse.height for pulse in pulses]
        checks["pulse_mv"] = float(np.median(heights)) / (scale.gain * scale.down)
    boxes = tuple((piece.lead, piece.box) for piece in pieces)
    return VectorPage(
        recording,
        layout_name(pieces),
        scale.speed,
        scale.gain,
        (scale.across, scale.down),
        boxes,
        checks,
        notes,
    )


@dataclass(frozen=True)
class _Scale:
    speed: float
    gain: float
    across: float
    down: float
    notes: tuple[str, ...]


def _scale(grid: GridLines | None, pulses: list[Pulse], speeds: list[float], gains: list[float]) -> _Scale:
    """Bring grid, pulse and print together.

    Raises:
        PageError: the page states several gains or speeds.
    """
    for what, values in (("speeds", speeds), ("gains", gains)):
        if len(values) > 1:
            seen = ", ".join(f"{value:g}" for value in values)
            raise PageError(f"The page states several {what} ({seen}); allowed: one for all leads.", "scale")
    notes: list[str] = []
    across = grid.across / grid.unit if grid else 1.0
    down = grid.down / grid.unit if grid else 1.0
    height = float(np.median([pulse.height for pulse in pulses])) if pulses else None
    if grid and height and gains and not 0.9 < height / down / gains[0] < 1.1:
        # A page that was shrunk: its squares are taken for others until pulse and print agree.
        for unit in (1.0, 5.0):
            if 0.9 < height / (grid.down / unit) / gains[0] < 1.1:
                across, down = grid.across / unit, grid.down / unit
                break
        else:
            notes.append("Pulse and grid do not agree with the printed gain; the grid was believed.")
    if not grid and height and gains:
        across = down = height / gains[0]
    if not grid:
        notes.append("No grid is drawn; the scale is that of pulse and print.")
    gain = gains[0] if gains else None
    if gain is None and height:
        gain = min((2.5, 5.0, 10.0, 20.0, 40.0), key=lambda value: abs(np.log(height / down / value)))
        notes.append(f"No gain is printed; the pulse of 1 mV is {height / down:.1f} mm high: {gain:g} mm/mV.")
    if gain is None:
        gain = 10.0
        notes.append("No gain is printed and no pulse drawn; 10 mm/mV was assumed.")
    if speeds:
        speed = speeds[0]
    elif pulses and any(abs(pulse.width / across - 10.0) < 1.0 for pulse in pulses):
        speed = 50.0
        notes.append("No speed is printed; the pulse of 200 ms is 10 mm wide: 50 mm/s.")
    else:
        speed = 25.0
        notes.append("No speed is printed; 25 mm/s was assumed.")
    return _Scale(speed, gain, across, down, tuple(notes))


def _foot(piece: Piece, pulses: list[Pulse]) -> float | None:
    """Return the y of 0 mV that a pulse in the row of a piece marks."""
    near = [pulse for pulse in pulses if abs(pulse.foot - piece.row_middle) < 8.0]
    return min(near, key=lambda pulse: abs(pulse.foot - piece.row_middle)).foot if near else None


def _samples(
    pieces: list[Piece], pulses: list[Pulse], scale: _Scale, fs: float | None
) -> tuple[Float32, tuple[str, ...], float]:
    """Return signals in millivolt, lead names, and the rate."""
    per_second = scale.speed * scale.across
    step = _drawn_step(pieces)
    own = _usual_rate(per_second / step) if step else None
    rate = fs or own or DEFAULT_FS
    leads = tuple(dict.fromkeys(piece.lead for piece in pieces))
    start = min(piece.points[0, 0] for piece in pieces)
    ends = [(piece.later + piece.points[-1, 0] - start) / per_second for piece in pieces]
    one_a_sample = own is not None and rate == own
    last = max(ends) * (per_second / step if one_a_sample and step else rate)
    signals = np.full((len(leads), round(last) + 1), np.nan, dtype=np.float32)
    # The longest piece of a lead last: where a rhythm strip repeats a lead, the strip is what is kept.
    for piece in sorted(pieces, key=lambda piece: float(np.ptp(piece.points[:, 0]))):
        foot = _foot(piece, pulses)
        zero = piece.row_middle if foot is None else foot
        values = (zero - piece.points[:, 1]) / (scale.gain * scale.down)
        times = (piece.later + piece.points[:, 0] - start) / per_second
        row = signals[leads.index(piece.lead)]
        if one_a_sample and step:
            # Counted in drawn steps: a scale that is off by a little neither skips nor doubles a sample.
            at = np.rint((piece.later + piece.points[:, 0] - start) / step).astype(np.int64)
            row[at] = values
        else:
            within = (np.ceil(times[0] * rate - 1e-3), np.floor(times[-1] * rate + 1e-3))
            at = np.arange(int(within[0]), int(within[1]) + 1)
            row[at] = np.interp(at / rate, times, values)
    return signals, leads, float(rate)


def _drawn_step(pieces: list[Piece]) -> float | None:
    """Return how far apart corners are on traces with one a sample, mm; None where they are uneven."""
    steps = []
    for piece in pieces:
        apart = np.diff(piece.points[:, 0])
        step = float(np.median(apart))
        # A trace that is cut off at its row's border has a corner more there.
        if step <= 2 * _ROUNDING or np.mean(np.abs(apart - step) < max(0.1 * step, _ROUNDING)) < 0.97:
            return None
        even = apart[np.abs(apart - step) < max(0.1 * step, _ROUNDING)]
        steps.append((float(even.sum()), len(even)))
    extent, count = (sum(parts) for parts in zip(*steps, strict=True))
    every = extent / count
    return None if any(abs(wide / n - every) > 0.02 * every for wide, n in steps) else every


def _usual_rate(rate: float) -> float | None:
    """Return the usual rate (Hz) nearest to a measured one, or the measured one; None if no ECG has it."""
    if not 80.0 <= rate <= 4000.0:
        return None
    nearest = min(_RATES, key=lambda usual: abs(rate - usual))
    return nearest if abs(rate - nearest) < 0.006 * nearest else rate


def _einthoven(recording: Recording) -> dict[str, float]:
    """Return the RMS of what should be zero among limb leads that are shown at the same time."""
    at = {lead: row for row, lead in enumerate(recording.leads)}
    rests = []
    for lead, first, second, a, b in _LIMB_CHAIN:
        if {lead, first, second} <= set(at):
            parts = [recording.signals[at[name]] for name in (lead, first, second)]
            rest = parts[0] - a * parts[1] - b * parts[2]
            shown = rest[np.isfinite(rest)]
            if shown.size >= recording.fs / 4:
                rests.append(float(np.sqrt(np.mean((shown - np.median(shown)) ** 2))))
    return {"einthoven_rms_mv": max(rests)} if rests else {}
