"""A bundle for report pages of known taste: fast is abnormal, slow is normal; of pictures, ink decides."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from einthoven.models.report_page import SHAPES
from einthoven.models.report_page_classes import CLASSES


def make_page_bundle(folder: Path, takes: str = "signals", records: tuple[str, ...] = ()) -> Path:
    """Write card and network into ``folder`` and return it.

    Of signals, logits are the rate in four directions, plus a little of how much lead I moves about its ST
    segment, so that there is something to explain.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if takes == "signals":
        rhythm = np.zeros((11, 4), np.float32)
        rhythm[0] = (-4.0, 4.0, 0.0, 0.0)
        beats = np.zeros((12 * 96, 4), np.float32)
        beats[46:56, 2] = 1.0
        nodes = [
            helper.make_node("MatMul", ["rhythm", "by_rhythm"], ["a"]),
            helper.make_node("Flatten", ["beats"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "by_beats"], ["b"]),
            helper.make_node("ReduceSum", ["known", "axis"], ["leads"], keepdims=1),
            helper.make_node("Mul", ["leads", "nothing"], ["zero"]),
            helper.make_node("Add", ["a", "b"], ["c"]),
            helper.make_node("Add", ["c", "zero"], ["logits"]),
        ]
        values = {
            "by_rhythm": rhythm, "by_beats": beats, "axis": np.array([1], np.int64), "nothing": np.float32(0),
        }  # fmt: skip
    else:
        weights = np.zeros((150 * 150, 4), np.float32)
        weights[:, 0] = 1e-3
        nodes = [
            helper.make_node("Flatten", ["pictures"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "weights"], ["logits"]),
        ]
        values = {"weights": weights}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in SHAPES[takes].items()],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 4])],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in values.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    card = {
        "format": "einthoven.card/1", "name": "tiny-page", "version": "1.0", "task": "report-page",
        "classes": list(CLASSES),
        "input": {
            "rate_hz": 100.0, "window": {"samples": 96, "anchor": 36}, "leads": {"maximum": 12},
            "normalisation": "none",
            "inputs": [{"name": name, "shape": shape} for name, shape in SHAPES[takes].items()],
            "outputs": [{"name": "logits", "shape": ["batch", 4], "kind": "logits"}],
            "settings": {"input": takes},
        },
        "recipe": {"name": "tiny.yaml", "sha256": "0" * 64},
        "data": [{"name": "pages", "records": list(records)}],
        "patient_split": "none", "metrics": [],
        "calibration": {"method": "none", "parameters": {"temperature": 1.0, "bias": [0.0] * 4}},
        "intended_use": "tests", "limits": [], "licence": "MIT",
        "onnx_sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(), "parameters": 44,
    }  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
