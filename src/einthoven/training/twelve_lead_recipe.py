"""The recipe of a model of 12-lead records."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from einthoven.training.augmentation import AnyAugmentation
from einthoven.training.networks.lead_zoo import LeadNetwork
from einthoven.training.optimisation import CourseRecipe, Training
from einthoven.training.parts import Part, Positive, Share

Fold = Annotated[int, Field(ge=1, le=10)]
Folds = Annotated[tuple[Fold, ...], Field(min_length=1)]


class RecordsPart(Part):
    """Which records to learn from, and what.

    Attributes:
        source: the data set, prepared with ``einthoven data prepare``.
        labels: what is answered, one of the label sets of the data set.
        rates: of the stores to take: a record that is in several is shown as each in turn.
        training: official folds to learn from.
        validation: official folds to tell the best epoch, to calibrate and to set thresholds by.
        licence: of the data.
    """

    source: Literal["ptb-xl"] = "ptb-xl"
    labels: Literal["superclass", "subclass", "diagnostic", "form", "rhythm", "all", "mi", "mi_code"]
    rates: Annotated[tuple[Literal[100, 500], ...], Field(min_length=1)] = (100, 500)
    training: Folds = (1, 2, 3, 4, 5, 6, 7, 8)
    validation: Folds = (9,)
    licence: str = "CC BY 4.0"

    @model_validator(mode="after")
    def _folds_are_apart(self) -> RecordsPart:
        both = sorted(set(self.training) & set(self.validation))
        if both:
            raise ValueError(f"folds {both} are both for training and for validation; patients must be apart")
        return self


class Auxiliary(Part):
    """What the network learns beside: it is not exported, but shapes the features.

    Attributes:
        least: SCP statements that at least so many training records have are learnt.
        age_and_sex: these too.
        share: weight of the mean over all of it, against that of the labels.
    """

    least: Positive = 10
    age_and_sex: bool = True
    share: Annotated[float, Field(ge=0)] = 1.0


class LeadMasks(Part):
    """Leads that the network does without in training, so that it reads records that lack them.

    Attributes:
        probability: that a record is masked at all; then a kind of mask is drawn by these shares:
        limb: the six limb leads remain.
        lead_i: lead I remains.
        lead_ii: lead II remains.
        any: a random number of random leads remains; takes what the others leave.
    """

    probability: Share = 0.4
    limb: Share = 0.35
    lead_i: Share = 0.25
    lead_ii: Share = 0.15

    @model_validator(mode="after")
    def _shares_fit(self) -> LeadMasks:
        total = self.limb + self.lead_i + self.lead_ii
        if total > 1:
            raise ValueError(f"limb + lead_i + lead_ii is {total:g}; allowed: up to 1")
        return self


class FewLeads(Part):
    """Networks that answer with the members where few leads are there: trained on few leads alone.

    They learn from the statements and from what the trained members answer to all leads of the same record
    (distillation, Hinton et al. 2015, arXiv 1503.02531): a doubtful record is not taught as a certain one.

    Attributes:
        members: how many; their logits are averaged.
        up_to: so many known leads are few.
        share: weight of their answer there; the members' has the rest.
        network: of which kind.
        masks: leads that remain in training.
        taught: share of the members' answers in what is to be learnt; the statements have the rest.
    """

    members: Positive = 1
    up_to: Annotated[int, Field(ge=1, le=11)] = 6
    share: Share = 0.67
    network: LeadNetwork
    masks: LeadMasks = LeadMasks(probability=1.0, limb=0.15, lead_i=0.5, lead_ii=0.15)
    taught: Share = 0.7


class Shortened(Part):
    """Records cut to a random stretch of at least ``shortest`` of their length, zeros after it."""

    probability: Share = 0.1
    shortest: Annotated[float, Field(gt=0, le=1)] = 0.3


class Printed(Part):
    """Records as a page shows them: columns of leads that follow each other, at times lead II throughout."""

    probability: Share = 0.25


class TwelveLeadTraining(Training):
    """`Training`, with the figures that 12-lead records are validated by."""

    monitor: Literal["loss", "macro_auroc"] = "loss"


class TwelveLeadRecipe(CourseRecipe):
    """A recipe for a model of 12-lead records.

    Attributes:
        members: networks trained from different seeds, whose logits are averaged.
        few_leads: networks that answer where few leads are known.
    """

    task: Literal["twelve-lead"]
    data: RecordsPart
    network: LeadNetwork
    members: Positive = 1
    few_leads: FewLeads | None = None
    auxiliary: Auxiliary | None = None
    masks: LeadMasks | None = None
    shortened: Shortened | None = None
    printed: Printed | None = None
    augmentations: tuple[AnyAugmentation, ...] = ()
    training: TwelveLeadTraining = TwelveLeadTraining()

    @model_validator(mode="after")
    def _augmentations_suit_records(self) -> TwelveLeadRecipe:
        for augmentation in self.augmentations:
            if augmentation.name in ("mixup", "lead_drop"):
                raise ValueError(
                    f"augmentation {augmentation.name} does not suit 12-lead records: leads are left out by "
                    "masks, which tell the network so, and records are not mixed"
                )
            if augmentation.classes:
                raise ValueError(
                    f"augmentation {augmentation.name} names classes of beats; records have none"
                )
        return self
