"""k nearest neighbours as a network, so that it is exported, verified and run like any other."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from einthoven.training.parts import Part, Positive


class NearestNeighboursOptions(Part):
    """See `NearestNeighbours`."""

    name: Literal["nearest_neighbours"]
    neighbours: Positive = 5
    components: Positive = 32


class NearestNeighbours(nn.Module):
    """The classes of the nearest training rows by Euclidean distance, nearer ones counting more.

    Distances are taken between principal components, which keep nearly all of the variance of a heartbeat row
    in a sixth of the numbers: the training rows are the model, and have to fit into a bundle.

    Args:
        n_chans: leads.
        n_times: samples.
        n_outputs: classes.
        options: neighbours that vote; principal components kept.
    """

    axes: Tensor
    centre: Tensor
    points: Tensor
    votes: Tensor

    def __init__(self, n_chans: int, n_times: int, n_outputs: int, options: NearestNeighboursOptions) -> None:
        super().__init__()
        self.options = options
        self.n_outputs = n_outputs
        components = min(options.components, n_chans * n_times)
        self.register_buffer("centre", torch.zeros(n_chans * n_times))
        self.register_buffer("axes", torch.zeros(n_chans * n_times, components))
        self.reserve(0)

    def reserve(self, n_points: int) -> None:
        """Make room for ``n_points`` training rows, so that their values can be loaded."""
        self.register_buffer("points", torch.zeros(n_points, self.axes.shape[1]))
        self.register_buffer("votes", torch.zeros(n_points, self.n_outputs))

    def fit(self, waves: Tensor, classes: Tensor) -> None:
        """Keep the training rows ``(n, n_chans, n_times)`` and their classes ``(n,)``."""
        rows = waves.flatten(1).double()
        self.centre = rows.mean(0).float()
        _, axes = torch.linalg.eigh(torch.cov(rows.T))
        self.axes = axes.flip(1)[:, : self.axes.shape[1]].float().contiguous()
        self.points = (rows.float() - self.centre) @ self.axes
        self.votes = nn.functional.one_hot(classes, self.n_outputs).float()

    def forward(self, waves: Tensor) -> Tensor:
        """Return the logarithm of the votes' shares ``(batch, n_outputs)``; a hundredth is spread evenly."""
        rows = (waves.flatten(1) - self.centre) @ self.axes
        squares = (rows**2).sum(1, keepdim=True) + (self.points**2).sum(1) - 2 * rows @ self.points.T
        nearest, index = squares.topk(self.options.neighbours, dim=1, largest=False)
        weights = 1 / (nearest.clamp(min=0).sqrt() + 1e-3)
        weights = weights / weights.sum(1, keepdim=True)
        shares = (weights[..., None] * self.votes[index]).sum(1)
        return torch.log(0.99 * shares + 0.01 / self.n_outputs)
