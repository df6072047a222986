"""Networks for pictures of beats: as they were described, slim enough for a processor without a GPU."""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from einthoven.training.networks.resnet import ResNet, ResNetOptions
from einthoven.training.parts import Part, Positive, Share


class PictureDenseOptions(Part):
    """See `PictureDense`."""

    name: Literal["picture_dense"]
    channels: Positive = 32
    units: Annotated[tuple[Positive, ...], Field(min_length=1)] = (300, 100, 60)


class PictureDense(nn.Sequential):
    """One convolution 3 x 3, maximum of 2 x 2, dense layers with ReLU: the reference system R3.

    Args:
        n_chans: colours.
        size: of the picture, pixels each way.
        n_outputs: classes.
        options: channels of the convolution, units of the dense layers.
    """

    def __init__(self, n_chans: int, size: int, n_outputs: int, options: PictureDenseOptions) -> None:
        layers: list[nn.Module] = [
            nn.Conv2d(n_chans, options.channels, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
        ]
        before = options.channels * ((size - 2) // 2) ** 2
        for units in options.units:
            layers += [nn.Linear(before, units), nn.ReLU()]
            before = units
        super().__init__(*layers, nn.Linear(before, n_outputs))


class AlexNetOptions(Part):
    """See `alexnet`."""

    name: Literal["alexnet"]
    width: Positive = 32
    units: Positive = 256
    dropout: Share = 0.5


def alexnet(n_chans: int, n_outputs: int, options: AlexNetOptions) -> nn.Sequential:
    """Return five convolutions and three dense layers, large kernels first (Krizhevsky et al., NIPS 2012).

    Deviations: a third of the channels, batch normalisation instead of the local one, and the mean over a
    grid of 4 x 4 before the dense layers.
    """
    c = options.width
    return nn.Sequential(
        *_convolution(n_chans, c, 11, stride=4),
        nn.MaxPool2d(3, 2),
        *_convolution(c, 3 * c, 5),
        nn.MaxPool2d(3, 2, padding=1),
        *_convolution(3 * c, 4 * c, 3),
        *_convolution(4 * c, 4 * c, 3),
        *_convolution(4 * c, 3 * c, 3),
        _Halves(4),
        nn.Flatten(),
        *_dense(3 * c * 16, n_outputs, options.units, options.dropout),
    )


class VggOptions(Part):
    """See `vgg`."""

    name: Literal["vgg"]
    channels: Annotated[tuple[Positive, ...], Field(min_length=1)] = (16, 32, 64)
    convolutions: Positive = 2
    units: Positive = 256
    dropout: Share = 0.5


def vgg(n_chans: int, n_outputs: int, options: VggOptions) -> nn.Sequential:
    """Return stages of 3 x 3 convolutions, each followed by the maximum of 2 x 2, and three dense layers.

    As VGGNet (Simonyan and Zisserman, arXiv 1409.1556), and as Jun et al. 2018 (arXiv 1804.06812, table 2),
    whose own network is one of this kind: batch normalisation and ELU. Deviation: a quarter of the channels,
    and the mean over a grid of 4 x 4 before the dense layers.
    """
    layers: list[nn.Module] = []
    before = n_chans
    for channels in options.channels:
        for _ in range(options.convolutions):
            layers += _convolution(before, channels, 3, nn.ELU())
            before = channels
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(
        *layers, _Halves(4), nn.Flatten(), *_dense(16 * before, n_outputs, options.units, options.dropout)
    )


PictureNetwork = Annotated[
    ResNetOptions | PictureDenseOptions | AlexNetOptions | VggOptions, Field(discriminator="name")
]


def make_picture_network(options: PictureNetwork, n_chans: int, size: int, n_outputs: int) -> nn.Module:
    """Return an untrained network, logits out.

    Args:
        options: which; ``resnet`` takes curves ``(batch, n_chans, size)``, the others pictures
            ``(batch, n_chans, size, size)``.
        n_chans: channels.
        size: columns of a curve, or pixels each way.
        n_outputs: classes.
    """
    match options:
        case ResNetOptions():
            network: nn.Module = ResNet(n_chans, size, n_outputs, options)
        case PictureDenseOptions():
            network = PictureDense(n_chans, size, n_outputs, options)
        case AlexNetOptions():
            network = alexnet(n_chans, n_outputs, options)
        case VggOptions():
            network = vgg(n_chans, n_outputs, options)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


class _Halves(nn.Module):
    """The mean over a grid of ``places`` each way, in fixed windows: adaptive ones cannot be exported."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.places = places

    def forward(self, pictures: Tensor) -> Tensor:
        """Return ``(batch, n_chans, places, places)``."""
        height = int(pictures.shape[-2])
        step = max(1, height // self.places)
        window = max(1, height - (self.places - 1) * step)
        return nn.functional.avg_pool2d(pictures, window, step)


def _convolution(
    n_in: int, n_out: int, kernel: int, active: nn.Module | None = None, *, stride: int = 1
) -> list[nn.Module]:
    return [
        nn.Conv2d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(n_out),
        active or nn.ReLU(),
    ]


def _dense(n_in: int, n_outputs: int, units: int, dropout: float) -> list[nn.Module]:
    return [
        nn.Dropout(dropout),
        nn.Linear(n_in, units),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(units, units),
        nn.ReLU(),
        nn.Linear(units, n_outputs),
    ]
