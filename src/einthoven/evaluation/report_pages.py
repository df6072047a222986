"""Measuring a model of report pages on folders of pages by class."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.report_pages import ReportPage, find_report_pages
from einthoven.errors import PageError
from einthoven.evaluation.document import make_folder, write_results
from einthoven.evaluation.metrics import resample_rows
from einthoven.evaluation.pictures import count, picture_figures
from einthoven.evaluation.report_page_repaint import WAYS, repaint
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.models.card import Card
from einthoven.models.report_page import PageAnswer, check_contract, classify_page, refused
from einthoven.paper.pages import load_pages
from einthoven.recording import Float32, Int64

UInt8 = npt.NDArray[np.uint8]


def evaluate_report_pages(
    data: str | Path,
    model: str | Path | Bundle = "report-page",
    *,
    out: str | Path | None = None,
    draw: bool = True,
    repainted: int = 0,
    on_page: Callable[[int, int], None] = lambda done, n: None,
) -> dict[str, Any]:
    """Classify the pages in class folders and compare the answers with the folders' names.

    A page that cannot be read is refused and counts as wrong. Whose page is whose nobody knows, so that
    intervals are over pages. Pages that the model has learnt from are told by their names on its card, and
    figures of the others alone are given beside.

    Args:
        data: folder that holds a folder of pages for each class.
        model: name, folder or loaded bundle of task ``report-page``.
        out: folder for ``metrics.json``, ``predictions.csv`` and figures; default: nothing is written.
        draw: write figures as well, if Matplotlib is there.
        repainted: of so many pages, spread over all, what lies around the ECG is painted anew in each of
            `report_page_repaint.WAYS`, and how far the probabilities move is measured.
        on_page: told how many pages are done, and of how many.

    Returns:
        the content of ``metrics.json``.

    Raises:
        DataError: folders are absent or have names that are no classes, or ``out`` cannot be written.
        BundleError: the model is not usable.
    """
    bundle = load_bundle(model) if isinstance(model, str | Path) else model
    check_contract(bundle)
    if out is not None:
        make_folder(Path(out))
    root = Path(data)
    pages = find_report_pages(root)
    answers = []
    for done, page in enumerate(pages):
        on_page(done, len(pages))
        answers.append(_classified(page, bundle))
    on_page(len(pages), len(pages))
    metrics = _document(root, bundle, pages, answers)
    if repainted:
        metrics["repainted"] = measure_repainting(pages, answers, bundle, repainted, on_page)
    metrics["remarks"] = remarks(metrics)
    if out is not None:
        folder = Path(out)
        write_results(folder, metrics, lambda path: _write(path, root, pages, answers, bundle.card))
        if draw:
            _draw(folder, metrics, pages, answers, bundle.card)
    return metrics


def measure_repainting(
    pages: list[ReportPage],
    answers: list[PageAnswer],
    bundle: Bundle,
    n: int,
    on_page: Callable[[int, int], None] = lambda done, n: None,
) -> dict[str, Any]:
    """Return how far probabilities move when the surroundings of the ECG are painted anew.

    Args:
        pages: all pages.
        answers: to them as they are.
        bundle: the model.
        n: of how many pages, spread evenly over those that were answered.
        on_page: told how many repainted pages are done, and of how many.
    """
    answered = [i for i, answer in enumerate(answers) if answer.decision == "answered"]
    chosen = [answered[i] for i in np.unique(np.linspace(0, len(answered) - 1, n).astype(int)).tolist()]
    chance = np.random.default_rng(0)
    moved: dict[str, list[float]] = {way: [] for way in WAYS}
    other: dict[str, int] = dict.fromkeys(WAYS, 0)
    lost: dict[str, int] = dict.fromkeys(WAYS, 0)
    for done, i in enumerate(chosen):
        pixels = load_pages(pages[i].path)[0].pixels
        before = np.array(list(answers[i].probabilities.values()))
        for place, way in enumerate(WAYS):
            on_page(done * len(WAYS) + place, len(chosen) * len(WAYS))
            after = classify_page(repaint(pixels, way, chance), bundle)
            if after.decision == "refused":
                lost[way] += 1
                continue
            moved[way].append(float(np.abs(np.array(list(after.probabilities.values())) - before).max()))
            other[way] += after.label != answers[i].label
    every = [value for values in moved.values() for value in values]
    return {
        "pages": len(chosen),
        "largest_change": max(every, default=None),
        "mean_change": float(np.mean(every)) if every else None,
        "ways": {
            way: {
                "largest_change": max(moved[way], default=None),
                "other_class": other[way],
                "refused": lost[way],
            }
            for way in WAYS
        },
    }


def remarks(metrics: dict[str, Any]) -> list[str]:
    """Return what a reader must know before believing the figures."""
    name, n = metrics["model"]["name"], metrics["n_pages"]
    found = []
    if metrics["n_seen_in_training"]:
        found.append(
            f"{metrics['n_seen_in_training']} of {n} pages have names that {name} has learnt from: "
            "figures over them "
            "say nothing. Its card says what it gives on pages that were held out."
        )
    found.append("Patients are not known: pages of one patient may have been in training.")
    return found


def _classified(page: ReportPage, bundle: Bundle) -> PageAnswer:
    try:
        pixels = load_pages(page.path)[0].pixels
    except PageError as fault:
        return refused(str(fault))
    return classify_page(pixels, bundle)


def _numbers(pages: list[ReportPage], answers: list[PageAnswer], card: Card) -> tuple[Int64, Int64, Float32]:
    """Return true and predicted class numbers (4: refused) and probabilities (0 where refused)."""
    n = len(card.classes)
    true = np.array([card.classes.index(page.label) for page in pages], dtype=np.int64)
    predicted = np.array(
        [card.classes.index(a.label) if a.decision == "answered" else n for a in answers], dtype=np.int64
    )
    scores = np.zeros((len(pages), n), np.float32)
    for row, answer in zip(scores, answers, strict=True):
        if answer.decision == "answered":
            row[:] = [answer.probabilities[name] for name in card.classes]
    return true, predicted, scores


def _seen(pages: list[ReportPage], card: Card) -> npt.NDArray[np.bool_]:
    names = {name for source in card.data if source.role != "test" for name in source.records}
    return np.array([page.path.stem in names for page in pages], dtype=np.bool_)


def _document(
    root: Path, bundle: Bundle, pages: list[ReportPage], answers: list[PageAnswer]
) -> dict[str, Any]:
    card = bundle.card
    true, predicted, scores = _numbers(pages, answers, card)
    seen = _seen(pages, card)
    n = len(card.classes)

    def figures(rows: npt.NDArray[np.bool_]) -> dict[str, Any]:
        resampled = resample_rows(count(true[rows], predicted[rows], n))
        return picture_figures(card.classes, true[rows], predicted[rows], scores[rows], resampled)

    reasons: dict[str, int] = {}
    for answer in answers:
        if answer.decision == "refused":
            reasons[answer.reason] = reasons.get(answer.reason, 0) + 1
    return {
        "task": "report-pages",
        "model": {"name": card.name, "version": card.version, "sha256": card.onnx_sha256},
        "data": root.name,
        "intervals": "95 %, bootstrap over pages: whose they are is not known",
        "n_pages": len(pages),
        "n_refused": sum(reasons.values()),
        "refused": dict(sorted(reasons.items(), key=lambda item: -item[1])),
        "n_seen_in_training": int(seen.sum()),
        "model_patient_split": card.patient_split,
        **figures(np.ones(len(pages), np.bool_)),
        "not_seen_in_training": figures(~seen) if 0 < seen.sum() < len(pages) else None,
    }


def _write(path: Path, root: Path, pages: list[ReportPage], answers: list[PageAnswer], card: Card) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["page", "true", "predicted", *(f"p_{name}" for name in card.classes), "leads", "refused"]
        )
        for page, answer in zip(pages, answers, strict=True):
            given = [
                f"{answer.probabilities[name]:.6f}" if answer.probabilities else "" for name in card.classes
            ]
            leads = " ".join(
                f"{lead}:{max(told, key=lambda name: told[name])}" for lead, told in answer.leads.items()
            )
            name = page.path.relative_to(root).as_posix()
            writer.writerow([name, page.label, answer.label, *given, leads, answer.reason])


def _draw(
    folder: Path, metrics: dict[str, Any], pages: list[ReportPage], answers: list[PageAnswer], card: Card
) -> None:
    from einthoven.evaluation import figures

    true, predicted, scores = _numbers(pages, answers, card)
    answered = predicted < len(card.classes)
    if not figures.can_draw() or not answered.any():
        return
    labels = [name.replace("_", "\n") for name in card.classes]
    counts = np.array(metrics["confusion_matrix"])
    figures.save(figures.confusion_matrices({"": counts}, labels), folder, "confusion_matrix")
    targets = np.eye(len(labels), dtype=np.bool_)[true[answered]]
    curves = figures.multilabel_curves(card.classes, targets, scores[answered])
    figures.save(curves, folder, "roc_precision_recall")
    right = scores[answered].argmax(axis=1) == true[answered]
    figures.save(figures.calibration_diagram(scores[answered], right), folder, "calibration")
