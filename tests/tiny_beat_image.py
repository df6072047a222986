"""A bundle for drawings small enough to be made within a test: the nearest of the shapes in `drawn_beats`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from drawn_beats import SYMBOLS, beat
from einthoven.datasets.beat_images_drawing import Look, draw_beat
from einthoven.models.beat_image_classes import JUN_SYMBOLS
from einthoven.models.beat_image_curve import read_curve

CLASSES = [JUN_SYMBOLS[symbol] for symbol in SYMBOLS]


def make_beat_image_bundle(folder: Path, n_classes: int = len(SYMBOLS), **changes: Any) -> Path:
    """Write card and network into ``folder``, the card with ``changes``, and return the folder.

    Of the first ``n_classes``. The logit of a class is ``100 (x.m - m.m / 2)`` for its mean curve m: the
    nearest has the largest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shapes = np.stack([read_curve(draw_beat(beat(s), Look())).features()[0] for s in SYMBOLS[:n_classes]])
    weights = np.zeros((3 * 128, n_classes), np.float32)
    weights[:128] = 100 * shapes.T
    bias = (-50 * (shapes**2).sum(axis=1)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["curves"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["logits"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("curves", TensorProto.FLOAT, ["batch", 3, 128])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", n_classes])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    path = folder / "model.onnx"
    onnx.save(model, str(path))
    card = {
        "format": "einthoven.card/1",
        "name": "tiny-beat-image",
        "version": "1.0",
        "task": "beat-image",
        "classes": CLASSES[:n_classes],
        "input": {
            "rate_hz": 128.0,
            "window": {"samples": 128, "anchor": 64},
            "unit": "0-1",
            "normalisation": "curve",
            "leads": {},
            "inputs": [{"name": "curves", "shape": ["batch", 3, 128]}],
            "outputs": [{"name": "logits", "shape": ["batch", n_classes], "kind": "logits"}],
            "settings": {"network": "resnet", "input": "curve"},
        },
        "recipe": {"name": "tiny.yaml", "sha256": "0" * 64},
        "data": [{"name": "mitdb", "records": ["101"]}],
        "patient_split": "none: weights by hand",
        "metrics": [],
        "calibration": {"method": "none", "parameters": {"temperature": 1.0, "bias": [0.0] * n_classes}},
        "intended_use": "tests",
        "limits": ["knows eight shapes"],
        "licence": "MIT",
        "onnx_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "parameters": int(weights.size + bias.size),
    }
    (folder / "card.json").write_text(json.dumps(card | changes), encoding="utf-8")
    return folder
