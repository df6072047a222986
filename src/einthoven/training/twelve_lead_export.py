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
from einthoven.training.export_branch import skip_where_unneeded
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.lead_zoo import Ensemble, LeadNetwork, make_lead_network
from einthoven.training.twelve_lead_recipe import FewLeads

_FEW = "few_"  # before the settings of the networks for few leads


def export_twelve_lead(network: Ensemble, path: Path) -> int:
    """Write the network as ONNX, a byte a weight; return their number.

    Networks for few leads are computed if a record of the batch has few.
    """
    examples = {"ecg": torch.randn(2, N_LEADS, SAMPLES), "known": torch.ones(2, N_LEADS)}
    n_weights = write_onnx(network, examples, path, stored="byte")
    if len(network.few):
        skip_where_unneeded(path)
    return n_weights


def settings_of(
    labels: str, members: int, network: LeadNetwork, few_leads: FewLeads | None = None
) -> dict[str, Any]:
    """Return what a card must hold for `rebuild`, and by which labels the model is to be measured."""
    told = {"labels": labels, "members": members, **_told(network)}
    if few_leads is not None:
        few = {"members": few_leads.members, "up_to": few_leads.up_to, "share": few_leads.share}
        few |= _told(few_leads.network)
        told |= {_FEW + key: value for key, value in few.items()}
    return told


def _told(network: LeadNetwork) -> dict[str, Any]:
    options = network.model_dump()
    return {"network": options.pop("name"), **options}


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> Ensemble:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    options: dict[str, Any] = dict(card.input.settings)
    try:
        options.pop("labels")
        few = {key.removeprefix(_FEW): options.pop(key) for key in list(options) if key.startswith(_FEW)}
        members = options.pop("members")
        chosen = _network(options)
        n_few, up_to, share = few.pop("members", 0), few.pop("up_to", 0), few.pop("share", 1.0)
        chosen_few = _network(few) if n_few else chosen
    except (KeyError, ValidationError) as error:
        raise BundleError(
            f"{card.name}: the card's input settings do not say which PyTorch network it is ({error})."
        ) from error
    n_outputs = len(card.classes)
    network = Ensemble(
        [make_lead_network(chosen, n_outputs) for _ in range(members)],
        n_outputs,
        [make_lead_network(chosen_few, n_outputs) for _ in range(n_few)],
        up_to,
        share,
    )
    network = without_batch_norm(network.eval())
    network.load_state_dict({name: weights[name] for name in network.state_dict() if name in weights})
    return network


def _network(options: dict[str, Any]) -> LeadNetwork:
    of_it = dict(options)
    of_it["name"] = of_it.pop("network")
    chosen: LeadNetwork = TypeAdapter(LeadNetwork).validate_python(of_it)
    return chosen


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three records to compare networks by, the last of lead I alone."""
    ecg = (0.3 * chance.standard_normal((3, N_LEADS, SAMPLES))).astype(np.float32)
    known = np.ones((3, N_LEADS), np.float32)
    known[2, 1:] = 0
    return {"ecg": ecg * known[..., None], "known": known}
