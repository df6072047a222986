"""``einthoven.analysis/1``: an analysis as JSON. A change that breaks readers raises the number."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from einthoven.analysis_result import Analysis, Answers, Intervals, Review
from einthoven.recording import AAMI_CLASSES, Beats

if TYPE_CHECKING:
    from einthoven.models.card import Card

SCHEMA: Literal["einthoven.analysis/1"] = "einthoven.analysis/1"
DISCLAIMER = "Research software, not a medical device."


def _finite_or_none(value: Any) -> Any:
    return None if isinstance(value, float) and not isfinite(value) else value


# JSON knows no NaN: what could not be measured is null.
Measured = Annotated[float | None, BeforeValidator(_finite_or_none)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
AamiClass = Literal["N", "S", "V", "F", "Q"]


class Part(BaseModel):
    """Base of all parts: nothing unnamed gets in, no NaN gets out."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, from_attributes=True)


class PatientPart(Part):
    id: str = ""
    name: str = ""
    age: Measured = Field(None, description="years")
    sex: str = ""


class RecordingPart(Part):
    name: str
    source: str
    fs: float = Field(description="sampling rate, Hz")
    leads: list[str]
    n_samples: int
    duration_s: float
    start: datetime | None
    patient: PatientPart = Field(description="only what the source says")


class StretchPart(Part):
    onset_s: float
    duration_s: float
    reason: str


class LeadQualityPart(Part):
    lead: str
    usable: bool
    usable_fraction: Fraction
    reasons: list[str]
    flat_fraction: Measured
    missing_fraction: Measured
    clipped_fraction: Measured
    snr_db: Measured
    baseline_wander_mv: Measured
    mains_hz: int | None
    mains_mv: Measured
    amplitude_mv: Measured
    suspected_unit: str | None
    stretches: list[StretchPart]


class BeatsPart(Part):
    """One entry a beat in each array, in time order."""

    n: int
    samples: list[int] = Field(description="R peaks, sample numbers in the recording's own rate")
    times_s: list[float] = Field(description="R peaks, seconds from the start")
    classes: list[AamiClass] = Field(description="AAMI EC57 classes")
    probabilities: dict[AamiClass, list[float]] | None = Field(
        description="calibrated, four digits, one array a class; of a beat that a person settled 1 for the "
        "class that was said; null where beats carry none"
    )


class HeartRatePart(Part):
    """Beats per minute; extremes over 8 successive RR intervals."""

    mean: Measured
    median: Measured
    minimum: Measured
    maximum: Measured


class RRPart(Part):
    n: int
    mean_ms: Measured
    median_ms: Measured
    sd_ms: Measured
    min_ms: Measured
    max_ms: Measured


class HRVPart(Part):
    """Heart rate variability in the time domain, on intervals between adjacent normal beats."""

    n_nn: int
    n_differences: int
    n_segments: int
    mean_nn_ms: Measured
    sdnn_ms: Measured
    rmssd_ms: Measured
    pnn50: Measured = Field(description="percent")
    sdann_ms: Measured
    sdnn_index_ms: Measured
    triangular_index: Measured


class IntervalsPart(Part):
    heart_rate: HeartRatePart | None
    rr: RRPart | None
    hrv: HRVPart


class RhythmFactPart(Part):
    code: str
    label: str
    onset_s: Measured
    duration_s: Measured
    detail: str
    n_beats: int
    rate_bpm: Measured


class RhythmPart(Part):
    counts: dict[AamiClass, int]
    burden: dict[AamiClass, float] = Field(description="percent of all beats; empty without beats")
    irregularity: Measured
    sample_entropy: Measured
    facts: list[RhythmFactPart]


class MeasurementPart(Part):
    code: str
    label: str
    value: Measured = Field(description="null where it cannot be measured; reason says why")
    unit: str
    confidence: Measured = Field(description="0 to 1")
    reason: str


