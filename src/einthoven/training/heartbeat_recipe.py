"""The recipe of a model for single heartbeat rows (187 samples, five classes)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from einthoven.training.augmentation import AnyAugmentation
from einthoven.training.losses import CrossEntropy, Loss
from einthoven.training.networks.zoo import Network
from einthoven.training.parts import Name, Part, Positive, Share
from einthoven.training.samplers import Sampler, Shuffle
from einthoven.training.schedules import Constant, Schedule

Normalisation = Literal["none", "row_z_score", "standard_scaler"]


class RowsPart(Part):
    """Which rows to learn from, and what a new row stands for.

    Attributes:
        source: the database that the rows are cut from; they lie where ``einthoven data prepare heartbeat
            --from SOURCE`` puts them.
        split: ``beats``: the training file as it is, whose patients are in the test file too; ``patients``:
            whole patients are held out of both.
        validation: share of the training rows by which epochs are compared and probabilities calibrated,
            taken by the same kind of split.
        test: with ``split: patients``, the share of rows held out for the figures on the card.
    """

    source: str = "mitdb"
    split: Literal["beats", "patients"] = "beats"
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    licence: str = "ODC-By 1.0"


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
        monitor: by which figure on the validation rows the best epoch is told.
        gradient_clip: largest norm of the gradient; 0: any.
        averaging: share of the running mean of the weights that a step keeps; 0: no mean.
    """

    epochs: Positive = 30
    batch: Positive = 128
    patience: Positive | None = None
    monitor: Literal["loss", "accuracy", "macro_f1"] = "loss"
    gradient_clip: Annotated[float, Field(ge=0)] = 0.0
    averaging: Annotated[float, Field(ge=0, lt=1)] = 0.0


class Distillation(Part):
    """Learning from another model's answers too (Hinton et al. 2015, arXiv 1503.02531).

    Deviation: one cross-entropy with mixed targets instead of two terms.

    Attributes:
        teacher: folder or name of a heartbeat bundle.
        share: of its answers in the targets; the rest is the true class.
        temperature: its logits are divided by this.
    """

    teacher: str
    share: Share = 0.7
    temperature: Annotated[float, Field(gt=0)] = 2.0


class HeartbeatRecipe(Part):
    """A recipe for a model of heartbeat rows."""

    name: Name
    version: str
    task: Literal["heartbeat"]
    description: str = ""
    data: RowsPart = RowsPart()
    normalisation: Normalisation = "none"
    network: Network
    loss: Loss = CrossEntropy()
    distillation: Distillation | None = None
    sampler: Sampler = Shuffle()
    augmentations: tuple[AnyAugmentation, ...] = ()
    optimiser: Optimiser = Optimiser()
    schedule: Schedule = Constant()
    training: Training = Training()
    seed: int = 0
    intended_use: str
    limits: list[str]
    licence: str = "MIT"

    @model_validator(mode="after")
    def _rows_have_one_lead(self) -> HeartbeatRecipe:
        if any(augmentation.name == "lead_drop" for augmentation in self.augmentations):
            raise ValueError("augmentation lead_drop needs several leads; heartbeat rows have one")
        return self
