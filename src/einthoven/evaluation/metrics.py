"""Figures of merit from counts: sensitivity, ppv, F1, accuracy, macro F1, calibration error, intervals.

Everything rests on one matrix a record, so that figures for all records are sums and not means of means.
A matrix has one row a true class and one column a predicted class, and one more of each, the last: the last
column counts beats that were missed, the last row counts detections where no beat is. Both are zero when the
positions are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ECE_BINS = 15
BOOTSTRAPS = 2000
MACRO_4 = ("N", "S", "V", "F")


def count_matrix(true: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Counts:
    """Return the counts, shape ``(n_labels + 1, n_labels + 1)``.

    Args:
        true: class of each row of the comparison; ``""`` where there is no beat (an extra detection).
        predicted: class it was given; ``""`` where the beat was missed.
        labels: the classes, in the order of the matrix.

    Raises:
        ValueError: a class is not among ``labels``, or the lengths differ.
    """
    index = {label: i for i, label in enumerate(labels)} | {"": len(labels)}
    unknown = sorted({*true, *predicted} - set(index))
    if unknown:
        raise ValueError(f"classes {unknown} are not among {list(labels)}")
    size = len(labels) + 1
    rows = np.array([index[label] for label in true], dtype=np.int64)
    columns = np.array([index[label] for label in predicted], dtype=np.int64)
    if len(rows) != len(columns):
        raise ValueError(f"{len(rows)} true classes but {len(columns)} predicted ones")
    return np.bincount(rows * size + columns, minlength=size * size).reshape(size, size)


@dataclass(frozen=True, eq=False, slots=True)
class Scores:
    """Figures of one or many count matrices, ``(…, n_labels)`` or ``(…)``; NaN where nothing was counted.

    ``sensitivity`` = true positives / beats of the class (missed ones included);
    ``ppv`` = true positives / beats given that class (extra detections included);
    ``f1`` = 2 TP / (beats + given), 0 for a class that is present and never found, NaN for one that is
    neither present nor given.
    """

    sensitivity: Floats
    ppv: Floats
    f1: Floats
    support: Floats
    accuracy: Floats
    macro_f1: Floats
    macro_f1_4: Floats
    weighted_f1: Floats


def score(counts: npt.NDArray[Any], labels: Sequence[str]) -> Scores:
    """Return the figures of count matrices of shape ``(…, n_labels + 1, n_labels + 1)``.

    ``accuracy`` = correct / all beats. ``macro_f1`` is the mean F1 over the classes that have beats;
    ``macro_f1_4`` the same over N, S, V and F, so that paced and unclassifiable beats do not enter;
    ``weighted_f1`` the mean F1 weighted by the beats of each class, which is ruled by the commonest.
    """
    n = len(labels)
    counts = np.asarray(counts, dtype=np.float64)
    hits = np.diagonal(counts, axis1=-2, axis2=-1)[..., :n]
    support = counts[..., :n, :].sum(axis=-1)
    given = counts[..., :, :n].sum(axis=-2)
    f1 = _ratio(2 * hits, support + given)
    present = support > 0
    four = present & np.isin(np.asarray(labels), MACRO_4)
    return Scores(
        sensitivity=_ratio(hits, support),
        ppv=_ratio(hits, given),
        f1=f1,
        support=support,
        accuracy=_ratio(hits.sum(axis=-1), support.sum(axis=-1)),
        macro_f1=_ratio(np.where(present, f1, 0).sum(axis=-1), present.sum(axis=-1)),
        macro_f1_4=_ratio(np.where(four, f1, 0).sum(axis=-1), four.sum(axis=-1)),
        weighted_f1=_ratio((np.where(present, f1, 0) * support).sum(axis=-1), support.sum(axis=-1)),
    )


@dataclass(frozen=True, eq=False, slots=True)
class TwoWay:
    """Figures of telling abnormal beats from normal ones, ``(…)``; NaN where nothing was counted.

    Abnormal is what is looked for: ``sensitivity`` and ``ppv`` are of abnormal beats, ``specificity`` and
    ``npv`` of normal ones. ``mcc`` is Matthews' correlation coefficient, -1 to 1.
    """

    sensitivity: Floats
    specificity: Floats
    ppv: Floats
    npv: Floats
    accuracy: Floats
    balanced_accuracy: Floats
    mcc: Floats


def score_two_way(counts: npt.NDArray[Any], labels: Sequence[str], normal: str = "N") -> TwoWay:
    """Return how well any class but ``normal`` is told from it, whichever the abnormal class is.

    Only beats with a true and a predicted class are counted: a missed beat was called neither.

    Source of ``mcc``: Matthews, Biochimica et Biophysica Acta 405:442, 1975. NaN, not 0, where a row or a
    column of the four-fold table is empty: there is nothing to correlate.

    Args:
        counts: shape ``(…, n_labels + 1, n_labels + 1)``.
        labels: the classes.
        normal: the one that is not abnormal.
    """
    n, at = len(labels), list(labels).index(normal)
    counts = np.asarray(counts, dtype=np.float64)[..., :n, :n]
    tn = counts[..., at, at]
    fp = counts[..., at, :].sum(axis=-1) - tn
    fn = counts[..., :, at].sum(axis=-1) - tn
    tp = counts.sum(axis=(-1, -2)) - tn - fp - fn
    sensitivity, specificity = _ratio(tp, tp + fn), _ratio(tn, tn + fp)
    return TwoWay(
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=_ratio(tp, tp + fp),
        npv=_ratio(tn, tn + fn),
        accuracy=_ratio(tp + tn, tp + tn + fp + fn),
        balanced_accuracy=(sensitivity + specificity) / 2,
        mcc=_ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))),
    )


def expected_calibration_error(
    probabilities: Float32, correct: npt.NDArray[np.bool_], bins: int = ECE_BINS
) -> float:
    """Return the top-label expected calibration error, 0 to 1; NaN without predictions.

    ``ECE = sum over bins b of (n_b / n) * |accuracy_b - confidence_b|`` with ``bins`` bins of equal width
    over the largest probability of each prediction, the upper edge included.

    Source: Naeini et al., AAAI 2015; Guo et al., ICML 2017 (arXiv:1706.04599), equation 3.

    Args:
        probabilities: shape ``(n, n_classes)``.
        correct: shape ``(n,)``: whether the class with the largest probability is the true one.
        bins: number of bins.
    """
    n = len(probabilities)
    if n == 0:
        return float("nan")
    confidence, bin_of = confidence_bins(probabilities, bins)
    gap = np.bincount(bin_of, weights=correct.astype(np.float64) - confidence, minlength=bins)
    return float(np.abs(gap).sum() / n)


def confidence_bins(probabilities: Float32, bins: int = ECE_BINS) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the confidence (largest probability) of each row and its bin, the upper edge included.

    Args:
        probabilities: shape ``(n, n_classes)``.
        bins: number of bins of equal width over 0 to 1.
    """
    confidence = probabilities.max(axis=1, initial=0.0).astype(np.float64)
    return confidence, np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)


