"""Losses for classes, by the name a recipe gives. All take soft targets, so that mixup works with each."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.recording import Int64
from einthoven.training.parts import Part, Share

Gamma = Annotated[float, Field(ge=0)]


class CrossEntropy(Part):
    """Cross-entropy, each row as heavy as any other."""

    name: Literal["cross_entropy"] = "cross_entropy"
    label_smoothing: Share = 0.0


class Weighted(Part):
    """Cross-entropy, a class weighted by its share of the training rows to the power ``-power``."""

    name: Literal["weighted"]
    power: Share = 1.0
    label_smoothing: Share = 0.0


class Focal(Part):
    """Focal loss: rows that are answered well count less (Lin et al. 2017, arXiv 1708.02002, equation 5)."""

    name: Literal["focal"]
    gamma: Gamma = 2.0
    power: Share = 0.0  # of the class weights, as in `Weighted`


class ClassBalanced(Part):
    """Class weights by the effective number of rows (Cui et al. 2019, arXiv 1901.05555, equation 2)."""

    name: Literal["class_balanced"]
    beta: Annotated[float, Field(ge=0, lt=1)] = 0.9999
    gamma: Gamma = 0.0  # more than 0: with the focal factor


Loss = Annotated[CrossEntropy | Weighted | Focal | ClassBalanced, Field(discriminator="name")]


class ClassificationLoss(nn.Module):
    """Mean over rows of ``-sum_c target_c weight_c (1 - p_c) ** gamma log p_c``.

    As PyTorch's weighted cross-entropy, the mean is weighted too: the sum is divided by
    ``sum of target_c weight_c`` over rows and classes.

    Args:
        class_weights: shape ``(n_classes,)``.
        gamma: of the focal factor; 0 leaves it out.
        label_smoothing: share of each target that is spread evenly over all classes.
    """

    class_weights: Tensor

    def __init__(self, class_weights: Tensor, gamma: float = 0.0, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("class_weights", class_weights)
        self.gamma = gamma
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, a scalar; ``logits`` and ``targets`` have shape ``(batch, n_classes)``."""
        targets = targets * (1 - self.label_smoothing) + self.label_smoothing / targets.shape[1]
        logarithms = logits.log_softmax(dim=1)
        weights = targets * self.class_weights
        terms = -weights * logarithms
        if self.gamma:
            terms = terms * (1 - logarithms.exp()).clamp(min=1e-6) ** self.gamma
        return terms.sum() / weights.sum()


def make_loss(options: Loss, counts: Int64) -> ClassificationLoss:
    """Return the loss that a recipe names, for training rows of which ``counts`` are of each class."""
    match options:
        case CrossEntropy():
            return ClassificationLoss(torch.ones(len(counts)), 0.0, options.label_smoothing)
        case Weighted():
            return ClassificationLoss(_by_share(counts, options.power), 0.0, options.label_smoothing)
        case Focal():
            return ClassificationLoss(_by_share(counts, options.power), options.gamma)
        case ClassBalanced():
            effective = (1 - options.beta ** counts.astype(np.float64)) / (1 - options.beta)
            weights = 1 / np.maximum(effective, 1e-12)
            weights *= len(counts) / weights.sum()
            return ClassificationLoss(torch.tensor(weights, dtype=torch.float32), options.gamma)


def _by_share(counts: Int64, power: float) -> Tensor:
    """Return ``share ** -power`` of each class, 1 on average over the rows."""
    shares = np.maximum(counts, 1) / max(1, counts.sum())
    weights = shares**-power
    return torch.tensor(weights / (weights * shares).sum(), dtype=torch.float32)
