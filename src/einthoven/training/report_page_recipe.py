"""The recipe of a model of report pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from einthoven.training.losses import CrossEntropy, Loss
from einthoven.training.networks.lead_picture_cnn import LeadPictureCnnOptions
from einthoven.training.networks.lead_picture_crnn import LeadPictureCrnnOptions
from einthoven.training.networks.page_net import PageNetOptions
from einthoven.training.optimisation import CourseRecipe, Training
from einthoven.training.parts import Part, Positive, Share
from einthoven.training.samplers import Sampler, Shuffle

Size = Annotated[float, Field(ge=0)]
PageNetwork = Annotated[
    PageNetOptions | LeadPictureCnnOptions | LeadPictureCrnnOptions, Field(discriminator="name")
]


class PagesPart(Part):
    """Which pages to learn from.

    Attributes:
        folder: that holds a folder of pages for each class, under the root of data sets.
        validation: share of the pages by which epochs are compared, of models of pictures.
        test: share of the pages held out, of models of pictures.
        licence: of the pages.
    """

    folder: str = "report_images"
    validation: Annotated[float, Field(gt=0, lt=0.5)] = 0.15
    test: Annotated[float, Field(gt=0, lt=0.5)] = 0.15
    licence: str = "CC BY 4.0"


class Statements(Part):
    """What a network of signals learns first, and then beside: the statements of PTB-XL from typical beats.

    Attributes:
        source: the data set, prepared with ``einthoven data prepare``.
        least: statements that at least so many training records have.
        epochs: of learning them alone.
        learning_rate: of that.
        batch: records of a step, of that.
        share: weight of them beside the pages.
        beside: records of each step beside the pages.
        slower: rate at which what was learnt moves on, in units of the rate of what is new.
    """

    source: Literal["ptb-xl"] = "ptb-xl"
    least: Positive = 10
    epochs: Positive = 24
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    batch: Positive = 128
    share: Size = 0.5
    beside: Positive = 48
    slower: Share = 0.3


class BeatChanges(Part):
    """How typical beats are changed in training: what differs between devices, electrodes and readings.

    Attributes:
        gain: of all leads together, log-normal.
        lead_gain: of each lead.
        shift: of the R peak, up to so many samples.
        level: of the line before the QRS complex, mV.
        noise: of each sample, mV.
        rhythm: of the figures of the rhythm.
        left_out: probability that leads are left out, a random share of them.
    """

    gain: Size = 0.12
    lead_gain: Size = 0.08
    shift: Annotated[int, Field(ge=0)] = 2
    level: Size = 0.02
    noise: Size = 0.015
    rhythm: Size = 0.03
    left_out: Share = 0.35


class PageTraining(Training):
    """`Training` of steps, since there are few pages.

    Attributes:
        steps: of an epoch; None: each page once.
    """

    monitor: Literal["loss", "accuracy", "macro_f1"] = "loss"
    steps: Positive | None = None


class PageRecipe(CourseRecipe):
    """A recipe for a model of report pages.

    Attributes:
        input: ``signals``: the page is digitised; ``lead_pictures``: the binary picture of each lead.
        folds: of a model of signals: so many networks, each trained without one part of the pages, which is
            what its figures are from; their logits are averaged in the bundle.
        repeats: how often the pages are parted anew.
    """

    task: Literal["report-page"]
    data: PagesPart = PagesPart()
    input: Literal["signals", "lead_pictures"] = "signals"
    network: PageNetwork
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    repeats: Positive = 1
    statements: Statements | None = None
    changes: BeatChanges = BeatChanges()
    loss: Loss = CrossEntropy()
    sampler: Sampler = Shuffle()
    training: PageTraining = PageTraining()

    @model_validator(mode="after")
    def _parts_fit(self) -> PageRecipe:
        signals = self.input == "signals"
        if signals != (self.network.name == "page_net"):
            takes = "signals" if self.network.name == "page_net" else "lead_pictures"
            raise ValueError(f"network {self.network.name} takes {takes}, the input is {self.input}")
        if not signals and self.statements is not None:
            raise ValueError("statements are learnt from signals; the input is lead_pictures")
        return self
