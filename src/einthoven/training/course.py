"""A course of training by epochs with Lightning: rate, averaged weights, history, the best epoch."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from einthoven.training.optimisation import CourseRecipe, Optimiser
from einthoven.training.schedules import rate


@dataclass(frozen=True)
class Epoch:
    """What an epoch came to. The first is epoch 1.

    Attributes:
        epoch: its number.
        train_loss: mean over its steps.
        figures: on the validation data, ``loss`` among them.
        learning_rate: of its last step.
    """

    epoch: int
    train_loss: float
    figures: Mapping[str, float]
    learning_rate: float

    def as_row(self) -> dict[str, float]:
        """Return the epoch as a row of ``curves.csv``; validation figures are called ``val_NAME``."""
        figures = {f"val_{name}": value for name, value in self.figures.items()}
        return {
            "epoch": self.epoch,
            "train_loss": self.train_loss,
            **figures,
            "learning_rate": self.learning_rate,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Epoch:
        """Return the epoch that `as_row` gave ``row`` of."""
        figures = {name.removeprefix("val_"): row[name] for name in row if name.startswith("val_")}
        return cls(row["epoch"], row["train_loss"], figures, row["learning_rate"])


class Course(lightning.LightningModule):
    """A network, its optimiser, and the history of its epochs.

    Whatever decides what happens next (learning rate, best epoch, when to stop) is computed from ``history``,
    which checkpoints hold: a run that goes on from one ends like a run that was never cut off.

    What the network is for is said in `batches`, `loss_of` and `validate`.

    Args:
        network: what is trained.
        recipe: how.
    """

    def __init__(self, network: nn.Module, recipe: CourseRecipe) -> None:
        super().__init__()
        self.network = network
        self.averaged = copy.deepcopy(network).requires_grad_(False) if recipe.training.averaging else None
        self.recipe = recipe
        self.history: list[Epoch] = []
        self.best: dict[str, Tensor] = {}
        self._losses: list[Tensor] = []
        self._steps = 1

    @abstractmethod
    def batches(self) -> Dataset[Any]:
        """Return the batches of the epoch that begins, item ``i`` for step ``i``, with a length."""

    @abstractmethod
    def loss_of(self, batch: Any) -> Tensor:
        """Return the loss of one batch."""

    @abstractmethod
    def validate(self) -> dict[str, float]:
        """Return the figures of `judged` on the validation data, ``loss`` first."""

    @property
    def judged(self) -> nn.Module:
        """The network that is validated and kept."""
        return self.averaged if self.averaged is not None else self.network

    def best_epoch(self) -> int:
        """Return the place in the history of the best epoch by the recipe's figure; of equals the first."""
        return min(range(len(self.history)), key=lambda i: (self._error(self.history[i]), i))

    def _error(self, epoch: Epoch) -> float:
        """Return the figure that the recipe monitors, so that less is better."""
        figure = self.recipe.training.monitor
        return epoch.figures[figure] if figure == "loss" else 1 - epoch.figures[figure]

    def is_over(self) -> bool:
        """Whether the recipe's patience is exhausted."""
        patience = self.recipe.training.patience
        if patience is None or not self.history:
            return False
        return len(self.history) - 1 - self.best_epoch() >= patience

    def train_dataloader(self) -> DataLoader[Any]:
        """Return this epoch's batches; Lightning asks anew for each epoch."""
        data = self.batches()
        self._steps = len(data)  # type: ignore[arg-type]
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
            [self._error(epoch) for epoch in self.history],
        )
        return self.recipe.optimiser.learning_rate * share

    def training_step(self, batch: Any, index: int) -> Tensor:
        """Return the loss of one batch."""
        loss = self.loss_of(batch)
        self._losses.append(loss.detach())
        self.log("loss", loss, prog_bar=True)
        return loss

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
        figures = self.validate()
        train_loss = torch.stack(self._losses).mean()
        if self.trainer.world_size > 1:
            gathered: Any = self.all_gather(train_loss)
            train_loss = gathered.mean()
        done = Epoch(self.current_epoch + 1, float(train_loss), figures, self._rate(self._steps - 1))
        self.history.append(done)
        if self.best_epoch() == len(self.history) - 1:
            self.best = {
                name: values.detach().cpu().clone() for name, values in self.judged.state_dict().items()
            }
        row = done.as_row()
        self.log_dict({name: row[name] for name in row if name != "epoch"}, rank_zero_only=True)
        if self.is_over():
            self.trainer.should_stop = True

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Put history and best weights into the checkpoint."""
        checkpoint["history"] = [epoch.as_row() for epoch in self.history]
        checkpoint["best"] = self.best

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up history and best weights."""
        self.history = [Epoch.of_row(row) for row in checkpoint["history"]]
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
