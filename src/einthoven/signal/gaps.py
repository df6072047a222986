"""Missing samples: where they are, and how a filter gets across them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.recording import Float32, Int64

_PIECE = 1 << 20


def as_signals(signals: npt.ArrayLike) -> Float32:
    """Return ``signals`` as float32 ``(n_leads, n_samples)``; raises SignalError for any other shape."""
    array = np.asarray(signals, dtype=np.float32)
    if array.ndim != 2:
        raise SignalError(
            f"Signals have shape {array.shape}; allowed: (n_leads, n_samples). "
            "A single lead is signals[np.newaxis, :]."
        )
    return array


def check_fs(fs: float, name: str = "fs") -> float:
    """Return the sampling rate as a float; raises SignalError unless it is finite and positive."""
    if not (np.isfinite(fs) and fs > 0):
        raise SignalError(f"Sampling rate {name}={fs!r} is not a positive number of Hz; state the true rate.")
    return float(fs)


def runs(mask: npt.NDArray[np.bool_]) -> tuple[Int64, Int64]:
    """Return starts and stops (exclusive) of the runs of True in a bool array of shape ``(n,)``."""
    if mask.size == 0:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    change = np.flatnonzero(mask[1:] != mask[:-1]).astype(np.int64) + 1
    edges = np.concatenate(([0] if mask[0] else [], change, [mask.size] if mask[-1] else [])).astype(np.int64)
    return edges[0::2], edges[1::2]


def bridge_gaps(lead: Float32) -> tuple[Float32, npt.NDArray[np.bool_] | None]:
    """Fill missing samples of one lead by straight lines between their neighbours.

    Args:
        lead: float32, shape ``(n_samples,)``; whatever is not finite counts as missing.

    Returns:
        The filled lead (``lead`` itself where nothing is missing; zeros where everything is) and the mask of
        what was missing, or None. Gaps at the ends repeat the nearest sample. The lines keep a filter from
        ringing at the edges of a gap; they are no estimate of the signal, so callers put NaN back.
    """
    # A sum is finite only if all samples are, and costs no array; a rare overflow takes the slow way.
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(lead.sum(dtype=np.float64)):
            return lead, None
    missing = ~np.isfinite(lead)
    starts, stops = runs(missing)
    if starts.size and starts[0] == 0 and stops[0] == lead.size:
        return np.zeros_like(lead), missing
    left = lead[np.maximum(starts - 1, 0)].astype(np.float64)
    right = lead[np.minimum(stops, lead.size - 1)].astype(np.float64)
    if starts.size and starts[0] == 0:
        left[0] = right[0]
    if starts.size and stops[-1] == lead.size:
        right[-1] = left[-1]
    filled = lead.copy()
    for begin in range(0, lead.size, _PIECE):  # pieces bound the memory when most of a day is missing
        index = np.flatnonzero(missing[begin : begin + _PIECE]) + begin
        if index.size:
            gap = np.searchsorted(starts, index, side="right") - 1
            share = (index - starts[gap] + 1) / (stops[gap] - starts[gap] + 1)
            filled[index] = left[gap] + share * (right[gap] - left[gap])
    return filled, missing
