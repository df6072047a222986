"""A twelve-lead bundle of known taste: one class, which it sees in how much V2 moves from 3 to 4 s."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LEADS, SAMPLES = 12, 1000
V2, FIRST, LAST = 7, 300, 400


def make_bundle(folder: Path, name: str = "mi", classes: tuple[str, ...] = ("MI",)) -> Path:
    """Write card and network; each class has the same answer, but NORM the opposite one."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((LEADS * SAMPLES, len(classes)), np.float32)
    for column, each in enumerate(classes):
        weights[V2 * SAMPLES + FIRST : V2 * SAMPLES + LAST, column] = -1 if each == "NORM" else 1
    nodes = [
        helper.make_node("Abs", ["ecg"], ["size"]),
        helper.make_node("Flatten", ["size"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["seen"]),
        helper.make_node("Mul", ["seen", "gain"], ["scaled"]),
        helper.make_node("ReduceSum", ["known", "axis"], ["leads"], keepdims=1),
        helper.make_node("Mul", ["leads", "nothing"], ["zero"]),
        helper.make_node("Add", ["scaled", "zero"], ["shifted"]),
        helper.make_node("Sub", ["shifted", "one"], ["logits"]),
    ]
    values = {
        "weights": weights, "gain": np.float32(0.2), "one": np.float32(1.0), "nothing": np.float32(0.0),
        "axis": np.array([1], np.int64),
    }  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("ecg", TensorProto.FLOAT, ["batch", LEADS, SAMPLES]),
            helper.make_tensor_value_info("known", TensorProto.FLOAT, ["batch", LEADS]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(classes)])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    card = {
        "format": "einthoven.card/1", "name": name, "version": "1.0", "task": "twelve-lead",
        "classes": list(classes),
        "input": {
            "rate_hz": 100.0, "window": {"samples": SAMPLES, "anchor": 0}, "leads": {},
            "normalisation": "none",
            "inputs": [
                {"name": "ecg", "shape": ["batch", LEADS, SAMPLES]},
                {"name": "known", "shape": ["batch", LEADS]},
            ],
            "outputs": [{"name": "logits", "shape": ["batch", len(classes)], "kind": "logits"}],
        },
        "recipe": {"name": "tiny.yaml", "sha256": "0" * 64}, "data": [{"name": "none", "records": []}],
        "patient_split": "none", "metrics": [], "calibration": {"method": "none"},
        "intended_use": "tests", "limits": [], "licence": "MIT",
        "onnx_sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "parameters": int(weights.size),
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
