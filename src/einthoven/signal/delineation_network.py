"""The delineation network that ships: for each sample of each lead the probability of P, QRS and T."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from einthoven.recording import Float32

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).with_name("delineation_network.onnx")
_STRIDE = 4  # the network works at a quarter of its input rate
_CHUNK = 5000  # 20 s
_MARGIN = 500  # 2 s of context on either side, more than the network's receptive field


@lru_cache(maxsize=8)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def wave_probabilities(x: Float32, weights: Path = WEIGHTS) -> Float32:
    """Return the probability that each sample of each lead is part of a P wave, a QRS complex, a T wave.

    Args:
        x: leads as ``delineation_input.network_input`` makes them, float32, shape ``(n_leads, n)``, 250 Hz.
        weights: ONNX file with input ``x (n_leads, n)``, ``n`` a multiple of 4, and output ``p (n_leads, 3,
            n)``.

    Returns:
        float32, shape ``(n_leads, 3, n)``. Long input is taken in chunks with overlap.
    """
    session = _session(weights)
    n_leads, n = x.shape
    out = np.empty((n_leads, 3, n), dtype=np.float32)
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        low, high = max(start - _MARGIN, 0), min(stop + _MARGIN, n)
        piece = x[:, low:high]
        short = -piece.shape[1] % _STRIDE
        if short:
            piece = np.pad(piece, ((0, 0), (0, short)))
        (p,) = session.run(None, {"x": np.ascontiguousarray(piece)})
        out[:, :, start:stop] = p[:, :, start - low : stop - low]
    return out


def training_records(weights: Path = WEIGHTS) -> list[str]:
    """Names of the records that the weights were trained on, as stated in the file itself."""
    stated: str = _session(weights).get_modelmeta().custom_metadata_map.get("trained_on", "")
    return stated.split()