class MeasurementsPart(Part):
    """Intervals, axes and amplitudes: of the whole recording, and of each lead."""

    overall: list[MeasurementPart]
    leads: dict[str, list[MeasurementPart]]
    n_beats: int = Field(description="beats of the ruling kind that were measured")
    stretch_s: tuple[float, float] = Field(
        # of an analysis, and of a document that is read again
        validation_alias=AliasChoices("stretch", "stretch_s"),
        description="begin and end of what was measured, seconds",
    )


class FindingPart(Part):
    code: str
    label: str
    probability: Measured
    threshold: float
    decision: Literal["absent", "borderline", "present", "refused"]
    detail: str
    interval: tuple[float, float] | None = Field(
        None, description="how often such a probability came true for held-out patients, 95 %"
    )
    decided_by: str = Field("", description="the person who decided, after review; empty where nobody did")


class PageLeadPart(Part):
    name: str
    confidence: Fraction = Field(
        description="how much of it was seen, how clearly, and whether its name was read"
    )
    named: bool = Field(description="false: the name is what is usual at its place")
    remark: str


class PagePart(Part):
    """What was read on the page from which the recording was digitised."""

    layout: str = Field(description="3x4+1 and so on; strip: each row a lead")
    speed: float = Field(description="mm/s")
    gain: float = Field(description="mm/mV")
    exact: bool = Field(description="read from vectors; false: from a picture, approximate")
    number: int
    n_pages: int
    leads: list[PageLeadPart]
    checks: dict[str, float] = Field(description="rms in mV of what Einthoven's law says is zero")


class BeatChangePart(Part):
    sample: int
    letter: AamiClass | None = Field(alias="class", description="null: it is no beat")
    model_letter: AamiClass | None = Field(alias="model_class", description="null: a person added it")


class AnswersPart(Part):
    """What review may change."""

    n_beats: int
    rhythm: RhythmPart
    intervals: IntervalsPart
    findings: list[FindingPart]


class ReviewPart(Part):
    """What people said; beats, rhythm, intervals and findings of the document are those after it."""

    authors: list[str]
    last_at: datetime | None
    n_confirmed: int
    n_relabelled: int
    n_added: int
    n_removed: int
    beats: list[BeatChangePart] = Field(description="each beat that a person settled, in time order")
    model: AnswersPart = Field(description="what the model alone had said")


class ModelPart(Part):
    name: str
    version: str
    sha256: str
    classes: list[str]
    intended_use: str
    limits: list[str]


class ProvenancePart(Part):
    einthoven: str
    analysed_at: datetime
    settings: dict[str, str | float | list[str] | None]


class AnalysisDocument(Part):
    """What Einthoven says about one recording."""

    schema_: Literal["einthoven.analysis/1"] = Field(SCHEMA, alias="schema")
    disclaimer: str = DISCLAIMER
    decision: Literal["analysed", "refused"]
    refusal: str = Field(description="why no answer is given; empty where one is")
    recording: RecordingPart
    quality: list[LeadQualityPart] = Field(description="one entry a lead")
    beats: BeatsPart
    rhythm: RhythmPart
    intervals: IntervalsPart
    findings: list[FindingPart]
    measurements: MeasurementsPart | None = Field(None, description="null where nothing was measured")
    page: PagePart | None = Field(None, description="null where the recording does not come from a page")
    review: ReviewPart | None = Field(
        None, description="null: all of it is the model's answer, which no person has reviewed"
    )
    warnings: list[str]
    model: ModelPart
    further_models: list[ModelPart] = Field([], description="models besides it that findings come from")
    provenance: ProvenancePart


