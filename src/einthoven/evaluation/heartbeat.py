"""Measuring a heartbeat model on rows of 187 samples, honest about whose rows they are."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.heartbeat import HeartbeatRows, read_rows
from einthoven.errors import DataError
from einthoven.evaluation.document import (
    NORMAL,
    areas,
    calibration_error,
    class_figures,
    make_folder,
    two_way_figures,
    write_results,
)
from einthoven.evaluation.metrics import Counts, resample, resample_rows
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.models.heartbeat import check_contract, classify_rows
from einthoven.recording import AAMI_CLASSES, Float32, Int64

if TYPE_CHECKING:
    from einthoven.models.card import Card

WORST = 5  # patients named in the summary
_CHUNK = 2048
_TIMED_S = 1.0  # how long each of the two timings may take, beyond three repeats
_REPEATS = 200

Strings = npt.NDArray[np.str_]


def evaluate_heartbeat(
    data: str | Path,
    model: str | Path | Bundle,
    *,
    out: str | Path | None = None,
    draw: bool = True,
    on_rows: Callable[[int, int], None] = lambda done, n: None,
) -> dict[str, Any]:
    """Classify the rows of a CSV file and compare them with its last column.

    Intervals are bootstraps over patients where ``NAME.origin.csv`` beside the file says whose each row is.
    Where nobody knows, rows are drawn, which takes beats of one patient for independent ones: those intervals
    are too narrow, and ``intervals`` says so. Of one patient alone there are none.

    Args:
        data: CSV of 187 values and the class (0-4 = N S V F Q).
        model: name, folder or loaded bundle of task ``heartbeat``.
        out: folder for ``metrics.json``, ``predictions.csv`` and figures; default: nothing is written.
        draw: write figures as well, if Matplotlib is there.
        on_rows: told how many rows are done, and of how many.

    Returns:
        the content of ``metrics.json``.

    Raises:
        DataError: the file is no such table, or ``out`` cannot be written.
        BundleError: the model is not usable.
        SignalError: values are not within [0, 1].
    """
    bundle = load_bundle(model) if isinstance(model, str | Path) else model
    check_contract(bundle)
    if out is not None:
        make_folder(Path(out))
    rows = read_rows(Path(data))
    probabilities = _classify(rows, bundle, on_rows)
    metrics = _document(rows, probabilities, bundle, Path(data).name)
    metrics["timing"] = measure_latency(bundle, rows.values)
    if out is not None:
        folder = Path(out)
        write_results(folder, metrics, lambda path: _write_predictions(path, rows, probabilities))
        if draw:
            _draw(folder, metrics, rows, probabilities)
    return metrics


def measure_latency(bundle: Bundle, values: Float32) -> dict[str, Any]:
    """Return the seconds it takes to classify one row and 1,000 rows on one core, medians of repeats.

    Args:
        bundle: its own threads setting is not used.
        values: rows to take, repeated if there are fewer than 1,000.
    """
    alone = Bundle(bundle.card, bundle.path, threads=1)
    batch = np.resize(values, (1000, values.shape[1]))
    classify_rows(batch, alone)  # the first run allocates
    timing: dict[str, Any] = {"cores": 1}
    for name, rows in (("one_row", batch[:1]), ("batch_of_1000", batch)):
        seconds: list[float] = []
        while len(seconds) < 3 or (len(seconds) < _REPEATS and sum(seconds) < _TIMED_S):
            started = time.perf_counter()
            classify_rows(rows, alone)
            seconds.append(time.perf_counter() - started)
        timing[f"{name}_s"] = float(np.median(seconds))
        timing[f"{name}_repeats"] = len(seconds)
    return timing


def seen_patients(card: Card, rows: HeartbeatRows) -> list[str] | None:
    """Return the patients of the rows that the model was trained on, sorted; None where that is not known.

    It is not known if nothing says whose the rows are, or if the card does not name all training records.
    """
    from einthoven.datasets.catalogue import CATALOGUE

    if not rows.patients_known:
        return None
    trained: set[str] = set()
    for source in card.data:
        data_set = CATALOGUE.get(source.name)
        for record in source.records:
            try:
                patient = data_set.patient(record) if data_set is not None else ""
            except DataError:  # the header that says whose it is, is not here
                patient = ""
            trained.add(patient or f"{source.name}/{record}")
    # The records themselves as well: a set whose headers are not here is still known by them.
    names = np.char.add(np.char.add(np.char.partition(rows.patients, "/")[:, 0], "/"), rows.records)
    seen = np.isin(rows.patients, list(trained)) | np.isin(names, list(trained))
    if not seen.any() and not all(source.records for source in card.data):
        return None
    return sorted(set(rows.patients[seen].tolist()))


def _classify(rows: HeartbeatRows, bundle: Bundle, on_rows: Callable[[int, int], None]) -> Float32:
    parts = []
    for first in range(0, len(rows), _CHUNK):
        on_rows(first, len(rows))
        parts.append(classify_rows(rows.values[first : first + _CHUNK], bundle))
    on_rows(len(rows), len(rows))
    probabilities: Float32 = np.concatenate(parts)
    return probabilities


def _document(rows: HeartbeatRows, probabilities: Float32, bundle: Bundle, data: str) -> dict[str, Any]:
    card = bundle.card
    true = np.array(AAMI_CLASSES)[rows.classes]
    predicted = probabilities.argmax(axis=1)
    counts = _counts(rows.classes, predicted)
    patients = _groups(rows.patients) if rows.patients_known else {}
    resampled: Counts | None = None
    if not patients:
        intervals = "95 %, bootstrap over rows: whose they are is not known, so these are too narrow"
        resampled = resample_rows(counts)
    elif len(patients) == 1:
        intervals = "none: the rows are of one patient"
    else:
        intervals = "95 %, bootstrap over patients"
        resampled = resample(np.stack([_counts(rows.classes[at], predicted[at]) for at in patients.values()]))
    whole = class_figures(counts, calibration_error(true, probabilities), resampled)
    for i, label in enumerate(AAMI_CLASSES):
        whole["per_class"][label] |= areas(true == label, probabilities[:, i])
    normal = true == NORMAL

    def each(groups: dict[str, Int64]) -> dict[str, Any]:
        return {
            name: class_figures(
                _counts(rows.classes[at], predicted[at]), calibration_error(true[at], probabilities[at])
            )
            for name, at in groups.items()
        }

    of_patients = each(patients)
    seen = seen_patients(card, rows)
    document = {
        "task": "heartbeat",
        "model": {"name": card.name, "version": card.version, "sha256": card.onnx_sha256},
        "data": data,
        "intervals": intervals,
        "n_rows": len(rows),
        "n_patients": len(patients) or None,
        "seen_in_training": seen,
        "model_patient_split": card.patient_split,
        **whole,
        "normal_against_abnormal": two_way_figures(counts, resampled, normal, probabilities),
        "patient_spread": _spread(of_patients),
        "patients": of_patients,
        "records": each(_groups(rows.records) if np.all(rows.records != "") else {}),
    }
    return document | {"remarks": remarks(document)}


def remarks(metrics: dict[str, Any]) -> list[str]:
    """Return what a reader must know before believing the figures, one sentence or two each."""
    name, seen, n = metrics["model"]["name"], metrics["seen_in_training"], metrics["n_patients"]
    if n is None:
        return [
            "Whose rows these are is not known: the same patients may have been in training, and then these "
            "figures say nothing about new patients. Rows of known ones: einthoven data prepare heartbeat",
            f"The card of {name} says of its split: {metrics['model_patient_split']}",
        ]
    if seen is None:
        return [f"The card of {name} does not say whose beats it was trained on: these may be among them."]
    if seen:
        return [
            f"{len(seen)} of these {n} patients were in the training data of {name}: these figures say "
            "nothing about new patients."
        ]
    return []


def _spread(patients: dict[str, Any]) -> dict[str, Any] | None:
    """Summarise the accuracy of patients: each counts once, however many beats are theirs."""
    if not patients:
        return None
    accuracy = {name: figures["accuracy"] for name, figures in patients.items()}
    values = np.array(list(accuracy.values()))
    low, median, high = np.percentile(values, (25, 50, 75))
    worst = sorted(accuracy, key=lambda name: (accuracy[name], name))[:WORST]
    return {
        "accuracy": {
            "minimum": float(values.min()),
            "quartile_1": float(low),
            "median": float(median),
            "quartile_3": float(high),
            "maximum": float(values.max()),
        },
        "worst": [
            {
                "patient": name,
                "accuracy": accuracy[name],
                "rows": sum(figures["support"] for figures in patients[name]["per_class"].values()),
            }
            for name in worst
        ],
    }


def _counts(true: Int64, predicted: npt.NDArray[np.intp]) -> Counts:
    """Return the count matrix of class numbers, shape ``(6, 6)``: none missed, none extra."""
    size = len(AAMI_CLASSES) + 1
    return np.bincount(true * size + predicted, minlength=size * size).reshape(size, size)


def _groups(names: Strings) -> dict[str, Int64]:
    """Return each name's row numbers, names in order of first appearance."""
    unique, first, place = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(place, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(place))[:-1])
    return {str(unique[i]): parts[i].astype(np.int64) for i in np.argsort(first)}


def _write_predictions(path: Path, rows: HeartbeatRows, probabilities: Float32) -> None:
    labels = np.array(AAMI_CLASSES)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["row", "record", "patient", "true", "predicted", *(f"p_{label}" for label in labels)]
        )
        columns = (
            rows.records.tolist(),
            rows.patients.tolist(),
            labels[rows.classes].tolist(),
            labels[probabilities.argmax(axis=1)].tolist(),
            np.char.mod("%.6f", probabilities).tolist(),
        )
        for i, (record, patient, true, predicted, cells) in enumerate(zip(*columns, strict=True)):
            writer.writerow([i, record, patient, true, predicted, *cells])


def _draw(folder: Path, metrics: dict[str, Any], rows: HeartbeatRows, probabilities: Float32) -> None:
    from einthoven.evaluation.drawing import draw_class_figures

    true = np.array(AAMI_CLASSES)[rows.classes]
    draw_class_figures(folder, metrics, true, probabilities, metrics["patients"], "Patient")
