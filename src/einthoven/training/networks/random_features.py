"""A kernel machine: random Fourier features of a Gaussian kernel, and a linear classifier on them."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.parts import Part, Positive


class RandomFeaturesOptions(Part):
    """See `RandomFeatures`."""

    name: Literal["random_features"]
    features: Positive = 4096
    width: Annotated[float, Field(gt=0)] = 1.0
    seed: int = 0


class RandomFeatures(nn.Module):
    """Logistic regression on ``cos(W x + b)`` with W and b drawn once (Rahimi and Recht, NIPS 2007).

    It approximates a support vector machine's Gaussian kernel ``exp(-|x - y|² / (2 width²))``, the usual
    classifier of heartbeats before deep networks, at a cost that does not grow with the training rows.

    Args:
        n_chans: leads.
        n_times: samples.
        n_outputs: classes.
        options: number of features, width of the kernel in units of the input, seed of W and b.
    """

    frequencies: Tensor
    phases: Tensor

    def __init__(self, n_chans: int, n_times: int, n_outputs: int, options: RandomFeaturesOptions) -> None:
        super().__init__()
        chance = torch.Generator().manual_seed(options.seed)
        shape = (n_chans * n_times, options.features)
        self.register_buffer("frequencies", torch.randn(shape, generator=chance) / options.width)
        self.register_buffer("phases", 2 * math.pi * torch.rand(options.features, generator=chance))
        self.classify = nn.Linear(options.features, n_outputs)

    def forward(self, waves: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)`` of signals ``(batch, n_chans, n_times)``."""
        features = torch.cos(waves.flatten(1) @ self.frequencies + self.phases)
        answer: Tensor = self.classify(features)
        return answer