def bootstrap_scores(counts: Counts, labels: Sequence[str], n: int = BOOTSTRAPS, seed: int = 0) -> Scores:
    """Return the figures of ``n`` resamplings of whole records, each with leading shape ``(n,)``.

    Beats of one patient resemble each other, so records are drawn with replacement, never beats.

    Args:
        counts: one matrix a record, shape ``(n_records, n_labels + 1, n_labels + 1)``.
        labels: the classes.
        n: resamplings.
        seed: of the random numbers, so that figures can be repeated.
    """
    return score(resample(counts, n, seed), labels)


def resample(counts: Counts, n: int = BOOTSTRAPS, seed: int = 0) -> Counts:
    """Return the sums of ``n`` resamplings of whole records (or patients), shape ``(n, …)``.

    Args:
        counts: one array a record, shape ``(n_records, …)``.
        n: resamplings.
        seed: of the random numbers.
    """
    n_records = len(counts)
    draws = np.random.default_rng(seed).multinomial(n_records, np.full(n_records, 1 / n_records), size=n)
    return np.tensordot(draws, counts, axes=1)


def resample_rows(counts: Counts, n: int = BOOTSTRAPS, seed: int = 0) -> Counts:
    """Return the counts of ``n`` resamplings of single rows, shape ``(n, …)``.

    Where nothing tells whose rows they are. To draw rows with replacement and count them is to draw the
    cells of the count matrix from a multinomial distribution, at a cost that does not grow with the rows.

    Args:
        counts: one count matrix of all rows, any shape.
        n: resamplings.
        seed: of the random numbers.
    """
    total = int(counts.sum())
    if total == 0:
        return np.zeros((n, *counts.shape), dtype=np.int64)
    draws = np.random.default_rng(seed).multinomial(total, counts.ravel() / total, size=n)
    return draws.reshape(n, *counts.shape)


def interval95(values: Floats) -> tuple[float, float] | None:
    """Return the 2.5 and 97.5 percentiles of bootstrap values, NaN left out; None where none is left."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return None
    low, high = np.percentile(finite, (2.5, 97.5))
    return float(low), float(high)


def _ratio(numerator: npt.NDArray[Any], denominator: npt.NDArray[Any]) -> Floats:
    numerator, denominator = (
        np.asarray(numerator, dtype=np.float64),
        np.asarray(denominator, dtype=np.float64),
    )
    ratio: Floats = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=ratio, where=denominator > 0)
    return ratio
