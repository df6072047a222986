"""Measuring a beat model on a PhysioNet beat database, with annotated or detected R peaks."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from einthoven.analysis import analyze_recording
from einthoven.datasets.database import Reference, load_reference, record_names
from einthoven.errors import BundleError
from einthoven.evaluation.document import (
    NORMAL,
    areas,
    calibration_error,
    class_figures,
    make_folder,
    two_way_figures,
    write_results,
)
from einthoven.evaluation.drawing import draw_class_figures
from einthoven.evaluation.matching import match_beats
from einthoven.evaluation.metrics import (
    Counts,
    count_matrix,
    resample,
)
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import AAMI_CLASSES, Beats, Float32

TOLERANCE_S = 0.150  # ANSI/AAMI EC57

RPeaks = Literal["annotated", "detected"]
Strings = npt.NDArray[np.str_]


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

    def judged(self) -> tuple[Strings, Float32]:
        """Return true class and probabilities of the beats that have a true and a predicted class."""
        true = np.array(self.true, dtype="<U1")
        both = (true != "") & (np.array(self.predicted, dtype="<U1") != "")
        return true[both], self.probabilities[both]


def evaluate_beats(
    root: str | Path,
    model: str | Path | Bundle,
    *,
    records: Sequence[str] | None = None,
    r_peaks: RPeaks = "annotated",
    out: str | Path | None = None,
    draw: bool = True,
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
        out: folder for ``metrics.json``, ``predictions.csv`` and figures; default: nothing is written.
        draw: write figures as well, if Matplotlib is there. Curves and calibration are of paired beats.
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
    if out is not None:
        make_folder(Path(out))
    compare = _compare_annotated if r_peaks == "annotated" else _compare_detected
    comparisons = {}
    for name in names:
        on_record(name, len(names))
        comparisons[name] = compare(load_reference(root, name), bundle)
    metrics = _document(comparisons, bundle, root, r_peaks)
    if out is not None:
        write_results(Path(out), metrics, lambda path: _write_predictions(path, comparisons))
        if draw:
            draw_class_figures(
                Path(out), metrics, *judged(comparisons.values()), metrics["records"], "Record"
            )
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
    resampled = resample(counts)
    named = root.resolve().name
    sources = [data for data in card.data if data.name == named] or card.data  # a folder of another name: any
    trained_on = {name for data in sources for name in data.records}
    true, probabilities = judged(comparisons.values())
    whole = class_figures(counts.sum(axis=0), calibration_error(true, probabilities), resampled)
    for i, label in enumerate(AAMI_CLASSES):
        whole["per_class"][label] |= areas(true == label, probabilities[:, i])
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
        "normal_against_abnormal": two_way_figures(
            counts.sum(axis=0), resampled, true == NORMAL, probabilities
        ),
        "records": {
            name: class_figures(comparison.counts, calibration_error(*comparison.judged()))
            for name, comparison in comparisons.items()
        },
    }


def judged(comparisons: Iterable[Comparison]) -> tuple[Strings, Float32]:
    """Return true class and probabilities of all beats that have a true and a predicted class."""
    true, probabilities = zip(*(comparison.judged() for comparison in comparisons), strict=True)
    return np.concatenate(true), np.concatenate(probabilities)


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