def to_document(analysis: Analysis) -> AnalysisDocument:
    """Return the document of an analysis. A day with 100,000 beats takes well under a second."""
    if (review := analysis.review) is not None:
        model, after = review.model, Answers(analysis.beats, analysis.rhythm, analysis.findings)
        alone = replace(
            analysis, beats=model.beats, rhythm=model.rhythm, findings=model.findings, review=None
        )
        return reviewed_document(to_document(alone), after, review, analysis.recording.fs)
    recording, card, provenance = analysis.recording, analysis.model, analysis.provenance
    return AnalysisDocument(
        schema=SCHEMA,
        decision=analysis.decision,
        refusal=analysis.refusal,
        recording=RecordingPart(
            name=recording.name,
            source=recording.source,
            fs=recording.fs,
            leads=list(recording.leads),
            n_samples=recording.n_samples,
            duration_s=round(recording.duration, 4),
            start=recording.start,
            patient=PatientPart.model_validate(recording.patient),
        ),
        quality=[LeadQualityPart.model_validate(lead) for lead in analysis.quality],
        beats=_beats(analysis.beats, recording.fs),
        rhythm=RhythmPart.model_validate(analysis.rhythm),
        intervals=IntervalsPart.model_validate(analysis.intervals),
        findings=[FindingPart.model_validate(finding) for finding in analysis.findings],
        measurements=None
        if analysis.measurements is None
        else MeasurementsPart.model_validate(analysis.measurements),
        page=None if analysis.page is None else PagePart.model_validate(analysis.page),
        review=None,
        warnings=list(analysis.warnings),
        model=_model(card),
        further_models=[_model(further) for further in analysis.further_models],
        provenance=ProvenancePart(
            einthoven=provenance.einthoven,
            analysed_at=provenance.analysed_at,
            settings=provenance.settings,
        ),
    )


def reviewed_document(
    document: AnalysisDocument, after: Answers, review: Review, fs: float
) -> AnalysisDocument:
    """Return the document after review, from that of the model's answer.

    Args:
        document: what the model said; its lists of beats may be left empty.
        after: beats, rhythm and findings as they stand.
        review: what people said.
        fs: rate of the R peaks, Hz.
    """
    intervals = Intervals(after.rhythm.heart_rate, after.rhythm.rr, after.rhythm.hrv)
    return document.model_copy(
        update={
            "beats": _beats(after.beats, fs),
            "rhythm": RhythmPart.model_validate(after.rhythm),
            "intervals": IntervalsPart.model_validate(intervals),
            "findings": [FindingPart.model_validate(finding) for finding in after.findings],
            "review": ReviewPart(
                authors=list(review.authors),
                last_at=review.last_at,
                n_confirmed=review.count("confirmed"),
                n_relabelled=review.count("relabelled"),
                n_added=review.count("added"),
                n_removed=review.count("removed"),
                beats=[
                    BeatChangePart.model_validate(
                        {"sample": each.sample, "class": each.letter, "model_class": each.model_letter}
                    )
                    for each in review.changes
                ],
                model=AnswersPart(
                    n_beats=document.beats.n,
                    rhythm=document.rhythm,
                    intervals=document.intervals,
                    findings=document.findings,
                ),
            ),
        }
    )


def _model(card: Card) -> ModelPart:
    return ModelPart(
        name=card.name,
        version=card.version,
        sha256=card.onnx_sha256,
        classes=card.classes,
        intended_use=card.intended_use,
        limits=card.limits,
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    schema = AnalysisDocument.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA, **schema}


def _beats(beats: Beats, fs: float) -> BeatsPart:
    probabilities: dict[str, list[float]] | None = None
    if beats.probabilities is not None:
        # Rounded as float64: a rounded float32 would print as 0.9943000078201294.
        rounded = np.round(beats.probabilities.astype(np.float64), 4)
        probabilities = {name: rounded[:, i].tolist() for i, name in enumerate(AAMI_CLASSES)}
    # Built without validation: the arrays are checked by `Beats`, and checking half a million numbers
    # again would cost more than writing them.
    return BeatsPart.model_construct(
        n=len(beats),
        samples=beats.samples.tolist(),
        times_s=np.round(beats.samples / fs, 4).tolist(),
        classes=beats.classes.tolist(),
        probabilities=probabilities,
    )
