"""Simulated patients for the live monitor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from einthoven.recording import Float32

FS = 360.0
LEADS = ("MLII", "V1")
LONGEST_S = 1800.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a simulated patient's heart goes."""

    id: str
    title: str
    description: str
    how: dict[str, Any] = field(default_factory=dict)


SCENARIOS = {
    scenario.id: scenario
    for scenario in (
        Scenario("sinus", "Sinus rhythm", "Normal beats alone."),
        Scenario(
            "ectopy", "Ectopic beats", "Now and then a supraventricular or ventricular beat.",
            {"s_probability": 0.06, "v_probability": 0.08},
        ),
        Scenario("bigeminy", "Bigeminy", "Every second beat is ventricular.", {"pattern": "NV"}),
        Scenario(
            "run", "Ventricular runs", "Runs of five ventricular beats, which raise an alarm.",
            {"pattern": "N" * 18 + "V" * 5},
        ),
    )
}  # fmt: skip


def simulated_patient(scenario: str, heart_rate: float, seed: int) -> Float32:
    """Return half an hour of a patient, millivolt, shape ``(2, n)`` at ``FS``."""
    from einthoven.signal.simulator import simulate

    how = SCENARIOS[scenario].how
    return simulate(LONGEST_S, FS, LEADS, heart_rate=heart_rate, seed=seed, **how).signals
