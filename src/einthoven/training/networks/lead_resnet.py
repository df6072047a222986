"""A residual network for records of several leads, some of which may be missing."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, convolution
from einthoven.training.networks.lead_blocks import mean_and_maximum, stages
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
        self.blocks = stages(before, options.channels, options.kernel, options.blocks)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * options.channels[-1], n_outputs)

    def forward(self, ecg: Tensor, known: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``.

        Args:
            ecg: ``(batch, n_chans, n_times)``, 0 where missing.
            known: ``(batch, n_chans)``, 1 where a lead is there, else 0.
        """
        features = self.stem(as_pictures(ecg)) + self.leads(known)[:, :, None, None]
        answer: Tensor = self.head(self.dropout(mean_and_maximum(self.blocks(features))))
        return answer
