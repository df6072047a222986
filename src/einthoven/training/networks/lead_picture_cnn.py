"""Three convolutions and a dense layer for pictures of single leads: the reference system R5, CNN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import nn

from einthoven.training.parts import Part, Positive, Share


class LeadPictureCnnOptions(Part):
    """See `LeadPictureCnn`."""

    name: Literal["lead_picture_cnn"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=5)] = (32, 64, 128)
    units: Positive = 512
    dropout: Share = 0.5


def picture_convolutions(channels: tuple[int, ...], size: int) -> tuple[nn.Sequential, int]:
    """Return convolutions 3 x 3 with ReLU and the maximum of 2 x 2 after each, and the size that is left."""
    layers: list[nn.Module] = []
    before = 1
    for n_out in channels:
        layers += [nn.Conv2d(before, n_out, 3), nn.ReLU(), nn.MaxPool2d(2)]
        before, size = n_out, (size - 2) // 2
    return nn.Sequential(*layers), size


class LeadPictureCnn(nn.Sequential):
    """Convolutions, a dense layer, dropout: ``(batch, 1, size, size)`` in, logits out.

    Args:
        size: of the pictures, pixels each way.
        n_outputs: classes.
        options: channels of the convolutions, units of the dense layer.
    """

    def __init__(self, size: int, n_outputs: int, options: LeadPictureCnnOptions) -> None:
        convolutions, left = picture_convolutions(options.channels, size)
        super().__init__(
            convolutions,
            nn.Flatten(),
            nn.Linear(options.channels[-1] * left**2, options.units),
            nn.ReLU(),
            nn.Dropout(options.dropout),
            nn.Linear(options.units, n_outputs),
        )
