"""What every evaluation of beat classes writes: the figures of a count matrix, metrics.json, its folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import DataError
from einthoven.evaluation.curves import Flags, auroc, average_precision
from einthoven.evaluation.metrics import (
    Counts,
    Floats,
    TwoWay,
    expected_calibration_error,
    interval95,
    score,
    score_two_way,
)
from einthoven.recording import AAMI_CLASSES, Float32

PER_CLASS = ("sensitivity", "ppv", "f1")
OVERALL = ("accuracy", "macro_f1", "macro_f1_4", "weighted_f1")
TWO_WAY = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy", "mcc")
NORMAL = "N"


def class_figures(counts: Counts, ece: float, resampled: Counts | None = None) -> dict[str, Any]:
    """Return the figures of one count matrix, as ``metrics.json`` holds them; None where nothing counted.

    Args:
        counts: shape ``(6, 6)``, see `metrics`.
        ece: the expected calibration error, NaN if there is none.
        resampled: count matrices of bootstraps, shape ``(n, 6, 6)``; without them intervals are None.
    """
    n = len(AAMI_CLASSES)
    scores = score(counts, AAMI_CLASSES)
    boot = None if resampled is None else score(resampled, AAMI_CLASSES)

    def spread(name: str, column: int | None = None) -> tuple[float, float] | None:
        if boot is None:
            return None
        values = getattr(boot, name)
        return interval95(values if column is None else values[:, column])

    return {
        "labels": list(AAMI_CLASSES),
        "confusion_matrix": counts[:n, :n].tolist(),
        "missed": dict(zip(AAMI_CLASSES, counts[:n, n].tolist(), strict=True)),
        "extra": dict(zip(AAMI_CLASSES, counts[n, :n].tolist(), strict=True)),
        **{name: number(getattr(scores, name)) for name in OVERALL},
        "ci95": {name: spread(name) for name in OVERALL},
        "ece": number(ece),
        "per_class": {
            label: {
                **{name: number(getattr(scores, name)[i]) for name in PER_CLASS},
                "support": int(scores.support[i]),
                "ci95": {name: spread(name, i) for name in PER_CLASS},
            }
            for i, label in enumerate(AAMI_CLASSES)
        },
    }


def areas(true: Flags, score_of: Float32 | Floats) -> dict[str, float | None]:
    """Return AUROC and average precision of one class against the rest.

    Args:
        true: whether each row is of the class, shape ``(n,)``.
        score_of: its probability, shape ``(n,)``.
    """
    return {
        "auroc": number(auroc(true, score_of)),
        "average_precision": number(average_precision(true, score_of)),
    }


def two_way_figures(
    counts: Counts, resampled: Counts | None, normal: Flags, probabilities: Float32
) -> dict[str, Any]:
    """Return the figures of normal (N) against abnormal (any other class) beats.

    Args:
        counts: shape ``(6, 6)``.
        resampled: of bootstraps, shape ``(n, 6, 6)``, or None.
        normal: whether each beat with a true and a predicted class is N, shape ``(n,)``.
        probabilities: theirs, shape ``(n, 5)``.
    """
    scores = score_two_way(counts, AAMI_CLASSES, NORMAL)
    boot: TwoWay | None = None if resampled is None else score_two_way(resampled, AAMI_CLASSES, NORMAL)
    return {
        "positive": "abnormal: any class but N",
        "support": {"normal": int(normal.sum()), "abnormal": int((~normal).sum())},
        **{name: number(getattr(scores, name)) for name in TWO_WAY},
        **areas(~normal, abnormality(probabilities)),
        "ci95": {name: None if boot is None else interval95(getattr(boot, name)) for name in TWO_WAY},
    }


def abnormality(probabilities: Float32) -> Floats:
    """Return the probability that a beat is not N, shape ``(n,)``, summed where ``1 - p_N`` would round."""
    rest = [i for i, label in enumerate(AAMI_CLASSES) if label != NORMAL]
    total: Floats = probabilities[:, rest].sum(axis=1, dtype=np.float64)
    return total


def likeliest_is_right(true: npt.NDArray[np.str_], probabilities: Float32) -> Flags:
    """Return whether the likeliest class of each row is the true one, shape ``(n,)``.

    That is what calibration is about; decision weights may have made the predicted class another one.
    """
    right: Flags = np.array(AAMI_CLASSES)[probabilities.argmax(axis=1)] == true
    return right


def calibration_error(true: npt.NDArray[np.str_], probabilities: Float32) -> float:
    """Return the expected calibration error of rows with a true class and probabilities."""
    return expected_calibration_error(probabilities, likeliest_is_right(true, probabilities))


def number(value: Any) -> float | None:
    """Return a figure as JSON can hold it: None for NaN."""
    return float(value) if isfinite(value) else None


def make_folder(folder: Path) -> None:
    """Make a folder for results, before the work whose results it is for.

    Raises:
        DataError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}). Choose another --out.") from error


def write_results(folder: Path, metrics: dict[str, Any], predictions: Callable[[Path], None]) -> None:
    """Write ``metrics.json`` and ``predictions.csv``.

    Args:
        folder: made if it is not there.
        metrics: what to write.
        predictions: writes the table to the path it is given.

    Raises:
        DataError: the folder cannot be written.
    """
    make_folder(folder)
    try:
        text = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
        predictions(folder / "predictions.csv")
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}). Choose another --out.") from error
