"""Signals, beats and trends of a window."""

from __future__ import annotations

from pydantic import BaseModel, Field

from einthoven.analysis_document import AamiClass


class SignalInfo(BaseModel):
    """What there is to draw."""

    fs: float = Field(description="sampling rate, Hz")
    leads: list[str]
    n_samples: int
    duration_s: float
    steps_mv: list[float] = Field(description="millivolt an integer step, one a lead")
    usable: list[bool] = Field(description="one verdict a lead")
    n_beats: int


class BeatWindow(BaseModel):
    """Beats of a window, one entry a beat in each list, in time order."""

    start_s: float
    end_s: float
    total: int = Field(description="beats in the window that fit")
    complete: bool = Field(description="false where the list was cut at `limit`")
    samples: list[int] = Field(description="R peaks, sample numbers")
    times_s: list[float]
    classes: list[AamiClass] = Field(description="with corrections applied")
    model_classes: list[AamiClass | None] = Field(
        description="the model's answer; null where a person added it"
    )
    probabilities: list[float | None] = Field(description="of the model's class, calibrated")
    corrected: list[bool]


class LeadFinding(BaseModel):
    code: str
    label: str
    probability: float


class LeadAnswer(BaseModel):
    """What the networks say when they see one lead and no other."""

    name: str
    findings: list[LeadFinding]
    remark: str = Field(description="why there is no answer; else empty")


class LeadAnswers(BaseModel):
    """One entry a lead; calibration is that of twelve leads, so these only compare leads with each other."""

    leads: list[LeadAnswer]


class BeatAt(BaseModel):
    """One beat."""

    sample: int
    time_s: float
    beat_class: AamiClass = Field(alias="class")
    model_class: AamiClass | None
    probability: float | None
    probabilities: dict[AamiClass, float] | None
    rr_before_s: float | None
    rr_after_s: float | None
    corrected: bool

    model_config = {"populate_by_name": True}


class BeatSought(BaseModel):
    beat: BeatAt | None = Field(description="null where there is none in that direction")


class Trends(BaseModel):
    """Heart rate and beats over a window, one entry a bin in each list."""

    start_s: float
    bin_s: float
    n: int
    heart_rate: list[float | None] = Field(description="mean, a minute; null without two beats")
    heart_rate_low: list[float | None] = Field(description="of the longest RR interval")
    heart_rate_high: list[float | None] = Field(description="of the shortest RR interval")
    counts: dict[AamiClass, list[int]]
    unusable: list[float] = Field(description="share of the bin in which no lead is usable")


class WavePoints(BaseModel):
    """Samples (with fractions) of one lead's waves, one a beat, null where there is none."""

    p_onset: list[float | None]
    p_peak: list[float | None]
    p_offset: list[float | None]
    qrs_onset: list[float | None]
    qrs_peak: list[float | None]
    qrs_offset: list[float | None]
    t_onset: list[float | None]
    t_peak: list[float | None]
    t_offset: list[float | None]


class Waves(BaseModel):
    """P, QRS and T around each beat of a window."""

    begin: int
    stop: int = Field(description="as used: windows are cut at 52 s")
    beats: list[int] = Field(description="R peaks, sample numbers")
    leads: dict[str, WavePoints]
