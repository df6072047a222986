"""What a recipe of beat drawings gives in cross-validation over beats and patients; resumable by fold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from einthoven.datasets.beat_images import BeatStore
from einthoven.errors import DataError, RecipeError
from einthoven.evaluation.metrics import resample
from einthoven.evaluation.pictures import count, picture_figures
from einthoven.recording import Float32, Int64
from einthoven.training.beat_image_batches import Drawings
from einthoven.training.beat_image_course import DrawingCourse, answer
from einthoven.training.beat_image_data import class_numbers
from einthoven.training.beat_image_drawings import drawings_of_classes
from einthoven.training.beat_image_export import make_network
from einthoven.training.beat_image_recipe import BeatImageRecipe, CurveInput
from einthoven.training.beat_image_run import drawings_sha256, told
from einthoven.training.calibration import fit_vector_scaling
from einthoven.training.fitting import fit
from einthoven.training.folds import Over, folds_of

DECISION_POWER = 0.5


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """Answers to every beat by a network that was trained without its fold.

    Attributes:
        classes: true class numbers, shape ``(n,)``.
        probabilities: calibrated on beats that the network was not tested on, shape ``(n, n_classes)``.
        predicted: the class whose probability is largest, each divided by the square root of the class's
            share of the other folds: the likeliest is best for accuracy alone, and loses rare classes.
        patients: of each beat.
        folds: of each beat.
    """

    classes: Int64
    probabilities: npt.NDArray[np.float64]
    predicted: Int64
    patients: npt.NDArray[np.str_]
    folds: Int64


def all_drawings(store: BeatStore, recipe: BeatImageRecipe, folder: Path) -> tuple[Int64, Drawings]:
    """Return each beat of the recipe's classes drawn once, and which beat each is; kept in ``folder``.

    Raises:
        RecipeError: the recipe draws in varied looks, or takes pixels: folds over these are not made.
    """
    if not isinstance(recipe.input, CurveInput) or recipe.data.looks != "jun" or recipe.data.folders:
        raise RecipeError(
            f"{recipe.name}: cross-validation takes recipes with input curve, looks jun and no folders, such "
            "as recipes/beat-image-jun.yaml."
        )
    classes = class_numbers(store, recipe.data)
    beats_file, values_file = folder / "drawings-beats.npy", folder / "drawings-values.npy"
    if beats_file.is_file() and values_file.is_file():
        beats, values = np.load(beats_file), np.load(values_file)
        if len(beats) != len(values) or np.any(beats >= len(store)) or np.any(classes[beats] < 0):
            raise DataError(
                f"{folder} holds drawings of other beats. Name another folder, or remove drawings-*.npy."
            )
    else:
        from einthoven.training.beat_image_drawings import curves_of

        say = told()
        drawn = curves_of(
            store, np.flatnonzero(classes >= 0), "jun", recipe.seed, lambda i, n: say("drawing beats", i, n)
        )
        beats, values = drawn.beats, drawn.values
        np.save(values_file, values)
        np.save(beats_file, beats)
    return beats, Drawings(
        values=values,
        classes=classes[beats],
        n_classes=len(recipe.data.classes),
        owners=store.patients[beats],
        sources=np.full(len(beats), recipe.data.source),
    )


def cross_validate(
    store: BeatStore,
    recipe: BeatImageRecipe,
    folder: Path,
    *,
    n_folds: int = 10,
    over: Over = "beats",
    only: Sequence[int] | None = None,
    on_fold: Callable[[int, FoldAnswers], None] = lambda fold, answers: None,
) -> FoldAnswers:
    """Answer every beat by a network that was trained without its fold.

    What a fold has come to lies in ``folder``: after an interruption, the same call goes on.

    Args:
        store: prepared beats.
        recipe: what is trained, see `all_drawings`.
        folder: for drawings, checkpoints and answers.
        n_folds: how many.
        over: ``beats``: a patient's beats are in training and test, as is usual; ``patients``: they are not.
        only: these folds alone; default: all.
        on_fold: told of each fold, when it is done, with the answers so far.

    Raises:
        RecipeError: see `all_drawings`.
        EinthovenError: a fold's folder is of another run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _, drawings = all_drawings(store, recipe, folder)
    folds = folds_of(drawings.classes, drawings.owners, n_folds, over, recipe.seed)
    probabilities = np.full((len(drawings), drawings.n_classes), np.nan)
    predicted = np.zeros(len(drawings), dtype=np.int64)

    def so_far() -> FoldAnswers:
        done = np.isfinite(probabilities[:, 0])
        return FoldAnswers(
            drawings.classes[done], probabilities[done], predicted[done], drawings.owners[done], folds[done]
        )

    for fold in only if only is not None else range(n_folds):
        test = np.flatnonzero(folds == fold)
        probabilities[test] = _fold(drawings, folds, fold, recipe, folder / f"{over}-{n_folds}-{fold}")
        counts = np.bincount(drawings.classes[folds != fold], minlength=drawings.n_classes)
        shares = np.maximum(counts, 1) / counts.sum()
        predicted[test] = (probabilities[test] / shares**DECISION_POWER).argmax(axis=1)
        on_fold(fold, so_far())
    return so_far()


