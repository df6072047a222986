"""Curves over all thresholds of one score: ROC, precision-recall, and the area under each; reliability bins.

A row is positive or not, and has a score that should be larger for positive rows. Rows of equal score are
crossed together, so that their order in the file cannot change a figure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.metrics import ECE_BINS, Floats, confidence_bins
from einthoven.recording import Float32

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Curve:
    """What every threshold gives, from the strictest on; float64, shape ``(n_thresholds + 1,)``.

    Attributes:
        thresholds: rows with at least this score are called positive; the first is infinite: none is.
        sensitivity: share of positive rows that are called positive (recall).
        false_positive_rate: share of negative rows that are called positive (1 - specificity).
        ppv: share of rows called positive that are (precision); of none, 1.
    """

    thresholds: Floats
    sensitivity: Floats
    false_positive_rate: Floats
    ppv: Floats


def curve(positive: Flags, scores: npt.NDArray[np.floating]) -> Curve | None:
    """Return the curve, or None if there are no positive or no negative rows: then there is none.

    Args:
        positive: shape ``(n,)``.
        scores: shape ``(n,)``, finite.

    Raises:
        ValueError: the shapes differ, or a score is not finite.
    """
    positive, values = _checked(positive, scores)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if n_positive == 0 or n_negative == 0:
        return None
    order = np.argsort(-values, kind="stable")
    values, hits = values[order], np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)  # of each run of equal scores
    true_positives = hits[last].astype(np.float64)
    called = last + 1.0
    return Curve(
        thresholds=np.concatenate([[np.inf], values[last]]),
        sensitivity=np.concatenate([[0.0], true_positives / n_positive]),
        false_positive_rate=np.concatenate([[0.0], (called - true_positives) / n_negative]),
        ppv=np.concatenate([[1.0], true_positives / called]),
    )


def auroc(positive: Flags, scores: npt.NDArray[np.floating]) -> float:
    """Return the area under the ROC curve; NaN without positive or without negative rows.

    It is the probability that a positive row scores above a negative one, ties counted half: the rank sum
    of Mann and Whitney (Hanley & McNeil, Radiology 143:29, 1982), equal to the trapezoids of `curve`.

    Raises:
        ValueError: the shapes differ, or a score is not finite.
    """
    positive, values = _checked(positive, scores)
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    _, place, repeats = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(repeats) - (repeats - 1) / 2  # of ties: their mean rank
    rank_sum = float(ranks[place][positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def average_precision(positive: Flags, scores: npt.NDArray[np.floating]) -> float:
    """Return the sum over thresholds of (rise in sensitivity) * ppv; NaN without positive or negative rows.

    The step-wise area under the precision-recall curve, which straight lines between its points would
    overstate (Davis & Goadrich, ICML 2006). Chance gives the share of positive rows.

    Raises:
        ValueError: the shapes differ, or a score is not finite.
    """
    points = curve(positive, scores)
    if points is None:
        return float("nan")
    return float(np.sum(np.diff(points.sensitivity) * points.ppv[1:]))


@dataclass(frozen=True, eq=False, slots=True)
class Reliability:
    """Confidence against accuracy, in bins of equal width over 0 to 1; shape ``(n_bins,)``, NaN if empty.

    Attributes:
        edges: of the bins, shape ``(n_bins + 1,)``; the upper one belongs to a bin.
        count: rows in each.
        confidence: their mean confidence.
        accuracy: the share that is right.
    """

    edges: Floats
    count: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats


def reliability(probabilities: Float32, correct: Flags, bins: int = ECE_BINS) -> Reliability:
    """Return the bins that `metrics.expected_calibration_error` sums over.

    Args:
        probabilities: shape ``(n, n_classes)``; the confidence of a row is its largest.
        correct: shape ``(n,)``: whether the class with the largest probability is the true one.
        bins: number of bins.
    """
    confidence, place = confidence_bins(probabilities, bins)
    count = np.bincount(place, minlength=bins)
    filled = np.where(count > 0, count, np.nan)
    return Reliability(
        edges=np.linspace(0.0, 1.0, bins + 1),
        count=count,
        confidence=np.bincount(place, weights=confidence, minlength=bins) / filled,
        accuracy=np.bincount(place, weights=correct.astype(np.float64), minlength=bins) / filled,
    )


def _checked(positive: Flags, scores: npt.NDArray[np.floating]) -> tuple[Flags, Floats]:
    flags, values = np.asarray(positive, dtype=np.bool_), np.asarray(scores, dtype=np.float64)
    if flags.ndim != 1 or flags.shape != values.shape:
        raise ValueError(f"{flags.shape} rows with {values.shape} scores; allowed: one score a row")
    if not np.all(np.isfinite(values)):
        raise ValueError("a score is not a number; every row needs one")
    return flags, values
