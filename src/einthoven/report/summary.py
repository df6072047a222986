"""The upper part of the HTML report: heading, warnings, key numbers, findings, rhythm, quality."""

from __future__ import annotations

from einthoven.analysis_result import Analysis, Finding
from einthoven.paper.geometry import clock
from einthoven.recording import AAMI_CLASSES
from einthoven.report.markup import Column, badge, chip, duration, esc, number, plural, table
from einthoven.report.review import whose_answer
from einthoven.report.selection import extreme
from einthoven.report.strips import Strips
from einthoven.signal.rhythm import RhythmFact

MOST_WARNINGS = 40
MOST_EVENTS = 50

_MOST_TELLING = {
    "couplet_V": "fastest", "couplet_S": "fastest", "tachycardia": "fastest", "bradycardia": "slowest",
}  # fmt: skip
_ORDER = ("present", "borderline", "refused", "absent")
_SHORT_NAME = {
    "N": "Normal", "S": "Supraventricular", "V": "Ventricular", "F": "Fusion", "Q": "Paced, unclear",
}  # fmt: skip


def heading(analysis: Analysis) -> str:
    """Return the title with record, length, leads, rate, and the one line on what this is not."""
    recording = analysis.recording
    facts = [("Length", duration(recording.duration)), ("Sampling rate", f"{recording.fs:g}\u00a0Hz")]
    facts.insert(
        1, (f"Lead{'s' if recording.n_leads != 1 else ''}", esc(", ".join(recording.leads)) or "none")
    )
    if recording.start is not None:
        facts.append(("Recorded", f"{recording.start:%Y-%m-%d %H:%M:%S}"))
    patient = recording.patient
    who = [esc(text) for text in (patient.name, patient.id, patient.sex) if text]
    if patient.age is not None:
        who.append(f"{patient.age:g}\u00a0years")
    if who:
        facts.append(("Patient", " · ".join(who)))
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return (
        f'<header><p class="kind">ECG report</p><h1>{esc(recording.name or "Recording without a name")}</h1>'
        f'<dl class="facts">{items}</dl>'
        '<p class="notice">Research software, not a medical device.</p>'
        f'<p class="whose">{esc(whose_answer(analysis))}</p></header>'
    )


def warnings(analysis: Analysis) -> str:
    """Return the refusal and the warnings, or nothing."""
    parts = []
    if analysis.refusal:
        parts.append(f'<p class="refusal"><strong>No answer is given.</strong> {esc(analysis.refusal)}</p>')
    if analysis.warnings:
        shown = "".join(f"<li>{esc(text)}</li>" for text in analysis.warnings[:MOST_WARNINGS])
        if len(analysis.warnings) > MOST_WARNINGS:
            shown += (
                f"<li>and {len(analysis.warnings) - MOST_WARNINGS} more; all are in the JSON document</li>"
            )
        parts.append(f"<ul>{shown}</ul>")
    if not parts:
        return ""
    content = "".join(parts)
    return (
        f'<section class="warnings" aria-labelledby="first"><h2 id="first">Read this first</h2>'
        f"{content}</section>"
    )


def key_numbers(analysis: Analysis) -> str:
    """Return cards with heart rate, beats, and each class with its burden."""
    rhythm = analysis.rhythm
    rate = rhythm.heart_rate
    cards = []
    if rate is not None:
        cards.append(
            card(
                "Heart rate",
                f"{rate.mean:.0f}",
                "/min",
                f"{rate.minimum:.0f} to {rate.maximum:.0f}",
            )
        )
    else:
        cards.append(card("Heart rate", "–", "", "too few beats"))
    spread = rhythm.hrv.sdnn_ms
    note = f"SDNN {spread:.0f} ms" if spread is not None else f"in {duration(rhythm.duration_s)}"
    cards.append(card("Beats", number(rhythm.n_beats), "", note))
    for letter in AAMI_CLASSES:
        count = rhythm.counts.get(letter, 0)
        share = rhythm.burden.get(letter)
        title = chip(letter) + ("" if share is None else f" {_percent(share)}")
        cards.append(card(title, number(count), "", _SHORT_NAME[letter], quiet=not count))
    return f'<div class="cards">{"".join(cards)}</div>'


def findings(analysis: Analysis) -> str:
    """Return the answers about the whole recording."""
    rows, told = [], ""
    for finding in sorted(analysis.findings, key=lambda finding: _ORDER.index(finding.decision)):
        detail = "" if finding.decision == "refused" and finding.detail == told else finding.detail
        told = finding.detail  # one reason for several refusals is said once
        rows.append(
            [
                esc(finding.label),
                badge(finding.decision),
                number(finding.probability, 2) + _interval(finding),
                number(finding.threshold, 2),
                esc(detail),
            ]
        )
    if not rows:
        return ""
    columns = [
        Column("Finding"), Column("Answer"), Column("Probability", True), Column("Threshold", True),
        Column("Detail"),
    ]  # fmt: skip
    caption = "Findings. For ectopic beats the probability is that of the surest beat of its kind."
    if analysis.review is not None:
        caption += " None is given where a person says so."
    if any(finding.interval for finding in analysis.findings):
        caption += " In brackets, how often such a probability came true for held-out patients (95 %)."
    return table(caption, columns, rows)


def _interval(finding: Finding) -> str:
    if finding.interval is None:
        return ""
    low, high = (number(value, 2) for value in finding.interval)
    return f' <span class="quiet">({low} to {high})</span>'


