"""The course of training of a classifier of drawings of beats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from einthoven.evaluation.metrics import score
from einthoven.recording import Float32
from einthoven.training.beat_image_batches import DrawingBatches, Drawings, as_floats
from einthoven.training.beat_image_recipe import BeatImageRecipe
from einthoven.training.course import Course
from einthoven.training.losses import make_loss


class DrawingCourse(Course):
    """A network, its loss and its drawings.

    Args:
        network: inputs as the recipe says in, logits ``(batch, n_classes)`` out.
        recipe: everything else.
        training: drawings to learn from.
        validation: drawings to compare epochs by.
    """

    recipe: BeatImageRecipe

    def __init__(
        self, network: nn.Module, recipe: BeatImageRecipe, training: Drawings, validation: Drawings
    ) -> None:
        super().__init__(network, recipe)
        self.training_drawings = training
        self.validation_drawings = validation
        self.train_criterion = make_loss(recipe.loss, training.counts)

    def batches(self) -> DrawingBatches:
        """Return this epoch's batches."""
        return DrawingBatches(
            self.training_drawings,
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
        values, targets = batch
        loss: Tensor = self.train_criterion(self.network(values), targets)
        return loss

    def validate(self) -> dict[str, float]:
        """Return cross-entropy, accuracy and macro F1."""
        drawings, labels = self.validation_drawings, self.recipe.data.classes
        logits = answer(self.judged, drawings.values, self.device)
        logarithms = torch.from_numpy(logits).log_softmax(1).numpy()
        loss = -float(logarithms[np.arange(len(drawings)), drawings.classes].mean())
        counts = np.zeros((len(labels) + 1, len(labels) + 1), dtype=np.int64)
        np.add.at(counts, (drawings.classes, logits.argmax(axis=1)), 1)
        scores = score(counts, labels)
        return {
            "loss": loss if math.isfinite(loss) else math.inf,
            "accuracy": float(scores.accuracy),
            "macro_f1": float(scores.macro_f1),
        }


@torch.inference_mode()
def answer(
    network: nn.Module, values: npt.NDArray[Any], device: torch.device | str = "cpu", batch: int = 512
) -> Float32:
    """Return the logits of drawings (see `Drawings.values`), shape ``(n, n_classes)``."""
    was_training = network.training
    network.eval()
    parts = [
        network(as_floats(values[i : i + batch]).to(device)).float().cpu().numpy()
        for i in range(0, len(values), batch)
    ]
    network.train(was_training)
    logits: Float32 = np.concatenate(parts)
    return logits
