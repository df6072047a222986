"""From a trained network to ONNX, with weights that keep their PyTorch names, and back for comparison."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from einthoven.errors import BundleError
from einthoven.models.bundle import CARD_FILE, Bundle
from einthoven.models.card import Card

OPSET = 17
_HALF = ":half"
_SMALL = 256  # numbers; less is not worth halving


def write_onnx(network: nn.Module, examples: Mapping[str, Tensor], path: Path, *, half: bool = False) -> int:
    """Write a network in evaluation mode as ONNX with a free batch size; return its number of weights.

    Constants are not folded on export (ONNX Runtime does so on load), so that each weight keeps its PyTorch
    name and the PyTorch network can be rebuilt from the file alone.

    Args:
        network: takes ``examples`` in their order, returns logits; batch normalisation folded into other
            layers (`without_batch_norm`), which export would do without keeping names.
        examples: one input each, two rows, by name.
        path: where to.
        half: keep weights in half precision, which halves the file; they must have been rounded to it
            (`rounded_to_half`), and are computed with in single precision.
    """
    with warnings.catch_warnings():
        # The exporter that keeps the weights' names is deprecated, and warns of LSTM states not passed.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            tuple(examples.values()),
            str(path),
            input_names=list(examples),
            output_names=["logits"],
            dynamic_axes={name: {0: "batch"} for name in [*examples, "logits"]},
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
    if half:
        _halve(path)
    return sum(values.numel() for values in network.state_dict().values())


def write_any_size(
    network: nn.Module, example: Tensor, path: Path, output: str, sides: Mapping[int, Any]
) -> None:
    """Write a network for pictures of any size as ONNX, input ``x``; nothing in it tells where it was made.

    Args:
        network: takes and returns one array.
        example: of the input.
        path: where to.
        output: name of what it returns.
        sides: axes of the input that may be longer or shorter, with what is allowed (``torch.export.Dim``).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of functions that the exporter itself calls
        torch.onnx.export(
            network, (example,), path, input_names=["x"], output_names=[output],
            dynamic_shapes=(dict(sides),), dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    without_traces(path)


def without_traces(path: Path) -> None:
    """Take the comments of the exporter, which name its source files, out of an ONNX file, in place."""
    model = onnx.load(path)
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in [*model.graph.value_info, *model.graph.input, *model.graph.output]:
        value.doc_string = ""
        del value.metadata_props[:]
    for initializer in model.graph.initializer:
        initializer.doc_string = ""
        del initializer.metadata_props[:]
    onnx.save(model, path)


@torch.no_grad()
def rounded_to_half(network: nn.Module) -> None:
    """Round all weights to half precision, in place.

    Raises:
        BundleError: one is too large for it.
    """
    for name, values in network.state_dict().items():
        if values.dtype == torch.float32 and values.numel() > _SMALL:
            rounded = values.half()
            if not torch.isfinite(rounded).all():
                raise BundleError(
                    f"weights {name} reach {values.abs().max():.3g}; half precision ends at 65504"
                )
            values.copy_(rounded.float())


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the weights in an ONNX file by name, in single precision."""
    return {
        initializer.name.removesuffix(_HALF): torch.from_numpy(
            numpy_helper.to_array(initializer).astype(np.float32)
            if initializer.data_type == TensorProto.FLOAT16
            else numpy_helper.to_array(initializer).copy()
        )
        for initializer in onnx.load(str(path)).graph.initializer
    }


def write_card(card: Card, folder: Path) -> None:
    """Write ``card.json``, which makes a folder with ``model.onnx`` a bundle."""
    text = json.dumps(card.model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")
    print(f"wrote {folder}", flush=True)


def check_parity(bundle: Bundle) -> float:
    """Return the largest difference between PyTorch's and ONNX Runtime's logits on the same random inputs.

    Raises:
        BundleError: the weights in the ONNX file are not those of the network that the card describes.
    """
    from einthoven.training import (
        beat_export,
        beat_image_export,
        heartbeat_export,
        report_page_export,
        twelve_lead_export,
    )

    rooms = {
        "beats": beat_export,
        "heartbeat": heartbeat_export,
        "twelve-lead": twelve_lead_export,
        "beat-image": beat_image_export,
        "report-page": report_page_export,
    }
    room = rooms[bundle.card.task]
    weights = read_weights(bundle.onnx_path)
    try:
        network = room.rebuild(bundle.card, weights)
    except RuntimeError as error:
        raise BundleError(f"{bundle.onnx_path}: weights do not fit the network: {error}") from error
    inputs: dict[str, npt.NDArray[np.float32]] = room.random_inputs(np.random.default_rng(0), bundle.card)
    with torch.inference_mode():
        expected = network(*(torch.from_numpy(values) for values in inputs.values())).numpy()
    return float(np.abs(bundle.run(inputs)["logits"] - expected).max())


def _halve(path: Path) -> None:
    """Store large weights in half precision, each followed by a cast to single precision."""
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for initializer in graph.initializer:
        values = numpy_helper.to_array(initializer)
        if initializer.data_type != TensorProto.FLOAT or values.size <= _SMALL:
            continue
        name = initializer.name
        initializer.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + _HALF))
        casts.append(helper.make_node("Cast", [name + _HALF], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
