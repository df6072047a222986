"""Measurements and evidence of known values, for reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from einthoven.analysis_result import Finding
from einthoven.recording import Float32, Recording
from einthoven.signal.measurements import OVERALL, Measurement, Measurements

VALUES = {
    "heart_rate": 64.2, "pr": 168.0, "qrs": 96.0, "qt": 402.0, "qtc_bazett": 471.0, "qtc_fridericia": 421.0,
    "qtc_framingham": 418.0, "axis_p": 54.0, "axis_qrs": -38.0, "axis_t": 112.0,
}  # fmt: skip
LEAD_VALUES = {
    "p_amplitude": 0.11, "q_amplitude": -0.05, "r_amplitude": 0.9, "s_amplitude": -0.3, "t_amplitude": 0.2,
    "st_j60": 0.02,
}  # fmt: skip

FINDINGS = (
    Finding("superclass_NORM", "Normal ECG", 0.03, 0.5, "absent"),
    Finding("mi", "Myocardial infarction", 0.87, 0.6, "present"),
    Finding("superclass_STTC", "ST/T change", 0.55, 0.6, "borderline"),
    Finding("superclass_HYP", "Hypertrophy", None, 0.5, "refused", "V1 to V6 are missing."),
)


def measurements(
    leads: Sequence[str], n_beats: int = 11, stretch: tuple[float, float] = (0.0, 10.0)
) -> Measurements:
    """Return known values; the P duration is not measurable, V2 has an ST elevation of 0.25 mV."""
    overall = tuple(
        Measurement(code, label, VALUES[code], unit, 0.9)
        if code in VALUES
        else Measurement(code, label, None, unit, None, "No P waves in most beats.")
        for code, (label, unit) in OVERALL.items()
    )
    of_lead = {
        lead: tuple(
            Measurement(code, code, 0.25 if (lead, code) == ("V2", "st_j60") else value, "mV", 0.8)
            for code, value in LEAD_VALUES.items()
        )
        for lead in leads
    }
    return Measurements(overall, of_lead, n_beats, stretch)


def explainer(recording: Recording, lead: str) -> Callable[[Sequence[str]], dict[str, Float32]]:
    """Return an explainer that finds all of the relevance in one lead from 1 to 2 s of each 5 s."""

    def explain(codes: Sequence[str]) -> dict[str, Float32]:
        relevance = np.zeros(recording.signals.shape, np.float32)
        times = np.arange(recording.n_samples) / recording.fs % 5.0
        relevance[recording.leads.index(lead), (times >= 1) & (times < 2)] = 1.0
        return dict.fromkeys(codes, relevance)

    return explain
