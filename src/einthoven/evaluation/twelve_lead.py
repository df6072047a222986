"""Measuring a twelve-lead model on folds of PTB-XL, record by record on the way that an analysis takes."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from einthoven.datasets.parallel import in_processes
from einthoven.datasets.ptb_xl import PtbXl, PtbXlRecord, labels, load_signals, read_ptb_xl
from einthoven.errors import DataError, EinthovenError
from einthoven.evaluation.curves import Flags
from einthoven.evaluation.document import make_folder, write_results
from einthoven.evaluation.drawing import draw_multilabel_figures
from einthoven.evaluation.multilabel import multilabel_figures
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.models.card import Card
from einthoven.models.twelve_lead import (
    DEFAULT_BAND,
    TwelveLeadInput,
    check_contract,
    classify,
    decide,
    prepare,
)
from einthoven.recording import STANDARD_LEADS, Float32
from einthoven.signal.quality import assess_quality

_AT_ONCE = 32


def evaluate_twelve_lead(
    data: str | Path,
    model: str | Path | Bundle,
    *,
    folds: Collection[int] = (10,),
    rate: int = 500,
    leads: Sequence[str] | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    draw: bool = True,
    on_record: Callable[[str, int], None] = lambda name, total: None,
) -> dict[str, Any]:
    """Classify records of PTB-XL and compare the answers with its statements.

    Each record is read from its file, its leads are judged, and those that are usable are given to the
    model, as `einthoven.analyze` does. The labels are those that the model was trained for.

    Args:
        data: root in the publisher's layout.
        model: name, folder or loaded bundle of task ``twelve-lead``.
        folds: official folds to take.
        rate: 100 or 500 Hz, which of the published files.
        leads: names of those that are kept; default: all.
        out: folder for ``metrics.json``, ``predictions.csv`` and figures; default: nothing is written.
        jobs: processes that read; default: one a core.
        draw: write figures as well, if Matplotlib is there.
        on_record: told each record before it is classified, and how many there are.

    Returns:
        the content of ``metrics.json``; intervals are bootstraps over patients.

    Raises:
        DataError: the root is no PTB-XL, has no labelled record of these folds, or ``out`` cannot be written.
        BundleError: the model is not usable.
    """
    bundle = load_bundle(model) if isinstance(model, str | Path) else model
    check_contract(bundle)
    unknown = [name for name in leads or () if name not in STANDARD_LEADS]
    if unknown:
        raise DataError(f"{', '.join(unknown)}: no such lead; allowed: {', '.join(STANDARD_LEADS)}.")
    if out is not None:
        make_folder(Path(out))
    ptb_xl = read_ptb_xl(data)
    found = labels(ptb_xl, str(bundle.card.input.settings.get("labels", bundle.card.name)), folds)
    if found.classes != tuple(bundle.card.classes):
        raise DataError(
            f"{bundle.card.name} answers {', '.join(bundle.card.classes)}; the labels {found.task!r} of "
            f"these data are {', '.join(found.classes)}."
        )
    here = {record.ecg_id for record in ptb_xl.here(rate)}
    wanted = [ecg_id for ecg_id in found.ecg_ids.tolist() if ecg_id in here]
    if not wanted:
        raise DataError(
            f"{data} has no labelled record of fold {', '.join(map(str, sorted(folds)))} at {rate} Hz "
            f"({len(here):,} records of all folds at that rate). To get them: einthoven data get ptb-xl"
        )
    records = [ptb_xl.by_id[ecg_id] for ecg_id in wanted]
    work = partial(_prepare_some, folder=ptb_xl.folder, rate=rate, leads=leads)
    parts = [tuple(records[i : i + _AT_ONCE]) for i in range(0, len(records), _AT_ONCE)]
    answered: dict[int, Float32] = {}
    left_out: dict[int, str] = {}
    for part, inputs in zip(parts, in_processes(work, parts, jobs), strict=True):
        for record, input_or_reason in zip(part, inputs, strict=True):
            on_record(str(record.ecg_id), len(records))
            if isinstance(input_or_reason, str):
                left_out[record.ecg_id] = input_or_reason
            else:
                answered[record.ecg_id] = classify(input_or_reason, bundle)
    if not answered:
        ecg_id, reason = next(iter(left_out.items()))
        raise DataError(f"None of {len(records)} records could be answered; record {ecg_id}: {reason}")
    ecg_ids = np.array(list(answered), dtype=np.int64)
    patients = np.array([ptb_xl.by_id[ecg_id].patient for ecg_id in answered], dtype=np.int64)
    targets = found.targets[np.searchsorted(found.ecg_ids, ecg_ids)]
    probabilities = np.stack(list(answered.values()))
    card = bundle.card
    metrics = {
        "task": "twelve-lead",
        "model": {"name": card.name, "version": card.version, "sha256": card.onnx_sha256},
        "data": Path(data).name,
        "labels": found.task,
        "rate": rate,
        "folds": sorted(folds),
        "leads": list(leads) if leads is not None else list(STANDARD_LEADS),
        "n_records": len(ecg_ids),
        "n_patients": len(np.unique(patients)),
        "without_label": found.dropped,
        "without_files": len(found.ecg_ids) - len(wanted),
        "left_out": {str(ecg_id): reason for ecg_id, reason in left_out.items()},
        "folds_seen_in_training": _folds_seen(card, folds),
        "intervals": "95 %, bootstrap over patients",
        **multilabel_figures(targets, probabilities, card.classes, _thresholds(card), patients),
    }
    for column, name in enumerate(card.classes):
        metrics["per_class"][name] |= _band_figures(card, name, targets[:, column], probabilities[:, column])
    if out is not None:
        folder = Path(out)
        rows = zip(ecg_ids.tolist(), patients.tolist(), targets.tolist(), probabilities, strict=True)
        write_results(folder, metrics, lambda path: _write_predictions(path, card, ptb_xl, rows))
        if draw:
            draw_multilabel_figures(folder, card.classes, targets, probabilities)
    return metrics


def _prepare_some(
    records: tuple[PtbXlRecord, ...], folder: Path, rate: int, leads: Sequence[str] | None
) -> list[TwelveLeadInput | str]:
    """Return what the network sees of each record, or why there is nothing to see."""
    ptb_xl = PtbXl(folder, records, {})
    return [_prepare(ptb_xl, record, rate, leads) for record in records]


def _prepare(
    ptb_xl: PtbXl, record: PtbXlRecord, rate: int, leads: Sequence[str] | None
) -> TwelveLeadInput | str:
    try:
        recording = load_signals(ptb_xl, record, rate)
        if leads is not None:
            kept = [i for i, name in enumerate(recording.leads) if name in leads]
            recording = replace(
                recording, signals=recording.signals[kept], leads=tuple(recording.leads[i] for i in kept)
            )
        return prepare(recording, [lead.usable for lead in assess_quality(recording)])
    except EinthovenError as error:
        return str(error)


def _thresholds(card: Card) -> dict[str, float]:
    return {name: card.thresholds.get(name, 0.5) for name in card.classes}


def _folds_seen(card: Card, folds: Collection[int]) -> list[int]:
    """Return those of the folds that the card says the model was trained or chosen on."""
    seen: set[int] = set()
    for source in card.data:
        told = re.search(r"official folds? ([\d, ]+)", source.version)
        seen |= {int(fold) for fold in re.findall(r"\d+", told.group(1))} if told else set()
    return sorted(seen & set(folds))


def _band_figures(card: Card, name: str, positive: Flags, probabilities: Float32) -> dict[str, Any]:
    """Return how often a class is told present, absent or not sure, and how often that is wrong."""
    band = card.bands.get(name, DEFAULT_BAND)
    decisions = np.array([decide(float(value), band) for value in probabilities])

    def share(decision: str, among: Flags) -> float | None:
        return float(np.mean(decisions[among] == decision)) if among.any() else None

    return {
        "band": list(band),
        "not_sure": share("borderline", np.ones(len(positive), np.bool_)),
        "told_absent_of_those_with_it": share("absent", positive),
        "told_present_of_those_without": share("present", ~positive),
    }


def _write_predictions(
    path: Path, card: Card, ptb_xl: PtbXl, rows: Iterable[tuple[int, int, list[bool], Float32]]
) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        true, answered = ([f"{kind}_{name}" for name in card.classes] for kind in ("true", "p"))
        writer.writerow(["ecg_id", "patient", "fold", *true, *answered])
        for ecg_id, patient, targets, probabilities in rows:
            values = [f"{value:.6f}" for value in probabilities]
            writer.writerow([ecg_id, patient, ptb_xl.by_id[ecg_id].fold, *map(int, targets), *values])
