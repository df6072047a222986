"""The weight-randomisation check on bundles: a copy with random weights, and what its maps are like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from einthoven.explain.sanity import SanityCheck, compare_maps
from einthoven.explain.twelve_lead import explain_findings
from einthoven.models.bundle import CARD_FILE, ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.recording import Float32, Recording
from einthoven.signal.rpeaks import detect_r_peaks

MAP_STEP = 5  # of the samples of a map, one in so many is compared


def randomised_bundle(bundle: Bundle, folder: Path, seed: int = 0) -> Bundle:
    """Write a copy of a bundle whose weights are shuffled within each tensor, and load it.

    Shuffling leaves each tensor's values as they are (spread, sign, variances above 0) and takes away what
    was learnt. Weights are kept as floats or as signed bytes; tensors of one value and those of whole
    numbers of 32 or 64 bits (shapes, indices) stay.

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
        is_weight = values.dtype.kind == "f" or values.dtype == np.int8
        if is_weight and values.size > 1:
            shuffled = random.permutation(values.ravel()).reshape(values.shape)
            tensor.CopyFrom(numpy_helper.from_array(shuffled, tensor.name))
    onnx.save(model, str(folder / ONNX_FILE))
    card = json.loads((bundle.path / CARD_FILE).read_text(encoding="utf-8"))
    card["onnx_sha256"] = file_sha256(folder / ONNX_FILE)
    (folder / CARD_FILE).write_text(json.dumps(card), encoding="utf-8")
    return load_bundle(folder)


def check_twelve_lead_maps(
    bundle: Bundle, recordings: Sequence[Recording], folder: Path, seed: int = 0
) -> dict[str, SanityCheck]:
    """Compare where a twelve-lead model looked with where its copy of shuffled weights looks.

    Args:
        bundle: the trained model.
        recordings: 12-lead records of equal length and leads, one or more.
        folder: where the copy goes; made if need be.
        seed: of the shuffling.

    Returns:
        code of each finding that is explained → the check over the records.
    """
    classes = bundle.card.classes
    codes = [bundle.card.name] if len(classes) == 1 else [f"{bundle.card.name}_{name}" for name in classes]
    peaks = [detect_r_peaks(recording.signals, recording.fs) for recording in recordings]

    def maps(model: Bundle) -> list[dict[str, Float32]]:
        return [
            explain_findings(codes, recording, [model], beats)
            for recording, beats in zip(recordings, peaks, strict=True)
        ]

    ours, random = maps(bundle), maps(randomised_bundle(bundle, folder, seed))
    return {
        code: compare_maps(
            *(np.stack([found[code][:, ::MAP_STEP] for found in each]) for each in (ours, random))
        )
        for code in ours[0]
    }
