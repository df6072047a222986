"""From a trained network to ONNX, with weights that keep their PyTorch names, and back for comparison."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from einthoven.errors import BundleError
from einthoven.models.bundle import CARD_FILE, Bundle
from einthoven.models.card import Card
from einthoven.recording import Float32

OPSET = 17
_HALF, _BYTE, _UNIT = ":half", ":byte", ":unit"
_BYTES = 127  # steps on each side of zero
_SMALL = 256  # numbers; less is not worth halving


def write_onnx(
    network: nn.Module,
    examples: Mapping[str, Tensor],
    path: Path,
    *,
    free: Sequence[str] = ("batch",),
    stored: Literal["single", "half", "byte"] = "single",
) -> int:
    """Write a network in evaluation mode as ONNX; return its number of weights.

    Constants are not folded on export (ONNX Runtime does so on load), so that each weight keeps its PyTorch
    name and the PyTorch network can be rebuilt from the file alone.

    Args:
        network: takes ``examples`` in their order, returns logits; batch normalisation folded into other
            layers (`without_batch_norm`), which export would do without keeping names.
        examples: one input each, two rows, by name.
        path: where to.
        free: names of the first axes of inputs and logits, which may have any length.
        stored: how weights are kept. They are computed with in single precision, and must have been rounded
            before: to half precision, which halves the file (`rounded_to_half`), or matrices to a byte a
            weight, which leaves a fourth of it (`rounded_to_bytes`).
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
            dynamic_axes={name: dict(enumerate(free)) for name in [*examples, "logits"]},
            opset_version=OPSET,
            do_constant_folding=False,
            dynamo=False,
        )
    if stored == "half":
        _halve(path)
    elif stored == "byte":
        _store_bytes(path)
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


@torch.no_grad()
def rounded_to_bytes(network: nn.Module) -> None:
    """Round large matrices and filters, in place, to -127 to 127 times a unit of each output."""
    for values in network.state_dict().values():
        if _fits_bytes(values.numel(), values.dim()) and values.dtype == torch.float32:
            whole, unit = _as_bytes(values.numpy())
            values.copy_(torch.from_numpy(whole.astype(np.float32) * unit))


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the weights in an ONNX file by name, in single precision."""
    stored = {
        initializer.name: numpy_helper.to_array(initializer)
        for initializer in onnx.load(str(path)).graph.initializer
    }
    weights = {}
    for name, values in stored.items():
        if name.endswith(_UNIT):
            continue
        if name.endswith(_BYTE):
            name = name.removesuffix(_BYTE)
            values = values.astype(np.float32) * stored[name + _UNIT]
        elif values.dtype == np.float16:
            values = values.astype(np.float32)
        weights[name.removesuffix(_HALF)] = torch.from_numpy(values.copy())
    return weights


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


def _store_bytes(path: Path) -> None:
    """Store large matrices and filters as bytes, each followed by a cast and the units of its outputs.

    Weights that were rounded to bytes come out as the same bytes: the largest of an output is 127 units.
    """
    model = onnx.load(str(path))
    graph = model.graph
    nodes, units = [], []
    for initializer in graph.initializer:
        values = numpy_helper.to_array(initializer)
        if initializer.data_type != TensorProto.FLOAT or not _fits_bytes(values.size, values.ndim):
            continue
        name = initializer.name
        whole, unit = _as_bytes(values)
        initializer.CopyFrom(numpy_helper.from_array(whole, name + _BYTE))
        units.append(numpy_helper.from_array(unit, name + _UNIT))
        nodes += [
            helper.make_node("Cast", [name + _BYTE], [name + _BYTE + ":single"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [name + _BYTE + ":single", name + _UNIT], [name]),
        ]
    graph.initializer.extend(units)
    nodes += graph.node
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _fits_bytes(size: int, dimensions: int) -> bool:
    return size > _SMALL and dimensions > 1


def _as_bytes(values: Float32) -> tuple[npt.NDArray[np.int8], Float32]:
    """Return whole numbers and the unit of each output, the first axis, that they are multiples of."""
    largest = np.abs(values).max(axis=tuple(range(1, values.ndim)), keepdims=True)
    unit = (np.where(largest > 0, largest, 1) / np.float32(_BYTES)).astype(np.float32)
    return np.rint(values / unit).astype(np.int8), unit
