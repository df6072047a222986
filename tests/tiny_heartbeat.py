"""A heartbeat bundle small enough to be made within a test, rows that it answers as told, and their CSV.

The network adds nothing up: value 10 c of a row, c = 0 … 4, becomes the logit of class c, times ``scale``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = ["N", "S", "V", "F", "Q"]
LENGTH = 187


def make_heartbeat_bundle(folder: Path, scale: float = 10.0, **changes: Any) -> Path:
    """Write card and network into ``folder``, the card with ``changes``, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((LENGTH, 5), np.float32)
    weights[[0, 10, 20, 30, 40], range(5)] = scale
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["rows", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", LENGTH])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 5])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.zeros(5, np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / "model.onnx"
    onnx.save(model, str(path))
    card = {
        "format": "einthoven.card/1",
        "name": "tiny-heartbeat",
        "version": "1.0",
        "task": "heartbeat",
        "classes": CLASSES,
        "input": {
            "rate_hz": 125.0,
            "window": {"samples": LENGTH, "anchor": 0},
            "normalisation": "none",
            "leads": {},
            "inputs": [{"name": "rows", "shape": ["batch", LENGTH]}],
            "outputs": [{"name": "logits", "shape": ["batch", 5], "kind": "logits"}],
        },
        "recipe": {"name": "tiny.yaml", "sha256": "0" * 64},
        "data": [{"name": "mitdb", "records": ["101", "201"]}],
        "patient_split": "none: weights by hand",
        "metrics": [],
        "calibration": {"method": "none", "parameters": {"temperature": 1.0, "bias": [0.0] * 5}},
        "intended_use": "tests",
        "limits": ["knows nothing"],
        "licence": "MIT",
        "onnx_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "parameters": LENGTH * 5 + 5,
    }
    (folder / "card.json").write_text(json.dumps(card | changes), encoding="utf-8")
    return folder


def answered(classes: str, value: float = 0.5) -> np.ndarray:
    """Return rows, shape ``(n, 187)``, that the network answers with these classes."""
    rows = np.zeros((len(classes), LENGTH), np.float32)
    rows[range(len(classes)), [10 * CLASSES.index(letter) for letter in classes]] = value
    return rows


def write_csv(
    path: Path,
    values: np.ndarray,
    true: str,
    owners: Mapping[str, Sequence[tuple[str, str]]] | None = None,
) -> Path:
    """Write rows and classes, and with ``owners["rows"]`` (record and patient of each row) the sidecar."""
    path.parent.mkdir(exist_ok=True)
    lines = [
        ",".join([*(f"{value:g}" for value in row), f"{CLASSES.index(letter)}"])
        for row, letter in zip(values, true, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if owners is not None:
        table = [f"{i},{record},{patient},{100 * i}" for i, (record, patient) in enumerate(owners["rows"])]
        text = "\n".join(["row,record,patient,sample", *table]) + "\n"
        path.with_suffix(".origin.csv").write_text(text, encoding="utf-8")
    return path
