"""A network for heartbeat rows as ONNX, and rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from einthoven.errors import BundleError
from einthoven.models.card import Card
from einthoven.training.export import write_onnx
from einthoven.training.networks.heartbeat import N_SAMPLES, HeartbeatNetwork
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.nearest_neighbours import NearestNeighbours
from einthoven.training.networks.zoo import Network


def export_heartbeat(network: HeartbeatNetwork, path: Path) -> int:
    """Write the network as ONNX, weights in half precision; return their number."""
    return write_onnx(network, {"rows": torch.rand(2, N_SAMPLES)}, path, stored="half")


def settings_of(normalisation: str, network: Network) -> dict[str, Any]:
    """Return what a card must hold for `rebuild`."""
    options = network.model_dump()
    return {"network": options.pop("name"), "normalisation": normalisation, **options}


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> HeartbeatNetwork:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    options = dict(card.input.settings)
    try:
        normalisation: Any = options.pop("normalisation")
        options["name"] = options.pop("network")
        chosen: Network = TypeAdapter(Network).validate_python(options)
    except (KeyError, ValidationError) as error:
        raise BundleError(
            f"{card.name}: the card's input settings do not say which PyTorch network it is ({error})."
        ) from error
    network = HeartbeatNetwork(normalisation, chosen)
    if isinstance(network.network, NearestNeighbours):
        network.network.reserve(len(weights["network.points"]))
    network = without_batch_norm(network.eval())
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three rows to compare networks by."""
    return {"rows": chance.random((3, N_SAMPLES)).astype(np.float32)}
