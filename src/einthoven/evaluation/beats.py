"""Measuring a beat model on a PhysioNet beat database, with annotated or detected R peaks."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np

from einthoven.analysis import analyze_recording
from einthoven.datasets.database import Reference, load_reference, record_names
from einthoven.errors import BundleError, DataError
from einthoven.evaluation.matching import match_beats
from einthoven.evaluation.metrics import (
    Counts,
    Scores,
    bootstrap_scores,
    count_matrix,
    expected_calibration_error,
    interval95,
    score,
)
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import AAMI_CLASSES, Beats, Float32

TOLERANCE_S = 0.150  # ANSI/AAMI EC57
PER_CLASS = ("sensitivity", "ppv", "f1")
OVERALL = ("accuracy", "macro_f1", "macro_f1_4")

RPeaks = Literal["annotated", "detected"]


@dataclass(frozen=True, eq=False, slots=True)
class Comparison:
    """True and predicted beats of one record side by side, in time order.

    Attributes:
        samples: the annotated position, or the detected one where nothing is annotated.
        true: AAMI class, ``""`` for an extra detection.
        predicted: AAMI class, ``""`` for a missed beat.
        probabilities: float32, shape ``(n, 5)``; NaN rows for missed beats.
    """

    samples: list[int]
    true: list[str]
    predicted: list[str]
    probabilities: Float32

    @property
    def counts(self) -> Counts:
        """The count matrix, shape ``(6, 6)``; see `metrics`."""
        return count_matrix(self.true, self.predicted, AAMI_CLASSES)

    def judged(self) -> tuple[Float32, np.ndarray[Any, np.dtype[np.bool_]]]:
        """Return the probabilities of beats with a true and a predicted class, and if the likeliest is right.

        The likeliest class is what calibration is about; decision weights may have made it another one.
        """
        true, predicted = np.array(self.true, dtype="<U1"), np.array(self.predicted, dtype="<U1")
        both = (true != "") & (predicted != "")
        probabilities = self.probabilities[both]
        return probabilities, np.array(AAMI_CLASSES)[probabilities.argmax(axis=1)] == true[both]


def evaluate_beats(
    root: str | Path,
    model: str | Path | Bundle,
    *,
    records: Sequence[str] | None = None,
    r_peaks: RPeaks = "annotated",
    out: str | Path | None = None,
    on_record: Callable[[str, int], None] = lambda name, n: None,
) -> dict[str, Any]:
    """Classify the beats of every record and compare them with its annotations.

    With ``annotated`` R peaks the model is given the true positions. With ``detected`` ones the whole
    analysis runs as a user would run it, and beats are paired one to one within 150 ms: a missed beat counts
    against the sensitivity of its class, an extra detection against the ppv of the class it was given. Extra
    detections within ventricular flutter (``[`` to ``]``) are not scored. Calibration is measured on pairs.

    Args:
        root: folder in the publisher's layout (``RECORDS`` or ``*.hea``; ``.atr``).
        model: name, folder or loaded bundle.
        records: the records to use; default: all.
        r_peaks: where the positions come from.
        out: folder for ``metrics.json`` and ``predictions.csv``; default: nothing is written.
        on_record: told each record's name and how many there are, before it is read.

    Returns:
        the content of ``metrics.json``; intervals are bootstraps over records, None where nothing counted.

    Raises:
        DataError: the folder is incomplete.
        BundleError: the model is not usable.
    """
    root = Path(root)
    bundle = load_bundle(model) if isinstance(model, str | Path) else model
    names = record_names(root, records)
    compare = _compare_annotated if r_peaks == "annotated" else _compare_detected
    comparisons = {}
    for name in names:
        on_record(name, len(names))
        comparisons[name] = compare(load_reference(root, name), bundle)
    metrics = _document(comparisons, bundle, root, r_peaks)
    if out is not None:
        folder = Path(out)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(metrics, indent=2, ensure_ascii=False, allow_nan=False)
            (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
            _write_predictions(folder / "predictions.csv", comparisons)
        except OSError as error:
            raise DataError(
                f"{folder} cannot be written ({error.strerror}). Choose another --out."
            ) from error
    return metrics


def _compare_annotated(reference: Reference, bundle: Bundle) -> Comparison:
    from einthoven.models.beats import classify_beats
    from einthoven.signal.quality import assess_quality

    usable = [lead.usable for lead in assess_quality(reference.recording)]
    if len(reference.beats) == 0:
        return pair(reference.beats, reference.beats, reference.flutter, 0.0)
    # Where no lead passes, the positions are still known to be beats: what signal there is must do.
    verdicts = usable if any(usable) else None
    found = classify_beats(reference.recording, reference.beats.samples, bundle, verdicts)
    if not np.array_equal(found.samples, reference.beats.samples):
        raise BundleError(
            f"{reference.recording.name}: {len(reference.beats)} beats were given, "
            f"the answer has {len(found)} or others. This is a fault of the model's code; please report it."
        )
    return pair(reference.beats, found, reference.flutter, 0.0)


def _compare_detected(reference: Reference, bundle: Bundle) -> Comparison:
    found = analyze_recording(reference.recording, bundle).beats
    return pair(reference.beats, found, reference.flutter, TOLERANCE_S * reference.recording.fs)


def pair(
    true: Beats, found: Beats, flutter: np.ndarray[Any, np.dtype[np.int64]], tolerance: float
) -> Comparison:
    """Pair true and found beats one to one within ``tolerance`` samples."""
    matches = match_beats(true.samples, found.samples, tolerance)
    extra = matches.extra
    if len(flutter):
        at = found.samples[extra, np.newaxis]
        extra = extra[~np.any((at >= flutter[:, 0]) & (at <= flutter[:, 1]), axis=1)]
    rows = [
        (int(true.samples[i]), str(true.classes[i]), str(found.classes[j]), j)
        for i, j in matches.pairs.tolist()
    ]
    rows += [(int(true.samples[i]), str(true.classes[i]), "", -1) for i in matches.missed.tolist()]
    rows += [(int(found.samples[j]), "", str(found.classes[j]), j) for j in extra.tolist()]
    rows.sort(key=lambda row: row[0])
    probabilities = np.full((len(rows), len(AAMI_CLASSES)), np.nan, dtype=np.float32)
    source = np.array([row[3] for row in rows], dtype=np.int64)
    if found.probabilities is not None and len(found):
        probabilities[source >= 0] = found.probabilities[source[source >= 0]]
    return Comparison(
        samples=[row[0] for row in rows],
        true=[row[1] for row in rows],
        predicted=[row[2] for row in rows],
        probabilities=probabilities,
    )


def _document(
    comparisons: dict[str, Comparison], bundle: Bundle, root: Path, r_peaks: RPeaks
) -> dict[str, Any]:
    card = bundle.card
    counts = np.stack([comparison.counts for comparison in comparisons.values()])
    boot = bootstrap_scores(counts, AAMI_CLASSES)
    named = root.resolve().name
    sources = [data for data in card.data if data.name == named] or card.data  # a folder of another name: any
    trained_on = {name for data in sources for name in data.records}
    whole = _figures(counts.sum(axis=0), _ece(list(comparisons.values())), boot)
    return {
        "task": "beats",
        "model": {"name": card.name, "version": card.version, "sha256": card.onnx_sha256},
        "data": root.resolve().name,
        "r_peaks": r_peaks,
        "tolerance_ms": 1000 * TOLERANCE_S if r_peaks == "detected" else 0.0,
        "intervals": "95 %, bootstrap over records",
        "n_records": len(comparisons),
        "seen_in_training": sorted(trained_on & set(comparisons)),
        **whole,
        "records": {
            name: _figures(comparison.counts, _ece([comparison]), None)
            for name, comparison in comparisons.items()
        },
    }


def _figures(counts: Counts, ece: float, boot: Scores | None) -> dict[str, Any]:
    n = len(AAMI_CLASSES)
    scores = score(counts, AAMI_CLASSES)

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
        **{name: _number(getattr(scores, name)) for name in OVERALL},
        "ci95": {name: spread(name) for name in OVERALL},
        "ece": _number(ece),
        "per_class": {
            label: {
                **{name: _number(getattr(scores, name)[i]) for name in PER_CLASS},
                "support": int(scores.support[i]),
                "ci95": {name: spread(name, i) for name in PER_CLASS},
            }
            for i, label in enumerate(AAMI_CLASSES)
        },
    }


def _ece(comparisons: Sequence[Comparison]) -> float:
    judged = [comparison.judged() for comparison in comparisons]
    return expected_calibration_error(
        np.concatenate([probabilities for probabilities, _ in judged]),
        np.concatenate([correct for _, correct in judged]),
    )


def _number(value: Any) -> float | None:
    return float(value) if isfinite(value) else None


def _write_predictions(path: Path, comparisons: dict[str, Comparison]) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["record", "sample", "true", "predicted", *(f"p_{label}" for label in AAMI_CLASSES)])
        for name, comparison in comparisons.items():
            cells = np.char.mod("%.4f", comparison.probabilities)
            cells[np.isnan(comparison.probabilities)] = ""
            columns = (comparison.samples, comparison.true, comparison.predicted, cells.tolist())
            for sample, true, predicted, probabilities in zip(*columns, strict=True):
                writer.writerow([name, sample, true, predicted, *probabilities])
