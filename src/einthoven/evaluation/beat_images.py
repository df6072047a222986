"""Measuring a model of beat drawings on folders of pictures by class."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.beat_image_folders import Picture, find_pictures, read_picture
from einthoven.errors import DataError
from einthoven.evaluation.document import make_folder, write_results
from einthoven.evaluation.metrics import resample_rows
from einthoven.evaluation.pictures import count, picture_figures
from einthoven.models.beat_image import BeatImageAnswer, check_contract, classify_beat_images
from einthoven.models.beat_image_classes import AAMI_OF_CLASS, LETTERS
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.models.card import Card
from einthoven.recording import Float32, Int64

_AT_ONCE = 64


def evaluate_beat_images(
    data: str | Path,
    model: str | Path | Bundle = "beat-image",
    *,
    out: str | Path | None = None,
    draw: bool = True,
    on_pictures: Callable[[int, int], None] = lambda done, n: None,
) -> dict[str, Any]:
    """Classify the pictures in class folders and compare the answers with the folders' names.

    The answer is the likeliest of the classes that have folders: which of these it is, is what such a set
    asks. How often it is the likeliest of all classes of the model, is in ``accuracy_all_classes``. A picture
    in which no curve is found, or that cannot be read, is refused and counts as wrong. Whose beats the
    pictures show nobody knows, so that intervals are over pictures: they take beats of one patient for
    independent ones and are too narrow, and ``intervals`` says so.

    Args:
        data: folder that holds a folder of pictures for each class.
        model: name, folder or loaded bundle of task ``beat-image``.
        out: folder for ``metrics.json``, ``predictions.csv`` and figures; default: nothing is written.
        draw: write figures as well, if Matplotlib is there.
        on_pictures: told how many pictures are done, and of how many.

    Returns:
        the content of ``metrics.json``.

    Raises:
        DataError: folders are absent or have names that are no classes of the model, or ``out`` cannot be
            written.
        BundleError: the model is not usable.
    """
    bundle = load_bundle(model) if isinstance(model, str | Path) else model
    check_contract(bundle)
    if out is not None:
        make_folder(Path(out))
    root = Path(data)
    pictures = find_pictures(root)
    labels, of_label = _labels(pictures, bundle.card)
    pictures = [replace(picture, label=of_label[picture.label]) for picture in pictures]
    answers = _classify(pictures, bundle, on_pictures)
    true = np.array([labels.index(picture.label) for picture in pictures], dtype=np.int64)
    scores, every = _probabilities(answers, labels, bundle.card)
    refused = np.array([answer.decision == "refused" for answer in answers], dtype=np.bool_)
    predicted = np.where(refused, len(labels), scores.argmax(axis=1)).astype(np.int64)
    metrics = _document(root, bundle, pictures, labels, true, predicted, scores, every, answers)
    if out is not None:
        folder = Path(out)
        write_results(
            folder, metrics, lambda path: _write(path, root, pictures, labels, predicted, scores, answers)
        )
        if draw:
            _draw(folder, metrics, labels, true[~refused], scores[~refused])
    return metrics


def _labels(pictures: list[Picture], card: Card) -> tuple[list[str], dict[str, str]]:
    """Return the classes that are asked for, in the model's order, and which of them each folder's class is.

    Where the model or the folders know AAMI letters alone, letters are asked for.

    Raises:
        DataError: the model cannot answer one of them.
    """
    asked = {picture.label for picture in pictures}
    if asked <= set(card.classes):
        return [name for name in card.classes if name in asked], {name: name for name in asked}
    letters = set(card.classes) <= set(LETTERS) or asked <= set(LETTERS)
    if letters:
        answered = {AAMI_OF_CLASS[name] for name in card.classes}
        of_label = {name: AAMI_OF_CLASS[name] for name in asked}
    else:
        answered, of_label = set(card.classes), {name: name for name in asked}
    if set(of_label.values()) <= answered:
        return [letter for letter in LETTERS if letter in of_label.values()], of_label
    folders = sorted({picture.folder for picture in pictures if of_label[picture.label] not in answered})
    raise DataError(
        f"{card.name} does not know the classes of folder {', '.join(folders)}; it answers "
        f"{' '.join(card.classes)}. Evaluate with another --model, or without these folders."
    )


def _classify(
    pictures: list[Picture], bundle: Bundle, on_pictures: Callable[[int, int], None]
) -> list[BeatImageAnswer]:
    answers: list[BeatImageAnswer] = []
    for first in range(0, len(pictures), _AT_ONCE):
        on_pictures(first, len(pictures))
        read, faults = [], {}
        for i, picture in enumerate(pictures[first : first + _AT_ONCE]):
            try:
                read.append(read_picture(picture.path))
            except DataError as fault:
                faults[i] = str(fault)
        given = iter(classify_beat_images(read, bundle))
        answers += [
            BeatImageAnswer("refused", faults[i], "", "", {}, "", {}, None) if i in faults else next(given)
            for i in range(len(pictures[first : first + _AT_ONCE]))
        ]
    on_pictures(len(pictures), len(pictures))
    return answers


def _probabilities(
    answers: list[BeatImageAnswer], labels: list[str], card: Card
) -> tuple[Float32, list[str]]:
    """Return probabilities among ``labels``, 0 where refused, and the likeliest of all that could be said."""
    by_letter = labels[0] not in card.classes
    scores = np.zeros((len(answers), len(labels)), dtype=np.float32)
    every = []
    for row, answer in zip(scores, answers, strict=True):
        if answer.decision == "refused":
            every.append("")
            continue
        given = answer.letters if by_letter else answer.probabilities
        row[:] = [given[label] for label in labels]
        row /= max(float(row.sum()), 1e-12)
        every.append(max(given, key=lambda name: given[name]))
    return scores, every


def _document(
    root: Path,
    bundle: Bundle,
    pictures: list[Picture],
    labels: list[str],
    true: Int64,
    predicted: Int64,
    scores: Float32,
    every: list[str],
    answers: list[BeatImageAnswer],
) -> dict[str, Any]:
    card = bundle.card
    resampled = resample_rows(count(true, predicted, len(labels)))
    reasons: dict[str, int] = {}
    for answer in answers:
        if answer.decision == "refused":
            reason = answer.reason.split(":")[0].split(";")[0]
            reasons[reason] = reasons.get(reason, 0) + 1
    right = [said == labels[t] for said, t in zip(every, true.tolist(), strict=True)]
    folders = {picture.folder: picture.label for picture in pictures}
    document = {
        "task": "beat-images",
        "model": {"name": card.name, "version": card.version, "sha256": card.onnx_sha256},
        "data": root.name,
        "intervals": "95 %, bootstrap over pictures: whose beats they show is not known, so these are too "
        "narrow",
        "n_pictures": len(pictures),
        "folders": folders,
        "answers_among": labels,
        "accuracy_all_classes": float(np.mean(right)),
        "refused": dict(sorted(reasons.items(), key=lambda item: -item[1])),
        "n_refused": sum(reasons.values()),
        "seen_in_training": _seen(root, card),
        "model_patient_split": card.patient_split,
        **picture_figures(labels, true, predicted, scores, resampled),
    }
    return document | {"remarks": remarks(document)}


def remarks(metrics: dict[str, Any]) -> list[str]:
    """Return what a reader must know before believing the figures."""
    name = metrics["model"]["name"]
    found = []
    if metrics["seen_in_training"]:
        found.append(
            f"{name} has learnt from a folder of this name: most of these pictures may be among those. Its "
            "card says what it gives on pictures that were held out."
        )
    found.append(
        "Whose beats these are is not known: the same patients may have been in training, and then these "
        "figures say nothing about new patients."
    )
    return found


def _seen(root: Path, card: Card) -> bool:
    return any(source.name == root.resolve().name and source.role == "training" for source in card.data)


def _write(
    path: Path,
    root: Path,
    pictures: list[Picture],
    labels: list[str],
    predicted: Int64,
    scores: Float32,
    answers: list[BeatImageAnswer],
) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["picture", "true", "predicted", *(f"p_{label}" for label in labels), "refused"])
        for picture, said, row, answer in zip(pictures, predicted.tolist(), scores, answers, strict=True):
            refused = answer.decision == "refused"
            writer.writerow(
                [
                    picture.path.relative_to(root).as_posix(),
                    picture.label,
                    "" if refused else labels[said],
                    *([""] * len(labels) if refused else (f"{value:.6f}" for value in row)),
                    answer.reason,
                ]
            )


def _draw(
    folder: Path,
    metrics: dict[str, Any],
    labels: list[str],
    true: npt.NDArray[np.int64],
    scores: Float32,
) -> None:
    from einthoven.evaluation import figures

    if not figures.can_draw() or not len(true):
        return
    counts = np.array(metrics["confusion_matrix"])
    figures.save(figures.confusion_matrices({"": counts}, labels), folder, "confusion_matrix")
    targets = np.eye(len(labels), dtype=np.bool_)[true]
    figures.save(figures.multilabel_curves(labels, targets, scores), folder, "roc_precision_recall")
    right = scores.argmax(axis=1) == true
    figures.save(figures.calibration_diagram(scores, right), folder, "calibration")
