"""A bundle small enough to be made within a test: softmax of a linear layer over one window of 16 samples."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SAMPLES, CLASSES = 16, ["N", "S", "V", "F", "Q"]


def make_network(path: Path, *, softmax: bool = True, batch: int | str = "batch") -> None:
    """Write the network: ``beat`` (batch, 16) → ``probabilities`` (batch, 5)."""
    weights = np.random.default_rng(1).standard_normal((SAMPLES, len(CLASSES))).astype(np.float32)
    nodes = [helper.make_node("MatMul", ["beat", "weights"], ["scores"])]
    nodes.append(helper.make_node("Softmax" if softmax else "Identity", ["scores"], ["probabilities"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("beat", TensorProto.FLOAT, [batch, SAMPLES])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [batch, len(CLASSES)])],
        [numpy_helper.from_array(weights, "weights")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))


def make_card(onnx_path: Path, name: str = "tiny") -> dict[str, Any]:
    """Return a valid card for the network."""
    return {
        "format": "einthoven.card/1",
        "name": name,
        "version": "1.0",
        "task": "beats",
        "classes": CLASSES,
        "input": {
            "rate_hz": 100.0,
            "window": {"samples": SAMPLES, "anchor": 8},
            "leads": {"minimum": 1, "maximum": 1, "preferred": ["II", "MLII"]},
            "normalisation": "none",
            "inputs": [{"name": "beat", "shape": ["batch", SAMPLES]}],
            "outputs": [{"name": "probabilities", "shape": ["batch", len(CLASSES)], "kind": "probabilities"}],
        },
        "recipe": {"name": "tiny.yaml", "sha256": "0" * 64},
        "data": [{"name": "mitdb", "records": ["101", "106"]}],
        "patient_split": "none: random weights",
        "metrics": [
            {"name": "V F1", "data": "nothing", "protocol": "none", "value": 0.5, "ci95": [0.4, 0.6]},
        ],
        "calibration": {"method": "none", "ece": 0.1},
        "thresholds": {"V": 0.6},
        "intended_use": "tests",
        "limits": ["knows nothing"],
        "licence": "MIT",
        "onnx_sha256": hashlib.sha256(onnx_path.read_bytes()).hexdigest(),
        "parameters": SAMPLES * len(CLASSES),
    }


def make_bundle(folder: Path, **network: Any) -> Path:
    """Write card and network into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    make_network(folder / "model.onnx", **network)
    write_card(folder, make_card(folder / "model.onnx"))
    return folder


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """Write a card as it is, valid or not."""
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
