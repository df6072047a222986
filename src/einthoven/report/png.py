"""The report as one picture: heading, key numbers, and the most telling strips true to scale.

A 12-lead record shows its page instead, with measurements, findings and where the network looked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.analysis_result import Analysis
from einthoven.paper.canvas_png import to_image
from einthoven.paper.drawing import PAPERS, QUIET, Bar, Chip, Drawing, Paper, Text, moved
from einthoven.paper.geometry import Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_row
from einthoven.paper.render import filtered, scale_text
from einthoven.recording import AAMI_CLASSES
from einthoven.report import evidence, measured
from einthoven.report.markup import number
from einthoven.report.review import whose_answer
from einthoven.report.selection import STRIP_S, Highlight, choose_highlights
from einthoven.report.strips import BAND, rhythm_leads
from einthoven.report.twelve_lead import is_twelve_lead

if TYPE_CHECKING:
    from PIL import Image

STRIPS = 3
MOST_WARNINGS = 5
DECISIONS = ("present", "borderline", "refused", "absent")
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
    if is_twelve_lead(analysis):
        y = _measured(sheet, analysis, y)
        y = _findings(sheet, analysis, y)
        sheet.height = _pages(sheet, analysis, y)
    else:
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
    sheet.add(
        Text(
            MARGIN,
            16.0,
            f"Research software, not a medical device. {whose_answer(analysis)}",
            2.8,
            colour=QUIET,
        )
    )
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


def _measured(sheet: Drawing, analysis: Analysis, y: float) -> float:
    """Write rate, intervals and axes in a row, ST levels below."""
    rate = analysis.rhythm.heart_rate
    columns = [("Heart rate", f"{number(rate.mean)}/min" if rate else "–")]
    for code, name in (("pr", "PR"), ("qrs", "QRS"), ("qt", "QT"), ("qtc_bazett", "QTc (Bazett)")):
        columns.append((name, measured.shown(measured.find(analysis, code))))
    axes = [measured.find(analysis, f"axis_{wave}") for wave in ("p", "qrs", "t")]
    columns.append(
        ("Axes P / QRS / T", " / ".join(measured.shown(axis).replace("°", " deg") for axis in axes))
    )
    columns = [column for column in columns if analysis.measurements is not None or column[0] == "Heart rate"]
    x = MARGIN
    for name, value in columns:
        sheet.add(Text(x, y + 4.6, name, 3.0, colour=QUIET))
        sheet.add(Text(x, y + 11.0, value.replace("\u00a0", " ").replace("\u202f", ""), 5.0, bold=True))
        x += 38.0
    y += 14.0
    if analysis.measurements is not None:
        levels = [
            f"{lead} {round(m.value, 2) + 0.0:+.2f}"
            for lead, of_lead in analysis.measurements.leads.items()
            for m in of_lead
            if m.code == "st_j60" and m.value is not None
        ]
        text = f"ST at J + 60 ms, mV: {'   '.join(levels[:12]) or 'not measurable'}"
        sheet.add(Text(MARGIN, y + 2.6, text, 3.0))
        y += 5.0
    return y


def _findings(sheet: Drawing, analysis: Analysis, y: float) -> float:
    """Write what is present, borderline or refused, and in one line what is absent."""
    absent = []
    for finding in sorted(analysis.findings, key=lambda finding: DECISIONS.index(finding.decision)):
        chance = "" if finding.probability is None else f" {finding.probability:.2f}"
        if finding.decision == "absent":
            absent.append(f"{finding.label}{chance}")
            continue
        detail = f"   {finding.detail}" if finding.detail else ""
        line = f"{finding.decision}{chance}{detail}"
        sheet.add(Text(MARGIN, y + 4.2, finding.label, 3.6, bold=finding.decision == "present"))
        sheet.add(Text(MARGIN + 70.0, y + 4.2, line if len(line) <= 90 else line[:89] + "…", 3.4))
        y += 5.4
    if absent:
        text = f"Absent: {', '.join(absent)}"
        sheet.add(Text(MARGIN, y + 4.2, text if len(text) <= 140 else text[:139] + "…", 3.0, colour=QUIET))
        y += 5.4
    return y + 3.0


def _pages(sheet: Drawing, analysis: Analysis, y: float) -> float:
    """Put the 12-lead page below, and that of the first finding with evidence below it."""
    y = _paste(sheet, evidence.page(analysis), y)
    found = [each for each in evidence.gather(analysis) if each.leads]
    if found:
        first = found[0]
        title = f"Where the network looked: {first.finding.label}, {first.finding.decision}. {first.words}"
        sheet.add(Text(MARGIN, y + 5.0, title, 3.2, bold=True))
        y = _paste(sheet, evidence.page(analysis, first), y + 7.0)
    return y


def _paste(sheet: Drawing, page: Drawing, y: float) -> float:
    sheet.add(Bar(0.0, y, page.width, page.height, page.paper.ground))
    sheet.add(*(moved(item, y) for item in page.items))
    return y + page.height


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
