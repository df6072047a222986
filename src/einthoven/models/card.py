"""The model card: everything a reader, and a program, must know to run a bundle and to judge its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Setting = bool | int | float | str | list[int] | list[float] | list[str]


class Strict(BaseModel):
    """Base of all card parts: a misspelt or unknown field is an error, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Tensor(Strict):
    """One input or output of the network.

    ``shape`` starts with ``"batch"``. Sizes next to it may be free too, each by a name (``"beats"``): what
    goes by one name is equally long in all inputs and outputs of a run.
    """

    name: str
    shape: list[int | str]
    dtype: Literal["float32", "int64"] = "float32"
    description: str = ""

    @model_validator(mode="after")
    def _batch_comes_first(self) -> Tensor:
        fixed = [isinstance(size, int) for size in self.shape]
        if self.shape[:1] != ["batch"] or fixed != sorted(fixed):
            raise ValueError(
                f"shape of {self.name!r} is {self.shape}; allowed: ['batch', names …, whole numbers …]"
            )
        return self

    def sized(self, sizes: Mapping[str, int]) -> list[int | str]:
        """Return the shape with ``sizes`` in place of names."""
        return [sizes.get(size, size) if isinstance(size, str) else size for size in self.shape]


class Output(Tensor):
    """An output. ``logits`` become probabilities by the card's calibration, ``probabilities`` are ready."""

    kind: Literal["probabilities", "logits"]


class Window(Strict):
    """The stretch of signal that one answer sees, at the contract's rate."""

    samples: Annotated[int, Field(gt=0)]
    anchor: Annotated[int, Field(ge=0)]  # index of the R peak within the window
    description: str = ""


class Leads(Strict):
    """How many leads the network takes, and which are preferred where there is a choice."""

    minimum: Annotated[int, Field(ge=1)] = 1
    maximum: Annotated[int, Field(ge=1)] = 1
    preferred: list[str] = []
    description: str = ""


class InputContract(Strict):
    """Enough to run the network without the code that trained it."""

    rate_hz: Annotated[float, Field(gt=0)]
    window: Window
    leads: Leads
    unit: Literal["mV", "0-1"] = "mV"  # 0-1: scaled to its range
    normalisation: str
    inputs: Annotated[list[Tensor], Field(min_length=1)]
    outputs: Annotated[list[Output], Field(min_length=1)]
    settings: dict[str, Setting] = {}


class Recipe(Strict):
    """The recipe file the model was trained from, and the SHA-256 of its bytes."""

    name: str
    sha256: Sha256


class DataSource(Strict):
    """One data set the model has seen, and what for."""

    name: str
    version: str = ""
    records: list[str]
    role: str = "training"
    licence: str = ""


class Metric(Strict):
    """One figure, with the data and protocol it holds for and the command that repeats it."""

    name: str
    data: str
    protocol: str
    value: float
    ci95: tuple[float, float] | None = None
    command: str = ""


class Calibration(Strict):
    """How raw outputs become probabilities, and how far these are off on patients the model did not see."""

    method: str
    parameters: dict[str, float | list[float]] = {}
    ece: Probability | None = None
    description: str = ""


class Card(Strict):
    """``card.json``, validated on load."""

    format: Literal["einthoven.card/1"] = "einthoven.card/1"
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    version: str
    task: Literal["beats", "heartbeat", "twelve-lead", "beat-image", "report-page"]
    classes: Annotated[list[str], Field(min_length=1)]
    input: InputContract
    recipe: Recipe
    data: Annotated[list[DataSource], Field(min_length=1)]
    patient_split: str
    metrics: list[Metric]
    calibration: Calibration
    thresholds: dict[str, Probability] = {}
    bands: dict[str, tuple[Probability, Probability]] = {}  # below: absent; above: present
    intended_use: str
    limits: list[str]
    licence: str
    onnx_sha256: Sha256
    parameters: Annotated[int, Field(gt=0)]

    @model_validator(mode="after")
    def _thresholds_name_classes(self) -> Card:
        unknown = sorted({*self.thresholds, *self.bands} - set(self.classes))
        if unknown:
            raise ValueError(f"thresholds name {unknown}; allowed: {self.classes}")
        if any(low > high for low, high in self.bands.values()):
            raise ValueError(f"bands {self.bands} have ends in the wrong order; allowed: lower, upper")
        return self
