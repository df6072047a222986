"""From heartbeat rows as they lie in a file to logits: normalisation and network in one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from einthoven.recording import AAMI_CLASSES
from einthoven.training.heartbeat_recipe import Normalisation
from einthoven.training.networks.zoo import Network, make_network

N_SAMPLES = 187


class HeartbeatNetwork(nn.Module):
    """Takes ``(batch, 1, 187)``, values from 0 to 1; or ``(batch, 187)``, as the exported network does.

    Args:
        normalisation: see `Normalise`.
        network: which network sees the normalised rows.
    """

    def __init__(self, normalisation: Normalisation, network: Network) -> None:
        super().__init__()
        self.normalise = Normalise(normalisation)
        self.network = make_network(network, 1, N_SAMPLES, len(AAMI_CLASSES))

    def forward(self, rows: Tensor) -> Tensor:
        """Return logits ``(batch, 5)``, classes N S V F Q."""
        answer: Tensor = self.network(self.normalise(rows.view(-1, 1, N_SAMPLES)))
        return answer


class Normalise(nn.Module):
    """``none``: as they are; ``row_z_score``: each row to mean 0 and standard deviation 1;
    ``standard_scaler``: each of the 187 columns to mean 0 and standard deviation 1 over the training rows.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, kind: Normalisation) -> None:
        super().__init__()
        self.kind = kind
        if kind == "standard_scaler":
            self.register_buffer("mean", torch.zeros(N_SAMPLES))
            self.register_buffer("scale", torch.ones(N_SAMPLES))

    def fit(self, rows: Tensor) -> None:
        """Learn from training rows ``(n, 1, 187)`` what there is to learn."""
        if self.kind == "standard_scaler":
            self.mean.copy_(rows[:, 0].mean(0))
            # A column that hardly varies (padding at the end of all rows) is only centred.
            deviation = rows[:, 0].std(0)
            self.scale.copy_(torch.where(deviation > 1e-6, deviation, 1.0))

    def forward(self, rows: Tensor) -> Tensor:
        """Return rows of the same shape."""
        if self.kind == "none":
            return rows
        if self.kind == "standard_scaler":
            return (rows - self.mean) / self.scale
        centred = rows - rows.mean(-1, keepdim=True)
        return centred / ((centred**2).mean(-1, keepdim=True).sqrt() + 1e-6)
