"""A network for drawings of beats as ONNX, and rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor, nn

from einthoven.errors import BundleError
from einthoven.models.card import Card
from einthoven.training.beat_image_recipe import CurveInput, DrawingInput, PixelInput
from einthoven.training.export import write_onnx
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.pictures import PictureNetwork, make_picture_network


def make_network(options: PictureNetwork, taken: DrawingInput, n_classes: int) -> nn.Module:
    """Return the untrained network of a recipe."""
    return make_picture_network(options, taken.shape[0], taken.shape[-1], n_classes)


def input_name(taken: DrawingInput) -> str:
    """Return what the exported network calls its input."""
    return "curves" if isinstance(taken, CurveInput) else "pixels"


def export_beat_image(network: nn.Module, taken: DrawingInput, path: Path) -> int:
    """Write the network as ONNX, weights in half precision; return their number."""
    return write_onnx(network, {input_name(taken): torch.rand(2, *taken.shape)}, path, stored="half")


def settings_of(taken: DrawingInput, network: PictureNetwork) -> dict[str, Any]:
    """Return what a card must hold for `rebuild` and to prepare inputs."""
    options = network.model_dump()
    told: dict[str, Any] = {"network": options.pop("name"), "input": taken.name}
    if isinstance(taken, PixelInput):
        told |= {"size": taken.size, "colour": taken.colour}
    return {**told, **options}


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> nn.Module:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    options = dict(card.input.settings)
    try:
        options["name"] = options.pop("network")
        taken: DrawingInput = TypeAdapter(DrawingInput).validate_python(
            {"name": options.pop("input")}
            | {key: options.pop(key) for key in ("size", "colour") if key in options}
        )
        chosen: PictureNetwork = TypeAdapter(PictureNetwork).validate_python(options)
    except (KeyError, ValidationError) as error:
        raise BundleError(
            f"{card.name}: the card's input settings do not say which PyTorch network it is ({error})."
        ) from error
    network = without_batch_norm(make_network(chosen, taken, len(card.classes)).eval())
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three inputs to compare networks by."""
    (tensor,) = card.input.inputs
    shape = [size for size in tensor.shape[1:] if isinstance(size, int)]
    return {tensor.name: chance.random((3, *shape)).astype(np.float32)}
