"""The figures of pictures sorted into classes: those of beats, and specificity and area of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.document import areas, number
from einthoven.evaluation.metrics import (
    Counts,
    Floats,
    expected_calibration_error,
    interval95,
    score,
)
from einthoven.recording import Float32, Int64

PER_CLASS = ("sensitivity", "ppv", "f1")
OVERALL = ("accuracy", "macro_f1", "weighted_f1")


def count(true: Int64, predicted: Int64, n_classes: int) -> Counts:
    """Return the count matrix of class numbers, shape ``(n + 1, n + 1)``; see `metrics`.

    Args:
        true: class numbers.
        predicted: class numbers, ``n_classes`` where a picture was refused.
        n_classes: classes there are.
    """
    size = n_classes + 1
    return np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)


def specificity(counts: npt.NDArray[Any]) -> Floats:
    """Return, of each class, the share of pictures of other classes that are not given it; NaN without any.

    A refused picture is given no class.

    Args:
        counts: shape ``(…, n + 1, n + 1)``.
    """
    counts = np.asarray(counts, dtype=np.float64)
    n = counts.shape[-1] - 1
    support = counts[..., :n, :].sum(axis=-1)
    others = support.sum(axis=-1, keepdims=True) - support
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :n]
    wrongly = counts[..., :n, :n].sum(axis=-2) - hits
    shares: Floats = np.full(others.shape, np.nan)
    np.divide(others - wrongly, others, out=shares, where=others > 0)
    return shares


def picture_figures(
    labels: Sequence[str],
    true: Int64,
    predicted: Int64,
    probabilities: Float32,
    resampled: Counts | None,
) -> dict[str, Any]:
    """Return the figures as ``metrics.json`` holds them; None where nothing was counted.

    Args:
        labels: the classes.
        true: class numbers, shape ``(n,)``.
        predicted: class numbers, ``len(labels)`` where a picture was refused, shape ``(n,)``.
        probabilities: shape ``(n, n_labels)``; those of refused pictures are not looked at.
        resampled: count matrices of bootstraps, or None.
    """
    n = len(labels)
    counts = count(true, predicted, n)
    scores, spread = score(counts, labels), None if resampled is None else score(resampled, labels)
    of_class = {name: getattr(scores, name) for name in PER_CLASS} | {"specificity": specificity(counts)}
    boots: dict[str, Floats] = {}
    if spread is not None and resampled is not None:
        boots = {name: getattr(spread, name) for name in PER_CLASS}
        boots["specificity"] = specificity(resampled)
    answered = predicted < n
    sure = probabilities[answered].astype(np.float32)
    # Of the likeliest class: a decision may have been another, probabilities are not about that.
    right = sure.argmax(axis=1) == true[answered]

    def interval(values: Floats | None) -> tuple[float, float] | None:
        return None if values is None else interval95(values)

    def mean(values: Floats) -> Floats:
        there = np.isfinite(values)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(there, values, 0).sum(axis=-1) / there.sum(axis=-1))

    per_class: dict[str, dict[str, Any]] = {}
    for i, label in enumerate(labels):
        per_class[label] = {
            **{name: number(values[i]) for name, values in of_class.items()},
            **areas(true[answered] == i, sure[:, i]),
            "support": int(scores.support[i]),
            "refused": int(counts[i, n]),
            "ci95": {name: interval(boots[name][:, i] if boots else None) for name in of_class},
        }
    found = [row["auroc"] for row in per_class.values() if row["auroc"] is not None]
    return {
        "labels": list(labels),
        "confusion_matrix": counts[:n, :n].tolist(),
        "missed": dict(zip(labels, counts[:n, n].tolist(), strict=True)),
        "extra": dict.fromkeys(labels, 0),
        **{name: number(getattr(scores, name)) for name in OVERALL},
        **{f"macro_{name}": number(mean(of_class[name])) for name in ("sensitivity", "specificity", "ppv")},
        "macro_auroc": float(np.mean(found)) if found else None,
        "ci95": {
            **{name: interval(None if spread is None else getattr(spread, name)) for name in OVERALL},
            **{
                f"macro_{name}": interval(mean(boots[name]) if boots else None)
                for name in ("sensitivity", "specificity", "ppv")
            },
        },
        "ece": number(expected_calibration_error(sure, right)),
        "per_class": per_class,
    }
