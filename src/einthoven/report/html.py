"""The report as one HTML file: nothing from elsewhere, all of it readable without script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from einthoven.analysis_result import Analysis
from einthoven.report import details, review, summary, twelve_lead
from einthoven.report.markup import esc
from einthoven.report.strips import draw_strips
from einthoven.report.trend import draw_trend


def to_html(analysis: Analysis) -> str:
    """Return the report.

    A record of 8 standard leads or more and at most 30 s begins with a 12-lead page, measurements and where
    the networks looked. Recordings up to 10 minutes are drawn whole. Longer ones get at most 24 true-scale
    strips, chosen for what they show, and a compact view of every minute (up to 2 hours) or one minute an
    hour; the report says so.
    """
    whole_page = twelve_lead.is_twelve_lead(analysis)
    strips = draw_strips(analysis, with_page=not whole_page)
    style, script = _asset("report.css"), _asset("report.js")
    # Names and remarks in a file are not to be trusted: even one that slipped through escaping cannot run.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    measured = twelve_lead.measurements(analysis)
    numbers = twelve_lead.key_numbers(analysis) if whole_page else summary.key_numbers(analysis)
    sections = [
        summary.heading(analysis),
        summary.warnings(analysis),
        _section(
            "Summary",
            f'<p class="lead">{summary.beats_found(analysis)}</p>'
            + numbers
            + summary.findings(analysis)
            + summary.rhythm_facts(analysis, strips),
        ),
        _section("Review", review.section(analysis)),
        _section("12 leads", twelve_lead.page(analysis)) if whole_page else "",
        _section("Measurements", measured) if whole_page else "",
        _section("Where the networks looked", twelve_lead.looked_at(analysis) if whole_page else ""),
        _section("Signal quality", summary.quality(analysis)),
        _section("Over time", draw_trend(analysis, strips.highlights) + details.hours(analysis)),
        _section("Strips", summary.shown_and_not(strips) + "".join(strips.html)),
        _section("Ectopic beats", details.ectopic_beats(analysis, strips)),
        "" if whole_page else _section("Measurements", measured),
        _section("Intervals", summary.variability(analysis) if analysis.rhythm.rr else ""),
        _section("Remarks", summary.file_events(analysis)),
        _section("The models" if analysis.further_models else "The model", details.model_cards(analysis)),
        _section("How to read this", details.how_to_read(analysis)),
    ]
    title = f"{analysis.recording.name or 'ECG'} – ECG report"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="generator" content="Einthoven">'
        f"<title>{esc(title)}</title><style>{style}</style></head><body><main>\n"
        + "\n".join(section for section in sections if section)
        + f"\n</main><footer>{details.colophon(analysis)}</footer><script>{script}</script></body></html>\n"
    )


def write(analysis: Analysis, path: Path) -> Path:
    """Write the report and return its path."""
    path.write_text(to_html(analysis), encoding="utf-8")
    return path


def _section(title: str, content: str) -> str:
    """Return a section, or nothing where it has no content."""
    if not content:
        return ""
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>{content}</section>'


def _asset(name: str) -> str:
    return files("einthoven.report").joinpath(name).read_text(encoding="utf-8").strip()
