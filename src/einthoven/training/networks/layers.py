"""Pieces that several networks are made of."""

from __future__ import annotations

from typing import TypeVar

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

Network = TypeVar("Network", bound=nn.Module)


def convolution(n_in: int, n_out: int, kernel: int, *, stride: int = 1) -> tuple[nn.Module, ...]:
    """Return convolution, batch normalisation and ReLU; the length stays, but for the stride."""
    return (
        nn.Conv1d(n_in, n_out, kernel, stride=stride, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(n_out),
        nn.ReLU(),
    )


def last_dimension_first(waves: Tensor) -> Tensor:
    """Return ``(batch, n_times, n_chans)``, as recurrent layers take it, of ``(batch, n_chans, n_times)``."""
    return waves.transpose(1, 2)


def without_batch_norm(network: Network) -> Network:
    """Fold each batch normalisation into the layer before it in its `nn.Sequential`, in place.

    The network must be in evaluation mode; its answers stay the same.
    """
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for i in range(1, len(module)):
            before, layer = module[i - 1], module[i]
            if isinstance(before, nn.Conv1d | nn.Conv2d) and isinstance(
                layer, nn.BatchNorm1d | nn.BatchNorm2d
            ):
                module[i - 1] = fuse_conv_bn_eval(before, layer)
                module[i] = nn.Identity()
            elif isinstance(before, nn.Linear) and isinstance(layer, nn.BatchNorm1d):
                module[i - 1] = fuse_linear_bn_eval(before, layer)
                module[i] = nn.Identity()
    return network
