"""What a recipe gives on patients it has not seen: folds over patients, calibration, decision weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.models.beat_inputs import MARGIN
from einthoven.models.beats import CORE, sequences
from einthoven.models.like_beats import averaged_over_like_beats
from einthoven.recording import AAMI_CLASSES, Float32, Int64
from einthoven.training.beat_data import LabelledRecord, example, patient
from einthoven.training.beat_module import Example, fit, predict
from einthoven.training.beat_recipe import BeatRecipe
from einthoven.training.calibration import VectorScaling, fit_vector_scaling

N_CLASSES = len(AAMI_CLASSES)
_INDISTINCT = 0.003  # of mean F1; far less than patients differ


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Logits for every beat of a record by networks that have not seen its patient.

    Attributes:
        record: ``database/record``.
        logits: float32, shape ``(n_beats, n_classes)``.
        classes: int64, shape ``(n_beats,)``, indices into ``AAMI_CLASSES``.
    """

    record: str
    logits: Float32
    classes: Int64

    @property
    def paced(self) -> bool:
        """Whether most beats are paced or unclassifiable; AAMI EC57 leaves such records out."""
        return bool(np.mean(self.classes == AAMI_CLASSES.index("Q")) > 0.5)


@dataclass(frozen=True, eq=False)
class Answers:
    """Calibrated answers for every beat of a record by networks that have not seen its patient.

    Attributes:
        record: ``database/record``.
        probabilities: shape ``(n_beats, n_classes)``.
        predicted: int64, shape ``(n_beats,)``: the class after decision weights.
        classes: int64, shape ``(n_beats,)``: the true class.
        paced: see `HeldOut.paced`.
    """

    record: str
    probabilities: npt.NDArray[np.float64]
    predicted: Int64
    classes: Int64
    paced: bool


def patient_folds(records: Sequence[str], folds: int) -> list[list[str]]:
    """Deal patients out to folds in turn, so that each database and each stretch of it is in every fold."""
    patients = list(dict.fromkeys(patient(record) for record in records))
    fold_of = {name: i % folds for i, name in enumerate(patients)}
    return [[record for record in records if fold_of[patient(record)] == fold] for fold in range(folds)]


def cross_validate(
    records: Sequence[LabelledRecord],
    examples: Sequence[Example],
    recipe: BeatRecipe,
    on_fold: Callable[[int, list[HeldOut]], None] = lambda fold, answers: None,
) -> list[HeldOut]:
    """Answer every beat of every record by a network trained without its patient (one member a fold)."""
    held_out = []
    for fold, out in enumerate(patient_folds([record.name for record in records], recipe.folds)):
        unseen = {patient(name) for name in out}
        seen = [e for e in examples if not unseen & {patient(name) for name in e.records}]
        network = fit(
            seen,
            recipe.network,
            recipe.optimisation,
            share=recipe.recomposition.share,
            seed=recipe.seed + fold,
        )
        answers = []
        for record in records:
            if record.name in out:
                truth = example(record)
                answers.append(HeldOut(record.name, logits_of(network, truth), truth.classes))
        on_fold(fold, answers)
        held_out += answers
    return held_out


def logits_of(network: object, truth: Example) -> Float32:
    """Return logits for all beats of an example, averaged over like beats, shape ``(n_beats, n_classes)``."""
    rows = sequences(truth.inputs, 0, len(truth))
    answers = predict(network, rows)  # type: ignore[arg-type]
    logits: Float32 = answers[:, MARGIN : MARGIN + CORE].reshape(-1, N_CLASSES)[: len(truth)]
    return averaged_over_like_beats(logits, truth.inputs)


def nested_answers(held_out: Sequence[HeldOut], folds: int) -> list[Answers]:
    """Calibrate and decide each fold by what the other folds alone would have chosen.

    So the figures on the card see neither the network nor the calibration nor the decision weights fitted on
    the patients they are about.
    """
    answers = []
    for names in patient_folds([held.record for held in held_out], folds):
        others = [held for held in held_out if held.record not in names]
        calibration = calibrate(others)
        weights = np.asarray(choose_decision_weights(others, calibration))
        for held in held_out:
            if held.record in names:
                probabilities = calibration(held.logits)
                predicted = np.argmax(probabilities * weights, axis=1)
                answers.append(Answers(held.record, probabilities, predicted, held.classes, held.paced))
    return answers


def calibrate(held_out: Sequence[HeldOut]) -> VectorScaling:
    """Calibrate on held-out patients, paced records left out: the others do not teach their pacing."""
    held_out = [held for held in held_out if not held.paced] or held_out
    return fit_vector_scaling(
        np.concatenate([answer.logits for answer in held_out]),
        np.concatenate([answer.classes for answer in held_out]),
    )


def choose_decision_weights(held_out: Sequence[HeldOut], calibration: VectorScaling) -> list[float]:
    """Choose a factor for each class so that the mean F1 of N, S and V over held-out patients is largest.

    The class with the largest probability is best for accuracy; rare classes then go under. A coarse grid,
    so that the choice follows the shape of the curve rather than single beats; of choices that differ by less
    than 0.003 the one nearest to no weights at all. F and Q keep 1. Paced records
    are left out.
    """
    held_out = [held for held in held_out if not held.paced] or held_out
    probabilities = np.concatenate([calibration(answer.logits) for answer in held_out])
    classes = np.concatenate([answer.classes for answer in held_out])
    grid = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6)
    found: list[tuple[float, float, list[float]]] = []
    for s in grid:
        for v in grid:
            weights = np.ones(N_CLASSES)
            weights[AAMI_CLASSES.index("S")], weights[AAMI_CLASSES.index("V")] = s, v
            predicted = np.argmax(probabilities * weights, axis=1)
            score = float(np.mean([f1(classes, predicted, AAMI_CLASSES.index(c)) for c in "NSV"]))
            found.append((score, abs(np.log(s)) + abs(np.log(v)), weights.tolist()))
    best = max(score for score, _, _ in found)
    return min((pull, weights) for score, pull, weights in found if score >= best - _INDISTINCT)[1]


def f1(classes: Int64, predicted: npt.NDArray[np.int64], which: int) -> float:
    """Return the F1 of one class; 0 where it neither occurs nor is predicted."""
    hits = int(np.count_nonzero((classes == which) & (predicted == which)))
    asked = int(np.count_nonzero(classes == which) + np.count_nonzero(predicted == which))
    return 2 * hits / asked if asked else 0.0
