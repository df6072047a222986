"""The course of training of a network for 12-lead records."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from einthoven.evaluation.curves import auroc
from einthoven.recording import Float32
from einthoven.training.course import Course
from einthoven.training.twelve_lead_batches import Batch, RecordBatches
from einthoven.training.twelve_lead_data import Records
from einthoven.training.twelve_lead_recipe import TwelveLeadRecipe


class TwelveLeadCourse(Course):
    """A network that answers each class by itself, and what it learns beside.

    Args:
        network: ``(batch, 12, n_times)`` and ``(batch, 12)`` in, logits of the classes and then of what is
            learnt beside out.
        recipe: everything else.
        training: records to learn from.
        validation: records to compare epochs by.
        seed: of this member.
        kept: 1 for the leads that validation records keep, shape ``(12,)``; None: all.
    """

    recipe: TwelveLeadRecipe

    def __init__(
        self,
        network: nn.Module,
        recipe: TwelveLeadRecipe,
        training: Records,
        validation: Records,
        seed: int,
        *,
        kept: Float32 | None = None,
    ) -> None:
        super().__init__(network, recipe.model_copy(update={"seed": seed}))
        self.training_records = training
        self.validation_records = validation
        self.kept = kept

    def batches(self) -> RecordBatches:
        """Return this epoch's batches."""
        return RecordBatches(
            self.training_records,
            self.recipe,
            seed=self.recipe.seed,
            epoch=self.current_epoch,
            rank=self.global_rank,
            world=self.trainer.world_size,
        )

    def loss_of(self, batch: Batch) -> Tensor:
        """Return the loss of one batch: binary cross-entropy, a mean over what is known."""
        ecg, known, targets, auxiliary = batch
        logits = self.network(ecg, known).float()
        n = targets.shape[1]
        loss = known_cross_entropy(logits[:, :n], targets)
        if self.recipe.auxiliary is not None:
            loss = loss + self.recipe.auxiliary.share * known_cross_entropy(logits[:, n:], auxiliary)
        return loss

    def validate(self) -> dict[str, float]:
        """Return cross-entropy and the mean area under the ROC curves."""
        records = self.validation_records
        logits = answer(self.judged, records, self.device, kept=self.kept)[:, : len(records.classes)]
        loss = known_cross_entropy(torch.from_numpy(logits), torch.from_numpy(records.targets)).item()
        areas = [auroc(records.targets[:, c] > 0.5, logits[:, c]) for c in range(len(records.classes))]
        return {"loss": loss if math.isfinite(loss) else math.inf, "macro_auroc": float(np.mean(areas))}


def known_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over targets that are not NaN; 0 where none is known."""
    known = ~targets.isnan()
    losses = functional.binary_cross_entropy_with_logits(
        logits, torch.where(known, targets, 0.0), reduction="none"
    )
    return (losses * known).sum() / known.sum().clamp(min=1)


@torch.inference_mode()
def answer(
    network: nn.Module,
    records: Records,
    device: torch.device | str = "cpu",
    batch: int = 256,
    kept: Float32 | None = None,
) -> Float32:
    """Return the logits of records in their first version, shape ``(n, n_outputs)``.

    Args:
        network: see `TwelveLeadCourse`.
        records: to answer.
        device: where.
        batch: records at a time.
        kept: 1 for the leads that are kept, shape ``(12,)``; None: all.
    """
    known = torch.ones(12) if kept is None else torch.from_numpy(kept)
    was_training = network.training
    network.eval()
    parts = []
    for first in range(0, len(records), batch):
        rows = np.arange(first, min(first + batch, len(records)))
        ecg = torch.from_numpy(records.version(np.zeros(len(rows), np.int64), rows)) * known[:, None]
        parts.append(network(ecg.to(device), known.repeat(len(rows), 1).to(device)).float().cpu().numpy())
    network.train(was_training)
    logits: Float32 = np.concatenate(parts)
    return logits
