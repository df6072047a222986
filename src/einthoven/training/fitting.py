"""Running the training of a classifier: epochs, checkpoints, curves, logs, one process or several."""

from __future__ import annotations

import csv
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Checkpoint
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from einthoven.errors import EinthovenError
from einthoven.training.checkpoints import CHECKPOINT, WholeCheckpoints, checkpoint_to_go_on_from
from einthoven.training.course import Course, Epoch

CURVES = "curves.csv"


@dataclass(frozen=True)
class Machines:
    """Where to train.

    Attributes:
        devices: processes on this machine (GPUs, where there are any); ``auto``: all GPUs, or one process.
        nodes: machines.
    """

    devices: int | str = "auto"
    nodes: int = 1


def fit(
    course: Course,
    folder: Path,
    fingerprint: dict[str, str],
    *,
    machines: Machines = Machines(),
    loggers: Sequence[Logger] = (),
) -> list[Epoch]:
    """Train a network in place until the recipe says stop; it has the weights of the best epoch afterwards.

    ``folder`` receives ``last.ckpt`` after each epoch, ``curves.csv`` and ``tensorboard/``. A run that was
    cut off goes on from ``last.ckpt`` and ends with the same weights as an unbroken one on the same machine.

    Args:
        course: the network with initial weights, its recipe and its data.
        folder: of the run; must exist.
        fingerprint: of recipe and data; a checkpoint of others is refused.
        machines: processes to train in. All must call this; those other than the first return as well.
        loggers: besides TensorBoard.

    Returns:
        the history of all epochs.

    Raises:
        EinthovenError: the checkpoint in ``folder`` is of another recipe or of other data, or damaged.
        DataError: a checkpoint cannot be written.
    """
    recipe = course.recipe
    checkpoint = checkpoint_to_go_on_from(folder, fingerprint)
    if checkpoint is not None:
        course.on_load_checkpoint(torch.load(checkpoint, map_location="cpu", weights_only=True))
    if not course.is_over() and len(course.history) < recipe.training.epochs:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)  # tips, lists of absent hardware
            trainer = lightning.Trainer(
                max_epochs=recipe.training.epochs,
                accelerator="auto",
                devices=machines.devices if _gpus() or machines.devices != "auto" else 1,
                num_nodes=machines.nodes,
                strategy="ddp" if machines != Machines() else "auto",
                precision="bf16-mixed" if recipe.training.precision == "bf16" else "32-true",
                gradient_clip_val=recipe.training.gradient_clip or None,
                logger=[TensorBoardLogger(folder / "tensorboard", name="", version=""), *loggers],
                callbacks=[AfterEachEpoch(folder)],
                plugins=[WholeCheckpoints(fingerprint)],
                enable_checkpointing=True,
                use_distributed_sampler=False,  # batches are shared out in `EpochBatches`
                reload_dataloaders_every_n_epochs=1,
                enable_progress_bar=sys.stderr.isatty(),
                enable_model_summary=False,
                limit_val_batches=0,
            )
            trainer.fit(course, ckpt_path=checkpoint, weights_only=True)
        if trainer.interrupted:
            raise KeyboardInterrupt
    course.network.load_state_dict(course.best)
    course.network.cpu().eval()
    return course.history


class AfterEachEpoch(Checkpoint):
    """Writes the checkpoint and the curves, and tells how it went.

    A `Checkpoint`, since those are called last, when the module has added the epoch to its history.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.began = time.monotonic()

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Note the time."""
        self.began = time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Write what there is."""
        assert isinstance(pl_module, Course)
        trainer.save_checkpoint(self.folder / CHECKPOINT)
        if not trainer.is_global_zero:
            return
        write_curves(self.folder / CURVES, pl_module.history)
        last = pl_module.history[-1]
        mark = " *" if pl_module.history[pl_module.best_epoch()] is last else ""
        figures = ", ".join(_told(name, value) for name, value in last.figures.items())
        print(
            f"epoch {last.epoch}/{pl_module.recipe.training.epochs}: loss {last.train_loss:.4f}, {figures}, "
            f"rate {last.learning_rate:.1e}, {time.monotonic() - self.began:.0f} s{mark}",
            flush=True,
        )


def _told(name: str, value: float) -> str:
    """Return a validation figure as people write it; all but the loss are shares of 1."""
    if name == "loss":
        return f"validation loss {value:.4f}"
    words = name.replace("_f1", " F1").replace("_auroc", " AUROC").replace("_", " ")
    return f"{words} {100 * value:.2f} %"


def write_curves(path: Path, history: Sequence[Epoch]) -> None:
    """Write one line an epoch."""
    rows = [epoch.as_row() for epoch in history]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def mlflow_logger(name: str, folder: Path) -> Logger:
    """Return a logger to the server in ``MLFLOW_TRACKING_URI``, else to the file ``folder/mlflow.db``.

    MLflow reports its use to its makers unless told not to; here it is told not to.

    Raises:
        EinthovenError: MLflow is not installed.
    """
    import os

    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        import mlflow  # noqa: F401
    except ImportError as error:
        raise EinthovenError("--mlflow needs MLflow, which is not installed: pip install mlflow") from error
    from lightning.pytorch.loggers import MLFlowLogger

    uri = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder / 'mlflow.db'}"
    return MLFlowLogger(experiment_name="einthoven", run_name=name, tracking_uri=uri)


def _gpus() -> bool:
    available: Any = torch.cuda.is_available()
    return bool(available)
