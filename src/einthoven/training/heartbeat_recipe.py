"""The recipe of a model for single heartbeat rows (187 samples, five classes)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from einthoven.training.augmentation import AnyAugmentation
from einthoven.training.losses import CrossEntropy, Loss
from einthoven.training.networks.zoo import Network
from einthoven.training.optimisation import CourseRecipe, Training
from einthoven.training.parts import Part, Share
from einthoven.training.samplers import Sampler, Shuffle

Normalisation = Literal["none", "row_z_score", "standard_scaler"]


class Fold(Part):
    """One of the equal parts that the training file is divided into, by which recipes are compared.

    Attributes:
        number: which, from 0.
        of: how many there are.
    """

    number: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Fold:
        if self.number >= self.of:
            raise ValueError(f"fold {self.number} of {self.of}: folds are numbered from 0 to {self.of - 1}")
        return self


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
        fold: the part of the training file that the figures on the card are of, in place of the test file,
            which is not read then.
    """

    source: str = "mitdb"
    split: Literal["beats", "patients"] = "beats"
    validation: Annotated[float, Field(gt=0, lt=1)] = 0.15
    test: Annotated[float, Field(gt=0, lt=1)] = 0.2
    fold: Fold | None = None
    licence: str = "ODC-By 1.0"


class HeartbeatTraining(Training):
    """`Training`, with the figures that heartbeat rows are validated by."""

    monitor: Literal["loss", "accuracy", "macro_f1"] = "loss"


class Distillation(Part):
    """Learning from other models' answers too (Hinton et al. 2015, arXiv 1503.02531).

    Deviation: one cross-entropy with mixed targets instead of two terms.

    Attributes:
        teachers: folders or names of heartbeat bundles, whose answers are averaged.
        share: of its answers in the targets; the rest is the true class.
        temperature: its logits are divided by this.
    """

    teachers: Annotated[tuple[str, ...], Field(min_length=1)]
    share: Share = 0.7
    temperature: Annotated[float, Field(gt=0)] = 2.0


class HeartbeatRecipe(CourseRecipe):
    """A recipe for a model of heartbeat rows."""

    task: Literal["heartbeat"]
    data: RowsPart = RowsPart()
    normalisation: Normalisation = "none"
    network: Network
    loss: Loss = CrossEntropy()
    distillation: Distillation | None = None
    sampler: Sampler = Shuffle()
    augmentations: tuple[AnyAugmentation, ...] = ()
    training: HeartbeatTraining = HeartbeatTraining()

    @model_validator(mode="after")
    def _rows_have_one_lead(self) -> HeartbeatRecipe:
        if any(augmentation.name == "lead_drop" for augmentation in self.augmentations):
            raise ValueError("augmentation lead_drop needs several leads; heartbeat rows have one")
        return self
