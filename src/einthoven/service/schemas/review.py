"""Review: what a person says about beats and findings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from einthoven.analysis_document import AamiClass
from einthoven.service.schemas.analyses import Message, Name, Text

BeatAction = Literal["relabel", "confirm", "add", "remove"]
Verdict = Literal["present", "absent"]


class BeatCorrection(Message):
    """What a person says about one beat."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={
            "examples": [{"subject": "beat", "action": "relabel", "sample": 1654, "class": "V"}]
        },
    )

    subject: Literal["beat"]
    action: BeatAction
    sample: Annotated[
        int, Field(ge=0, le=2**31 - 1, description="R peak, a sample number; of `add`: of the new beat")
    ]
    beat_class: AamiClass | None = Field(
        default=None, alias="class", description="needed to relabel and to add"
    )
    note: Text = ""
    reviewer: Name = Field(default="", description="who says so; where tokens are used, the token says")


class FindingCorrection(Message):
    """What a person says about one finding."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"subject": "finding", "code": "mi", "decision": "absent"}]},
    )

    subject: Literal["finding"]
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    decision: Verdict
    note: Text = ""
    reviewer: Name = ""


Correction = Annotated[BeatCorrection | FindingCorrection, Field(discriminator="subject")]


class CorrectionView(BaseModel):
    """A correction as it was made, beside what the model said."""

    id: str
    number: int = Field(description="in the order in which they were made, from 1")
    subject: Literal["beat", "finding"]
    action: Literal["relabel", "confirm", "add", "remove", "decide"]
    sample: int | None
    code: str | None
    before: str | None = Field(description="class or decision before it")
    after: str | None = Field(description="class or decision since")
    note: str
    author: str
    created_at: datetime
    undone_at: datetime | None
    undone_by: str | None


class ReviewedFinding(BaseModel):
    code: str
    label: str
    model_decision: Literal["absent", "borderline", "present", "refused"]
    decision: Verdict | None = Field(description="a person's; null where nobody said anything")
    author: str | None


class Review(BaseModel):
    """All that was said about an analysis, and how it compares with the model."""

    corrections: list[CorrectionView] = Field(description="undone ones too, in order")
    agreement: dict[AamiClass, dict[AamiClass, int]] = Field(
        description="model's class → class after review → beats"
    )
    n_beats: int = Field(description="after review")
    n_reviewed: int = Field(description="beats that somebody said something about")
    n_added: int
    n_removed: int
    findings: list[ReviewedFinding]
