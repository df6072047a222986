"""The beat networks as one ONNX file, and rebuilt from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from einthoven.errors import BundleError
from einthoven.models.beat_inputs import AFTER, BEFORE, LEADS, RHYTHM_FEATURES, SEQUENCE, SHAPE_FEATURES
from einthoven.models.card import Card
from einthoven.training.beat_recipe import Network
from einthoven.training.export import rounded_to_half, write_onnx
from einthoven.training.networks.beat_cnn_lstm import BeatCnnLstm, Ensemble, new_network
from einthoven.training.networks.layers import without_batch_norm

# Of each beat; as many of them as there are in the sequence.
INPUTS = {
    "waves": (LEADS, 3, BEFORE + AFTER),
    "shapes": (LEADS, len(SHAPE_FEATURES)),
    "rhythm": (len(RHYTHM_FEATURES),),
    "present": (LEADS,),
    "valid": (),
}


def export_beats(members: Sequence[BeatCnnLstm], path: Path) -> int:
    """Write an ensemble as one ONNX network; return its number of weights.

    It takes any number of sequences, of any number of beats. Weights are rounded to half precision, in place.
    """
    ensemble = Ensemble([without_batch_norm(member.eval()) for member in members]).eval()
    rounded_to_half(ensemble)
    examples = {name: torch.rand(2, SEQUENCE, *shape) for name, shape in INPUTS.items()}
    return write_onnx(ensemble, examples, path, free=("batch", "beats"), stored="half")


def rebuild(card: Card, weights: Mapping[str, Tensor]) -> Ensemble:
    """Return the PyTorch network of a bundle.

    Raises:
        BundleError: the card does not say which network it is.
        RuntimeError: the weights are of another one.
    """
    settings = card.input.settings
    missing = [name for name in Network.model_fields if name not in settings]
    if missing:
        raise BundleError(
            f"{card.name}: the card's input settings lack {', '.join(missing)}, without which the PyTorch "
            "network cannot be rebuilt and compared. Train the recipe again with this version."
        )
    members = {name: values for name, values in weights.items() if name.startswith("members.")}
    sizes = Network.model_validate({name: settings[name] for name in Network.model_fields})
    n_members = len({name.split(".")[1] for name in members})
    ensemble = Ensemble([without_batch_norm(new_network(sizes).eval()) for _ in range(n_members)]).eval()
    ensemble.load_state_dict(members)
    return ensemble


def random_inputs(chance: np.random.Generator, card: Card) -> dict[str, npt.NDArray[np.float32]]:
    """Return three rows to compare networks by."""
    inputs: dict[str, npt.NDArray[np.float32]] = {
        name: chance.normal(0, 0.5, (3, SEQUENCE, *shape)).astype(np.float32)
        for name, shape in INPUTS.items()
    }
    inputs["valid"] = (chance.random(inputs["valid"].shape) < 0.9).astype(np.float32)
    inputs["present"] = (chance.random(inputs["present"].shape) < 0.9).astype(np.float32)
    return inputs
