"""Intervals, axes and amplitudes as tables, beside what is usual in adults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from einthoven.analysis_result import Analysis
from einthoven.recording import STANDARD_LEADS, Patient
from einthoven.report.markup import Column, esc, number, table

if TYPE_CHECKING:
    from einthoven.signal.measurements import Measurement

ADULT_YEARS = 18.0
ST_MV = 0.1  # deviations from this on stand out in the table
UNSURE_BELOW = 0.5

_UNIT = {"deg": "°", "/min": "/min", "ms": "ms", "mV": "mV"}
_ROWS = {
    "p_amplitude": "P", "q_amplitude": "Q", "r_amplitude": "R", "s_amplitude": "S", "t_amplitude": "T",
    "st_j60": "ST, J + 60 ms",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in adults; None where a side has no border."""

    low: float | None
    high: float | None

    @property
    def words(self) -> str:
        """The range in words, without its unit."""
        if self.low is None:
            return f"up to {number(self.high)}"
        return f"{number(self.low)} to {number(self.high)}"

    def side(self, value: float) -> str:
        """``above``, ``below`` or nothing, for the value as it is printed."""
        value = round(value)
        if self.high is not None and value > self.high:
            return "above"
        return "below" if self.low is not None and value < self.low else ""


def usual(code: str, patient: Patient) -> Usual | None:
    """Return what is usual, or None where nothing is said or the patient is known to be no adult.

    QRS and axis: Surawicz et al. 2009 (doi 10.1161/CIRCULATIONAHA.108.191095). QTc: Rautaharju et al. 2009
    (doi 10.1161/CIRCULATIONAHA.108.191096): 450 ms in men, 460 ms in women and where the sex is not known.
    """
    if patient.age is not None and patient.age < ADULT_YEARS:
        return None
    if code.startswith("qtc_"):
        return Usual(390.0, 450.0 if patient.sex == "male" else 460.0)
    return {
        "heart_rate": Usual(60.0, 100.0),
        "p_duration": Usual(None, 120.0),
        "pr": Usual(120.0, 200.0),
        "qrs": Usual(None, 110.0),
        "axis_qrs": Usual(-30.0, 90.0),
    }.get(code)


def find(analysis: Analysis, code: str) -> Measurement | None:
    """Return a measurement of the whole recording by its code."""
    if analysis.measurements is None:
        return None
    return next((m for m in analysis.measurements.overall if m.code == code), None)


def shown(measurement: Measurement | None, digits: int = 0) -> str:
    """Return a value with its unit, or a dash."""
    if measurement is None or measurement.value is None:
        return "–"
    unit = _UNIT.get(measurement.unit, measurement.unit)
    if unit == "°":
        return f"{number(measurement.value, digits)}°"
    return number(measurement.value, digits, unit)


def intervals_table(analysis: Analysis) -> str:
    """Return intervals, rate and axes of the whole recording."""
    measurements = analysis.measurements
    assert measurements is not None
    patient = analysis.recording.patient
    rows = []
    for m in measurements.overall:
        norm = usual(m.code, patient)
        side = norm.side(m.value) if norm is not None and m.value is not None else ""
        value = f"<strong>{shown(m)}</strong>" if side else shown(m)
        sure = "" if m.confidence is None or m.value is None else number(m.confidence, 2)
        remark = (
            esc(m.reason)
            if m.value is None
            else {"above": "above usual", "below": "below usual"}.get(side, "")
        )
        if m.value is not None and m.confidence is not None and m.confidence < UNSURE_BELOW:
            remark = f"{remark}; uncertain" if remark else "uncertain"
        rows.append([esc(m.label), value, norm.words if norm else "", sure, remark])
    columns = [
        Column("Measurement"), Column("Value", True), Column("Usual in adults", True),
        Column("Confidence", True), Column("Remark"),
    ]  # fmt: skip
    first, last = measurements.stretch
    of = f"Measured on {measurements.n_beats} beats"
    if last - first < analysis.recording.duration - 0.05:
        of += f" from {first:.0f} to {last:.0f} s"
    note = " The patient is no adult: usual values are left out." if _child(patient) else ""
    return table(f"{of}, over all usable leads together.{note}", columns, rows)


def leads_table(analysis: Analysis) -> str:
    """Return amplitudes and ST levels, one column a lead."""
    measurements = analysis.measurements
    assert measurements is not None
    leads = [lead for lead in STANDARD_LEADS if lead in measurements.leads]
    leads += [lead for lead in measurements.leads if lead not in leads]
    if not leads:
        return ""
    by_lead = {lead: {m.code: m for m in measurements.leads[lead]} for lead in leads}
    rows = []
    for code, name in _ROWS.items():
        cells = []
        for lead in leads:
            m = by_lead[lead].get(code)
            if m is None or m.value is None:
                cells.append(f'<span title="{esc(m.reason)}">–</span>' if m is not None and m.reason else "–")
                continue
            text = _signed(m.value) if code == "st_j60" else number(m.value, 2)
            cells.append(f"<strong>{text}</strong>" if code == "st_j60" and abs(m.value) >= ST_MV else text)
        rows.append([name, *cells])
    caption = (
        "Amplitudes and ST levels in mV (0.1 mV is 1 mm), of the median beat. "
        f"ST levels of {ST_MV:g} mV or more, up or down, are set in bold; they are measured on the signal as "
        "recorded, not on the filtered trace."
    )
    return table(caption, [Column("mV"), *(Column(lead, True) for lead in leads)], rows)


def _signed(value: float) -> str:
    return f"+{number(value, 2)}" if round(value, 2) > 0 else number(value, 2)


def _child(patient: Patient) -> bool:
    return patient.age is not None and patient.age < ADULT_YEARS
