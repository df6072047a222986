"""Models and samples."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from einthoven.models.card import Card
from einthoven.models.figures import FigureSet


class ModelEntry(BaseModel):
    name: str
    version: str
    task: str
    classes: list[str]
    parameters: int
    intended_use: str
    trained_on: list[str]
    is_default: bool = Field(description="asked unless another is named")


class ModelList(BaseModel):
    items: list[ModelEntry]


class ModelView(BaseModel):
    """A model: its card, whole."""

    card: Card
    is_default: bool
    figures: list[str] = Field(description="names of pictures under /v1/models/{name}/figures/")
    held_out: list[FigureSet] = Field(
        description="confusion matrix, curves, calibration and spread over patients on data that the model "
        "did not learn from; none where they are not known"
    )


class SampleEntry(BaseModel):
    """A recording to try the service on."""

    id: str = Field(examples=["simulated-v"])
    title: str
    description: str
    origin: Literal["simulated", "public"]
    shows: str | None = Field(description="the beat class or thing it stands for", examples=["V"])
    duration_s: float
    fs: float
    leads: list[str]
    data_set: str | None = Field(description="the public data set it is from")
    licence: str | None
    available: bool = Field(description="here already; a public one that is not is fetched when it is opened")


class SampleList(BaseModel):
    items: list[SampleEntry]
