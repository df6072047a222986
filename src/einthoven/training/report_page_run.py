"""A recipe of report pages to a bundle: cross-validate, export the networks of all folds, calibrate."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only

from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.models.card import DataSource
from einthoven.models.report_page_classes import CLASSES
from einthoven.recording import Float32, Int64
from einthoven.training.calibration import fit_vector_scaling
from einthoven.training.checkpoints import CHECKPOINT, checkpoint_to_go_on_from
from einthoven.training.export import rounded_to_half, write_card
from einthoven.training.fitting import Machines, fit, mlflow_logger
from einthoven.training.networks.layers import without_batch_norm
from einthoven.training.networks.page_net import PageEnsemble, PageNet, PageNetOptions
from einthoven.training.provenance import write_origin
from einthoven.training.report_page_card import Floats, report_page_card
from einthoven.training.report_page_course import PageCourse, StatementCourse, answer
from einthoven.training.report_page_data import (
    Pages,
    StatementBeats,
    folds_of,
    load_pages_of,
    load_statement_beats,
)
from einthoven.training.report_page_export import export_pages
from einthoven.training.report_page_recipe import PageRecipe


def train_report_page(
    recipe: PageRecipe,
    recipe_path: Path,
    recipe_hash: str,
    overrides: Mapping[str, str],
    folder: Path,
    machines: Machines,
    *,
    fresh: bool = False,
    mlflow: bool = False,
) -> Bundle | None:
    """Train the networks and write their bundle; logs and checkpoints lie beside it, in ``NAME-log``.

    Args:
        recipe: what to train.
        recipe_path: its file.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        folder: for the bundle; must exist.
        machines: processes to train in.
        fresh: begin anew where an earlier run could be gone on with.
        mlflow: log to MLflow too.

    Returns:
        the bundle; None in processes other than the first.

    Raises:
        DataError: there are no pages, a class has none, PTB-XL was not prepared, or something cannot be
            written.
        EinthovenError: ``NAME-log`` has the checkpoint of another run.
    """
    if recipe.input == "lead_pictures":
        from einthoven.training.report_page_pictures import train_lead_pictures

        return train_lead_pictures(
            recipe, recipe_path, recipe_hash, overrides, folder, machines, fresh=fresh, mlflow=mlflow
        )
    first = getattr(rank_zero_only, "rank", 0) in (None, 0)

    def tell(what: str) -> None:
        if first:
            print(what, flush=True)

    pages = load_pages_of(recipe.data, tell)
    beats = None if recipe.statements is None else load_statement_beats(recipe.statements, tell)
    tell(
        f"{len(pages)} pages in {len(np.unique(pages.groups))} groups, {len(pages.unread)} unread; "
        + (f"{len(beats[0]):,} records of PTB-XL" if beats else "no statements")
    )
    fingerprint = {"recipe": recipe.weights_rest_on(), "pages": pages.sha256()}
    if beats is not None:
        fingerprint |= {"statements": beats[0].sha256(), "validation statements": beats[1].sha256()}
    logs = folder.with_name(folder.name + "-log")

    def begin(name: str) -> tuple[Path, list[Any]]:
        log = logs / name
        log.mkdir(parents=True, exist_ok=True)
        if first:
            if fresh:
                (log / CHECKPOINT).unlink(missing_ok=True)
            checkpoint_to_go_on_from(log, fingerprint)
            write_origin(log, recipe, overrides, fingerprint)
            tell(name)
        return log, [mlflow_logger(f"{recipe.name}-{name}", log)] if mlflow else []

    assert isinstance(recipe.network, PageNetOptions)
    torch.manual_seed(recipe.seed)
    network = PageNet(len(CLASSES), 0 if beats is None else beats[0].targets.shape[1], recipe.network)
    if beats is not None:
        log, loggers = begin("statements")
        course = StatementCourse(network, recipe, *beats)
        fit(course, log, fingerprint, machines=machines, loggers=loggers)
    learnt = {name: values.clone() for name, values in network.state_dict().items()}
    members, held_out = [], np.zeros((recipe.repeats, len(pages), len(CLASSES)), np.float32)
    for repeat in range(recipe.repeats):
        fold = folds_of(pages.classes, pages.groups, recipe.folds, recipe.seed + repeat)
        for number in range(recipe.folds):
            member = _member(recipe, pages, fold, number, repeat, beats, learnt)
            log, loggers = begin(f"fold-{number + 1}" + (f"-{repeat + 1}" if recipe.repeats > 1 else ""))
            fit(member, log, fingerprint, machines=machines, loggers=loggers)
            rounded_to_half(member.network)
            out = np.flatnonzero(fold == number)
            held_out[repeat, out] = answer(member.network, pages, out)
            members.append(member.network)
    if not first:
        return None
    ensemble = without_batch_norm(PageEnsemble(members).eval())
    rounded_to_half(ensemble)
    parameters = export_pages(ensemble, folder / ONNX_FILE)
    logits = held_out.reshape(-1, len(CLASSES))
    true = np.tile(pages.classes, recipe.repeats)
    card = report_page_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        sources=_sources(recipe, pages, beats),
        true=pages.classes,
        probabilities=crossed(held_out, pages, recipe),
        protocol=f"{len(pages)} pages, {recipe.folds}-fold cross-validation over groups of pages that "
        "look alike, "
        f"{recipe.repeats} time{'s' if recipe.repeats > 1 else ''}; each page answered by a single "
        "network that had "
        "not learnt from it; calibration fitted on other pages; intervals over pages",
        calibration=fit_vector_scaling(logits, true),
        calibrated_on=f"the answers to {len(pages)} pages by networks that had not learnt from them",
        members=len(members),
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def crossed(held_out: Float32, pages: Pages, recipe: PageRecipe) -> Floats:
    """Return calibrated probabilities, each page's by a calibration that was fitted on pages of other folds.

    Args:
        held_out: logits of pages by networks that had not learnt from them, shape ``(repeats, n, 4)``; what
            the repeats say of a page is averaged after calibration.
        pages: theirs.
        recipe: says how pages were parted.
    """
    total = np.zeros(held_out.shape[1:], dtype=np.float64)
    for repeat, logits in enumerate(held_out):
        fold = folds_of(pages.classes, pages.groups, recipe.folds, recipe.seed + repeat)
        for number in range(recipe.folds):
            out = fold == number
            fitted = fit_vector_scaling(logits[~out], pages.classes[~out])
            total[out] += fitted(logits[out])
    return total / len(held_out)


def _member(
    recipe: PageRecipe,
    pages: Pages,
    fold: Int64,
    number: int,
    repeat: int,
    beats: tuple[StatementBeats, StatementBeats] | None,
    learnt: Mapping[str, torch.Tensor],
) -> PageCourse:
    seed = recipe.seed + 100 * repeat + number
    torch.manual_seed(seed)
    assert isinstance(recipe.network, PageNetOptions)
    network = PageNet(len(CLASSES), 0 if beats is None else beats[0].targets.shape[1], recipe.network)
    if beats is not None:  # the answer begins anew, what the beat shows was learnt
        old = {name: values for name, values in learnt.items() if not name.startswith("answer.")}
        network.load_state_dict(network.state_dict() | old)
    inside, out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
    return PageCourse(network, recipe, pages, inside, out, None if beats is None else beats[0], seed)


def _sources(
    recipe: PageRecipe, pages: Pages, beats: tuple[StatementBeats, StatementBeats] | None
) -> list[DataSource]:
    counts = ", ".join(f"{int((pages.classes == i).sum())} {name}" for i, name in enumerate(CLASSES))
    sources = [
        DataSource(
            name=Path(recipe.data.folder).name,
            version=f"{len(pages)} pages in {len(np.unique(pages.groups))} groups: {counts}; "
            f"{len(pages.unread)} "
            "unread",
            records=sorted(page.path.stem for page in pages.pages),
            role="training",
            licence=recipe.data.licence,
        )
    ]
    if beats is not None and recipe.statements is not None:
        sources.append(
            DataSource(
                name=recipe.statements.source,
                version=f"{len(beats[0]):,} records of folds 1-8, {len(beats[1]):,} of fold 9",
                records=[],
                role="statements learnt beside",
                licence="CC BY 4.0",
            )
        )
    return sources
