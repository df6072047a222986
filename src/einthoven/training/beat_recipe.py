"""The recipe of a beat model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from einthoven.training.parts import Name, Part, Positive, Share


class DataPart(Part):
    """Records of one database. ``records`` left out means all that are there."""

    name: str
    records: tuple[str, ...] = ()
    licence: str = ""


class Network(Part):
    """Sizes of the network; see `BeatCnnLstm`."""

    channels: Positive = 24
    embedding: Positive = 48
    hidden: Positive = 48
    layers: Positive = 2
    dropout: Share = 0.2


class Recomposition(Part):
    """Recordings composed anew under other rhythms; see `recompose`."""

    per_record: Annotated[int, Field(ge=0)] = 9
    share: Annotated[float, Field(ge=0)] = 1.0  # beats of them seen for each real beat seen
    durations_s: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)] = (
        300.0,
        600.0,
        900.0,
        1800.0,
    )


class Noise(Part):
    """Records of real noise that training leads are mixed with, and how often."""

    name: str = "nstdb"
    licence: str = "ODC-By 1.0"
    records: tuple[str, ...] = ("bw", "ma")
    probability: Share = 0.0


class Optimisation(Part):
    """How the weights are found."""

    steps: Positive = 900
    beats: Positive = 128  # of a training sequence
    batch: Positive = 16  # sequences
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-2
    label_smoothing: Share = 0.05
    class_weight_power: Share = 0.5  # weight of a class = its share ** -power
    largest_class_weight: Annotated[float, Field(gt=0)] = 6.0
    lead_dropout: Share = 0.2
    feature_dropout: Share = 0.3  # shape and rhythm features hidden throughout a sequence


class BeatRecipe(Part):
    """A recipe for a beat model."""

    name: Name
    version: str
    task: Literal["beats"] = "beats"
    description: str = ""
    data: Annotated[list[DataPart], Field(min_length=1)]
    noise: Noise = Noise()
    network: Network = Network()
    recomposition: Recomposition = Recomposition()
    optimisation: Optimisation = Optimisation()
    members: Positive = 3  # networks of the ensemble, alike but for the seed
    folds: Annotated[int, Field(ge=2)] = 4  # over patients, for calibration and the estimate on the card
    seed: int = 0
    intended_use: str
    limits: list[str]
    licence: str = "MIT"
