"""A residual network for records of several leads, some of which may be missing."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, convolution
from einthoven.training.parts import Part, Positive, Share


class LeadResNetOptions(Part):
    """See `LeadResNet`."""

    name: Literal["lead_resnet"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1)] = (48, 96, 160, 192)
    blocks: Positive = 1
    kernel: Positive = 7
    dropout: Share = 0.2


class LeadResNet(nn.Module):
    """Stages of residual blocks (He et al. 2016, arXiv 1512.03385), each at half the rate of the one before.

    Each block has squeeze and excitation (Hu et al. 2018, arXiv 1709.01507); shortcuts average before they
    change the number of channels (He et al. 2019, arXiv 1812.01187, "ResNet-D"), and a block begins as its
    shortcut alone. Which leads are there is added to the features of the first layer. The answer rests on
    mean and maximum over time.

    Args:
        n_chans: leads.
        n_outputs: logits.
        options: channels of each stage, blocks a stage, kernel size in samples, dropout at the end.
    """

    def __init__(self, n_chans: int, n_outputs: int, options: LeadResNetOptions) -> None:
        super().__init__()
        before = options.channels[0]
        self.stem = nn.Sequential(*convolution(n_chans, before, 11, stride=2))
        self.leads = nn.Linear(n_chans, before)
        blocks = []
        for channels in options.channels:
            for block in range(options.blocks):
                blocks.append(Block(before, channels, options.kernel, stride=1 if block else 2))
                before = channels
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * before, n_outputs)

    def forward(self, ecg: Tensor, known: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``.

        Args:
            ecg: ``(batch, n_chans, n_times)``, 0 where missing.
            known: ``(batch, n_chans)``, 1 where a lead is there, else 0.
        """
        features = self.stem(as_pictures(ecg)) + self.leads(known)[:, :, None, None]
        features = self.blocks(features)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], dim=1)
        answer: Tensor = self.head(self.dropout(pooled))
        return answer


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
