"""``einthoven train``: from a recipe to a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from einthoven.errors import RecipeError
from einthoven.models.bundle import Bundle
from einthoven.training.beat_image_recipe import BeatImageRecipe
from einthoven.training.beat_image_run import train_beat_image
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.beat_run import train_beats
from einthoven.training.fitting import Machines
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.heartbeat_run import train_heartbeat
from einthoven.training.recipe import load_recipe
from einthoven.training.report_page_recipe import PageRecipe
from einthoven.training.report_page_run import train_report_page
from einthoven.training.twelve_lead_run import train_twelve_lead


def train(
    recipe_path: str | Path,
    overrides: Mapping[str, str] | None = None,
    out: Path | None = None,
    *,
    machines: Machines | None = None,
    fresh: bool = False,
    mlflow: bool = False,
) -> Bundle | None:
    """Train what a recipe describes and write its bundle.

    Args:
        recipe_path: the recipe file.
        overrides: values in place of the recipe's own, by dotted key.
        out: folder for the bundle; default ``runs/NAME``. What a run needs to go on after it was cut off, its
            curves and logs lie beside it, in ``NAME-log``.
        machines: where to train; default: all GPUs of this machine, else one process.
        fresh: begin anew where an earlier run could be gone on with.
        mlflow: log to MLflow too.

    Returns:
        the bundle that was written; None in processes other than the first.

    Raises:
        RecipeError: the recipe is invalid.
        DataError: data are missing, or something cannot be written.
    """
    path = Path(recipe_path)
    recipe, recipe_hash = load_recipe(path, overrides)
    folder = Path(out) if out is not None else Path("runs") / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    machines = machines or Machines()
    if isinstance(recipe, BeatRecipe):
        if machines.nodes > 1 or mlflow:
            raise RecipeError(
                f"{path}: networks of beats are trained on one machine and tell the screen how they do; "
                "leave out --nodes and --mlflow."
            )
        processes = None if machines.devices == "auto" else int(machines.devices)
        return train_beats(
            recipe, path, recipe_hash, overrides or {}, folder, processes=processes, fresh=fresh
        )
    given = (path, recipe_hash, overrides or {}, folder, machines)
    if isinstance(recipe, HeartbeatRecipe):
        return train_heartbeat(recipe, *given, fresh=fresh, mlflow=mlflow)
    if isinstance(recipe, BeatImageRecipe):
        return train_beat_image(recipe, *given, fresh=fresh, mlflow=mlflow)
    if isinstance(recipe, PageRecipe):
        return train_report_page(recipe, *given, fresh=fresh, mlflow=mlflow)
    return train_twelve_lead(recipe, *given, fresh=fresh, mlflow=mlflow)
