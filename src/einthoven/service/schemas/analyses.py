"""Analyses: what is sent, what is listed, what happens to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from einthoven.analysis_document import AamiClass, Fraction
from einthoven.errors import Statable

ID = "0198f2a4c7d15b0c9e1f7a3d5c2b8e64"
Status = Literal["waiting", "running", "done", "failed", "cancelled"]
Decision = Literal["analysed", "refused"]
Unit = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{1,9}(\.[0-9]{1,9})? ?)?(mV|uV|V|nV)$"),
    Field(examples=["mV", "4.88 uV"]),
]
Word = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f,]*$"),
]
LeadName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Rate = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False, description="sampling rate, Hz")]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,60}$")]


class Message(BaseModel):
    """Base of what clients send: a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid")


class Options(Message):
    """What the file does not say, and which models are asked."""

    fs: Rate | None = Field(default=None, description="sampling rate in Hz, where the file states none")
    unit: Unit | None = Field(
        default=None,
        description="unit of the samples, where the file states none; or what one step of the converter is "
        "worth",
    )
    leads: list[LeadName] | None = Field(default=None, max_length=64, description="names of the leads")
    model: ModelName | None = Field(default=None, description="what classifies beats; null: the default")
    twelve_lead: list[ModelName] | None = Field(
        default=None,
        max_length=8,
        description="what reads a recording of up to two minutes as a whole; null: defaults",
    )


class UsedOptions(Options):
    """What an analysis was, or will be, made by."""

    overrule: bool = Field(
        default=False,
        description="`fs` and `unit` go before what the file states: a person had it read again",
    )


class Samples(Message):
    """A recording as numbers."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "strip",
                    "signals": [[0.01, 0.03, 1.2, -0.2]],
                    "fs": 250,
                    "unit": "mV",
                    "leads": ["II"],
                }
            ]
        }
    )

    signals: list[list[Annotated[float, Field(allow_inf_nan=False)] | None]] = Field(
        min_length=1, max_length=64, description="one list a lead, all of one length; null where missing"
    )
    fs: Rate
    unit: Unit
    leads: list[LeadName] | None = Field(default=None, max_length=64, description="one name a lead")
    name: Name = "samples"
    tags: list[Word] = Field(default=[], max_length=20)
    model: ModelName | None = None
    twelve_lead: list[ModelName] | None = Field(default=None, max_length=8)


class FileEntry(BaseModel):
    """A file of an analysis."""

    name: str = Field(examples=["208.hea"])
    size: int = Field(description="bytes")
    sha256: str


class FindingSummary(BaseModel):
    code: str = Field(examples=["ectopy_V"])
    label: str = Field(examples=["Ventricular ectopic beats"])
    decision: Literal["absent", "borderline", "present", "refused"]
    probability: Fraction | None


class Summary(BaseModel):
    """What the list shows of a finished analysis."""

    decision: Decision
    refusal: str = Field(description="why no answer is given; empty where one is")
    duration_s: float
    fs: float
    leads: list[str]
    n_beats: int
    counts: dict[AamiClass, int]
    burden: dict[AamiClass, float] = Field(description="percent of all beats; empty without beats")
    heart_rate: float | None = Field(description="mean, a minute")
    findings: list[FindingSummary]
    facts: list[str] = Field(description="labels of rhythm facts, in time order, the first 50")
    n_warnings: int
    has_pictures: bool = Field(
        default=False, description="a page was digitised; its pictures are at /pictures"
    )
    usable_leads: list[str]
    height_ratio: float | None = Field(
        default=None,
        description="how many times the usual height the tallest lead has, where no heart is that high or "
        "low and the unit is doubtful; else null",
    )
    reviewed: bool = Field(
        default=False, description="beats, rate, findings and facts are those after review"
    )


class AnalysisProblem(BaseModel):
    """Why an analysis failed."""

    kind: str = Field(examples=["missing-information"], description="for machines")
    title: str
    detail: str = Field(description="what was seen, what is allowed, what to do next")
    missing: Statable | None = Field(
        default=None, description="the option that is to be stated, if one is: retry with it"
    )


class AnalysisView(BaseModel):
    """An analysis: what was sent, how far it is, what was found in short."""

    id: str = Field(examples=[ID])
    name: str
    kind: Literal["signal", "page"]
    status: Status
    stage: str = Field(description="what is being done", examples=["R peaks"])
    progress: Fraction
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    created_by: str
    sample: str | None = Field(description="the gallery's sample it is of, if it is of one")
    options: UsedOptions
    files: list[FileEntry]
    tags: list[str]
    note: str
    summary: Summary | None = Field(description="once it is done")
    problem: AnalysisProblem | None = Field(description="if it failed")
    seconds: float | None = Field(description="how long the analysis took")
    reread_of: str | None = Field(description="the analysis that the same files gave before, if there is one")
    reread_as: str | None = Field(description="the last reading of the same files after this one")


class AnalysisList(BaseModel):
    """A page of analyses, the newest first."""

    items: list[AnalysisView]
    total: int = Field(description="that fit the filter, on all pages")
    next: str | None = Field(description="value of `after` for the next page; null on the last one")


class AnalysisChange(Message):
    """What may be changed of an analysis; what is left out stays."""

    name: Annotated[Name, StringConstraints(min_length=1)] | None = None
    note: Text | None = None
    tags: list[Word] | None = Field(default=None, max_length=20)


class TagCount(BaseModel):
    tag: str
    n: int = Field(description="analyses that have it")


class TagList(BaseModel):
    items: list[TagCount]


class Progress(BaseModel):
    """One server-sent event, `event: progress`, or `event: end` for the last."""

    id: str
    status: Status
    stage: str
    progress: Fraction
