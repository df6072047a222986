"""Residual blocks of the networks for 12-lead records, and what their answer rests on."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from einthoven.training.networks.layers import convolution


def stages(before: int, channels: Sequence[int], kernel: int, blocks: int = 1) -> nn.Sequential:
    """Return stages of ``blocks`` blocks, each at half the rate of the one before.

    Args:
        before: channels that go in.
        channels: of each stage.
        kernel: size in samples.
        blocks: a stage.
    """
    found = []
    for after in channels:
        for block in range(blocks):
            found.append(Block(before, after, kernel, stride=1 if block else 2))
            before = after
    return nn.Sequential(*found)


def mean_and_maximum(features: Tensor) -> Tensor:
    """Return ``(batch, 2 channels)`` of ``(batch, channels, 1, steps)``: the mean over time, the maximum."""
    return torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)


class Block(nn.Module):
    """Two convolutions whose weighted result is added to what went in."""

    def __init__(self, n_in: int, n_out: int, kernel: int, *, stride: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *convolution(n_in, n_out, kernel, stride=stride), *convolution(n_out, n_out, kernel)[:2]
        )
        last = self.change[-1]
        assert isinstance(last, nn.BatchNorm2d)
        nn.init.zeros_(last.weight)
        squeezed = max(8, n_out // 8)
        self.weigh = nn.Sequential(
            nn.Linear(n_out, squeezed), nn.ReLU(), nn.Linear(squeezed, n_out), nn.Sigmoid()
        )
        shortcut: list[nn.Module] = []
        if stride > 1:
            shortcut.append(nn.AvgPool2d((1, stride), (1, stride), ceil_mode=True))
        if n_in != n_out:
            shortcut += [nn.Conv2d(n_in, n_out, 1, bias=False), nn.BatchNorm2d(n_out)]
        self.same = nn.Sequential(*shortcut)

    def forward(self, waves: Tensor) -> Tensor:
        """Return ``(batch, n_out, 1, n_times / stride)`` of ``(batch, n_in, 1, n_times)``."""
        change = self.change(waves)
        weights = self.weigh(change.mean((2, 3)))[..., None, None]
        return torch.relu(self.same(waves) + weights * change)
