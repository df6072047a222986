"""The beat network: an LSTM for the rhythm around each beat, a CNN for the shape of its QRS complex."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from einthoven.models.beat_inputs import BEFORE, RHYTHM_FEATURES, SHAPE_FEATURES
from einthoven.recording import AAMI_CLASSES
from einthoven.training.beat_recipe import Network

_SAME_QRS = 2  # N and S, the first two classes
_QRS_T = slice(BEFORE - 14, BEFORE + 50)  # 110 ms before the R peak to 390 ms after it


class BeatCnnLstm(nn.Module):
    """Classify every beat of a sequence.

    Two bidirectional LSTM layers read the sequence both ways, from rhythm features and from shape features
    of each lead. A CNN reads the waves of each beat's QRS complex and T wave, and their differences from two
    reference beats of the same patient; what it finds adds to the evidence for V, F and Q alone. Normal and
    supraventricular beats have the same QRS, so waves could tell them apart only by knowing the patient,
    which is what few training patients otherwise teach. Leads are pooled, so their number and order do not
    matter.

    Args:
        n_outputs: classes, in the order of ``AAMI_CLASSES``.
        n_shapes: shape features of a beat on a lead.
        n_rhythm: rhythm features of a beat.
        channels: channels of the CNN's first layer.
        embedding: size of a lead's embedding.
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
        # Two-dimensional with one row: trains twice as fast on a CPU as Conv1d, thanks to channels_last.
        self.cnn = nn.Sequential(
            nn.Conv2d(3, channels, (1, 9), stride=(1, 4), padding=(0, 4)),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels + 8, (1, 5), stride=(1, 2), padding=(0, 2)),
            nn.BatchNorm2d(channels + 8),
            nn.ReLU(),
            nn.Conv2d(channels + 8, embedding, (1, 3), padding=(0, 1)),
            nn.BatchNorm2d(embedding),
            nn.ReLU(),
        )
        self.cnn.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.morphology = nn.Sequential(
            nn.Linear(4 * embedding, 32),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(32, n_outputs - _SAME_QRS),
        )
        self.shapes = nn.Sequential(nn.Linear(n_shapes, 32), nn.ReLU())
        self.lead = nn.Sequential(nn.Linear(32, embedding), nn.ReLU(), nn.Dropout(dropout))
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
        leads = _pooled(self.lead(self.shapes(shapes)), present)
        token = self.beat(torch.cat([leads, self.rhythm(rhythm)], dim=-1)) * valid[..., None]
        context, _ = self.lstm(token)
        logits = self.head(torch.cat([context, token], dim=-1))
        morphology = self.morphology(_pooled(self._embed(waves), present))
        return torch.cat([logits[..., :_SAME_QRS], logits[..., _SAME_QRS:] + morphology], dim=-1)

    def _embed(self, waves: Tensor) -> Tensor:
        """Return the CNN's view of each lead of each beat, ``(batch, beats, leads, 2 * embedding)``."""
        waves = waves[..., _QRS_T]
        batch, beats, leads, _, samples = waves.shape
        beat = waves[..., :1, :]
        seen = torch.cat([beat, beat - waves[..., 1:2, :], beat - waves[..., 2:3, :]], dim=3)
        rows = seen.reshape(batch * beats * leads, 3, 1, samples)
        features = self.cnn(rows.contiguous(memory_format=torch.channels_last))[:, :, 0]
        return torch.cat([features.amax(-1), features.mean(-1)], dim=1).reshape(batch, beats, leads, -1)


def _pooled(leads: Tensor, present: Tensor) -> Tensor:
    """Mean and maximum over the leads that are present, ``(batch, beats, 2 * size)``."""
    leads = leads * present[..., None]
    mean = leads.sum(2) / present.sum(2, keepdim=True).clamp(min=1)
    return torch.cat([mean, leads.amax(2)], dim=-1)


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
