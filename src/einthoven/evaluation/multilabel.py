"""Figures of answers that can be several at once: each class against all records without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.curves import Flags, auroc, average_precision
from einthoven.evaluation.document import number
from einthoven.evaluation.metrics import ECE_BINS, Floats, interval95
from einthoven.recording import Float32, Int64

BOOTSTRAPS = 500
_PER_CLASS = ("auroc", "auprc", "sensitivity", "specificity", "ppv", "sensitivity_at_95_specificity")


def multilabel_figures(
    targets: Flags,
    probabilities: Float32,
    classes: Sequence[str],
    thresholds: Mapping[str, float],
    patients: Int64 | None = None,
) -> dict[str, Any]:
    """Return the figures of ``metrics.json``.

    Args:
        targets: bool, shape ``(n, n_classes)``.
        probabilities: shape ``(n, n_classes)``.
        classes: names of the columns.
        thresholds: from which probability on a class counts as answered.
        patients: whom each record is of, shape ``(n,)``, for 95 % intervals by bootstrap over patients; None:
            no intervals.

    Returns:
        ``macro_auroc``, ``macro_auprc``, ``ece`` (the mean over classes), ``ci95`` of these, ``per_class``:
        areas, sensitivity, specificity and ppv at the threshold, ``sensitivity_at_95_specificity``,
        ``ece``, ``brier``, ``support`` and ``ci95``. None where a class has no example or no counter-example.
    """
    limits = np.array([thresholds[name] for name in classes])
    whole = _figures(targets, probabilities, limits)
    spread = None if patients is None else _bootstrap(targets, probabilities, limits, patients)

    def interval(name: str, column: int) -> tuple[float, float] | None:
        return None if spread is None else interval95(spread[name][:, column])

    def macro(name: str) -> dict[str, Any]:
        of_all = None if spread is None else interval95(_mean(spread[name]))
        return {"value": number(_mean(whole[name])), "ci95": of_all}

    errors = np.array(
        [calibration_error(targets[:, c], probabilities[:, c]) for c in range(len(classes))], np.float64
    )
    areas, precisions = macro("auroc"), macro("auprc")
    return {
        "macro_auroc": areas["value"],
        "macro_auprc": precisions["value"],
        "ece": number(np.mean(errors)),
        "ci95": {"macro_auroc": areas["ci95"], "macro_auprc": precisions["ci95"]},
        "per_class": {
            name: {
                **{figure: number(whole[figure][c]) for figure in _PER_CLASS},
                "threshold": float(limits[c]),
                "ece": number(errors[c]),
                "brier": number(np.mean((probabilities[:, c].astype(np.float64) - targets[:, c]) ** 2)),
                "support": int(targets[:, c].sum()),
                "ci95": {figure: interval(figure, c) for figure in _PER_CLASS},
            }
            for c, name in enumerate(classes)
        },
    }


def calibration_error(positive: Flags, probabilities: npt.NDArray[np.floating]) -> float:
    """Return the expected calibration error of one class, 0 to 1; NaN without records.

    ``sum over bins of (n_b / n) * |share that is positive - mean probability|``, `ECE_BINS` bins of equal
    width, as in `metrics.expected_calibration_error`, of the probability of this class, not of the largest.
    """
    n = len(positive)
    if n == 0:
        return float("nan")
    values = probabilities.astype(np.float64)
    place = np.clip(np.ceil(values * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1)
    gap = np.bincount(place, weights=positive.astype(np.float64) - values, minlength=ECE_BINS)
    return float(np.abs(gap).sum() / n)


def chance_calibration_error(probabilities: npt.NDArray[np.floating]) -> float:
    """Return what `calibration_error` is on average where every probability is exactly right.

    So few records as there are fall into bins at random: an error of this size says nothing against a model.
    It is the mean over `BOOTSTRAPS` sets of answers drawn by the probabilities.
    """
    chance = np.random.default_rng(0)
    values = probabilities.astype(np.float64)
    errors = [calibration_error(chance.random(len(values)) < values, values) for _ in range(BOOTSTRAPS)]
    return float(np.mean(errors))


def sensitivity_at(positive: Flags, scores: npt.NDArray[np.floating], specificity: float) -> float:
    """Return the largest share of positives above a threshold that keeps ``specificity`` of the negatives."""
    negatives = np.sort(scores[~positive])
    if not positive.any() or not len(negatives):
        return float("nan")
    # At most this many negatives may lie above the threshold.
    allowed = int(np.floor((1 - specificity) * len(negatives) + 1e-9))
    threshold = negatives[len(negatives) - 1 - allowed]
    return float(np.mean(scores[positive] > threshold))


def _figures(targets: Flags, probabilities: Float32, limits: Floats) -> dict[str, Floats]:
    """Return each of `_PER_CLASS`, shape ``(n_classes,)``."""
    called = probabilities >= limits
    with np.errstate(invalid="ignore", divide="ignore"):
        hits = (called & targets).sum(axis=0)
        shares = {
            "sensitivity": hits / targets.sum(axis=0),
            "specificity": (~called & ~targets).sum(axis=0) / (~targets).sum(axis=0),
            "ppv": hits / called.sum(axis=0),
        }
    columns = range(targets.shape[1])
    return {
        "auroc": np.array([auroc(targets[:, c], probabilities[:, c]) for c in columns]),
        "auprc": np.array([average_precision(targets[:, c], probabilities[:, c]) for c in columns]),
        "sensitivity_at_95_specificity": np.array(
            [sensitivity_at(targets[:, c], probabilities[:, c], 0.95) for c in columns]
        ),
        **shares,
    }


def _bootstrap(targets: Flags, probabilities: Float32, limits: Floats, patients: Int64) -> dict[str, Floats]:
    """Return each of `_PER_CLASS` for resampled patients, shape ``(BOOTSTRAPS, n_classes)``."""
    _, whose = np.unique(patients, return_inverse=True)
    order = np.argsort(whose, kind="stable")
    rows_of = np.split(order, np.cumsum(np.bincount(whose))[:-1])
    chance = np.random.default_rng(0)
    draws = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([rows_of[p] for p in chance.integers(0, len(rows_of), len(rows_of))])
        draws.append(_figures(targets[rows], probabilities[rows], limits))
    return {name: np.stack([draw[name] for draw in draws]) for name in _PER_CLASS}


def _mean(values: Floats) -> Any:
    """Return the mean over classes that have a figure."""
    with np.errstate(invalid="ignore"):
        there = np.isfinite(values)
        return np.where(there, values, 0).sum(axis=-1) / there.sum(axis=-1)
