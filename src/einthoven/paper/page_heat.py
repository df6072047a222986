"""Relevance of moments of leads, laid over the picture of the page that they were read from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.paper.pen import PER_COLUMN
from einthoven.recording import Float32

if TYPE_CHECKING:
    from einthoven.paper.digitize import DigitizedPage

UInt8 = npt.NDArray[np.uint8]

_WARM = np.array((230.0, 70.0, 0.0))
_REACH_MM = 3.5  # above and below the trace
_STRONGEST = 0.75  # of the colour


def heat(page: DigitizedPage, relevance: Float32) -> UInt8:
    """Colour the page, laid flat, along its traces: the more relevant a moment, the warmer.

    Args:
        page: as it was digitised.
        relevance: 0 to 1, shape of the signals of ``page.recording``.

    Returns:
        RGB, uint8, shape of the page laid flat.

    Raises:
        SignalError: the relevance is of another recording.
    """
    recording, reading = page.recording, page.reading
    if relevance.shape != recording.signals.shape:
        raise SignalError(
            f"Relevance has shape {relevance.shape}, the page's signals {recording.signals.shape}; they "
            "must be "
            "of the same page."
        )
    flat = reading.rectified.pixels
    height, width = flat.shape[:2]
    weight = np.zeros((height, width), np.float32)
    scale = reading.rectified.px_per_mm
    per_second = reading.speed * scale
    reach = _REACH_MM * scale
    rows = np.arange(height)[:, np.newaxis]
    for cell in reading.arrangement.cells:
        lead = recording.leads.index(cell.lead)
        x = np.arange(max(0, round(cell.x0)), min(width, round(cell.x1)))
        if not x.size:
            continue
        at = np.rint((x - cell.lag - reading.arrangement.x0) / per_second * recording.fs).astype(np.int64)
        inside = (at >= 0) & (at < recording.n_samples)
        value = np.where(inside, relevance[lead, np.clip(at, 0, recording.n_samples - 1)], 0.0)
        line = reading.lines[cell.row]
        y = np.interp(x, np.arange(len(line)) / PER_COLUMN, line)
        value = np.where(np.isfinite(y), value, 0.0)
        fade = np.clip(1.0 - np.abs(rows - np.nan_to_num(y)) / reach, 0.0, 1.0)
        weight[:, x] = np.maximum(weight[:, x], fade * value)
    share = (_STRONGEST * weight)[..., np.newaxis]
    picture: UInt8 = np.clip(flat * (1 - share) + flat / 255.0 * _WARM * share, 0, 255).astype(np.uint8)
    return picture
