"""``einthoven train``: from a recipe to a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from einthoven.cli.console import UsageError
from einthoven.errors import EinthovenError

app = App(
    name="train",
    help_epilogue="""\
Example:

    einthoven train recipes/beats-ds1.yaml --set optimisation.steps=50 --out bundles/mine
""",
)


@app.default
def train(
    recipe: Path,
    /,
    *,
    set: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> int:
    """Train a model from a recipe and write its bundle.

    Parameters
    ----------
    recipe
        A recipe file (YAML).
    set
        KEY=VALUE in place of the recipe's own; repeat for more.
    out
        Folder for the bundle.
    """
    overrides = {}
    for setting in set:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {setting!r} is not KEY=VALUE, such as --set optimisation.steps=50.")
        overrides[key] = value
    try:
        from einthoven.training.run import train as run_recipe
    except ImportError as error:
        if (error.name or "").startswith("einthoven"):
            raise
        raise EinthovenError(
            f"Training needs packages that are not installed ({error.name}). "
            "Install them: pip install 'einthoven[train]'"
        ) from error
    run_recipe(recipe, overrides, out)
    return 0
