"""Training a classifier of signals of a fixed length with Lightning: loss, schedule, averages, history."""

from __future__ import annotations

import copy
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from einthoven.evaluation.metrics import score
from einthoven.recording import AAMI_CLASSES, Float32
from einthoven.training.batches import EpochBatches, Rows
from einthoven.training.heartbeat_recipe import HeartbeatRecipe, Optimiser
from einthoven.training.losses import make_loss
from einthoven.training.schedules import rate


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to; a row of ``curves.csv``. The first is epoch 1."""

    epoch: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    val_macro_f1: float
    learning_rate: float


COLUMNS = tuple(field.name for field in fields(Epoch))


class Classifier(lightning.LightningModule):
    """A network, its loss and its optimiser, and the history of its epochs.

    Whatever decides what happens next (learning rate, best epoch, when to stop) is computed from ``history``,
    which checkpoints hold: a run that goes on from one ends like a run that was never cut off.

    Args:
        network: ``(batch, n_leads, n_samples)`` in, logits ``(batch, n_classes)`` out.
        recipe: everything else.
        training: rows to learn from.
        validation: rows to compare epochs by.
        teacher: network whose answers count as the recipe's ``distillation`` says.
    """

    def __init__(
        self,
        network: nn.Module,
        recipe: HeartbeatRecipe,
        training: Rows,
        validation: Rows,
        teacher: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        # In a list, so that checkpoints and optimisers leave the teacher alone.
        self._teacher = [] if teacher is None else [teacher.eval().requires_grad_(False)]
        self.averaged = copy.deepcopy(network).requires_grad_(False) if recipe.training.averaging else None
        self.recipe = recipe
        self.training_rows = training
        self.validation_rows = validation
        self.train_criterion = make_loss(recipe.loss, training.counts)
        self.history: list[Epoch] = []
        self.best: dict[str, Tensor] = {}
        self._losses: list[Tensor] = []
        self._steps = 1

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and kept."""
        return self.averaged if self.averaged is not None else self.network

    def best_epoch(self) -> int:
        """Return the place in the history of the best epoch by the recipe's figure; of equals the first."""
        figure = f"val_{self.recipe.training.monitor}"
        sign = -1 if figure == "val_loss" else 1
        return max(range(len(self.history)), key=lambda i: (sign * getattr(self.history[i], figure), -i))

    def is_over(self) -> bool:
        """Whether the recipe's patience is exhausted."""
        patience = self.recipe.training.patience
        if patience is None or not self.history:
            return False
        return len(self.history) - 1 - self.best_epoch() >= patience

    def train_dataloader(self) -> DataLoader[Any]:
        """Return this epoch's batches; Lightning asks anew for each epoch."""
        data = EpochBatches(
            self.training_rows,
            self.recipe.sampler,
            self.recipe.augmentations,
            batch=self.recipe.training.batch,
            seed=self.recipe.seed,
            epoch=self.current_epoch,
            rank=self.global_rank,
            world=self.trainer.world_size,
        )
        self._steps = len(data)
        # Its own generator: the loader draws a number when it starts, which must not be missing in dropout's.
        return DataLoader(data, batch_size=None, generator=torch.Generator())

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimiser that the recipe names."""
        return make_optimiser(self.network, self.recipe.optimiser)

    def on_train_epoch_start(self) -> None:
        """Seed dropout by epoch and process, so that an epoch can be begun anew."""
        seed = np.random.SeedSequence((self.recipe.seed, self.current_epoch, 2, self.global_rank))
        torch.manual_seed(int(seed.generate_state(1)[0]))
        self._losses = []

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the learning rate of this step."""
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self._rate(batch_idx)

    def _rate(self, step: int) -> float:
        share = rate(
            self.recipe.schedule,
            self.current_epoch * self._steps + step,
            self._steps,
            self.recipe.training.epochs,
            [epoch.val_loss for epoch in self.history],
        )
        return self.recipe.optimiser.learning_rate * share

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Return the loss of one batch."""
        waves, targets = batch
        loss: Tensor = self.train_criterion(self.network(waves), self._taught(waves, targets))
        self._losses.append(loss.detach())
        self.log("loss", loss, prog_bar=True)
        return loss

    @torch.no_grad()
    def _taught(self, waves: Tensor, targets: Tensor) -> Tensor:
        """Return the targets mixed with what the teacher says of the same, augmented rows."""
        options = self.recipe.distillation
        if options is None or not self._teacher:
            return targets
        logits: Tensor = self._teacher[0].to(waves.device)(waves)
        said = (logits / options.temperature).softmax(dim=1)
        return (1 - options.share) * targets + options.share * said

    def on_train_batch_end(self, outputs: object, batch: Any, batch_idx: int) -> None:
        """Move the averaged weights towards the present ones; quickly at first."""
        if self.averaged is None:
            return
        keep = min(self.recipe.training.averaging, (1 + self.global_step) / (10 + self.global_step))
        state = self.network.state_dict()
        for name, mean in self.averaged.state_dict().items():
            if mean.dtype.is_floating_point:
                mean.lerp_(state[name], 1 - keep)
            else:
                mean.copy_(state[name])

    def on_train_epoch_end(self) -> None:
        """Validate, add to the history, keep the weights if they are the best so far."""
        logits = answer(self.judged, self.validation_rows.waves, self.device)
        loss, accuracy, macro_f1 = _figures(logits, self.validation_rows)
        train_loss = torch.stack(self._losses).mean()
        if self.trainer.world_size > 1:
            gathered: Any = self.all_gather(train_loss)
            train_loss = gathered.mean()
        done = Epoch(
            self.current_epoch + 1, float(train_loss), loss, accuracy, macro_f1, self._rate(self._steps - 1)
        )
        self.history.append(done)
        if self.best_epoch() == len(self.history) - 1:
            self.best = {
                name: values.detach().cpu().clone() for name, values in self.judged.state_dict().items()
            }
        self.log_dict(
            {name: value for name, value in asdict(done).items() if name != "epoch"}, rank_zero_only=True
        )
        if self.is_over():
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Put history and best weights into the checkpoint."""
        checkpoint["history"] = [asdict(epoch) for epoch in self.history]
        checkpoint["best"] = self.best

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up history and best weights."""
        self.history = [Epoch(**epoch) for epoch in checkpoint["history"]]
        self.best = checkpoint["best"]


def make_optimiser(network: nn.Module, options: Optimiser) -> torch.optim.Optimizer:
    """Return the optimiser that a recipe names."""
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    match options.name:
        case "adamw":
            return torch.optim.AdamW(weights, options.learning_rate, weight_decay=options.weight_decay)
        case "adam":
            return torch.optim.Adam(weights, options.learning_rate, weight_decay=options.weight_decay)
        case "sgd":
            return torch.optim.SGD(
                weights, options.learning_rate, momentum=options.momentum, weight_decay=options.weight_decay
            )


@torch.inference_mode()
def answer(
    network: nn.Module, waves: Float32, device: torch.device | str = "cpu", batch: int = 1024
) -> Float32:
    """Return the logits of ``waves`` ``(n, n_leads, n_samples)``, shape ``(n, n_classes)``."""
    was_training = network.training
    network.eval()
    parts = [
        network(torch.from_numpy(waves[i : i + batch]).to(device)).float().cpu().numpy()
        for i in range(0, len(waves), batch)
    ]
    network.train(was_training)
    logits: Float32 = np.concatenate(parts)
    return logits


def _figures(logits: Float32, rows: Rows) -> tuple[float, float, float]:
    """Return cross-entropy, accuracy and macro F1."""
    logarithms = torch.from_numpy(logits).log_softmax(1).numpy()
    loss = -float(logarithms[np.arange(len(rows)), rows.classes].mean())
    counts = np.zeros((rows.n_classes + 1, rows.n_classes + 1), dtype=np.int64)
    np.add.at(counts, (rows.classes, logits.argmax(axis=1)), 1)
    scores = score(counts, AAMI_CLASSES)
    return loss if math.isfinite(loss) else math.inf, float(scores.accuracy), float(scores.macro_f1)
