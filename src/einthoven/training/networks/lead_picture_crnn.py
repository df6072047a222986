"""Convolutions and two LSTMs along the time of the picture of a lead: the reference system R5, CRNN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.lead_picture_cnn import picture_convolutions
from einthoven.training.parts import Part, Positive, Share


class LeadPictureCrnnOptions(Part):
    """See `LeadPictureCrnn`."""

    name: Literal["lead_picture_crnn"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=5)] = (32, 64, 128)
    hidden: Positive = 128
    units: Positive = 512
    between: Share = 0.3  # dropout between the LSTMs
    dropout: Share = 0.4


class LeadPictureCrnn(nn.Module):
    """The convolutions of `LeadPictureCnn`, each column flattened, two LSTMs over the columns, a dense layer.

    The description says that what is flattened is distributed over time, not which axis time is: columns are
    taken, which is the time of the trace.

    Args:
        size: of the pictures, pixels each way.
        n_outputs: classes.
        options: channels of the convolutions, units of the recurrent and the dense layers.
    """

    def __init__(self, size: int, n_outputs: int, options: LeadPictureCrnnOptions) -> None:
        super().__init__()
        self.convolutions, left = picture_convolutions(options.channels, size)
        self.first = nn.LSTM(options.channels[-1] * left, options.hidden, batch_first=True)
        self.between = nn.Dropout(options.between)
        self.second = nn.LSTM(options.hidden, options.hidden, batch_first=True)
        self.answer = nn.Sequential(
            nn.Linear(options.hidden, options.units),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.units, n_outputs),
        )

    def forward(self, pictures: Tensor) -> Tensor:
        """Return logits ``(batch, n_outputs)`` of ``(batch, 1, size, size)``."""
        columns = self.convolutions(pictures).permute(0, 3, 1, 2).flatten(2)
        states, _ = self.first(columns)
        states, _ = self.second(self.between(states))
        logits: Tensor = self.answer(states[:, -1])
        return logits
