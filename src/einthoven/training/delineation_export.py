"""Delineation networks to one ONNX file: members side by side, their probabilities averaged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from einthoven.training.delineation_network import CLASSES, HEADS, STRIDE, Block, DelineationNetwork


class _Graph:
    """Nodes and constants of an ONNX graph as they come, weights in half precision."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def weights(self, name: str, values: torch.Tensor) -> str:
        half = values.detach().numpy().astype(np.float16)
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(half), f"{name}.half"))
        return self.node("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def integers(self, name: str, *values: int) -> str:
        self.constants.append(numpy_helper.from_array(np.array(values, dtype=np.int64), name))
        return name

    def convolve(self, source: str, name: str, layer: nn.Conv1d, norm: nn.BatchNorm1d | None = None) -> str:
        """A convolution, with the batch normalisation behind it folded in and a ReLU if there is one."""
        weight, bias = layer.weight, layer.bias
        if norm is not None:
            assert norm.running_mean is not None and norm.running_var is not None
            gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = layer.weight * gain[:, None, None]
            bias = norm.bias - norm.running_mean * gain
        assert bias is not None
        inputs = [source, self.weights(f"{name}.weight", weight), self.weights(f"{name}.bias", bias)]
        padding = int(layer.padding[0])
        out = self.node(
            "Conv", inputs, name,
            kernel_shape=list(layer.kernel_size), strides=list(layer.stride), dilations=list(layer.dilation),
            pads=[padding, padding],
        )  # fmt: skip
        return out if norm is None else self.node("Relu", [out], f"{name}.relu")

    def trunk(self, source: str, name: str, blocks: nn.ModuleList) -> str:
        for i, block in enumerate(blocks):
            assert isinstance(block, Block)
            branch = self.convolve(source, f"{name}{i}", block.convolution, block.norm)
            source = self.node("Add", [source, branch], f"{name}{i}.sum")
        return source

    def member(self, x: str, name: str, network: DelineationNetwork) -> str:
        """One network from ``x (n_leads, 1, n)`` to class probabilities ``(n_leads, 4, n)``."""
        channels = network.stem.out_channels
        h = self.convolve(x, f"{name}.stem", network.stem, network.stem_norm)
        h = self.trunk(h, f"{name}.lead", network.lead)
        score = self.convolve(h, f"{name}.attention", network.attention)
        score = self.node("Unsqueeze", [score, self.integers(f"{name}.two", 2)], f"{name}.score")
        weight = self.node("Softmax", [score], f"{name}.weight", axis=0)
        shape = self.integers(f"{name}.heads", 0, HEADS, channels // HEADS, -1)
        by_head = self.node("Reshape", [h, shape], f"{name}.by_head")
        weighed = self.node("Mul", [by_head, weight], f"{name}.weighed")
        zero = self.integers(f"{name}.zero", 0)
        fused = self.node("ReduceSum", [weighed, zero], f"{name}.gathered", keepdims=1)
        shape = self.integers(f"{name}.flat", 1, channels, -1)
        fused = self.node("Reshape", [fused, shape], f"{name}.fusion")
        fused = self.trunk(fused, f"{name}.fused", network.fused)
        back = self.convolve(fused, f"{name}.back", network.back)
        h = self.node("Add", [h, back], f"{name}.informed")
        h = self.trunk(h, f"{name}.own", network.own)
        h = self.convolve(h, f"{name}.head", network.head)
        shape = self.integers(f"{name}.phases", 0, CLASSES, STRIDE, -1)
        h = self.node("Reshape", [h, shape], f"{name}.apart")
        h = self.node("Transpose", [h], f"{name}.interleaved", perm=[0, 1, 3, 2])
        h = self.node("Reshape", [h, self.integers(f"{name}.joined", 0, CLASSES, -1)], f"{name}.logits")
        return self.node("Softmax", [h], f"{name}.p", axis=1)


def export(networks: Sequence[DelineationNetwork], path: Path, trained_on: Sequence[str] = ()) -> None:
    """Write networks as ONNX for one recording: ``x (n_leads, n)`` to ``p (n_leads, 3, n)`` for P, QRS and T.

    The graph is built node by node, so that the same weights give the same file whatever the version of
    torch. Weights are stored in half precision and computed with in single precision.

    Args:
        networks: one or more, their answers averaged.
        path: where to.
        trained_on: names of records that any of them has seen, written into the file.
    """
    graph = _Graph()
    x = graph.node("Unsqueeze", ["x", graph.integers("one", 1)], "leads")
    members = [graph.member(x, f"m{i}", network.eval()) for i, network in enumerate(networks)]
    mean = graph.node("Mean", members, "mean")
    bounds = [
        graph.integers("from", 1),
        graph.integers("to", CLASSES),
        graph.integers("axis", 1),
    ]
    graph.node("Slice", [mean, *bounds], "p")
    made = helper.make_graph(
        graph.nodes, "delineation_network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n_leads", "n"])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n_leads", CLASSES - 1, "n"])],
        graph.constants,
    )  # fmt: skip
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"trained_on": " ".join(trained_on)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
