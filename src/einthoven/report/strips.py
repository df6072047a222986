"""The strips of a report: all of a short recording, a compact view and chosen stretches of a long one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from einthoven.analysis_result import Analysis
from einthoven.paper.canvas_svg import to_svg
from einthoven.paper.drawing import PAPERS, QUIET, Drawing, Text
from einthoven.paper.geometry import LeadBox, Scale, Source, box_heights, clock
from einthoven.paper.layout import draw_row
from einthoven.paper.marks import beats_between
from einthoven.paper.render import FOOTER, describe, filtered, scale_text
from einthoven.paper.twelve_lead import PageLayout, draw_page
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.report.markup import duration, esc, plural
from einthoven.report.selection import MOST_STRIPS, STRIP_S, Highlight, choose_highlights

BAND = (0.5, 40.0)  # Hz: the usual monitor band
ALL_SHOWN_S = 600.0  # up to this long, everything is shown true to scale
ALL_LEADS_S = 60.0  # up to this long, with any number of leads
EVERY_MINUTE_S = 7200.0  # up to this long, every minute is shown compactly; beyond, one minute an hour
MOST_HOURS = 48
PAGE_FROM = 8  # standard leads that make a 12-lead page
MOST_LEADS = 3
COMPACT_LEADS = 2
LEADS_A_ROW = 6
TALLEST_ROW = 180.0  # mm: a row stays on one landscape page

TRUE = Scale()
COMPACT = Scale(speed=4.0, gain=5.0, seconds=60.0, resolution=0.1, true=False, right=10.0)


@dataclass(slots=True)
class Strips:
    """The drawn strips as HTML, what they show in words, and where each drawn stretch is."""

    html: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    places: list[tuple[float, float, str]] = field(default_factory=list)  # start, end, id; true scale only
    highlights: list[Highlight] = field(default_factory=list)

    def link(self, time: float) -> str:
        """Return the id of a true-scale strip that shows ``time``, or an empty string."""
        return next((name for start, end, name in self.places if start <= time < end), "")


def draw_strips(analysis: Analysis, *, with_page: bool = True) -> Strips:
    """Draw what the length of the recording allows, and say what is shown and what is not.

    ``with_page``: begin with a 12-lead page where there are leads enough.
    """
    recording = analysis.recording
    strips = Strips()
    if not recording.n_leads or not recording.n_samples:
        strips.shown.append("The recording holds no samples; there is nothing to draw.")
        return strips
    source = Source(recording, filtered(recording, BAND), analysis.beats)
    if with_page and sum(name in STANDARD_LEADS for name in recording.leads) >= PAGE_FROM:
        _page(strips, source)
    if recording.duration <= ALL_SHOWN_S:
        _everything(strips, analysis, source)
    else:
        strips.highlights = choose_highlights(analysis)
        leads = rhythm_leads(analysis)
        _chosen(strips, source, leads)
        _compact(strips, analysis, source, rhythm_leads(analysis, COMPACT_LEADS))
    return strips


def rhythm_leads(analysis: Analysis, most: int = MOST_LEADS) -> list[int]:
    """Return at most ``most`` leads: all where there are few, else the usual usable ones for rhythm."""
    recording = analysis.recording
    if recording.n_leads <= most:
        return list(range(recording.n_leads))
    usable = [i for i, lead in enumerate(analysis.quality) if lead.usable] or list(range(recording.n_leads))
    preferred = [i for name in ("II", "MLII", "V1", "V5") for i in usable if recording.leads[i] == name]
    return sorted((preferred + [i for i in usable if i not in preferred])[:most])


def _lead_words(recording: Recording, leads: Sequence[int]) -> str:
    names = ", ".join(recording.leads[i] for i in leads)
    rest = recording.n_leads - len(leads)
    return f"{'leads' if len(leads) > 1 else 'lead'} {names}" + (f" of {recording.n_leads}" if rest else "")


def _page(strips: Strips, source: Source) -> None:
    recording = source.recording
    seconds = min(10.0, recording.duration)
    drawing = Drawing(TRUE.width, 0.0, PAPERS["pink"], f"12-lead page. {describe(source, 0.0, seconds)}")
    drawing.height = draw_page(drawing, 0.0, source, PageLayout(3, 4, 1), TRUE, 0.0, seconds)
    _footer(drawing, recording.fs, TRUE)
    strips.html.append(
        _figure("12 leads", f"The first {duration(seconds)}, columns one after the other.", [drawing])
    )
    strips.shown.append(f"The first {duration(seconds)} as a 12-lead page.")


def _everything(strips: Strips, analysis: Analysis, source: Source) -> None:
    recording = source.recording
    total = recording.duration
    leads = list(range(recording.n_leads)) if total <= ALL_LEADS_S else rhythm_leads(analysis)
    rows = max(1, math.ceil(total / STRIP_S - 1e-9))
    drawings: list[Drawing] = []
    groups = [leads[i : i + LEADS_A_ROW] for i in range(0, len(leads), LEADS_A_ROW)]
    boxes = [_boxes(source, group, [(0.0, total)]) for group in groups]
    for row in range(rows):
        start = row * STRIP_S
        for group in boxes:
            drawings.append(_row(source, group, TRUE, start, min(STRIP_S, total - start)))
        strips.places.append((start, start + STRIP_S, _name(start)))
    _footer(drawings[-1], recording.fs, TRUE)
    names = [
        _name((i // len(groups)) * STRIP_S) if i % len(groups) == 0 else "" for i in range(len(drawings))
    ]
    words = f"All {duration(total)}, {_lead_words(recording, leads)}, 10 s a row."
    strips.shown.append(words)
    strips.html.append(_figure("The whole recording", words, drawings, names))


def _chosen(strips: Strips, source: Source, leads: list[int]) -> None:
    recording = source.recording
    highlights = strips.highlights or [Highlight(0.0, ("The beginning",))]
    boxes = _boxes(source, leads, [(h.start, STRIP_S) for h in highlights])
    for highlight in highlights:
        name = _name(highlight.start)
        drawing = _row(source, boxes, TRUE, highlight.start, STRIP_S)
        _footer(drawing, recording.fs, TRUE)
        reasons = "".join(f"<li>{esc(reason)}</li>" for reason in highlight.reasons)
        strips.html.append(
            f'<figure class="strip" id="{name}"><figcaption><h4>{clock(highlight.start)}</h4>'
            f'<ul class="reasons">{reasons}</ul></figcaption>'
            f'<div class="paper">{to_svg(drawing, inline=True)}</div></figure>'
        )
        strips.places.append((highlight.start, highlight.start + STRIP_S, name))
    strips.shown.append(
        f"True to scale: {plural(len(highlights), 'stretch').replace('stretchs', 'stretches')} of 10 s "
        f"({_lead_words(recording, leads)}), at most {MOST_STRIPS}, chosen for what they show: runs, pauses, "
        "couplets, bigeminy, fast and slow stretches, the surest and the first beat of each class, the least "
        "certain beats."
    )


def _compact(strips: Strips, analysis: Analysis, source: Source, leads: list[int]) -> None:
    recording = source.recording
    starts = _minutes(analysis)
    total = recording.duration
    boxes = box_heights(
        source, leads, [(start, COMPACT.seconds) for start in starts], COMPACT.gain, lowest=10.0, highest=20.0
    )
    drawings = []
    for start in starts:
        seconds = min(COMPACT.seconds, total - start)
        drawings.append(_row(source, boxes, COMPACT, start, seconds, note=_rate(source, start, seconds)))
    _footer(drawings[-1], recording.fs, COMPACT)
    lead_words = _lead_words(recording, leads)
    if total <= EVERY_MINUTE_S:
        title, words = (
            "Every minute",
            f"All {duration(total)} at a smaller scale, one minute a row, {lead_words}.",
        )
    else:
        title = "One minute of each hour"
        period = "hour" if total <= MOST_HOURS * 3600 else "period"
        words = (
            f"Of each {period} the minute with most ectopic beats (the first where there are none), at a "
            f"smaller scale, {lead_words}: {duration(60.0 * len(starts))} of {duration(total)}. "
            "The rest is not drawn."
        )
    strips.shown.append(words)
    note = (
        " Ticks are N beats, other classes carry their letter (V×3: three in a row). Right: beats a minute."
    )
    strips.html.append(_figure(title, words + note, drawings))


def _minutes(analysis: Analysis) -> list[float]:
    """Return where each row of the compact view starts."""
    total = analysis.recording.duration
    if total <= EVERY_MINUTE_S:
        return [60.0 * i for i in range(math.ceil(total / 60.0 - 1e-9))]
    beats = analysis.beats
    ectopic = beats.samples[beats.classes != "N"] / analysis.recording.fs
    per_minute = np.bincount((ectopic // 60.0).astype(np.int64), minlength=math.ceil(total / 60.0))
    hours = min(MOST_HOURS, math.ceil(total / 3600.0))
    edges = np.linspace(0, len(per_minute), hours + 1).astype(np.int64) if hours == MOST_HOURS else None
    starts = []
    for hour in range(hours):
        first, last = (
            (int(edges[hour]), int(edges[hour + 1])) if edges is not None else (hour * 60, hour * 60 + 60)
        )
        starts.append(60.0 * (first + int(per_minute[first:last].argmax())))
    return starts


def _rate(source: Source, start: float, seconds: float) -> str:
    assert source.beats is not None
    within = source.beats.samples[beats_between(source.beats.samples, source.recording.fs, start, seconds)]
    if len(within) < 2:
        return ""
    return f"{60.0 * (len(within) - 1) * source.recording.fs / float(within[-1] - within[0]):.0f}/min"


def _boxes(source: Source, leads: list[int], stretches: Sequence[tuple[float, float]]) -> list[LeadBox]:
    tallest = min(45.0, 5.0 * math.floor(TALLEST_ROW / max(1, len(leads)) / 5.0))
    return box_heights(
        source, leads, stretches, TRUE.gain, lowest=20.0 if len(leads) > 2 else 25.0, highest=tallest
    )


def _row(
    source: Source, boxes: Sequence[LeadBox], scale: Scale, start: float, seconds: float, *, note: str = ""
) -> Drawing:
    drawing = Drawing(scale.width, 0.0, PAPERS["pink"], describe(source, start, seconds))
    drawing.height = draw_row(drawing, 0.0, source, boxes, scale, start, seconds, note=note)
    return drawing


def _footer(drawing: Drawing, fs: float, scale: Scale) -> None:
    text = scale_text(scale.speed, scale.gain, BAND, fs)
    drawing.add(Text(drawing.width - 1.5, drawing.height + 4.2, text, 2.8, "end", QUIET))
    drawing.height += FOOTER


def _figure(title: str, words: str, drawings: Sequence[Drawing], names: Sequence[str] = ()) -> str:
    rows = []
    for i, drawing in enumerate(drawings):
        name = f' id="{names[i]}"' if names and names[i] else ""
        rows.append(f'<div class="row"{name}>{to_svg(drawing, inline=True)}</div>')
    return (
        f'<figure class="pages"><figcaption><h3>{esc(title)}</h3><p>{esc(words)}</p></figcaption>'
        f'<div class="paper">{"".join(rows)}</div></figure>'
    )


def _name(start: float) -> str:
    return f"s{round(start * 10)}"
