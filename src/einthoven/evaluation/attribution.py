"""A copy of a bundle with random weights, for the sanity check of attributions."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from einthoven.models.bundle import CARD_FILE, ONNX_FILE, Bundle, file_sha256, load_bundle


def randomised_bundle(bundle: Bundle, folder: Path, seed: int = 0) -> Bundle:
    """Write a copy of a bundle whose weights are shuffled within each tensor, and load it.

    Shuffling leaves each tensor's values as they are (spread, sign, variances above 0) and takes away what
    was learnt. Tensors of one value and of whole numbers (shapes, indices) stay.

    Args:
        bundle: the trained model.
        folder: where the copy goes; made if need be.
        seed: of the shuffling.
    """
    import onnx
    from onnx import numpy_helper

    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    model = onnx.load(str(bundle.onnx_path))
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype.kind == "f" and values.size > 1:
            shuffled = random.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(shuffled, tensor.name))
    onnx.save(model, str(folder / ONNX_FILE))
    card = json.loads((bundle.path / CARD_FILE).read_text(encoding="utf-8"))
    card["onnx_sha256"] = file_sha256(folder / ONNX_FILE)
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    return load_bundle(folder)
