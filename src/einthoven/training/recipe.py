"""A recipe: everything that decides what a trained model is, in one validated YAML file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from einthoven.errors import RecipeError, did_you_mean
from einthoven.training.beat_image_recipe import BeatImageRecipe
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.report_page_recipe import PageRecipe
from einthoven.training.twelve_lead_recipe import TwelveLeadRecipe

AnyRecipe = BeatRecipe | HeartbeatRecipe | TwelveLeadRecipe | BeatImageRecipe | PageRecipe
RECIPES: dict[str, type[AnyRecipe]] = {
    "beats": BeatRecipe,
    "heartbeat": HeartbeatRecipe,
    "twelve-lead": TwelveLeadRecipe,
    "beat-image": BeatImageRecipe,
    "report-page": PageRecipe,
}


def load_recipe(path: str | Path, overrides: Mapping[str, str] | None = None) -> tuple[AnyRecipe, str]:
    """Read and validate a recipe; its ``task`` says which keys it has (left out: ``beats``).

    Args:
        path: the YAML file.
        overrides: values in place of the file's own by dotted key (``optimisation.steps``), as YAML text.

    Returns:
        the recipe and the SHA-256 of the file's bytes (of the file, not of the overrides).

    Raises:
        RecipeError: the file is unreadable, a key or name does not exist, a value is not allowed; each is
            named.
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
    task = content.get("task", "beats")
    if task not in RECIPES:
        near = did_you_mean(str(task), list(RECIPES))
        raise RecipeError(f"{path}: task {task!r} does not exist.{near} Allowed: {', '.join(RECIPES)}.")
    try:
        return RECIPES[task].model_validate(content), hashlib.sha256(raw).hexdigest()
    except ValidationError as error:
        faults = "; ".join(_fault(dict(fault), RECIPES[task]) for fault in error.errors())
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


def _fault(fault: dict[str, Any], recipe: type[BaseModel]) -> str:
    where = ".".join(map(str, fault["loc"]))
    if fault["type"] in ("union_tag_invalid", "literal_error"):
        allowed = _quoted(fault["ctx"].get("expected_tags") or fault["ctx"]["expected"])
        seen = fault["ctx"].get("tag", fault["input"])
        near = did_you_mean(str(seen), allowed)
        return f"{where}: {seen!r} does not exist.{near} Allowed: {', '.join(allowed)}."
    if fault["type"] == "union_tag_not_found":
        return f"{where} lacks a name, such as {where}: {{name: …}}."
    if fault["type"] != "extra_forbidden":
        return ": ".join(filter(None, [where, fault["msg"].removeprefix("Value error, ")]))
    model = _part_at(recipe, fault["loc"][:-1])
    allowed = list(model.model_fields)
    near = did_you_mean(str(fault["loc"][-1]), allowed)
    return f"{where} is not a key of a recipe.{near} Allowed: {', '.join(allowed)}."


def _quoted(told: str) -> list[str]:
    """Return the words of a list as pydantic writes it: ``'a', 'b' or 'c'``."""
    return told.replace(" or ", ", ").replace("'", "").split(", ")


def _part_at(model: type[BaseModel], steps: tuple[Any, ...]) -> type[BaseModel]:
    """Return the recipe part that a fault lies in, by its keys, list positions and names of alternatives."""
    candidates: list[type[BaseModel]] = [model]
    for step in steps:
        if isinstance(step, int):
            continue
        fields = [part.model_fields[step] for part in candidates if step in part.model_fields]
        if fields:
            candidates = [part for field in fields for part in _parts_in(field.annotation)] or candidates
        else:  # the name by which one of several alternatives was chosen
            candidates = [part for part in candidates if step in _names(part)] or candidates
    return candidates[0]


def _parts_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts_in(inner)


def _names(part: type[BaseModel]) -> tuple[Any, ...]:
    field = part.model_fields.get("name")
    return get_args(field.annotation) if field is not None else ()
