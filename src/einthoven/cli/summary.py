"""Analyses as tables on the terminal: one in some detail, many as one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from einthoven.analysis_document import DISCLAIMER
from einthoven.cli.console import stdout
from einthoven.recording import AAMI_CLASSES

if TYPE_CHECKING:
    from rich.table import Table

    from einthoven.analysis import Analysis

CLASS_LABEL = {
    "N": "normal",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion",
    "Q": "paced or unclassifiable",
}
MOST_FACTS = 12
ST_MV = 0.1
ORDER = ("present", "borderline", "refused", "absent")


class Summaries:
    """Collects analyses and shows them: a single one in detail, several as rows of one table."""

    def __init__(self, single: bool) -> None:
        self.single = single
        self._tables: list[Table | str] = []
        self._rows: list[tuple[str, ...]] = []
        self._remarks: list[str] = []

    def add(self, analysis: Analysis) -> None:
        """Take in one analysis; only what will be shown is kept."""
        if self.single:
            self._tables += _detail(analysis)
        else:
            self._rows.append(_row(analysis))
            if analysis.refusal:
                self._remarks.append(f"{self._rows[-1][0]}: {analysis.refusal}")

    def show(self) -> None:
        """Print what was collected; nothing where nothing was."""
        console = stdout()
        if self._rows:
            self._tables = [_rows_table(self._rows), *self._remarks]
        for part in self._tables:
            if not isinstance(part, str):
                console.print()
            console.print(part, markup=False)
        if self._tables:
            console.print(f"\n{DISCLAIMER}", style="dim")


def clock(seconds: float) -> str:
    """Return ``h:mm:ss``, or ``m:ss.s`` below one hour."""
    if seconds < 3600:
        return f"{int(seconds // 60)}:{seconds % 60:04.1f}"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _detail(analysis: Analysis) -> list[Table | str]:
    recording = analysis.recording
    shown: list[Table | str] = [
        f"{recording.name or recording.source}   {clock(recording.duration)}   "
        f"{', '.join(recording.leads)}   {recording.fs:g} Hz   "
        f"model {analysis.model.name} {analysis.model.version}"
    ]
    if analysis.refusal:
        return [*shown, f"No answer: {analysis.refusal}"]
    rate = analysis.intervals.heart_rate
    if rate is not None:
        shown.append(
            f"Heart rate {rate.mean:.0f}/min (from {rate.minimum:.0f} to {rate.maximum:.0f}), "
            f"{len(analysis.beats)} beats"
        )
    measured = _measurements(analysis)
    if measured:
        shown.append(measured)
    shown += [_beats_table(analysis), _findings_table(analysis)]
    if analysis.rhythm.facts:
        shown.append(_facts_table(analysis))
    if analysis.warnings:
        shown += ["", *(f"! {warning}" for warning in analysis.warnings)]
        units = sorted({lead.suspected_unit for lead in analysis.quality if lead.suspected_unit})
        shown += [f"  If the unit is {unit}, read it again with --unit {unit}." for unit in units]
    return shown


def _measurements(analysis: Analysis) -> str:
    """Return intervals and axis in one line, ``–`` for what cannot be measured."""
    if analysis.measurements is None:
        return ""
    of = {m.code: m.value for m in analysis.measurements.overall}

    def value(code: str, unit: str = "") -> str:
        return "–" if of.get(code) is None else f"{of[code]:.0f}{unit}"

    line = (
        f"PR {value('pr', ' ms')}, QRS {value('qrs', ' ms')}, QT {value('qt')}/{value('qtc_bazett', ' ms')} "
        f"(QTc Bazett), axes P {value('axis_p', '°')}, QRS {value('axis_qrs', '°')}, T {value('axis_t', '°')}"
    )
    levels = [
        f"{lead} {m.value:+.2f}"
        for lead, of_lead in analysis.measurements.leads.items()
        for m in of_lead
        if m.code == "st_j60" and m.value is not None and abs(m.value) >= ST_MV
    ]
    return line + (f"\nST at J + 60 ms of {ST_MV:g} mV or more: {', '.join(levels)} mV" if levels else "")


def _beats_table(analysis: Analysis) -> Table:
    table = _table(("Beats", "left"), ("", "left"), ("", "right"), ("", "right"))
    for letter in AAMI_CLASSES:
        n = analysis.rhythm.counts.get(letter, 0)
        share = f"{analysis.rhythm.burden[letter]:.1f} %" if analysis.rhythm.burden else "–"
        table.add_row(letter, CLASS_LABEL[letter], str(n), share)
    return table


def _findings_table(analysis: Analysis) -> Table:
    table = _table(("Findings", "left"), ("", "left"), ("probability", "right"), ("", "left"))
    for finding in sorted(analysis.findings, key=lambda finding: ORDER.index(finding.decision)):
        probability = "–" if finding.probability is None else f"{finding.probability:.3f}"
        table.add_row(finding.label, finding.decision, probability, finding.detail)
    return table


def _facts_table(analysis: Analysis) -> Table:
    table = _table(("Rhythm", "right"), ("", "left"), ("", "left"))
    facts = analysis.rhythm.facts
    for fact in facts[:MOST_FACTS]:
        table.add_row("" if fact.onset_s is None else clock(fact.onset_s), fact.label, fact.detail)
    if len(facts) > MOST_FACTS:
        table.add_row("", f"and {len(facts) - MOST_FACTS} more", "all are in the reports and in --json")
    return table


def _row(analysis: Analysis) -> tuple[str, ...]:
    counts, rate = analysis.rhythm.counts, analysis.intervals.heart_rate
    n_warnings = len(analysis.warnings)
    return (
        analysis.recording.name or analysis.recording.source,
        clock(analysis.recording.duration),
        "–" if rate is None else f"{rate.mean:.0f}",
        str(len(analysis.beats)),
        *(str(counts.get(letter, 0)) for letter in AAMI_CLASSES),
        "refused" if analysis.refusal else f"{n_warnings} warning{'s' * (n_warnings > 1)}" * (n_warnings > 0),
    )


def _rows_table(rows: list[tuple[str, ...]]) -> Table:
    columns = [("recording", "left"), ("length", "right"), ("rate/min", "right"), ("beats", "right")]
    table = _table(*columns, *((letter, "right") for letter in AAMI_CLASSES), ("", "left"))
    for row in rows:
        table.add_row(*row)
    return table


def _table(*columns: tuple[str, str]) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, justify in columns:
        table.add_column(name, justify="right" if justify == "right" else "left")
    return table
