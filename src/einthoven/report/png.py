"""The report as one picture: heading, key numbers, and the most telling strips true to scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.analysis_result import Analysis
from einthoven.paper.canvas_png import to_image
from einthoven.paper.drawing import PAPERS, QUIET, Chip, Drawing, Paper, Text
from einthoven.paper.geometry import Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_row
from einthoven.paper.render import filtered, scale_text
from einthoven.recording import AAMI_CLASSES
from einthoven.report.selection import STRIP_S, Highlight, choose_highlights
from einthoven.report.strips import BAND, rhythm_leads

if TYPE_CHECKING:
    from PIL import Image

STRIPS = 3
MOST_WARNINGS = 5
MARGIN = 5.0
TRUE = Scale()
DPI = 150.0


def to_picture(analysis: Analysis, dpi: float = DPI) -> Image.Image:
    """Return an RGB image, 265 mm wide."""
    return to_image(draw_sheet(analysis), dpi)


def draw_sheet(analysis: Analysis) -> Drawing:
    """Return the drawing of the summary."""
    pink = PAPERS["pink"]
    sheet = Drawing(TRUE.width, 0.0, Paper("#ffffff", pink.minor, pink.major), "ECG summary")
    y = _heading(sheet, analysis)
    y = _numbers(sheet, analysis, y)
    sheet.height = _strips(sheet, analysis, y)
    return sheet


def write(analysis: Analysis, path: Path) -> Path:
    """Write the picture and return its path."""
    to_picture(analysis).save(path, dpi=(DPI, DPI))
    return path


def _heading(sheet: Drawing, analysis: Analysis) -> float:
    recording = analysis.recording
    name = recording.name or "Recording without a name"
    sheet.add(Text(MARGIN, 11.0, name if len(name) <= 60 else name[:59] + "…", 6.5, bold=True))
    leads = ", ".join(recording.leads[:12]) or "no lead"
    facts = f"{clock(recording.duration)} · {leads} · {recording.fs:g} Hz"
    sheet.add(Text(sheet.width - MARGIN, 11.0, facts, 3.4, "end", QUIET))
    sheet.add(Text(MARGIN, 16.0, "Research software, not a medical device.", 2.8, colour=QUIET))
    y = 20.0
    said = [analysis.refusal] if analysis.refusal else []
    said += [text for text in analysis.warnings if text != analysis.refusal]
    if len(said) > MOST_WARNINGS:
        rest = len(said) - MOST_WARNINGS + 1
        said[MOST_WARNINGS - 1 :] = [f"and {rest} more warnings; the HTML and JSON reports hold all"]
    for text in said:
        line = text if len(text) <= 150 else text[:149] + "…"
        sheet.add(Text(MARGIN, y + 3.0, f"! {line}", 3.0, colour="#8a4b00"))
        y += 4.6
    return y


def _numbers(sheet: Drawing, analysis: Analysis, y: float) -> float:
    rhythm = analysis.rhythm
    rate = rhythm.heart_rate
    columns = [
        (
            "Heart rate",
            f"{rate.mean:.0f}/min" if rate else "-",
            f"{rate.minimum:.0f} to {rate.maximum:.0f}" if rate else "",
        )
    ]
    columns.append(("Beats", f"{rhythm.n_beats}", ""))
    for letter in AAMI_CLASSES:
        share = rhythm.burden.get(letter)
        columns.append((letter, f"{rhythm.counts.get(letter, 0)}", "" if share is None else f"{share:.1f} %"))
    step = (sheet.width - 2 * MARGIN) / len(columns)
    for i, (name, value, note) in enumerate(columns):
        x = MARGIN + i * step
        if name in AAMI_CLASSES:
            sheet.add(Chip(x, y + 1.0, 4.6, 4.6, name, name))
        else:
            sheet.add(Text(x, y + 4.6, name, 3.0, colour=QUIET))
        sheet.add(Text(x, y + 13.0, value, 6.5, bold=True), Text(x, y + 18.0, note, 3.0, colour=QUIET))
    return y + 24.0


def _strips(sheet: Drawing, analysis: Analysis, y: float) -> float:
    recording = analysis.recording
    if not recording.n_leads or not recording.n_samples:
        sheet.add(Text(MARGIN, y + 4.0, "The recording holds no samples; there is nothing to draw.", 3.4))
        return y + 10.0
    leads = rhythm_leads(analysis)
    source = Source(recording, filtered(recording, BAND), analysis.beats)
    shown = _stretches(analysis)
    boxes = box_heights(
        source, leads, [(h.start, STRIP_S) for h in shown], TRUE.gain, lowest=25.0, highest=40.0
    )
    for highlight in shown:
        reason = "; ".join(highlight.reasons)
        sheet.add(Text(MARGIN, y + 4.0, reason if len(reason) <= 130 else reason[:129] + "…", 3.2, bold=True))
        seconds = min(STRIP_S, recording.duration - highlight.start)
        y = draw_row(sheet, y + 6.0, source, boxes, TRUE, highlight.start, seconds) + 4.0
    scale = scale_text(TRUE.speed, TRUE.gain, BAND, recording.fs)
    sheet.add(Text(sheet.width - MARGIN, y + 2.0, scale, 3.0, "end", QUIET))
    left = f"{STRIP_S * len(shown):.0f} s of {clock(recording.duration)} are shown."
    sheet.add(Text(MARGIN, y + 2.0, left, 3.0, colour=QUIET))
    return y + 6.0


def _stretches(analysis: Analysis) -> list[Highlight]:
    total = analysis.recording.duration
    if total <= STRIP_S * STRIPS:
        starts = [0.0] if total <= STRIP_S else [STRIP_S * i for i in range(STRIPS) if STRIP_S * i < total]
        return [Highlight(start, (f"From {clock(start)}",)) for start in starts]
    return choose_highlights(analysis, STRIPS) or [Highlight(0.0, ("The beginning",))]
