"""The 12-lead part of the HTML report: key numbers, the page, measurements, where the networks looked."""

from __future__ import annotations

from einthoven.analysis_result import Analysis
from einthoven.paper.canvas_svg import to_svg
from einthoven.recording import STANDARD_LEADS
from einthoven.report import evidence, measured
from einthoven.report.markup import badge, duration, esc, number
from einthoven.report.strips import PAGE_FROM
from einthoven.report.summary import card

LONGEST_S = 30.0


def is_twelve_lead(analysis: Analysis) -> bool:
    """Tell whether a recording is reported as a 12-lead record: 8 standard leads or more, 30 s at most."""
    recording = analysis.recording
    standard = sum(name in STANDARD_LEADS for name in recording.leads)
    return standard >= PAGE_FROM and 0 < recording.duration <= LONGEST_S


def key_numbers(analysis: Analysis) -> str:
    """Return cards with rate, intervals, axis and beats, in the order of an ECG's heading."""
    rhythm = analysis.rhythm
    rate = rhythm.heart_rate
    cards = [
        card("Heart rate", number(rate.mean), "/min", f"{number(rate.minimum)} to {number(rate.maximum)}")
        if rate is not None
        else card("Heart rate", "–", "", "too few beats")
    ]
    if analysis.measurements is not None:
        for code, title in (("pr", "PR"), ("qrs", "QRS"), ("qt", "QT"), ("qtc_bazett", "QTc (Bazett)")):
            cards.append(_measured(analysis, code, title))
        cards.append(_axes(analysis))
    ectopic = rhythm.n_beats - rhythm.counts.get("N", 0)
    cards.append(card("Beats", number(rhythm.n_beats), "", f"{number(ectopic)} not N"))
    return f'<div class="cards">{"".join(cards)}</div>'


def page(analysis: Analysis) -> str:
    """Return the 3 x 4 page with a rhythm strip."""
    seconds = min(evidence.PAGE_S, analysis.recording.duration)
    words = f"The first {duration(seconds)} as a 12-lead page, columns one after the other."
    return _figure(f"<p>{words}</p>", to_svg(evidence.page(analysis), inline=True))


def measurements(analysis: Analysis) -> str:
    """Return the tables of intervals and of amplitudes, or nothing where nothing was measured."""
    if analysis.measurements is None:
        return ""
    return measured.intervals_table(analysis) + measured.leads_table(analysis)


def looked_at(analysis: Analysis) -> str:
    """Return a tinted page for each finding with evidence, or nothing."""
    found = evidence.gather(analysis)
    if not found:
        return ""
    figures = []
    for each in found:
        finding = each.finding
        chance = number(finding.probability, 2)
        head = f"<h3>{esc(finding.label)} {badge(finding.decision)} <span class=quiet>{chance}</span></h3>"
        drawing = f"<p>{esc(each.words)}</p>"
        if each.leads:
            picture = to_svg(evidence.page(analysis, each), inline=True)
            figures.append(_figure(f"{head}{drawing}", picture))
        else:
            figures.append(f"{head}{drawing}")
    return f"<p>{esc(evidence.METHOD)}</p>{''.join(figures)}"


def _measured(analysis: Analysis, code: str, title: str) -> str:
    found = measured.find(analysis, code)
    if found is None or found.value is None:
        return card(title, "–", "", "not measurable", quiet=True)
    norm = measured.usual(code, analysis.recording.patient)
    side = norm.side(found.value) if norm is not None else ""
    note = f"{side} usual ({norm.words})" if norm is not None and side else ""
    if not note and found.confidence is not None and found.confidence < measured.UNSURE_BELOW:
        note = "uncertain"
    return card(title, number(found.value), "ms", note or (f"usual {norm.words}" if norm else ""))


def _axes(analysis: Analysis) -> str:
    of = {wave: measured.find(analysis, f"axis_{wave}") for wave in ("p", "qrs", "t")}
    note = f"P {measured.shown(of['p'])}, T {measured.shown(of['t'])}"
    qrs = of["qrs"]
    if qrs is None or qrs.value is None:
        return card("QRS axis", "–", "", note, quiet=True)
    return card("QRS axis", f"{number(qrs.value)}°", "", note)


def _figure(caption: str, picture: str) -> str:
    paper = f'<div class="paper">{picture}</div>'
    return f'<figure class="pages"><figcaption>{caption}</figcaption>{paper}</figure>'
