"""Heartbeat rows: 187 samples of one beat in, AAMI classes with calibrated probabilities out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.errors import BundleError, SignalError
from einthoven.models.beats import calibrated
from einthoven.models.bundle import Bundle
from einthoven.recording import AAMI_CLASSES, Float32

ROW_LENGTH = 187  # samples of a row, published as 125 Hz, from the R peak on
_SLACK = 1e-3  # beyond [0, 1], for values that were rounded


def classify_rows(values: npt.ArrayLike, bundle: Bundle) -> Float32:
    """Classify heartbeat rows.

    The rows are those of Kachuee, Fazeli and Sarrafzadeh (2018, arXiv:1805.00794, section III-A): one beat
    at 125 Hz from its R peak on, scaled to [0, 1], zeros after its end. Whatever else a network wants done to
    them, it does itself.

    Args:
        values: shape ``(n, 187)``, or ``(187,)`` for one row.
        bundle: a bundle of task ``heartbeat``.

    Returns:
        probabilities in the order of ``AAMI_CLASSES``, float32, shape ``(n, 5)``.

    Raises:
        BundleError: the bundle is for another task or takes other inputs.
        SignalError: the values are no such rows.
    """
    check_contract(bundle)
    rows = np.atleast_2d(np.asarray(values, dtype=np.float32))
    if rows.ndim != 2 or rows.shape[1] != ROW_LENGTH:
        raise SignalError(
            f"Heartbeat rows have shape {rows.shape}; allowed: (n, {ROW_LENGTH}), one beat at 125 Hz a row."
        )
    # Written so that NaN, which is larger and smaller than nothing, is found as well.
    wrong = np.flatnonzero(~((rows.min(axis=1) >= -_SLACK) & (rows.max(axis=1) <= 1 + _SLACK)))
    if len(wrong):
        row = rows[wrong[0]]
        raise SignalError(
            f"Heartbeat row {wrong[0]} reaches from {row.min():g} to {row.max():g}; allowed: 0 to 1, nothing "
            f"missing ({len(wrong)} of {len(rows)} rows are not so). Give rows as the data set has them, not "
            "standardised: the networks do that themselves."
        )
    return calibrated(bundle.run({"rows": rows})["logits"], bundle)


def check_contract(bundle: Bundle) -> None:
    """Refuse a bundle that does not take heartbeat rows.

    Raises:
        BundleError: says what differs.
    """
    card = bundle.card
    if card.task != "heartbeat" or tuple(card.classes) != AAMI_CLASSES:
        raise BundleError(
            f"{card.name} is a model for {card.task!r} with classes {' '.join(card.classes)}; classifying "
            f"heartbeat rows takes task 'heartbeat' with {' '.join(AAMI_CLASSES)}."
        )
    asked = {tensor.name: tensor.shape for tensor in card.input.inputs}
    given = {tensor.name: tensor.shape for tensor in card.input.outputs}
    if asked != {"rows": ["batch", ROW_LENGTH]} or given != {"logits": ["batch", len(AAMI_CLASSES)]}:
        raise BundleError(
            f"{card.name} {card.version} turns {asked} into {given}; heartbeat models turn "
            f"{{'rows': ['batch', {ROW_LENGTH}]}} into {{'logits': ['batch', {len(AAMI_CLASSES)}]}}. "
            "Install the version of einthoven that the model was made for."
        )
