"""The networks for signals of a fixed length, by the name a recipe gives."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import nn

from einthoven.training.networks.cnn_bilstm import CnnBilstm, CnnBilstmOptions
from einthoven.training.networks.cnn_bilstm_attention import CnnBilstmAttention, CnnBilstmAttentionOptions
from einthoven.training.networks.nearest_neighbours import NearestNeighbours, NearestNeighboursOptions
from einthoven.training.networks.random_features import RandomFeatures, RandomFeaturesOptions
from einthoven.training.networks.resnet import ResNet, ResNetOptions

Network = Annotated[
    CnnBilstmOptions
    | CnnBilstmAttentionOptions
    | ResNetOptions
    | NearestNeighboursOptions
    | RandomFeaturesOptions,
    Field(discriminator="name"),
]


def make_network(options: Network, n_chans: int, n_times: int, n_outputs: int) -> nn.Module:
    """Return an untrained network: ``(batch, n_chans, n_times)`` in, logits ``(batch, n_outputs)`` out."""
    network = _make(options, n_chans, n_times, n_outputs)
    return network.to(memory_format=torch.channels_last)  # type: ignore[no-any-return, call-overload]


def _make(options: Network, n_chans: int, n_times: int, n_outputs: int) -> nn.Module:
    match options:
        case CnnBilstmOptions():
            return CnnBilstm(n_chans, n_times, n_outputs, options)
        case CnnBilstmAttentionOptions():
            return CnnBilstmAttention(n_chans, n_times, n_outputs, options)
        case ResNetOptions():
            return ResNet(n_chans, n_times, n_outputs, options)
        case NearestNeighboursOptions():
            return NearestNeighbours(n_chans, n_times, n_outputs, options)
        case RandomFeaturesOptions():
            return RandomFeatures(n_chans, n_times, n_outputs, options)
