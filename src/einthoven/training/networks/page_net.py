"""A small network for digitised pages: a beat of each lead, aligned, and the rhythm in figures."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.layers import as_pictures, convolution, pooling
from einthoven.training.parts import Part, Positive, Share

N_CHANS = 12
N_TIMES = 96  # of a beat
N_RHYTHM = 11


class PageNetOptions(Part):
    """See `PageNet`."""

    name: Literal["page_net"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=5)] = (32, 48, 64)
    features: Positive = 64
    hidden: Positive = 32
    dropout: Share = 0.3


class PageNet(nn.Module):
    """Convolutions over the beat, a dense layer that knows where in the beat it is, the rhythm beside it.

    All beats lie on the same R peak, so that the dense layer may treat each moment differently: no pooling
    over the whole of time. Which leads are there is added to the features of the first layer.

    Args:
        n_outputs: logits of the page.
        n_auxiliary: logits of what is learnt beside, from the beat alone.
        options: channels of each convolution, features of the beat, hidden units of the answer, dropout.
    """

    def __init__(self, n_outputs: int, n_auxiliary: int, options: PageNetOptions) -> None:
        super().__init__()
        first = options.channels[0]
        self.stem = nn.Sequential(*convolution(N_CHANS, first, 7))
        self.leads = nn.Linear(N_CHANS, first)
        layers: list[nn.Module] = [pooling()]
        before = first
        for channels in options.channels[1:]:
            layers += [*convolution(before, channels, 5), pooling()]
            before = channels
        self.convolutions = nn.Sequential(*layers)
        n_flat = before * (N_TIMES // 2 ** len(options.channels))
        self.features = nn.Sequential(
            nn.Flatten(), nn.Dropout(options.dropout), nn.Linear(n_flat, options.features), nn.ReLU()
        )
        self.auxiliary = nn.Linear(options.features, n_auxiliary) if n_auxiliary else None
        self.answer = nn.Sequential(
            nn.Dropout(options.dropout),
            nn.Linear(options.features + N_RHYTHM, options.hidden),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.hidden, n_outputs),
        )

    def beat(self, beats: Tensor, known: Tensor) -> Tensor:
        """Return the features of a beat, ``(batch, features)``."""
        first = self.stem(as_pictures(beats)) + self.leads(known)[:, :, None, None]
        found: Tensor = self.features(self.convolutions(first))
        return found

    def forward(self, beats: Tensor, known: Tensor, rhythm: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``.

        Args:
            beats: ``(batch, 12, 96)`` millivolt, 0 where missing.
            known: ``(batch, 12)``, 1 where a lead is there, else 0.
            rhythm: ``(batch, 11)``.
        """
        answer: Tensor = self.answer(torch.cat([self.beat(beats, known), rhythm], dim=1))
        return answer

    def statements(self, beats: Tensor, known: Tensor) -> Tensor:
        """Return the logits of what is learnt beside, ``(batch, n_auxiliary)``."""
        assert self.auxiliary is not None
        told: Tensor = self.auxiliary(self.beat(beats, known))
        return told


class PageEnsemble(nn.Module):
    """The mean of the logits of several networks."""

    def __init__(self, members: list[PageNet]) -> None:
        super().__init__()
        for member in members:
            member.auxiliary = None
        self.members = nn.ModuleList(members)

    def forward(self, beats: Tensor, known: Tensor, rhythm: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)``; see `PageNet`."""
        return torch.stack([member(beats, known, rhythm) for member in self.members]).mean(0)
