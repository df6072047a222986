"""Several models on the same rows: is one better than another, or were the rows kind to it?

Each model is compared with the first one. Resamplings are paired: every one of them takes the same patients
(or records, or rows) for all models, so that what is hard for all cancels out.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.errors import DataError
from einthoven.evaluation.document import number
from einthoven.evaluation.metrics import Counts, Floats, interval95, resample, resample_rows, score
from einthoven.evaluation.predictions import Predictions, read_predictions, require_same_rows
from einthoven.recording import AAMI_CLASSES

FIGURES = {"accuracy": "accuracy", "macro F1": "macro_f1", "weighted F1": "weighted_f1"}
_SIZE = len(AAMI_CLASSES) + 1


def compare_models(folders: Sequence[str | Path]) -> dict[str, Any]:
    """Compare the models whose evaluations are in ``folders`` with the first of them.

    Args:
        folders: outputs of ``evaluate heartbeat`` (or all of ``evaluate beats``) on the same rows.

    Returns:
        the content of ``comparison.json``. ``models`` holds for each: ``figures`` (accuracy, macro, weighted
        and per-class F1, each with ``value`` and ``ci95``); for each but the first also ``differences`` to
        the first (``value``, ``ci95`` and ``better``: the share of resamplings in which it is ahead, of
        those in which there is a difference to compute) and ``mcnemar``.

    Raises:
        DataError: fewer than two folders, or they are not of the same rows and truths.
    """
    if len(folders) < 2:
        raise DataError("A comparison takes two folders or more: the first is what others are compared with.")
    answers = [read_predictions(Path(folder)) for folder in folders]
    for other in answers[1:]:
        require_same_rows(answers[0], other)
    names = _names(answers)
    counts, resampled, units = _resample(answers)
    values = [_figures(counts[i]) for i in range(len(answers))]
    drawn = None if resampled is None else [_figures(resampled[:, i]) for i in range(len(answers))]
    models = []
    for i, (name, answer) in enumerate(zip(names, answers, strict=True)):
        model: dict[str, Any] = {
            "name": name,
            "folder": str(answer.folder),
            "figures": {
                key: {
                    "value": number(value),
                    "ci95": None if drawn is None else interval95(drawn[i][key]),
                }
                for key, value in values[i].items()
            },
        }
        if i > 0:
            model["differences"] = {
                key: _difference(
                    value - values[0][key], None if drawn is None else drawn[i][key] - drawn[0][key]
                )
                for key, value in values[i].items()
            }
            model["mcnemar"] = _mcnemar(answers[0], answer)
        models.append(model)
    return {
        "task": answers[0].task,
        "data": answers[0].data,
        "n_rows": len(answers[0]),
        "intervals": units,
        "compared_with": names[0],
        "labels": list(AAMI_CLASSES),
        "models": models,
    }


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the exact two-sided p-value of McNemar's test.

    The probability, if neither model is better, that beats which only one of them gets right are divided at
    least as unevenly as seen: a binomial test with one half.

    Source: McNemar, Psychometrika 12:153, 1947; for comparing classifiers: Dietterich, Neural Computation
    10:1895, 1998.

    Args:
        only_first: rows that the first alone has right.
        only_second: rows that the second alone has right.
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    if n == 0:
        return 1.0
    # log of n over k, k = 0 … fewer, from the ratio of each to the one before
    k = np.arange(1, fewer + 1, dtype=np.float64)
    logs = np.concatenate([[0.0], np.cumsum(np.log(n - k + 1) - np.log(k))]) - n * np.log(2)
    top = float(logs.max())
    return min(1.0, 2 * exp(top) * float(np.exp(logs - top).sum()))


def _resample(answers: Sequence[Predictions]) -> tuple[Counts, Counts | None, str]:
    """Return the count matrices of all rows, those of resamplings, and how these were made.

    Shapes are ``(n_models, 6, 6)`` and ``(n, n_models, 6, 6)``; None where nothing can be resampled.
    """
    # Rows that all models answer alike are one kind: kinds are few, however many rows there are.
    first = answers[0]
    table = np.stack([first.true, *(answer.predicted for answer in answers)], axis=1)
    kinds, kind, size = np.unique(table, axis=0, return_inverse=True, return_counts=True)
    matrices = np.zeros((len(kinds), len(answers), _SIZE, _SIZE), dtype=np.int64)
    for i in range(len(answers)):
        matrices[np.arange(len(kinds)), i, kinds[:, 0], kinds[:, 1 + i]] = 1

    def counted(times: Counts) -> Counts:
        return np.tensordot(times, matrices, axes=1)

    whole = counted(size)
    if first.units_are == "rows":
        said = "95 %, paired bootstrap over rows: whose they are is not known, so these are too narrow"
        return whole, counted(resample_rows(size)), said
    units, unit = np.unique(first.units, return_inverse=True)
    if len(units) == 1:
        return whole, None, f"none: the rows are of one of {first.units_are}"
    of_units = np.zeros((len(units), len(kinds)), dtype=np.int64)
    np.add.at(of_units, (unit, kind.ravel()), 1)
    return whole, counted(resample(of_units)), f"95 %, paired bootstrap over {first.units_are}"


def _figures(counts: Counts) -> dict[str, Floats]:
    scores = score(counts, AAMI_CLASSES)
    named: dict[str, Floats] = {name: getattr(scores, key) for name, key in FIGURES.items()}
    per_class = {f"F1 {label}": scores.f1[..., i] for i, label in enumerate(AAMI_CLASSES)}
    return named | per_class


def _difference(value: Floats, drawn: Floats | None) -> dict[str, Any]:
    finite = np.zeros(0) if drawn is None else drawn[np.isfinite(drawn)]
    return {
        "value": number(value),
        "ci95": interval95(finite),
        "better": float(np.mean(finite > 0)) if len(finite) else None,
    }


def _mcnemar(first: Predictions, other: Predictions) -> dict[str, Any]:
    beats = first.true < len(AAMI_CLASSES)
    right, others = (answer.predicted[beats] == first.true[beats] for answer in (first, other))
    only_first, only_other = int(np.sum(right & ~others)), int(np.sum(others & ~right))
    return {
        "right_only_in_first": only_first,
        "right_only_here": only_other,
        "p": mcnemar(only_first, only_other),
        "assumes": "independent beats, which those of one patient are not",
    }


def _names(answers: Sequence[Predictions]) -> list[str]:
    """Return names that tell the models apart: alone, with versions, or with folders as well."""
    full = [answer.model for answer in answers]
    short = [name.rpartition(" ")[0] for name in full]
    if len(set(short)) == len(short):
        return short
    if len(set(full)) == len(full):
        return full
    return [
        f"{name} ({answer.folder.name or answer.folder})" for name, answer in zip(full, answers, strict=True)
    ]