def rhythm_facts(analysis: Analysis, strips: Strips) -> str:
    """Return what can be counted, one row a kind, with the first and the most telling one."""
    kinds: dict[str, list[RhythmFact]] = {}
    for fact in analysis.rhythm.facts:
        kinds.setdefault(fact.code, []).append(fact)
    rows = []
    for facts in kinds.values():
        first = facts[0]
        way = _MOST_TELLING.get(first.code, "longest")
        most = extreme(facts, way)
        where = "throughout" if first.onset_s is None else _when(first.onset_s, strips)
        detail = esc(most.detail)
        if len(facts) > 1 and most.onset_s is not None:
            detail += f" <span class=quiet>({way}, at {_when(most.onset_s, strips)})</span>"
        rows.append(
            [esc(first.label), number(len(facts)) if first.onset_s is not None else "", where, detail]
        )
    if not rows:
        return "<p>There is nothing to tell about the rhythm.</p>"
    columns = [Column("Rhythm"), Column("Times", True), Column("First at"), Column("Detail")]
    return table("Rhythm: what can be counted in the beats.", columns, rows)


def variability(analysis: Analysis) -> str:
    """Return RR intervals and heart rate variability as one table, or nothing."""
    rr, hrv = analysis.rhythm.rr, analysis.rhythm.hrv
    if rr is None:
        return ""
    measures = [
        ("RR interval, mean", rr.mean_ms, "ms"), ("RR interval, median", rr.median_ms, "ms"),
        ("RR interval, shortest", rr.min_ms, "ms"), ("RR interval, longest", rr.max_ms, "ms"),
        ("NN intervals used", float(hrv.n_nn), ""), ("NN interval, mean", hrv.mean_nn_ms, "ms"),
        ("SDNN", hrv.sdnn_ms, "ms"), ("RMSSD", hrv.rmssd_ms, "ms"), ("pNN50", hrv.pnn50, "%"),
        ("SDANN", hrv.sdann_ms, "ms"), ("SDNN index", hrv.sdnn_index_ms, "ms"),
        ("Triangular index", hrv.triangular_index, ""),
    ]  # fmt: skip
    rows = [[name, number(value, 0, unit)] for name, value, unit in measures if value is not None]
    caption = "Intervals: RR between neighbouring beats of any class, NN between neighbouring N beats."
    return table(caption, [Column("Measure"), Column("Value", True)], rows)


def quality(analysis: Analysis) -> str:
    """Return what each lead is worth, with reasons."""
    if not analysis.quality:
        return "<p>There are no leads.</p>"
    rows = [
        [
            esc(lead.lead),
            badge("usable" if lead.usable else "unusable"),
            _percent(100 * lead.usable_fraction),
            number(lead.snr_db, 0, "dB"),
            number(lead.amplitude_mv, 2, "mV"),
            number(lead.baseline_wander_mv, 2, "mV"),
            _percent(100 * lead.missing_fraction),
            "<br>".join(esc(reason) for reason in lead.reasons) or "nothing to remark",
        ]
        for lead in analysis.quality
    ]
    columns = [
        Column("Lead"), Column("Verdict"), Column("Usable", True), Column("SNR", True),
        Column("QRS height", True), Column("Baseline wander", True), Column("Missing", True),
        Column("Reasons"),
    ]  # fmt: skip
    return table("Signal quality of each lead.", columns, rows)


def file_events(analysis: Analysis) -> str:
    """Return the remarks that came with the file, or nothing."""
    events = analysis.recording.events
    if not events:
        return ""
    rows = [
        [clock(event.onset), duration(event.duration) if event.duration else "", esc(event.text)]
        for event in events[:MOST_EVENTS]
    ]
    caption = "Remarks in the file (not from this analysis)."
    if len(events) > MOST_EVENTS:
        caption += f" The first {MOST_EVENTS} of {number(len(events))}."
    return table(caption, [Column("Time"), Column("Length", True), Column("Remark")], rows)


def shown_and_not(strips: Strips) -> str:
    """Return what is drawn below, in words."""
    return f"<ul>{''.join(f'<li>{esc(text)}</li>' for text in strips.shown)}</ul>"


def beats_found(analysis: Analysis) -> str:
    """Return one sentence for the top of the report."""
    rhythm = analysis.rhythm
    if not rhythm.n_beats:
        return "No beats were found."
    ectopic = rhythm.n_beats - rhythm.counts.get("N", 0)
    share = _percent(100 * ectopic / rhythm.n_beats)
    beats = f"{plural(rhythm.n_beats, 'beat')} in {duration(rhythm.duration_s)}"
    return f"{beats}; {number(ectopic)} {'is' if ectopic == 1 else 'are'} not N ({share})."


def card(title: str, value: str, unit: str, note: str, *, quiet: bool = False) -> str:
    tail = f' <span class="unit">{unit}</span>' if unit else ""
    return (
        f'<div class="card{" none" if quiet else ""}"><p class="name">{title}</p>'
        f'<p class="value">{value}{tail}</p><p class="note">{note}</p></div>'
    )


def _percent(share: float) -> str:
    if 0 < share < 0.1:
        return "<\u00a00.1\u00a0%".replace("<", "&lt;")
    return f"{share:.1f}\u00a0%" if 0 < share < 99.95 else f"{share:.0f}\u00a0%"


def _when(time: float, strips: Strips) -> str:
    name = strips.link(time)
    return f'<a href="#{name}">{clock(time)}</a>' if name else clock(time)
