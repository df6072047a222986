"""The QRS network: a lead trunk, attention over leads, a fused trunk; and its export to ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def _block(channels: int, kernel: int, dilation: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(
            channels, channels, kernel, padding=dilation * (kernel // 2), dilation=dilation, bias=False
        ),
        nn.BatchNorm1d(channels),
        nn.ReLU(),
    )


class QRSNetwork(nn.Module):
    """Where are the QRS complexes? One logit every 10 ms from any number of leads.

    Every lead passes the same trunk at 25 Hz. A score for each lead and moment, softmax over leads,
    weighs the leads' features into one sequence (a lead in trouble loses its say while the trouble
    lasts); dilated residual convolutions then see 2 s of rhythm on either side. Four outputs at 25 Hz
    make the answer at 100 Hz.

    Args:
        channels: width of all layers.
        kernel: kernel length of the residual convolutions (odd).
        stem_kernel: kernel length of the first, strided convolution.
        stride: input samples a step.
        lead_dilations: residual convolutions before fusion, one a dilation.
        fused_dilations: the same after fusion.

    Input ``(batch, n_leads, n)``, normalised by ``einthoven.signal.qrs_input``, ``n`` a multiple of
    ``stride``; output logits ``(batch, n)``.
    """

    def __init__(
        self,
        channels: int = 24,
        kernel: int = 7,
        stem_kernel: int = 16,
        stride: int = 4,
        lead_dilations: tuple[int, ...] = (1, 2),
        fused_dilations: tuple[int, ...] = (4, 8, 1),
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(1, channels, stem_kernel, stride, padding=(stem_kernel - stride) // 2, bias=False),
            nn.BatchNorm1d(channels),
            nn.ReLU(),
        )
        self.lead = nn.ModuleList(_block(channels, kernel, dilation) for dilation in lead_dilations)
        self.attention = nn.Conv1d(channels, 1, 1)
        self.fused = nn.ModuleList(_block(channels, kernel, dilation) for dilation in fused_dilations)
        self.head = nn.Conv1d(channels, stride, 1)
        # Start from the share of samples that lie within a bump.
        nn.init.constant_(self.head.bias, -2.5)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        batch, leads, n = x.shape
        h = self.stem(x.reshape(batch * leads, 1, n))
        for block in self.lead:
            h = h + block(h)
        weight = torch.softmax(self.attention(h).reshape(batch, leads, 1, -1), dim=1)
        h = (h.reshape(batch, leads, h.shape[1], h.shape[2]) * weight).sum(dim=1)
        for block in self.fused:
            h = h + block(h)
        logits: Tensor = self.head(h).transpose(1, 2).reshape(batch, -1)
        return logits


def _folded(
    convolution: nn.Conv1d, norm: nn.BatchNorm1d
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A convolution without bias and the batch normalisation behind it, as one convolution."""
    assert norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    weight = convolution.weight * gain[:, None, None]
    bias = norm.bias - norm.running_mean * gain
    return weight.detach().numpy(), bias.detach().numpy()


def export(network: QRSNetwork, path: Path, trained_on: Sequence[str] = ()) -> None:
    """Write the network as ONNX for one recording: ``x (n_leads, n)`` to probabilities ``p (n,)``.

    The graph is built node by node, batch normalisation folded in, so that the same weights give the same
    file whatever the version of torch. ``trained_on`` (``database/record``) is written into the file.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: np.ndarray[Any, Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def convolve(source: str, name: str, layer: nn.Conv1d, norm: nn.BatchNorm1d | None = None) -> str:
        if norm is None:
            assert layer.bias is not None
            weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
        else:
            weight, bias = _folded(layer, norm)
        inputs = [source, constant(f"{name}.weight", weight), constant(f"{name}.bias", bias)]
        padding = int(layer.padding[0])
        out = node(
            "Conv", inputs, name,
            kernel_shape=list(layer.kernel_size), strides=list(layer.stride), dilations=list(layer.dilation),
            pads=[padding, padding],
        )  # fmt: skip
        return out if norm is None else node("Relu", [out], f"{name}.relu")

    def trunk(source: str, name: str, blocks: nn.ModuleList) -> str:
        for i, block in enumerate(blocks):
            layer, norm = block[0], block[1]  # type: ignore[index]
            branch = convolve(source, f"{name}{i}", layer, norm)
            source = node("Add", [source, branch], f"{name}{i}.sum")
        return source

    h = node("Unsqueeze", ["x", constant("one", np.array([1], dtype=np.int64))], "leads")
    h = trunk(convolve(h, "stem", network.stem[0], network.stem[1]), "lead", network.lead)  # type: ignore[arg-type]
    weight = node("Softmax", [convolve(h, "attention", network.attention)], "weights", axis=0)
    h = node("Mul", [h, weight], "weighed")
    h = node("ReduceSum", [h, constant("zero", np.array([0], dtype=np.int64))], "fusion", keepdims=1)
    h = trunk(h, "fused", network.fused)
    h = node("Transpose", [convolve(h, "head", network.head)], "interleaved", perm=[0, 2, 1])
    h = node("Reshape", [h, constant("flat", np.array([-1], dtype=np.int64))], "logits")
    node("Sigmoid", [h], "p")
    graph = helper.make_graph(
        nodes, "qrs_network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n_leads", "n"])],
        [helper.make_tensor_value_info("p", TensorProto.FLOAT, ["n"])],
        constants,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"trained_on": " ".join(trained_on)})
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
