"""A recipe: everything that decides what a trained model is, in one validated YAML file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from einthoven.errors import RecipeError, did_you_mean

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """Base of all recipe parts: a key that does not exist is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DataPart(Part):
    """Records of one database. ``records`` left out means all that are there."""

    name: str
    records: list[str] = []
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
    durations_s: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1)] = [
        300.0,
        600.0,
        900.0,
        1800.0,
    ]


class Noise(Part):
    """Records of real noise that training leads are mixed with, and how often."""

    name: str = "nstdb"
    licence: str = "ODC-By 1.0"
    records: list[str] = ["bw", "ma"]
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

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
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


def load_recipe(path: str | Path, overrides: Mapping[str, str] | None = None) -> tuple[BeatRecipe, str]:
    """Read and validate a recipe.

    Args:
        path: the YAML file.
        overrides: values in place of the file's own by dotted key (``optimisation.steps``), as YAML text.

    Returns:
        the recipe and the SHA-256 of the file's bytes (of the file, not of the overrides).

    Raises:
        RecipeError: the file is unreadable, a key does not exist, a value is not allowed; each is named.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
        content = yaml.safe_load(raw)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read ({error.strerror}). Recipes lie in recipes/.") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise RecipeError(f"{path} holds no recipe; allowed keys: {', '.join(BeatRecipe.model_fields)}.")
    for key, value in (overrides or {}).items():
        _override(content, key, value)
    try:
        return BeatRecipe.model_validate(content), hashlib.sha256(raw).hexdigest()
    except ValidationError as error:
        faults = "; ".join(_fault(dict(fault)) for fault in error.errors())
        raise RecipeError(f"{path}: {faults}") from error


def _override(content: dict[str, Any], key: str, value: str) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        content = content.setdefault(parent, {})
        if not isinstance(content, dict):
            raise RecipeError(f"--set {key}: {parent} holds no keys of its own.")
    try:
        content[last] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {key}={value} is not YAML; quote it or close its brackets.") from error


def _fault(fault: dict[str, Any]) -> str:
    where = ".".join(map(str, fault["loc"]))
    if fault["type"] != "extra_forbidden":
        return f"{where}: {fault['msg']}"
    model: Any = BeatRecipe
    for step in fault["loc"][:-1]:
        field = model.model_fields.get(step) if isinstance(step, str) else None
        if field is None:
            continue
        inner = getattr(field.annotation, "__args__", (field.annotation,))[0]
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    allowed = list(model.model_fields)
    near = did_you_mean(str(fault["loc"][-1]), allowed)
    return f"{where} is not a key of a recipe.{near} Allowed: {', '.join(allowed)}."
