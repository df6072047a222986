"""The report as one HTML file: nothing from elsewhere, all of it readable without script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from pathlib import Path

from einthoven.analysis_result import Analysis
from einthoven.report import details, summary
from einthoven.report.markup import esc
from einthoven.report.strips import draw_strips
from einthoven.report.trend import draw_trend


def to_html(analysis: Analysis) -> str:
    """Return the report.

    Recordings up to 10 minutes are drawn whole. Longer ones get at most 24 true-scale strips, chosen for what
    they show, and a compact view of every minute (up to 2 hours) or one minute an hour; the report says so.
    """
    strips = draw_strips(analysis)
    style, script = _asset("report.css"), _asset("report.js")
    # Names and remarks in a file are not to be trusted: even one that slipped through escaping cannot run.
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    events = summary.file_events(analysis)
    sections = [
        summary.heading(analysis),
        summary.warnings(analysis),
        _section(
            "Summary",
            f'<p class="lead">{summary.beats_found(analysis)}</p>'
            + summary.key_numbers(analysis)
            + summary.findings(analysis)
            + summary.rhythm_facts(analysis, strips),
        ),
        _section("Signal quality", summary.quality(analysis)),
        _section("Over time", draw_trend(analysis, strips.highlights) + details.hours(analysis)),
        _section("Strips", summary.shown_and_not(strips) + "".join(strips.html)),
        _section("Ectopic beats", details.ectopic_beats(analysis, strips)),
        _section("Intervals", summary.variability(analysis)) if analysis.rhythm.rr else "",
        _section("Remarks", events) if events else "",
        _section("The model", details.model_card(analysis)),
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
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>{content}</section>'


def _asset(name: str) -> str:
    return files("einthoven.report").joinpath(name).read_text(encoding="utf-8").strip()
