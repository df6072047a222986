"""Networks of report pages as ONNX, and rebuilt from it."""

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
from einthoven.models.report_page_classes import CLASSES
from einthoven.models.report_page_input import N_LEADS, RHYTHM, SAMPLES
from einthoven.paper.report_page_stages import LEAD_SIZE
from einthoven.training.export import write_onnx
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_picture_cnn import LeadPictureCnn, LeadPictureCnnOptions
from einthoven.training.networks.lead_picture_crnn import LeadPictureCrnn, LeadPictureCrnnOptions
from einthoven.training.networks.page_net import PageEnsemble, PageNet, PageNetOptions
from einthoven.training.report_page_recipe import PageNetwork


def make_picture_network(options: LeadPictureCnnOptions | LeadPictureCrnnOptions) -> nn.Module:
    """Return an untrained network: ``(batch, 1, 150, 150)`` in, logits out."""
    if isinstance(options, LeadPictureCnnOptions):
        return LeadPictureCnn(LEAD_SIZE, len(CLASSES), options)
    return LeadPictureCrnn(LEAD_SIZE, len(CLASSES), options)


def export_pages(network: PageEnsemble, path: Path) -> int:
    """Write the networks of signals as ONNX, weights in half precision; return their number."""
    examples = {
        "beats": torch.randn(2, N_LEADS, SAMPLES),
        "known": torch.ones(2, N_LEADS),
        "rhythm": torch.randn(2, len(RHYTHM)),
    }
    return write_onnx(network, examples, path, stored="half")


def export_pictures(network: nn.Module, path: Path) -> int:
    """Write a network of pictures as ONNX, weights in half precision; return their number."""
    return write_onnx(network, {"pictures": torch.rand(2, 1, LEAD_SIZE, LEAD_SIZE)}, path, stored="half")


def settings_of(taken: str, members: int, network: PageNetwork) -> dict[str, Any]:
    """Return what a card must hold for `rebuild`, and which input pages are brought to."""
    options = network.model_dump()
    return {"input": taken, "members": members, "network": options.pop("name"), **options}


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> nn.Module:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    options: dict[str, Any] = dict(card.input.settings)
    try:
        options.pop("input")
        members = options.pop("members")
        options["name"] = options.pop("network")
        chosen: PageNetwork = TypeAdapter(PageNetwork).validate_python(options)
    except (KeyError, ValidationError) as error:
        raise BundleError(
            f"{card.name}: the card's input settings do not say which PyTorch network it is ({error})."
        ) from error
    network: nn.Module
    if isinstance(chosen, PageNetOptions):
        network = PageEnsemble([PageNet(len(card.classes), 0, chosen) for _ in range(members)])
    else:
        network = make_picture_network(chosen)
    network = without_batch_norm(network.eval())
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three inputs to compare networks by; of signals, the last is of lead I alone."""
    found = {}
    for tensor in card.input.inputs:
        shape = [size for size in tensor.shape[1:] if isinstance(size, int)]
        found[tensor.name] = (0.3 * chance.standard_normal((3, *shape))).astype(np.float32)
    if "known" in found:
        found["known"][:] = 1
        found["known"][2, 1:] = 0
        found["beats"] *= found["known"][..., None]
    return found
