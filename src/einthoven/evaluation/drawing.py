"""The figures that every evaluation of beat classes writes beside its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation import figures
from einthoven.evaluation.document import likeliest_is_right
from einthoven.recording import AAMI_CLASSES, Float32


def draw_class_figures(
    folder: Path,
    metrics: dict[str, Any],
    true: npt.NDArray[np.str_],
    probabilities: Float32,
    each: dict[str, Any],
    what: str,
) -> list[Path]:
    """Write confusion matrix, ROC and precision-recall curves, calibration diagram and spread.

    Args:
        folder: where to.
        metrics: figures over all beats, with ``missed`` and ``extra``.
        true: class of each beat that has a true and a predicted class, shape ``(n,)``.
        probabilities: theirs, shape ``(n, 5)``.
        each: the figures of each patient or record; with fewer than two there is no spread to draw.
        what: whom ``each`` is of.

    Returns:
        the files; none where Matplotlib is not installed.

    Raises:
        DataError: the folder cannot be written.
    """
    if not figures.can_draw():
        return []
    written = figures.save(
        figures.confusion_matrices({"": whole_counts(metrics)}), folder, "confusion_matrix"
    )
    written += figures.save(figures.class_curves(true, probabilities), folder, "roc_precision_recall")
    right = likeliest_is_right(true, probabilities)
    written += figures.save(figures.calibration_diagram(probabilities, right), folder, "calibration")
    if len(each) > 1:
        names = {"accuracy": "accuracy", "macro F1": "macro_f1"}
        written += draw_spread(folder, metrics, each, names, what)
    return written


def draw_multilabel_figures(
    folder: Path, classes: Sequence[str], targets: npt.NDArray[np.bool_], probabilities: Float32
) -> list[Path]:
    """Write ROC and precision-recall curves and calibration diagrams of classes that can occur together.

    Args:
        folder: where to.
        classes: names of the columns.
        targets: bool, shape ``(n, n_classes)``.
        probabilities: shape ``(n, n_classes)``.

    Returns:
        the files; none where Matplotlib is not installed.

    Raises:
        DataError: the folder cannot be written.
    """
    if not figures.can_draw():
        return []
    curves = figures.multilabel_curves(classes, targets, probabilities)
    calibration = figures.multilabel_calibration(classes, targets, probabilities)
    return [
        *figures.save(curves, folder, "roc_precision_recall"),
        *figures.save(calibration, folder, "calibration"),
    ]


def draw_spread(
    folder: Path, metrics: dict[str, Any], each: dict[str, Any], names: dict[str, str], what: str
) -> list[Path]:
    """Write the spread of one or two figures over patients or records, as ``patient_spread`` or alike.

    Args:
        folder: where to.
        metrics: figures over all beats.
        each: the figures of each patient or record.
        names: what a figure is called in the drawing → its key.
        what: whom ``each`` is of.

    Raises:
        DataError: the folder cannot be written.
    """
    if not figures.can_draw():
        return []
    values = {
        name: [np.nan if row[key] is None else row[key] for row in each.values()]
        for name, key in names.items()
    }
    whole = {name: metrics[key] for name, key in names.items()}
    labels = [name.rpartition("/")[2] for name in each]
    labels = list(each) if len(set(labels)) < len(labels) else labels
    figure = figures.spread_figure(labels, values, whole=whole, what=what)
    return figures.save(figure, folder, f"{what.lower()}_spread")


def whole_counts(metrics: dict[str, Any]) -> npt.NDArray[np.int64]:
    """Return the count matrix that ``metrics.json`` holds in parts, shape ``(6, 6)``."""
    n = len(AAMI_CLASSES)
    counts = np.zeros((n + 1, n + 1), dtype=np.int64)
    counts[:n, :n] = metrics["confusion_matrix"]
    counts[:n, n] = [metrics["missed"][label] for label in AAMI_CLASSES]
    counts[n, :n] = [metrics["extra"][label] for label in AAMI_CLASSES]
    return counts
