"""A beat recipe to a bundle, with the estimate for unseen patients on its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from einthoven.datasets.roots import data_root
from einthoven.models.beat_inputs import INPUTS_VERSION
from einthoven.models.beats import second_look
from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.recording import AAMI_CLASSES
from einthoven.training.beat_card import beat_card
from einthoven.training.beat_data import LabelledRecord, example, load_records
from einthoven.training.beat_export import export_beats
from einthoven.training.beat_networks import Job, jobs_of, kept_logits, kept_members, train_networks
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.cross_validation import (
    HeldOut,
    calibrate,
    choose_decision_weights,
    f1,
    keep_held_out,
    patient_folds,
)
from einthoven.training.export import write_card

_HELD_OUT = "held_out.npz"
_LEARNT_FROM = {"data", "noise", "network", "recomposition", "optimisation", "folds", "seed"}  # of a recipe


def train_beats(
    recipe: BeatRecipe,
    recipe_path: Path,
    recipe_hash: str,
    overrides: Mapping[str, str],
    folder: Path,
    *,
    processes: int | None = None,
    fresh: bool = False,
) -> Bundle:
    """Cross-validate over patients, calibrate on what was held out, train on all, export.

    What each network gave is kept beside the bundle, in ``NAME-log``, and is taken up again when the recipe
    is started again with the same networks, data and chance.

    Args:
        recipe: what to train.
        recipe_path: its file.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        folder: for the bundle; must exist.
        processes: networks trained at once; default: one a GPU, else one.
        fresh: train all networks anew.

    Raises:
        DataError: data are missing.
    """
    root = data_root()
    log = folder.with_name(folder.name + "-log")
    log.mkdir(exist_ok=True)
    records = load_records(recipe, root)
    beats = sum(len(record.beats.samples) for record in records)
    print(f"{len(records)} records, {beats} beats", flush=True)

    jobs = jobs_of(recipe)
    learnt_from = f"{recipe.model_dump_json(include=_LEARNT_FROM)} inputs {INPUTS_VERSION} beats {beats}"
    _forget_others(log, jobs, learnt_from, fresh)
    train_networks(jobs, recipe, root, log, processes)

    held_out = _held_out(records, recipe, log)
    keep_held_out(log / _HELD_OUT, held_out)
    calibration = calibrate(held_out)
    members = kept_members(log, recipe)
    parameters = export_beats(members, folder / ONNX_FILE)
    card = beat_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        records=records,
        held_out=held_out,
        calibration=calibration,
        decision_weights=choose_decision_weights(held_out, calibration),
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def _forget_others(log: Path, jobs: Sequence[Job], learnt_from: str, fresh: bool) -> None:
    """Remove what networks left that learnt from something else."""
    described = log / "recipe.txt"
    if fresh or not described.is_file() or described.read_text(encoding="utf-8") != learnt_from:
        for job in jobs:
            (log / job.file).unlink(missing_ok=True)
    described.write_text(learnt_from, encoding="utf-8")


def _held_out(records: Sequence[LabelledRecord], recipe: BeatRecipe, log: Path) -> list[HeldOut]:
    """Return the answers to all records, in their order, by networks that have not seen their patients."""
    answers: dict[str, HeldOut] = {}
    by_name = {record.name: record for record in records}
    for fold, names in enumerate(patient_folds(list(by_name), recipe.folds)):
        logits = kept_logits(log, fold, recipe.members)
        for name in names:
            truth = example(by_name[name])
            answers[name] = HeldOut(name, *second_look(logits[name], truth.inputs), truth.classes)
        _report_fold(fold, [answers[name] for name in names])
    return [answers[name] for name in by_name]


def _report_fold(fold: int, answers: Sequence[HeldOut]) -> None:
    classes = np.concatenate([answer.classes for answer in answers])
    predicted = np.concatenate(
        [np.where(a.fused, AAMI_CLASSES.index("F"), a.logits.argmax(axis=1)) for a in answers]
    )
    figures = ", ".join(f"{letter} F1 {f1(classes, predicted, i):.3f}" for i, letter in enumerate("NSVF"))
    print(f"fold {fold + 1}: {figures} on {', '.join(answer.record for answer in answers)}", flush=True)
