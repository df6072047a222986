"""Measuring delineation on LUDB: how far boundaries lie from a cardiologist's, and how many are found."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.ludb import DelineatedRecord, load_ludb_record, ludb_records
from einthoven.evaluation.delineation_matching import BOUNDARIES, TOLERANCE_S, Outcome, compare
from einthoven.evaluation.document import make_folder, number, write_results
from einthoven.evaluation.metrics import interval95, resample
from einthoven.recording import Recording
from einthoven.signal.delineation import Delineation

Float64 = npt.NDArray[np.float64]

Delineator = Callable[[Recording], Delineation]
Outcomes = dict[str, list[dict[str, Outcome]]]  # record → for each lead → boundary → outcome

FIGURES = ("mean_ms", "sd_ms", "sensitivity", "ppv")
# What a sum over records is made of: found, sum and sum of squares of errors, missed, extra.
_N, _SUM, _SQUARES, _MISSED, _EXTRA = range(5)


def delineate_as_analysis(recording: Recording) -> Delineation:
    """Delineate all leads at R peaks that are detected, on the usable leads, not annotated.

    A lead of poor quality is delineated as well: what the others show helps it.
    """
    from einthoven.signal.delineation import delineate
    from einthoven.signal.quality import assess_quality
    from einthoven.signal.rpeaks import detect_r_peaks

    usable = [lead.usable for lead in assess_quality(recording)]
    r_peaks = detect_r_peaks(recording.signals, recording.fs, usable)
    return delineate(recording.signals, recording.fs, r_peaks, recording.leads)


def evaluate_delineation(
    root: str | Path,
    *,
    records: Sequence[str] | None = None,
    out: str | Path | None = None,
    delineator: Delineator = delineate_as_analysis,
    on_record: Callable[[str, int], None] = lambda name, n: None,
) -> dict[str, Any]:
    """Delineate every record of LUDB and compare each lead with its annotations.

    Boundaries are paired one to one within 150 ms; each lead is compared with its own annotation; only the
    stretch between a lead's first and last annotation counts, because beats outside it are not annotated.

    Args:
        root: LUDB as PhysioNet lays it out (``RECORDS``, ``data/``).
        records: the records to use; default: all.
        out: folder for ``metrics.json`` and ``predictions.csv``; default: nothing is written.
        delineator: takes a recording, returns its delineation.
        on_record: told each record's name and how many there are, before it is read.

    Returns:
        the content of ``metrics.json``.

    Raises:
        DataError: the folder is incomplete, or ``out`` cannot be written.
    """
    root = Path(root)
    names = ludb_records(root, records)
    if out is not None:
        make_folder(Path(out))
    outcomes: Outcomes = {}
    leads: tuple[str, ...] = ()
    for name in names:
        on_record(name, len(names))
        record = load_ludb_record(root, name)
        outcomes[name] = compare(record, delineator(record.recording))
        leads = record.recording.leads
    metrics = document(outcomes, leads, root.resolve().name, _trained_on(delineator))
    if out is not None:
        write_results(Path(out), metrics, lambda path: _write_predictions(path, outcomes, leads))
    return metrics


def score_records(records: Iterable[tuple[DelineatedRecord, Delineation]], data: str) -> dict[str, Any]:
    """Return the metrics of delineations that were made elsewhere, each with its record."""
    outcomes: Outcomes = {}
    leads: tuple[str, ...] = ()
    for record, found in records:
        outcomes[record.name] = compare(record, found)
        leads = record.recording.leads
    return document(outcomes, leads, data, ())


def document(
    outcomes: Outcomes, leads: Sequence[str], data: str, trained_on: Sequence[str]
) -> dict[str, Any]:
    """Return the content of ``metrics.json``.

    ``boundaries`` holds for each of ``P_onset`` … ``T_end`` the mean and standard deviation of the error
    (detected minus annotated, over all leads and records together), ``sd_within_records_ms`` (of each record,
    averaged, as Martínez et al. 2004 give it), sensitivity and ppv; ``leads`` and ``records`` the same of
    each.
    """
    sums = np.array(
        [
            [[_sums(lead[name]) for name in BOUNDARIES] for lead in of_record]
            for of_record in outcomes.values()
        ]
    )  # (n_records, n_leads, n_boundaries, 5)
    resampled = np.asarray(resample(sums.sum(axis=1)), dtype=np.float64)
    return {
        "task": "delineation",
        "data": data,
        "tolerance_ms": 1000 * TOLERANCE_S,
        "scored": "each lead against its own annotation, from its first to its last annotated boundary",
        "error": "detected minus annotated, ms",
        "intervals": "95 %, bootstrap over records",
        "n_records": len(outcomes),
        "seen_in_training": sorted(set(trained_on) & set(outcomes)),
        "boundaries": {
            name: {
                **_figures(sums.sum(axis=(0, 1))[i]),
                "sd_within_records_ms": _sd_within([_errors(record, name) for record in outcomes.values()]),
                "ci95": _intervals(resampled[:, i]),
            }
            for i, name in enumerate(BOUNDARIES)
        },
        "leads": {
            lead: {name: _figures(sums.sum(axis=0)[row, i]) for i, name in enumerate(BOUNDARIES)}
            for row, lead in enumerate(leads)
        },
        "records": {
            record: {name: _figures(sums[k].sum(axis=0)[i]) for i, name in enumerate(BOUNDARIES)}
            for k, record in enumerate(outcomes)
        },
    }


def _sums(outcome: Outcome) -> tuple[float, ...]:
    error = outcome.error_ms
    return len(error), float(error.sum()), float((error**2).sum()), len(outcome.missed), len(outcome.extra)


def _values(sums: Float64) -> dict[str, Float64]:
    """Figures of sums of shape ``(…, 5)``; NaN where nothing counted."""
    n, total, squares, missed, extra = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / n
        return {
            "mean_ms": mean,
            "sd_ms": np.sqrt(np.maximum(squares / n - mean**2, 0)),
            "sensitivity": n / (n + missed),
            "ppv": n / (n + extra),
        }


def _figures(sums: Float64) -> dict[str, Any]:
    return {
        **{name: number(value) for name, value in _values(sums).items()},
        "found": int(sums[_N]),
        "missed": int(sums[_MISSED]),
        "extra": int(sums[_EXTRA]),
    }


def _intervals(resampled: Float64) -> dict[str, tuple[float, float] | None]:
    return {name: interval95(values) for name, values in _values(resampled).items()}


def _errors(leads: list[dict[str, Outcome]], name: str) -> Float64:
    return np.concatenate([lead[name].error_ms for lead in leads])


def _sd_within(errors: list[Float64]) -> float | None:
    spreads = [float(values.std()) for values in errors if values.size > 1]
    return float(np.mean(spreads)) if spreads else None


def _trained_on(delineator: Delineator) -> list[str]:
    if delineator is not delineate_as_analysis:
        return []
    from einthoven.signal.delineation_network import training_records

    return training_records()


def _write_predictions(path: Path, outcomes: Outcomes, leads: Sequence[str]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["record", "lead", "boundary", "kind", "annotated", "detected", "error_ms"])
        for record, of_record in outcomes.items():
            for lead, boundaries in zip(leads, of_record, strict=True):
                for name, outcome in boundaries.items():
                    head = [record, lead, name]
                    rows = zip(outcome.reference, outcome.detected, outcome.error_ms, strict=True)
                    writer.writerows([*head, "tp", f"{a:.0f}", f"{d:.2f}", f"{e:.2f}"] for a, d, e in rows)
                    writer.writerows([*head, "fn", f"{a:.0f}", "", ""] for a in outcome.missed)
                    writer.writerows([*head, "fp", "", f"{d:.2f}", ""] for d in outcome.extra)
