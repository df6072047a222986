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
Examples:

    einthoven train recipes/beats-ds1.yaml --set optimisation.steps=50 --out bundles/mine
    einthoven train recipes/heartbeat-r4.yaml
    einthoven train recipes/beats.yaml --devices 2
    torchrun --nproc-per-node 2 -m einthoven train recipes/heartbeat.yaml --devices 2
""",
)


@app.default
def train(
    recipe: Path,
    /,
    *,
    set: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
    devices: int | None = None,
    nodes: int = 1,
    fresh: bool = False,
    mlflow: bool = False,
) -> int:
    """Train a model from a recipe and write its bundle.

    A run that was cut off goes on where it was when started again, and ends with the same weights.
    Curves, TensorBoard logs, the checkpoint and what the run rests on lie beside the bundle, in OUT-log.

    Parameters
    ----------
    recipe
        A recipe file (YAML).
    set
        KEY=VALUE in place of the recipe's own; repeat for more.
    out
        Folder for the bundle; default: runs/NAME.
    devices
        Processes to train in on this machine, one a GPU where there are any; default: all GPUs, else one.
    nodes
        Machines to train on; start the same command on each with torchrun.
    fresh
        Begin anew where an earlier run could be gone on with.
    mlflow
        Log to MLflow too: to MLFLOW_TRACKING_URI, else to a file in OUT-log.
    """
    overrides = {}
    for setting in set:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {setting!r} is not KEY=VALUE, such as --set optimisation.steps=50.")
        overrides[key] = value
    if (devices is not None and devices < 1) or nodes < 1:
        raise UsageError(f"--devices {devices} --nodes {nodes}: allowed are whole numbers from 1.")
    try:
        from einthoven.training.fitting import Machines
        from einthoven.training.run import train as run_recipe
    except ImportError as error:
        if (error.name or "").startswith("einthoven"):
            raise
        raise EinthovenError(
            f"Training needs packages that are not installed ({error.name}). "
            "Install them: pip install 'einthoven[train]'"
        ) from error
    machines = Machines("auto" if devices is None else devices, nodes)
    run_recipe(recipe, overrides, out, machines=machines, fresh=fresh, mlflow=mlflow)
    return 0