def _fold(
    drawings: Drawings, folds: Int64, fold: int, recipe: BeatImageRecipe, place: Path
) -> npt.NDArray[np.float64]:
    """Return the calibrated probabilities of a fold's drawings; trains where that was not yet done."""
    place.mkdir(exist_ok=True)
    test = drawings.take(np.flatnonzero(folds == fold))
    kept, origin = place / "answers.npy", place / "origin.json"
    asked = {
        "recipe": hashlib.sha256(recipe.weights_rest_on().encode()).hexdigest(),
        "test drawings": drawings_sha256(test),
    }
    if kept.is_file() and origin.is_file():
        if json.loads(origin.read_text(encoding="utf-8")) != asked:
            raise DataError(
                f"{place} is of another recipe or other drawings. Name another folder with --out."
            )
        answers: npt.NDArray[np.float64] = np.load(kept)
        return answers
    learning = np.flatnonzero(folds != fold)
    chance = np.random.default_rng((recipe.seed, 6, fold))
    held = chance.random(len(learning)) < recipe.data.validation
    validation = drawings.take(learning[held])
    chosen = drawings_of_classes(
        drawings.classes,
        learning[~held],
        times=recipe.data.times,
        least=recipe.data.least,
        most=recipe.data.most,
        seed=recipe.seed + fold,
    )
    training = drawings.take(chosen)
    torch.manual_seed(recipe.seed + fold)
    network = make_network(recipe.network, recipe.input, drawings.n_classes)
    course = DrawingCourse(network, recipe, training, validation)
    fingerprint = {"recipe": recipe.weights_rest_on(), "training drawings": drawings_sha256(training)}
    fit(course, place, fingerprint)
    calibration = fit_vector_scaling(answer(course.network, validation.values), validation.classes)
    logits: Float32 = answer(course.network, test.values)
    answers = calibration(logits)
    np.save(kept, answers)
    origin.write_text(json.dumps(asked), encoding="utf-8")
    return answers


def figures(answers: FoldAnswers, recipe: BeatImageRecipe) -> dict[str, Any]:
    """Return the figures over all folds together, with intervals over patients."""
    labels = recipe.data.classes
    predicted = answers.predicted
    names = np.unique(answers.patients)
    each = np.stack(
        [
            count(answers.classes[of_it], predicted[of_it], len(labels))
            for of_it in (answers.patients == name for name in names)
        ]
    )
    return picture_figures(
        labels,
        answers.classes,
        predicted,
        answers.probabilities.astype(np.float32),
        resample(each) if len(names) > 1 else None,
    )
