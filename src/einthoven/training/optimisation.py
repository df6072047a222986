"""What every recipe that is trained by epochs says: how the weights move, how long, what is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from einthoven.training.parts import Name, Part, Positive, Share
from einthoven.training.schedules import Constant, Schedule


class Optimiser(Part):
    """Which way the weights move."""

    name: Literal["adamw", "adam", "sgd"] = "adamw"
    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-2
    momentum: Share = 0.9  # of sgd


class Training(Part):
    """How long, and what is kept.

    Attributes:
        epochs: at most.
        batch: rows of a step, of all processes together.
        patience: epochs without improvement after which training stops; None: never.
        monitor: by which figure on the validation rows the best epoch and a plateau are told.
        gradient_clip: largest norm of the gradient; 0: any.
        averaging: share of the running mean of the weights that a step keeps; 0: no mean.
        precision: of what passes the layers in training; ``bf16`` (8 bits of mantissa, weights and sums in
            32 bits) is twice as fast on processors that have it, and slower on others.
    """

    epochs: Positive = 30
    batch: Positive = 128
    patience: Positive | None = None
    monitor: str = "loss"
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    averaging: Annotated[float, Field(ge=0, lt=1)] = 0.0
    precision: Literal["32", "bf16"] = "32"


class CourseRecipe(Part):
    """A recipe of something that is trained by epochs; the parts that have no effect on weights included."""

    name: Name
    version: str
    description: str = ""
    optimiser: Optimiser = Optimiser()
    schedule: Schedule = Constant()
    training: Training = Training()
    seed: int = 0
    intended_use: str
    limits: list[str]
    licence: str = "MIT"

    def weights_rest_on(self) -> str:
        """Return, as JSON, all of the recipe that the trained weights depend on."""
        told = {"name", "version", "description", "intended_use", "limits", "licence"}
        return self.model_dump_json(exclude=told)
