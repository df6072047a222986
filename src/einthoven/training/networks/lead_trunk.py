"""A network that reads every lead with the same trunk, and then all of them together."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.layers import convolution
from einthoven.training.networks.lead_blocks import mean_and_maximum, stages
from einthoven.training.parts import Part, Positive, Share

Channels = Annotated[tuple[Positive, ...], Field(min_length=1)]


class LeadTrunkOptions(Part):
    """See `LeadTrunk`."""

    name: Literal["lead_trunk"]
    first: Positive = 32
    own: Channels = (48,)
    mixed: Positive = 96
    fused: Channels = (96, 128, 160)
    kernel: Positive = 7
    dropout: Share = 0.2


class LeadTrunk(nn.Module):
    """Waves are the same waves in every lead: one trunk learns them from twelve times as many examples.

    Each lead by itself passes a convolution, to whose features what is learnt of the lead's place is added,
    and residual blocks, each at half the rate of the one before. Then the features of all leads, each lead
    with weights of its own, are added up and pass further blocks. The answer rests on mean and maximum over
    time. In training leads that are not there are not computed; few leads are learnt from quickly. The design
    is ours; the blocks are those of `LeadResNet`.

    Args:
        n_chans: leads.
        n_outputs: logits.
        options: channels of the first convolution, of each block of a lead, of what leads are mixed to, of
            each block of all leads; kernel size in samples, dropout at the end.
    """

    def __init__(self, n_chans: int, n_outputs: int, options: LeadTrunkOptions) -> None:
        super().__init__()
        self.stem = nn.Sequential(*convolution(1, options.first, 11, stride=2))
        self.place = nn.Parameter(torch.zeros(n_chans, options.first))
        self.own = stages(options.first, options.own, options.kernel)
        self.mix = nn.Sequential(*convolution(n_chans * options.own[-1], options.mixed, 1)[:2])
        self.leads = nn.Linear(n_chans, options.mixed)
        self.fused = stages(options.mixed, options.fused, options.kernel)
        self.dropout = nn.Dropout(options.dropout)
        self.head = nn.Linear(2 * options.fused[-1], n_outputs)

    def forward(self, ecg: Tensor, known: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``.

        Args:
            ecg: ``(batch, n_chans, n_times)``, millivolt at 100 Hz, 0 where missing.
            known: ``(batch, n_chans)``, 1 where a lead is there, else 0.
        """
        batch, n_leads, n_times = ecg.shape
        alone = ecg.reshape(batch * n_leads, 1, 1, n_times)
        place = self.place.repeat(batch, 1)
        if self.training:
            there = known.reshape(-1).nonzero()[:, 0]
            features = self.features(alone[there], place[there])
            everything = features.new_zeros(batch * n_leads, *features.shape[1:])
            by_lead = everything.index_copy(0, there, features)
        else:
            by_lead = self.features(alone, place) * known.reshape(-1)[:, None, None, None]
        together = by_lead.reshape(batch, n_leads * by_lead.shape[1], 1, by_lead.shape[3])
        together = together / known.sum(1).clamp(min=1).sqrt()[:, None, None, None]
        mixed = self.mix(together.contiguous(memory_format=torch.channels_last))
        mixed = self.fused(torch.relu(mixed + self.leads(known)[:, :, None, None]))
        answer: Tensor = self.head(self.dropout(mean_and_maximum(mixed)))
        return answer

    def features(self, alone: Tensor, place: Tensor) -> Tensor:
        """Return ``(n, channels, 1, steps)`` of single leads ``(n, 1, 1, n_times)`` and their places."""
        waves: Tensor = self.own(self.stem(alone) + place[:, :, None, None])
        return waves
