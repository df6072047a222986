"""Pieces that several networks are made of."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def convolution(n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> tuple[nn.Module, ...]:
    """Return convolution, normalisation and ReLU for `as_pictures`; the length stays, but for the stride."""
    return (
        nn.Conv2d(n_in, n_out, (1, kernel), stride=(1, stride), padding=(0, kernel // 2), bias=False),
        nn.BatchNorm2d(n_out),
        nn.ReLU(),
    )


def pooling() -> nn.Module:
    """Return the maximum of each two neighbours, for `as_pictures`."""
    return nn.MaxPool2d((1, 2))


def as_pictures(waves: Tensor) -> Tensor:
    """Return signals ``(batch, n_chans, n_times)`` as pictures of one row, ``(batch, n_chans, 1, n_times)``.

    Two-dimensional convolutions, channels last in memory, train two to four times as fast on a CPU.
    """
    return waves[:, :, None].contiguous(memory_format=torch.channels_last)


def as_sequence(pictures: Tensor) -> Tensor:
    """Return ``(batch, n_times, n_chans)``, as recurrent layers take it, of `as_pictures`."""
    return pictures[:, :, 0].transpose(1, 2)


def without_batch_norm(network: Network) -> Network:
    """Fold each batch normalisation into the layer before it in its `nn.Sequential`, in place.

    The network must be in evaluation mode; its answers stay the same.
    """
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for i in range(1, len(module)):
            before, layer = module[i - 1], module[i]
            if isinstance(before, nn.Conv2d) and isinstance(layer, nn.BatchNorm2d):
                module[i - 1] = fuse_conv_bn_eval(before, layer)
                module[i] = nn.Identity()
            elif isinstance(before, nn.Linear) and isinstance(layer, nn.BatchNorm1d):
                module[i - 1] = fuse_linear_bn_eval(before, layer)
                module[i] = nn.Identity()
    return network
