"""The lower part of the HTML report: ectopic beats, hours, the model's card, how to read it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from einthoven import wording
from einthoven.analysis_result import Analysis
from einthoven.paper.drawing import CLASS_NAME
from einthoven.paper.geometry import clock
from einthoven.paper.marks import UNSURE_BELOW, beats_between
from einthoven.recording import AAMI_CLASSES
from einthoven.report.markup import Column, chip, esc, number, table
from einthoven.report.strips import Strips

if TYPE_CHECKING:
    from einthoven.models.card import Card

MOST_ROWS = 500
HOURS_FROM_S = 7200.0
MOST_RECORDS = 12

_MEMBERS = {
    "N": "normal, left and right bundle branch block, atrial and nodal escape",
    "S": "atrial premature, aberrated atrial premature, nodal premature, supraventricular premature",
    "V": "ventricular premature, ventricular escape",
    "F": "fusion of a ventricular and a normal beat",
    "Q": "paced, fusion of paced and normal, unclassifiable",
}


def ectopic_beats(analysis: Analysis, strips: Strips) -> str:
    """Return the beats that are not N, the first 500 of them."""
    beats, fs = analysis.beats, analysis.recording.fs
    which = np.flatnonzero(beats.classes != "N")
    if not which.size:
        return "<p>All beats are of class N.</p>" if len(beats) else "<p>No beats were found.</p>"
    rows = []
    for beat in which[:MOST_ROWS].tolist():
        time = float(beats.samples[beat] / fs)
        letter = str(beats.classes[beat])
        name = strips.link(time)
        at = f"{_precise(time)}"
        before = (beats.samples[beat] - beats.samples[beat - 1]) / fs if beat else None
        after = (beats.samples[beat + 1] - beats.samples[beat]) / fs if beat + 1 < len(beats) else None
        chance = None
        if beats.probabilities is not None:
            chance = float(beats.probabilities[beat, AAMI_CLASSES.index(letter)])
        sure = number(chance, 2) + ("\u00a0?" if chance is not None and chance < UNSURE_BELOW else "")
        if analysis.review is not None and analysis.review.settled[beat]:
            sure = "a person"
        rows.append(
            [
                f'<a href="#{name}">{at}</a>' if name else at,
                chip(letter),
                sure,
                number(before, 2),
                number(after, 2),
            ]
        )
    caption = f"Beats that are not N: {number(len(which))}."
    if len(which) > MOST_ROWS:
        caption += f" The first {MOST_ROWS} are listed; the CSV and JSON reports hold all."
    columns = [
        Column("Time"), Column("Class"), Column("Probability", True), Column("RR before, s", True),
        Column("RR after, s", True),
    ]  # fmt: skip
    return table(caption, columns, rows, sortable=True, long=True)


def hours(analysis: Analysis) -> str:
    """Return one row an hour for a long recording, else nothing."""
    beats, fs, total = analysis.beats, analysis.recording.fs, analysis.recording.duration
    if total <= HOURS_FROM_S or len(beats) < 2:
        return ""
    rows = []
    for hour in range(int(np.ceil(total / 3600.0 - 1e-9))):
        within = beats_between(beats.samples, fs, hour * 3600.0, 3600.0)
        rr = np.diff(beats.samples[within]) / fs
        rr = rr[(rr > 0) & (rr <= 4.0)]
        classes = beats.classes[within]
        row = [
            clock(hour * 3600.0),
            number(len(classes)),
            number(60.0 / float(rr.mean()) if rr.size else None),
        ]
        row += [number(float(rr.max()) if rr.size else None, 2)]
        row += [number(int(np.count_nonzero(classes == letter))) for letter in ("S", "V", "F", "Q")]
        rows.append(row)
    columns = [
        Column("From"), Column("Beats", True), Column("Mean rate, /min", True), Column("Longest RR, s", True),
        *(Column(letter, True) for letter in ("S", "V", "F", "Q")),
    ]  # fmt: skip
    caption = "Hour by hour. Intervals above 4 s count as gaps here; pauses stand under rhythm."
    return table(caption, columns, rows, sortable=True)


def model_cards(analysis: Analysis) -> str:
    """Return what must be known about the models to judge their answers."""
    return "".join(_model_card(card) for card in (analysis.model, *analysis.further_models))


def _model_card(card: Card) -> str:
    data = []
    for source in card.data:
        records = ", ".join(source.records[:MOST_RECORDS])
        if len(source.records) > MOST_RECORDS:
            records += f" and {len(source.records) - MOST_RECORDS} more"
        data.append(
            [
                esc(f"{source.name} {source.version}".strip()), esc(source.role), number(len(source.records)),
                esc(records), esc(source.licence),
            ]
        )  # fmt: skip
    metrics = []
    for metric in card.metrics:
        interval = f"{metric.ci95[0]:.3f} to {metric.ci95[1]:.3f}" if metric.ci95 else ""
        metrics.append(
            [
                esc(wording.figure(metric.name)),
                number(metric.value, 3),
                interval,
                esc(metric.data),
                esc(wording.prose(metric.protocol)),
            ]
        )
    ece = (
        f" Expected calibration error {card.calibration.ece:.3f}." if card.calibration.ece is not None else ""
    )
    calibration = f"{card.calibration.method}. {card.calibration.description}"
    limits = "".join(f"<li>{esc(wording.prose(limit))}</li>" for limit in card.limits)
    return (
        f"<p><strong>{esc(card.name)} {esc(card.version)}</strong>, {number(card.parameters)} parameters, "
        f"recipe {esc(card.recipe.name)}, licence {esc(card.licence)}.</p>"
        f"<h3>Intended use</h3><p>{esc(wording.prose(card.intended_use))}</p>"
        + (f"<h3>Limits</h3><ul>{limits}</ul>" if limits else "")
        + f"<h3>What it learnt from</h3><p>{esc(wording.prose(card.patient_split))}</p>"
        + table(
            "Data that the model has seen.",
            [Column("Data"), Column("For"), Column("Records", True), Column("Which"), Column("Licence")],
            data,
        )
        + "<h3>How well it does</h3>"
        + (
            table(
                "Figures from the model's card.",
                [
                    Column("Measure"),
                    Column("Value", True),
                    Column("95 % interval"),
                    Column("Data"),
                    Column("Protocol"),
                ],
                metrics,
            )
            if metrics
            else "<p>The card states no figures.</p>"
        )
        + f"<p>Probabilities: {esc(wording.prose(calibration))}{ece}</p>"
    )


def how_to_read(analysis: Analysis) -> str:
    """Return the legend of classes and signs."""
    rows = [[chip(letter), esc(CLASS_NAME[letter]), esc(_MEMBERS[letter])] for letter in AAMI_CLASSES]
    classes = table(
        "Beat classes of ANSI/AAMI EC57.", [Column("Class"), Column("Name"), Column("Members")], rows
    )
    return classes + (
        "<ul>"
        "<li>Paper: one small square is 40 ms by 0.1 mV, one large square 200 ms by 0.5 mV. The pulse at the "
        "left of each row is 1 mV for 200 ms.</li>"
        "<li>Strips are drawn through a zero-phase filter, as printed under them, each row about its own "
        "median; ST segments are to be judged on a 12-lead page alone. What reaches beyond a strip is cut at "
        "its border; missing samples leave the paper empty.</li>"
        f"<li>A question mark stands where the class has a probability below {UNSURE_BELOW:g}.</li>"
        "<li>Probabilities are calibrated: of many beats with 0.8, about eight in ten are of that class, on "
        "patients like those of the model's card.</li>"
        "</ul>"
    )


def colophon(analysis: Analysis) -> str:
    """Return what made this report."""
    made = analysis.provenance
    return (
        f"<p>Einthoven {esc(made.einthoven)} · model {esc(made.model)} {esc(made.model_version)} "
        f"(SHA-256 {esc(made.model_sha256[:16])}…) · source {esc(made.source)} · "
        f"{made.analysed_at:%Y-%m-%d %H:%M} UTC. Research software, not a medical device.</p>"
    )


def _precise(time: float) -> str:
    """Return a time with hundredths of a second."""
    minutes, seconds = divmod(round(time * 100), 6000)
    hours, minutes = divmod(minutes, 60)
    text = f"{seconds // 100:02d}.{seconds % 100:02d}"
    return f"{hours}:{minutes:02d}:{text}" if hours else f"{minutes}:{text}"
