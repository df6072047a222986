"""The course of training of a classifier of heartbeat rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from einthoven.evaluation.metrics import score
from einthoven.recording import AAMI_CLASSES, Float32
from einthoven.training.batches import EpochBatches, Rows
from einthoven.training.course import Course
from einthoven.training.heartbeat_recipe import HeartbeatRecipe
from einthoven.training.losses import make_loss


class Classifier(Course):
    """A network, its loss and its rows.

    Args:
        network: ``(batch, n_leads, n_samples)`` in, logits ``(batch, n_classes)`` out.
        recipe: everything else.
        training: rows to learn from.
        validation: rows to compare epochs by.
        teachers: networks whose answers count as the recipe's ``distillation`` says.
    """

    recipe: HeartbeatRecipe

    def __init__(
        self,
        network: nn.Module,
        recipe: HeartbeatRecipe,
        training: Rows,
        validation: Rows,
        teachers: Sequence[nn.Module] = (),
    ) -> None:
        super().__init__(network, recipe)
        # In a list, so that checkpoints and optimisers leave the teachers alone.
        self._teachers = [teacher.eval().requires_grad_(False) for teacher in teachers]
        self.training_rows = training
        self.validation_rows = validation
        self.train_criterion = make_loss(recipe.loss, training.counts)

    def batches(self) -> EpochBatches:
        """Return this epoch's batches."""
        return EpochBatches(
            self.training_rows,
            self.recipe.sampler,
            self.recipe.augmentations,
            batch=self.recipe.training.batch,
            seed=self.recipe.seed,
            epoch=self.current_epoch,
            rank=self.global_rank,
            world=self.trainer.world_size,
        )

    def loss_of(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the loss of one batch."""
        waves, targets = batch
        loss: Tensor = self.train_criterion(self.network(waves), self._taught(waves, targets))
        return loss

    def validate(self) -> dict[str, float]:
        """Return cross-entropy, accuracy and macro F1."""
        return _figures(answer(self.judged, self.validation_rows.waves, self.device), self.validation_rows)

    @torch.no_grad()
    def _taught(self, waves: Tensor, targets: Tensor) -> Tensor:
        """Return the targets mixed with what the teachers say of the same, augmented rows."""
        options = self.recipe.distillation
        if options is None or not self._teachers:
            return targets
        said = torch.stack(
            [
                (teacher.to(waves.device)(waves) / options.temperature).softmax(dim=1)
                for teacher in self._teachers
            ]
        ).mean(dim=0)
        return (1 - options.share) * targets + options.share * said


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


def _figures(logits: Float32, rows: Rows) -> dict[str, float]:
    logarithms = torch.from_numpy(logits).log_softmax(1).numpy()
    loss = -float(logarithms[np.arange(len(rows)), rows.classes].mean())
    counts = np.zeros((rows.n_classes + 1, rows.n_classes + 1), dtype=np.int64)
    np.add.at(counts, (rows.classes, logits.argmax(axis=1)), 1)
    scores = score(counts, AAMI_CLASSES)
    return {
        "loss": loss if math.isfinite(loss) else math.inf,
        "accuracy": float(scores.accuracy),
        "macro_f1": float(scores.macro_f1),
    }
