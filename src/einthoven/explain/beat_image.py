"""Where a model of beat drawings looked: stretches of the drawing are wiped out, column by column.

Occlusion (Zeiler & Fergus 2014, arXiv 1311.2901) asks the network itself and needs nothing of its inside.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError
from einthoven.models.beat_image import check_contract, prepare, scaled_logits_of
from einthoven.models.bundle import Bundle
from einthoven.recording import Float32

WIDTH = 10  # columns of a stretch
STEP = 2


def explain_beat_image(pixels: npt.NDArray[np.uint8], bundle: Bundle, label: str | None = None) -> Float32:
    """Return how much each column of the drawing contributes to a class.

    Each stretch of ten columns is replaced by a straight line between its ends; its relevance is what the
    class loses in log odds, and a column's the mean over the stretches that it is in. What speaks against the
    class counts 0.

    Args:
        pixels: grey ``(height, width)`` or RGB ``(height, width, 3)``, uint8.
        bundle: a model that takes curves.
        label: the class; default: the likeliest.

    Returns:
        float32, one value a column from the left to the right end of the curve, 0 or more, not scaled.

    Raises:
        BundleError: the model takes pixels, or has no such class.
        SignalError: no curve was found.
    """
    check_contract(bundle)
    card = bundle.card
    if card.input.settings["input"] != "curve":
        raise BundleError(f"{card.name} takes pixels; occlusion by columns needs a model that takes curves.")
    if label is not None and label not in card.classes:
        raise BundleError(f"{card.name} has no class {label!r}; allowed: {', '.join(card.classes)}.")
    features, _ = prepare(pixels, bundle)
    columns = features.shape[1]
    starts = np.arange(0, columns - WIDTH + 1, STEP)
    rows = np.repeat(features[np.newaxis], len(starts) + 1, axis=0)
    for row, start in zip(rows[1:], starts.tolist(), strict=True):
        stretch = slice(start, start + WIDTH)
        left = row[0, start - 1] if start else row[0, WIDTH]
        right = row[0, start + WIDTH] if start + WIDTH < columns else left
        row[0, stretch] = np.linspace(left, right, WIDTH)
        row[1, stretch] = abs(right - left) / WIDTH
        row[2, stretch] = 1.0
    logits = scaled_logits_of(rows, bundle)
    which = int(logits[0].argmax()) if label is None else card.classes.index(label)
    others = np.delete(logits, which, axis=1)
    most = others.max(axis=1)
    # Of logits, not of probabilities: of those that round to 1 nothing would be seen to be lost.
    odds = logits[:, which] - most - np.log(np.exp(others - most[:, np.newaxis]).sum(axis=1))
    lost = np.maximum(0.0, odds[0] - odds[1:])
    total, times = np.zeros(columns), np.zeros(columns)
    for value, start in zip(lost.tolist(), starts.tolist(), strict=True):
        total[start : start + WIDTH] += value
        times[start : start + WIDTH] += 1
    return (total / np.maximum(times, 1)).astype(np.float32)
