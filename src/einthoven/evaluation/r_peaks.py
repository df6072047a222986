"""Measuring R-peak detection on a PhysioNet beat database, as ANSI/AAMI EC57 measures it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.datasets.database import Reference, load_reference, record_names
from einthoven.evaluation.document import make_folder, write_results
from einthoven.evaluation.drawing import draw_spread
from einthoven.evaluation.matching import match_beats
from einthoven.evaluation.metrics import interval95, resample
from einthoven.recording import Int64, Recording

TOLERANCE_S = 0.150  # ANSI/AAMI EC57

Detector = Callable[[Recording], Int64]


@dataclass(frozen=True, eq=False, slots=True)
class Detection:
    """What became of one record's beats; positions in samples.

    Attributes:
        found: annotated beats with a detection, shape ``(n_found,)``.
        missed: annotated beats without one.
        extra: detections without an annotated beat.
        offset_ms: of each beat found, detection minus annotation, in milliseconds.
    """

    found: Int64
    missed: Int64
    extra: Int64
    offset_ms: np.ndarray[Any, np.dtype[np.float64]]

    @property
    def counts(self) -> tuple[int, int, int]:
        """True positives, false negatives, false positives."""
        return len(self.found), len(self.missed), len(self.extra)


def detect_as_analysis(recording: Recording) -> Int64:
    """Find R peaks as ``einthoven analyze`` does: on the leads that the quality check finds usable."""
    from einthoven.signal.quality import assess_quality
    from einthoven.signal.rpeaks import detect_r_peaks

    return detect_r_peaks(
        recording.signals, recording.fs, [lead.usable for lead in assess_quality(recording)]
    )


def evaluate_r_peaks(
    root: str | Path,
    *,
    records: Sequence[str] | None = None,
    out: str | Path | None = None,
    draw: bool = True,
    detector: Detector = detect_as_analysis,
    on_record: Callable[[str, int], None] = lambda name, n: None,
) -> dict[str, Any]:
    """Detect the R peaks of every record and compare them with its annotations.

    Beats are paired one to one within 150 ms, over whole records: the five minutes that EC57 leaves to a
    detector for learning are scored as well. Stretches of ventricular flutter or fibrillation (``[`` to
    ``]``) hold no beats and are not scored.

    Args:
        root: folder in the publisher's layout (``RECORDS`` or ``*.hea``; ``.atr``).
        records: the records to use; default: all.
        out: folder for ``metrics.json``, ``predictions.csv`` and a figure; default: nothing is written.
        draw: write the figure as well, if Matplotlib is there.
        detector: takes a recording, returns increasing positions in samples.
        on_record: told each record's name and how many there are, before it is read.

    Returns:
        the content of ``metrics.json``: ``sensitivity``, ``ppv``, ``f1`` (gross: over all beats) and
        counts, the same for each record, 95 % intervals by bootstrap over records; None where nothing
        counted.

    Raises:
        DataError: the folder is incomplete, or ``out`` cannot be written.
    """
    root = Path(root)
    names = record_names(root, records)
    if out is not None:
        make_folder(Path(out))
    detections = {}
    for name in names:
        on_record(name, len(names))
        reference = load_reference(root, name)
        detections[name] = compare(reference, detector(reference.recording))
    metrics = _document(detections, root, _trained_on(detector))
    if out is not None:
        write_results(Path(out), metrics, lambda path: _write_predictions(path, detections))
        if draw and len(names) > 1:
            shown = {"sensitivity": "sensitivity", "ppv": "ppv"}
            draw_spread(Path(out), metrics, metrics["records"], shown, "Record")
    return metrics


def compare(reference: Reference, detected: Int64) -> Detection:
    """Pair one record's detections with its annotated beats; flutter is left out."""
    beats = reference.beats.samples
    matches = match_beats(beats, detected, TOLERANCE_S * reference.recording.fs)
    missed, extra = beats[matches.missed], detected[matches.extra]
    found, partner = beats[matches.pairs[:, 0]], detected[matches.pairs[:, 1]]
    return Detection(
        found=found,
        missed=missed[~_within(missed, reference.flutter)],
        extra=extra[~_within(extra, reference.flutter)],
        offset_ms=(partner - found).astype(np.float64) * (1000.0 / reference.recording.fs),
    )


def _within(samples: Int64, stretches: Int64) -> np.ndarray[Any, np.dtype[np.bool_]]:
    at = samples[:, np.newaxis]
    inside: np.ndarray[Any, np.dtype[np.bool_]] = np.any(
        (at >= stretches[:, 0]) & (at <= stretches[:, 1]), axis=1
    )
    return inside


def _trained_on(detector: Detector) -> list[str]:
    if detector is not detect_as_analysis:
        return []
    from einthoven.signal.qrs_network import training_records

    # LUDB has no .atr files, cannot be scored here, and numbers its records like others do.
    return [name.split("/")[1] for name in training_records() if not name.startswith("ludb/")]


def _document(detections: dict[str, Detection], root: Path, trained_on: Sequence[str]) -> dict[str, Any]:
    counts = np.array([detection.counts for detection in detections.values()], dtype=np.int64)
    resampled = resample(counts).astype(np.float64)
    with np.errstate(invalid="ignore"):
        tp, fn, fp = resampled.T
        spread = {
            "sensitivity": interval95(tp / (tp + fn)),
            "ppv": interval95(tp / (tp + fp)),
            "f1": interval95(2 * tp / (2 * tp + fn + fp)),
        }
    offsets = [detection.offset_ms for detection in detections.values()]
    return {
        "task": "r-peaks",
        "data": root.resolve().name,
        "tolerance_ms": 1000 * TOLERANCE_S,
        "scored": "whole records; ventricular flutter and fibrillation ([ to ]) left out",
        "intervals": "95 %, bootstrap over records",
        "n_records": len(detections),
        "seen_in_training": sorted(set(trained_on) & set(detections)),
        **_figures(counts.sum(axis=0)),
        "ci95": spread,
        "offset_ms": _offset(np.concatenate(offsets)),
        "records": {
            name: {**_figures(np.array(detection.counts)), "offset_ms": _offset(detection.offset_ms)}
            for name, detection in detections.items()
        },
    }


def _figures(counts: Int64) -> dict[str, Any]:
    tp, fn, fp = (int(value) for value in counts)
    return {
        "sensitivity": tp / (tp + fn) if tp + fn else None,
        "ppv": tp / (tp + fp) if tp + fp else None,
        "f1": 2 * tp / (2 * tp + fn + fp) if tp + fn + fp else None,
        "tp": tp,
        "fn": fn,
        "fp": fp,
    }


def _offset(offset_ms: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float] | None:
    """Where detections sit relative to annotations: the median, and the median distance from it."""
    if not len(offset_ms):
        return None
    median = float(np.median(offset_ms))
    return {"median": median, "median_deviation": float(np.median(np.abs(offset_ms - median)))}


def _write_predictions(path: Path, detections: dict[str, Detection]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["record", "sample", "kind"])
        for name, detection in detections.items():
            kinds = (("tp", detection.found), ("fn", detection.missed), ("fp", detection.extra))
            rows = sorted((sample, kind) for kind, samples in kinds for sample in samples.tolist())
            writer.writerows([name, sample, kind] for sample, kind in rows)
