"""Networks for 12-lead records as ONNX, and rebuilt from it."""

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
from einthoven.models.twelve_lead import N_LEADS, SAMPLES
from einthoven.training.export import write_onnx
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_zoo import Ensemble, LeadNetwork, make_lead_network


def export_twelve_lead(network: Ensemble, path: Path) -> int:
    """Write the network as ONNX, weights in half precision; return their number."""
    examples = {"ecg": torch.randn(2, N_LEADS, SAMPLES), "known": torch.ones(2, N_LEADS)}
    return write_onnx(network, examples, path, half=True)


def settings_of(labels: str, members: int, network: LeadNetwork) -> dict[str, Any]:
    """Return what a card must hold for `rebuild`, and by which labels the model is to be measured."""
    options = network.model_dump()
    return {"labels": labels, "members": members, "network": options.pop("name"), **options}


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> Ensemble:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    options: dict[str, Any] = dict(card.input.settings)
    try:
        options.pop("labels")
        members = options.pop("members")
        options["name"] = options.pop("network")
        chosen: LeadNetwork = TypeAdapter(LeadNetwork).validate_python(options)
    except (KeyError, ValidationError) as error:
        raise BundleError(
            f"{card.name}: the card's input settings do not say which PyTorch network it is ({error})."
        ) from error
    n_outputs = len(card.classes)
    network = Ensemble([make_lead_network(chosen, n_outputs) for _ in range(members)], n_outputs)
    network = without_batch_norm(network.eval())
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three records to compare networks by, the last of lead I alone."""
    ecg = (0.3 * chance.standard_normal((3, N_LEADS, SAMPLES))).astype(np.float32)
    known = np.ones((3, N_LEADS), np.float32)
    known[2, 1:] = 0
    return {"ecg": ecg * known[..., None], "known": known}
