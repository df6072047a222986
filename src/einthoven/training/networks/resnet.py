"""A one-dimensional residual network with squeeze and excitation."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, convolution
from einthoven.training.parts import Part, Positive, Share


class ResNetOptions(Part):
    """See `ResNet`."""

    name: Literal["resnet"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1)] = (32, 64, 96, 128)
    blocks: Positive = 2
    kernel: Positive = 7
    stride: Positive = 1
    dropout: Share = 0.2


class ResNet(nn.Module):
    """Stages of residual blocks (He et al. 2016, arXiv 1512.03385), each after the first at half the rate.

    Each block has squeeze and excitation (Hu et al. 2018, arXiv 1709.01507).

    The answer rests on mean and maximum over time, and on the features at the stages' last positions by
    eighths of the row, since where in a heartbeat row something happens matters.

    Args:
        n_chans: leads.
        n_times: samples.
        n_outputs: classes.
        options: channels of each stage, blocks a stage, kernel size in samples, stride of
            the first convolution, dropout.
    """

    def __init__(self, n_chans: int, n_times: int, n_outputs: int, options: ResNetOptions) -> None:
        super().__init__()
        first, last = options.channels[0], options.channels[-1]
        self.stem = nn.Sequential(*convolution(n_chans, first, options.kernel, stride=options.stride))
        stages: list[nn.Module] = []
        before = first
        for stage, channels in enumerate(options.channels):
            for block in range(options.blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                stages.append(Block(before, channels, options.kernel, stride, options.dropout / 2))
                before = channels
        self.stages = nn.Sequential(*stages)
        n_positions = -(-n_times // (options.stride * 2 ** (len(options.channels) - 1)))
        self.places = nn.Sequential(nn.Conv2d(last, last // 8, 1), nn.ReLU(), nn.Flatten())
        self.head = nn.Sequential(
            nn.Dropout(options.dropout),
            nn.Linear(2 * last + n_positions * (last // 8), last),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(last, n_outputs),
        )

    def forward(self, waves: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)`` of signals ``(batch, n_chans, n_times)``."""
        features = self.stages(self.stem(as_pictures(waves)))
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3)), self.places(features)], dim=1)
        answer: Tensor = self.head(pooled)
        return answer


class Block(nn.Module):
    """Two convolutions whose weighted result is added to what went in."""

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.change = nn.Sequential(
            *convolution(n_in, n_out, kernel, stride=stride),
            nn.Dropout(dropout),
            *convolution(n_out, n_out, kernel)[:2],
        )
        self.weigh = nn.Sequential(
            nn.Linear(n_out, n_out // 8), nn.ReLU(), nn.Linear(n_out // 8, n_out), nn.Sigmoid()
        )
        self.same = (
            nn.Identity()
            if (n_in, stride) == (n_out, 1)
            else nn.Sequential(
                nn.Conv2d(n_in, n_out, 1, stride=(1, stride), bias=False), nn.BatchNorm2d(n_out)
            )
        )

    def forward(self, waves: Tensor) -> Tensor:
        """Return ``(batch, n_out, 1, n_times / stride)`` of ``(batch, n_in, 1, n_times)``."""
        change = self.change(waves)
        weights = self.weigh(change.mean((2, 3)))[..., None, None]
        return torch.relu(self.same(waves) + weights * change)
