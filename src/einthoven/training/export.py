"""From trained networks to a bundle: one ONNX file with named weights, and its card."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from einthoven.errors import BundleError
from einthoven.models.beat_inputs import AFTER, BEFORE, LEADS, RHYTHM_FEATURES, SEQUENCE, SHAPE_FEATURES
from einthoven.models.bundle import Bundle
from einthoven.training.networks.beat_cnn_lstm import BeatCnnLstm, Ensemble, new_network
from einthoven.training.recipe import Network

INPUTS = {
    "waves": (SEQUENCE, LEADS, 3, BEFORE + AFTER),
    "shapes": (SEQUENCE, LEADS, len(SHAPE_FEATURES)),
    "rhythm": (SEQUENCE, len(RHYTHM_FEATURES)),
    "present": (SEQUENCE, LEADS),
    "valid": (SEQUENCE,),
}
OPSET = 17


def without_batch_norm(network: BeatCnnLstm) -> BeatCnnLstm:
    """Fold each batch normalisation of a trained network into the convolution before it, in place."""
    for i, layer in enumerate(network.cnn):
        before = network.cnn[i - 1]
        if isinstance(layer, nn.BatchNorm2d) and isinstance(before, nn.Conv2d):
            network.cnn[i - 1] = fuse_conv_bn_eval(before, layer)
            network.cnn[i] = nn.Identity()
    return network


def export_onnx(members: Sequence[BeatCnnLstm], path: Path) -> int:
    """Write an ensemble as one ONNX network with a free batch size; return its number of weights.

    Constants are not folded on export (ONNX Runtime does so on load), so that each weight keeps its PyTorch
    name and `check_parity` can rebuild the PyTorch network from the file alone.
    """
    ensemble = Ensemble([without_batch_norm(member.eval()) for member in members]).eval()
    with warnings.catch_warnings():
        # The exporter that keeps the weights' names is deprecated, and warns of LSTM states not passed.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            ensemble,
            tuple(torch.rand(2, *shape) for shape in INPUTS.values()),
            str(path),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_axes={name: {0: "batch"} for name in [*INPUTS, "logits"]},
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
    return sum(parameter.numel() for parameter in ensemble.parameters())


def check_parity(bundle: Bundle) -> float:
    """Return the largest difference between PyTorch's and ONNX Runtime's logits on the same random inputs.

    Raises:
        BundleError: the weights in the ONNX file are not those of the network that the card describes.
    """
    settings = bundle.card.input.settings
    weights = {
        initializer.name: torch.from_numpy(numpy_helper.to_array(initializer).copy())
        for initializer in onnx.load(str(bundle.onnx_path)).graph.initializer
        if initializer.name.startswith("members.")
    }
    missing = [name for name in Network.model_fields if name not in settings]
    if missing:
        raise BundleError(
            f"{bundle.card.name}: the card's input settings lack {', '.join(missing)}, without which the "
            "PyTorch network cannot be rebuilt and compared. Train the recipe again with this version."
        )
    sizes = Network.model_validate({name: settings[name] for name in Network.model_fields})
    n_members = len({name.split(".")[1] for name in weights})
    ensemble = Ensemble([without_batch_norm(new_network(sizes).eval()) for _ in range(n_members)]).eval()
    try:
        ensemble.load_state_dict(weights)
    except RuntimeError as error:
        raise BundleError(f"{bundle.onnx_path}: weights do not fit the network: {error}") from error
    chance = np.random.default_rng(0)
    inputs: dict[str, npt.NDArray[np.float32]] = {
        name: chance.normal(0, 0.5, (3, *shape)).astype(np.float32) for name, shape in INPUTS.items()
    }
    inputs["valid"] = (chance.random(inputs["valid"].shape) < 0.9).astype(np.float32)
    inputs["present"] = (chance.random(inputs["present"].shape) < 0.9).astype(np.float32)
    with torch.inference_mode():
        expected = ensemble(**{name: torch.from_numpy(values) for name, values in inputs.items()}).numpy()
    return float(np.abs(bundle.run(inputs)["logits"] - expected).max())
