"""``render``: a stretch of a recording on ECG paper, as SVG text, a picture or a PDF."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from einthoven.errors import SignalError, did_you_mean
from einthoven.paper.drawing import PAPERS, QUIET, Drawing, Text
from einthoven.paper.geometry import Samples, Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_row
from einthoven.paper.marks import beats_between
from einthoven.paper.twelve_lead import PageLayout, draw_page
from einthoven.recording import AAMI_CLASSES, STANDARD_LEADS, Beats, Float32, Recording

if TYPE_CHECKING:
    from PIL import Image

HEADER = 10.0  # mm above the first row
FOOTER = 6.0  # mm below the last one
ROW_MM = 250.0  # 10 s at 25 mm/s
DEFAULT_SECONDS = 60.0
MOST_SECONDS = 3600.0
FORMATS = ("svg", "png", "pdf")


@overload
def render(
    recording: Recording,
    *,
    layout: str | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    beats: Beats | None = None,
    leads: Sequence[str] | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    band: tuple[float, float] | None = None,
    paper: str = "pink",
    format: Literal["svg"] = "svg",
    dpi: float = 150.0,
) -> str: ...


@overload
def render(
    recording: Recording,
    *,
    layout: str | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    beats: Beats | None = None,
    leads: Sequence[str] | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    band: tuple[float, float] | None = None,
    paper: str = "pink",
    format: Literal["png"],
    dpi: float = 150.0,
) -> Image.Image: ...


@overload
def render(
    recording: Recording,
    *,
    layout: str | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    beats: Beats | None = None,
    leads: Sequence[str] | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    band: tuple[float, float] | None = None,
    paper: str = "pink",
    format: Literal["pdf"],
    dpi: float = 150.0,
) -> bytes: ...


def render(
    recording: Recording,
    *,
    layout: str | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    beats: Beats | None = None,
    leads: Sequence[str] | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    band: tuple[float, float] | None = None,
    paper: str = "pink",
    format: Literal["svg", "png", "pdf"] = "svg",
    dpi: float = 150.0,
) -> str | Image.Image | bytes:
    """Draw a stretch of a recording on ECG paper, true to scale, with a calibration pulse of 1 mV and 200 ms.

    Args:
        recording: what to draw.
        layout: ``"strip"`` (rows of 10 s, leads under each other), ``"3x4"``, ``"6x2"`` or ``"12x1"``,
            each of these also with rhythm strips (``"3x4+1"``). Default: ``"3x4+1"`` for at most 15 s of a
            12-lead recording (at least 10 standard leads), else ``"strip"``.
        start: first moment, seconds from the start of the recording.
        seconds: how much; default: up to 60 s of strips, 10 s of a 12-lead page. What the recording
            does not have is left empty.
        beats: beats to mark above the trace; letters N S V F Q, a question mark where the probability of the
            beat's own class is below 0.6.
        leads: names of the leads to draw, in this order; default: all. Only for strips.
        speed: mm/s.
        gain: mm/mV.
        band: pass band in Hz to filter with before drawing; default: samples as recorded.
        paper: ``pink``, ``blue``, ``green`` or ``grey``.
        format: ``"svg"`` gives text, ``"png"`` a picture, ``"pdf"`` the bytes of a document of one page.
        dpi: dots per inch of the picture.

    Returns:
        SVG text, a Pillow image, or the PDF's bytes.

    Raises:
        SignalError: nothing to draw at that time, or a layout, lead, scale, paper or format not known.
    """
    if format not in FORMATS:
        near = did_you_mean(format, FORMATS)
        raise SignalError(f"Format {format!r} cannot be drawn; allowed: {', '.join(FORMATS)}.{near}")
    drawing = draw(
        recording,
        layout=layout,
        start=start,
        seconds=seconds,
        beats=beats,
        leads=leads,
        speed=speed,
        gain=gain,
        band=band,
        paper=paper,
    )
    if format == "svg":
        from einthoven.paper.canvas_svg import to_svg

        return to_svg(drawing)
    if format == "pdf":
        from einthoven.paper.canvas_pdf import to_pdf

        return to_pdf(drawing)
    if not (np.isfinite(dpi) and 10 <= dpi <= 1200):
        raise SignalError(f"{dpi!r} dots per inch cannot be drawn; allowed: 10 to 1200.")
    from einthoven.paper.canvas_png import to_image

    return to_image(drawing, dpi)


def draw(
    recording: Recording,
    *,
    layout: str | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    beats: Beats | None = None,
    leads: Sequence[str] | None = None,
    speed: float = 25.0,
    gain: float = 10.0,
    band: tuple[float, float] | None = None,
    paper: str = "pink",
) -> Drawing:
    """Return the drawing that ``render`` paints; the arguments are the same."""
    if paper not in PAPERS:
        raise SignalError(
            f"Paper {paper!r} is not known; allowed: {', '.join(PAPERS)}.{did_you_mean(paper, tuple(PAPERS))}"
        )
    for name, value, low, high, unit in (("Speed", speed, 1, 200, "mm/s"), ("Gain", gain, 0.5, 100, "mm/mV")):
        if not low <= value <= high:
            raise SignalError(f"{name} {value!r} {unit} cannot be drawn; allowed: {low} to {high} {unit}.")
    indices = lead_indices(recording, leads)
    standard = sum(name in STANDARD_LEADS for name in recording.leads)
    if layout is None:
        brief = (seconds if seconds is not None else recording.duration - start) <= 15.0
        layout = "3x4+1" if standard >= 10 and brief and leads is None else "strip"
    page = None if layout == "strip" else PageLayout.parse(layout)
    if page and not standard:
        raise SignalError(
            f"Layout {layout!r} needs standard leads ({' '.join(STANDARD_LEADS)}); this recording has "
            f"{', '.join(recording.leads) or 'none'}. Choose layout 'strip'."
        )
    seconds = _checked_seconds(recording, start, seconds, 10.0 if page else DEFAULT_SECONDS)
    source = Source(recording, filtered(recording, band), beats)
    row_s = seconds if page else ROW_MM / speed
    scale = Scale(speed, gain, row_s)
    drawing = Drawing(scale.width, 0.0, PAPERS[paper], describe(source, start, seconds))
    y = _header(drawing, recording, start, seconds)
    if page:
        y = draw_page(drawing, y, source, page, scale, start, seconds)
    else:
        highest = max(15.0, 5.0 * math.floor(180.0 / max(1, len(indices)) / 5.0))
        lowest = 20.0 if len(indices) > 3 else 25.0
        boxes = box_heights(
            source, indices, [(start, seconds)], gain, lowest=lowest, highest=min(45.0, highest)
        )
        for row in range(max(1, math.ceil(seconds / row_s - 1e-9))):
            at = start + row * row_s
            y = draw_row(drawing, y, source, boxes, scale, at, min(row_s, start + seconds - at))
    drawing.height = y + FOOTER
    drawing.add(
        Text(drawing.width - 1.5, y + 4.2, scale_text(speed, gain, band, recording.fs), 2.8, "end", QUIET)
    )
    return drawing


def lead_indices(recording: Recording, leads: Sequence[str] | None) -> list[int]:
    """Return the rows of the wanted leads.

    Raises:
        SignalError: a lead is not in the recording.
    """
    if leads is None:
        return list(range(recording.n_leads))
    missing = [name for name in leads if name not in recording.leads]
    if missing:
        raise SignalError(
            f"Lead {missing[0]!r} is not in the recording; it has {', '.join(recording.leads)}."
            f"{did_you_mean(missing[0], recording.leads)}"
        )
    return [recording.leads.index(name) for name in leads]


def filtered(recording: Recording, band: tuple[float, float] | None, margin_s: float = 5.0) -> Samples:
    """Return access to the samples as drawn: as recorded, or filtered (zero phase) stretch by stretch.

    Each stretch is filtered with ``margin_s`` seconds on either side, so that its ends show no start-up.
    Where the band reaches half the sampling rate, nothing is above it and only its lower end is filtered.
    """
    if band is None:
        return lambda lead, first, last: recording.signals[lead, first:last]

    def samples(lead: int, first: int, last: int) -> Float32:
        from einthoven.signal.filters import bandpass, highpass

        margin = round(margin_s * recording.fs)
        begin, end = max(0, first - margin), min(recording.n_samples, last + margin)
        stretch = recording.signals[lead : lead + 1, begin:end]
        if stretch.shape[1] < 2 or not np.isfinite(stretch).any():
            return recording.signals[lead, first:last]
        low, high = band
        if _reaches(band, recording.fs):
            smooth = bandpass(stretch, recording.fs, low, high)
        else:
            smooth = highpass(stretch, recording.fs, low)
        return np.asarray(smooth[0, first - begin : last - begin], dtype=np.float32)

    return samples


def _reaches(band: tuple[float, float], fs: float) -> bool:
    """Whether the sampling rate leaves anything above the band to be removed."""
    return band[1] < 0.45 * fs


def scale_text(speed: float, gain: float, band: tuple[float, float] | None, fs: float) -> str:
    """Return speed, gain and filter as printed on the sheet."""
    if band is None:
        passed = "no filter"
    else:
        passed = f"{band[0]:g}–{band[1]:g} Hz" if _reaches(band, fs) else f"from {band[0]:g} Hz"
    return f"{speed:g} mm/s · {gain:g} mm/mV · {passed}"


def describe(source: Source, start: float, seconds: float) -> str:
    """Return what a drawing shows, for those who cannot see it."""
    leads = ", ".join(source.recording.leads) or "no lead"
    text = f"ECG of {leads} from {clock(start)} to {clock(start + seconds)}"
    if source.beats is None:
        return text
    classes = source.beats.classes[beats_between(source.beats.samples, source.recording.fs, start, seconds)]
    counts = {letter: int(np.count_nonzero(classes == letter)) for letter in AAMI_CLASSES}
    found = ", ".join(f"{count} {letter}" for letter, count in counts.items() if count)
    return f"{text}; {len(classes)} beats{': ' + found if found else ''}"


def _checked_seconds(recording: Recording, start: float, seconds: float | None, most: float) -> float:
    if not recording.n_leads or not recording.n_samples:
        raise SignalError(
            f"The recording has {recording.n_leads} leads of {recording.n_samples} samples; "
            "there is nothing to draw."
        )
    if not 0 <= start < recording.duration:
        raise SignalError(
            f"Start {start!r} s is outside the recording; allowed: 0 to {recording.duration:g} s."
        )
    if seconds is None:
        return min(most, recording.duration - start)
    if not 0 < seconds <= MOST_SECONDS:
        raise SignalError(
            f"{seconds!r} s cannot be drawn on one sheet; allowed: above 0 to {MOST_SECONDS:g} s."
        )
    return seconds


def _header(drawing: Drawing, recording: Recording, start: float, seconds: float) -> float:
    name = recording.name or "ECG"
    drawing.add(Text(1.0, 4.6, name if len(name) <= 60 else name[:59] + "…", 4.0, bold=True))
    when = f"{clock(start)} – {clock(start + seconds)}"
    if recording.start is not None:
        when = f"{recording.start:%Y-%m-%d %H:%M:%S} · {when}"
    drawing.add(Text(drawing.width - 1.5, 4.6, when, 3.0, "end", QUIET))
    drawing.add(Text(1.0, 8.2, "Research software, not a medical device", 2.4, colour=QUIET))
    return HEADER
