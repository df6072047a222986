"""The QRS network that ships: one probability every 10 ms, all leads fused inside the network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import onnxruntime

Float32 = npt.NDArray[np.float32]

WEIGHTS = Path(__file__).with_name("qrs_network.onnx")
_STRIDE = 4  # the network works at a quarter of its input rate
_CHUNK = 16384  # 164 s: small enough to stay in the processor's cache
MARGIN = 512  # 5 s of context on either side, more than the network's receptive field


@lru_cache(maxsize=4)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def qrs_probability(x: Float32, weights: Path = WEIGHTS) -> Float32:
    """Return the probability of an R peak around each sample.

    Args:
        x: normalised leads (``qrs_input.normalise``), float32, shape ``(n_leads, n)``, at the network's rate;
            a lead that is missing for a while is 0 there.
        weights: ONNX file with input ``x (n_leads, n)``, ``n`` a multiple of 4, and output ``p (n,)``.

    Returns:
        float32, shape ``(n,)``; a beat is a bump about 100 ms wide. Long input is taken in chunks with
        overlap; the result does not depend on where they meet.
    """
    session = _session(weights)
    n = x.shape[1]
    out = np.empty(n, dtype=np.float32)
    for start in range(0, n, _CHUNK):
        stop = min(start + _CHUNK, n)
        low, high = max(start - MARGIN, 0), min(stop + MARGIN, n)
        piece = x[:, low:high]
        short = -piece.shape[1] % _STRIDE
        if short:
            piece = np.pad(piece, ((0, 0), (0, short)))
        (p,) = session.run(None, {"x": np.ascontiguousarray(piece)})
        out[start:stop] = p[start - low : stop - low]
    return out


def training_records(weights: Path = WEIGHTS) -> list[str]:
    """Names of the records that the weights were trained on, as stated in the file itself."""
    stated: str = _session(weights).get_modelmeta().custom_metadata_map.get("trained_on", "")
    return stated.split()
