"""Rhythm as facts, from beat positions and classes: rates, pauses, ectopic beats and how they are grouped.

Facts only: "bigeminy from 12:03, 14 beats" is counted; what it means for the patient is for a physician.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from einthoven.signal.hrv import HRV


@dataclass(frozen=True, slots=True)
class RhythmFact:
    """One thing that can be counted or pointed at.

    Attributes:
        code: for machines: ``pause``, ``bradycardia``, ``tachycardia``, ``couplet_V``, ``couplet_S``,
            ``run_V``, ``run_S``, ``bigeminy_V``, ``bigeminy_S``, ``trigeminy_V``, ``trigeminy_S``,
            ``isolated_V``, ``isolated_S``, ``burden_S``, ``burden_V``, ``irregularity``.
        label: for people: "Ventricular run".
        onset_s: seconds from the start of the recording; None where the fact is about the whole of it.
        duration_s: seconds; None where the fact is about the whole recording.
        detail: a sentence with the figures.
        n_beats: beats that it covers or counts.
        rate_bpm: heart rate within, beats per minute, or None.
    """

    code: str
    label: str
    onset_s: float | None
    duration_s: float | None
    detail: str
    n_beats: int = 0
    rate_bpm: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class HeartRate:
    """Beats per minute. ``minimum`` and ``maximum`` are means over 8 successive RR (over all, if fewer)."""

    mean: float
    median: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class RRIntervals:
    """Intervals between neighbouring beats of any class, ms; ``sd`` is None for a single interval."""

    n: int
    mean_ms: float
    median_ms: float
    sd_ms: float | None
    min_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All that beat positions and classes say.

    Attributes:
        n_beats: number of beats.
        duration_s: length of the recording, seconds.
        counts: beats of each AAMI class ``N S V F Q``.
        burden: the same in percent of all beats; empty without beats.
        heart_rate: None with fewer than 2 beats.
        rr: None with fewer than 2 beats.
        hrv: heart rate variability on NN intervals.
        irregularity: RMSSD over mean of NN intervals (dimensionless); None with fewer than 10 differences.
        sample_entropy: coefficient of sample entropy of the NN intervals; None with fewer than 12.
        facts: findings in time order; those about the whole recording stand last.
    """

    n_beats: int
    duration_s: float
    counts: dict[str, int]
    burden: dict[str, float]
    heart_rate: HeartRate | None
    rr: RRIntervals | None
    hrv: HRV
    irregularity: float | None
    sample_entropy: float | None
    facts: tuple[RhythmFact, ...]

    def of(self, code: str) -> tuple[RhythmFact, ...]:
        """Return the facts with this code, in time order."""
        return tuple(fact for fact in self.facts if fact.code == code)

    def to_dict(self) -> dict[str, Any]:
        """Return plain types only, ready for JSON."""
        return asdict(self) | {"facts": [fact.to_dict() for fact in self.facts]}
