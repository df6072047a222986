"""A beat recipe to a bundle, with the estimate for unseen patients on its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from einthoven.datasets.roots import data_root
from einthoven.models.beat_inputs import INPUTS_VERSION
from einthoven.models.bundle import ONNX_FILE, Bundle, file_sha256, load_bundle
from einthoven.recording import AAMI_CLASSES
from einthoven.training.beat_card import beat_card
from einthoven.training.beat_data import load_records, training_examples
from einthoven.training.beat_export import export_beats
from einthoven.training.beat_module import fit
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.cross_validation import (
    HeldOut,
    calibrate,
    choose_decision_weights,
    cross_validate,
    keep_held_out,
    kept_held_out,
)
from einthoven.training.export import write_card

_HELD_OUT = "held_out.npz"


def train_beats(
    recipe: BeatRecipe, recipe_path: Path, recipe_hash: str, overrides: Mapping[str, str], folder: Path
) -> Bundle:
    """Cross-validate over patients, calibrate on what was held out, train on all, export.

    The answers for held-out patients are kept beside the bundle, in ``NAME-log``, and are used again if the
    same recipe is started again on the same beats.

    Args:
        recipe: what to train.
        recipe_path: its file.
        recipe_hash: SHA-256 of that.
        overrides: what was put in place of the file's own values.
        folder: for the bundle; must exist.

    Raises:
        DataError: data are missing.
    """
    root = data_root()
    log = folder.with_name(folder.name + "-log")
    log.mkdir(exist_ok=True)

    records = load_records(recipe, root, _tell)
    examples = training_examples(records, recipe, root, _tell)
    beats = sum(len(example) for example in examples)
    fingerprint = f"{recipe.model_dump_json()} inputs {INPUTS_VERSION} beats {beats}"
    print(f"{len(records)} records, {len(examples)} examples, {beats} beats", flush=True)

    held_out = _kept(log, fingerprint)
    if held_out is None:
        held_out = cross_validate(records, examples, recipe, _report_fold)
        _keep(log, fingerprint, held_out)
    calibration = calibrate(held_out)
    weights = choose_decision_weights(held_out, calibration)

    members = []
    for seed in range(recipe.members):
        print(f"training member {seed + 1} of {recipe.members}", flush=True)
        members.append(
            fit(
                examples,
                recipe.network,
                recipe.optimisation,
                share=recipe.recomposition.share,
                seed=recipe.seed + 100 + seed,
            )
        )
    parameters = export_beats(members, folder / ONNX_FILE)
    card = beat_card(
        recipe,
        recipe_file=recipe_path.as_posix(),
        recipe_hash=recipe_hash,
        overrides=overrides,
        records=records,
        held_out=held_out,
        calibration=calibration,
        decision_weights=weights,
        onnx_sha256=file_sha256(folder / ONNX_FILE),
        parameters=parameters,
    )
    write_card(card, folder)
    return load_bundle(folder)


def _tell(what: str, done: int, total: int) -> None:
    if done % max(1, total // 4) == 0:
        print(f"{what}: {done} of {total}", flush=True)


def _report_fold(fold: int, answers: Sequence[HeldOut]) -> None:
    from einthoven.training.cross_validation import f1

    classes = np.concatenate([answer.classes for answer in answers])
    predicted = np.concatenate(
        [np.where(a.fused, AAMI_CLASSES.index("F"), a.logits.argmax(axis=1)) for a in answers]
    )
    figures = ", ".join(f"{letter} F1 {f1(classes, predicted, i):.3f}" for i, letter in enumerate("NSVF"))
    print(f"fold {fold + 1}: {figures} on {', '.join(answer.record for answer in answers)}", flush=True)


def _keep(log: Path, fingerprint: str, held_out: Sequence[HeldOut]) -> None:
    keep_held_out(log / _HELD_OUT, held_out)
    (log / "recipe.txt").write_text(fingerprint, encoding="utf-8")


def _kept(log: Path, fingerprint: str) -> list[HeldOut] | None:
    """Return the held-out answers of an earlier start of exactly this recipe, if there are any."""
    path = log / _HELD_OUT
    described = log / "recipe.txt"
    if not path.is_file() or not described.is_file() or described.read_text(encoding="utf-8") != fingerprint:
        return None
    held_out = kept_held_out(path)
    print(f"held-out answers of {len(held_out)} records are taken from {path}", flush=True)
    return held_out
