"""The beat network: a CNN for the shape of each beat on each lead, an LSTM for the rhythm around it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from einthoven.models.beat_inputs import RHYTHM_FEATURES, SHAPE_FEATURES
from einthoven.recording import AAMI_CLASSES
from einthoven.training.recipe import Network


class BeatCnnLstm(nn.Module):
    """Classify every beat of a sequence.

    Each lead of each beat goes through the same small CNN, which sees the beat and its difference from two
    reference beats of the same patient, so that the number and order of leads do not matter; leads are
    pooled; rhythm features join; two bidirectional LSTM layers read the sequence of beats both ways.

    Args:
        n_outputs: classes.
        n_shapes: shape features of a beat on a lead.
        n_rhythm: rhythm features of a beat.
        channels: channels of the CNN's first layer.
        embedding: size of a beat's embedding.
        hidden: size of each LSTM direction.
        layers: LSTM layers.
        dropout: between 0 and 1.
    """

    def __init__(
        self,
        n_outputs: int,
        n_shapes: int,
        n_rhythm: int,
        channels: int = 24,
        embedding: int = 48,
        hidden: int = 48,
        layers: int = 2,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.cnn = nn.Sequential(
            nn.Conv1d(3, channels, 9, stride=4, padding=4),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
            nn.Conv1d(channels, channels + 8, 5, stride=2, padding=2),
            nn.BatchNorm1d(channels + 8),
            nn.ReLU(),
            nn.Conv1d(channels + 8, embedding, 3, padding=1),
            nn.BatchNorm1d(embedding),
            nn.ReLU(),
        )
        self.shapes = nn.Sequential(nn.Linear(n_shapes, 32), nn.ReLU())
        self.lead = nn.Sequential(nn.Linear(2 * embedding + 32, embedding), nn.ReLU(), nn.Dropout(dropout))
        self.rhythm = nn.Sequential(nn.Linear(n_rhythm, 32), nn.ReLU(), nn.Dropout(dropout / 2))
        self.beat = nn.Sequential(
            nn.Linear(2 * embedding + 32, 2 * embedding), nn.ReLU(), nn.Dropout(dropout)
        )
        self.lstm = nn.LSTM(
            2 * embedding,
            hidden,
            layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if layers > 1 else 0.0,
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * hidden + 2 * embedding, n_outputs))

    def forward(
        self, waves: Tensor, shapes: Tensor, rhythm: Tensor, present: Tensor, valid: Tensor
    ) -> Tensor:
        """Return logits, shape ``(batch, beats, n_outputs)``.

        Args:
            waves: ``(batch, beats, leads, 3, samples)``: beat, regular reference, long-RR reference.
            shapes: ``(batch, beats, leads, n_shapes)``.
            rhythm: ``(batch, beats, n_rhythm)``.
            present: ``(batch, beats, leads)``, 1 where the lead has signal.
            valid: ``(batch, beats)``, 0 where the sequence is only padded.
        """
        batch, beats, leads = shapes.shape[:3]
        beat = waves[..., :1, :]
        seen = torch.cat([beat, beat - waves[..., 1:2, :], beat - waves[..., 2:3, :]], dim=3)
        features = self.cnn(seen.reshape(batch * beats * leads, 3, seen.shape[-1]))
        before_qrs, from_qrs = features[..., :5].amax(-1), features[..., 5:].amax(-1)
        wave = torch.cat([before_qrs, from_qrs], dim=1).reshape(batch, beats, leads, -1)
        lead = self.lead(torch.cat([wave, self.shapes(shapes)], dim=-1)) * present[..., None]
        mean = lead.sum(2) / present.sum(2, keepdim=True).clamp(min=1)
        token = self.beat(torch.cat([mean, lead.amax(2), self.rhythm(rhythm)], dim=-1)) * valid[..., None]
        context, _ = self.lstm(token)
        logits: Tensor = self.head(torch.cat([context, token], dim=-1))
        return logits


def new_network(sizes: Network) -> BeatCnnLstm:
    """Make an untrained network of a recipe's sizes for the inputs that this version computes."""
    return BeatCnnLstm(len(AAMI_CLASSES), len(SHAPE_FEATURES), len(RHYTHM_FEATURES), **sizes.model_dump())


class Ensemble(nn.Module):
    """Networks of the same inputs as one: the mean of their logits."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(
        self, waves: Tensor, shapes: Tensor, rhythm: Tensor, present: Tensor, valid: Tensor
    ) -> Tensor:
        """Return mean logits, shape ``(batch, beats, n_outputs)``; inputs as in `BeatCnnLstm`."""
        logits = [member(waves, shapes, rhythm, present, valid) for member in self.members]
        return torch.stack(logits).mean(0)
