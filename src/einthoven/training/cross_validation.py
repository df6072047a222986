"""What a recipe gives on patients it has not seen: folds over patients, calibration, decision weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.models.fusion_beats import with_belief
from einthoven.recording import AAMI_CLASSES, Float32, Int64
from einthoven.training.beat_data import patient
from einthoven.training.calibration import VectorScaling, fit_vector_scaling

N_CLASSES = len(AAMI_CLASSES)
_KEPT = ("logits", "fused", "classes")  # of `HeldOut`, in its order
_LEAST_F1 = 0.4  # below it, what a class reaches is no guide


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Logits for every beat of a record by networks that have not seen its patient.

    Attributes:
        record: ``database/record``.
        logits: float32, shape ``(n_beats, n_classes)``.
        fused: which are fusion beats by `second_look`, shape ``(n_beats,)``.
        classes: int64, shape ``(n_beats,)``, indices into ``AAMI_CLASSES``.
    """

    record: str
    logits: Float32
    fused: npt.NDArray[np.bool_]
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


def keep_held_out(path: Path, held_out: Sequence[HeldOut]) -> None:
    """Write held-out answers to a file that `kept_held_out` reads."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for answer in held_out:
        for name in _KEPT:
            arrays[f"{answer.record}:{name}"] = getattr(answer, name)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def kept_held_out(path: Path) -> list[HeldOut]:
    """Read what `keep_held_out` wrote."""
    with np.load(path) as arrays:
        records = list(dict.fromkeys(key.rsplit(":", 1)[0] for key in arrays))
        return [HeldOut(record, *(arrays[f"{record}:{name}"] for name in _KEPT)) for record in records]


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
                probabilities = with_belief(calibration(held.logits), held.fused)
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
    """Choose a factor for the probability of S and of V so that their F1 on new patients is large.

    The class with the largest probability is best for accuracy; rare classes then go under. F1 of a class is
    largest if it is answered from a probability of half that F1 on (Lipton et al. 2014, arXiv 1402.1892),
    which is what a factor of (2 - F1) / F1 against one other class amounts to. The F1 is the best that
    held-out patients allow. It moves little with the patients, where factors that are searched for move
    much. F and Q keep 1. Paced records are left out.
    """
    held_out = [held for held in held_out if not held.paced] or held_out
    probabilities = np.concatenate([with_belief(calibration(h.logits), h.fused) for h in held_out])
    classes = np.concatenate([held.classes for held in held_out])
    weights = [1.0] * N_CLASSES
    for which in (AAMI_CLASSES.index("S"), AAMI_CLASSES.index("V")):
        reached = max(best_f1(classes == which, probabilities[:, which]), _LEAST_F1)
        weights[which] = round((2 - reached) / reached, 2)
    return weights


def best_f1(truth: npt.NDArray[np.bool_], probability: npt.NDArray[np.float64]) -> float:
    """Return the largest F1 over all thresholds of a probability; 0 where nothing is true.

    Args:
        truth: whether each beat is of the class, shape ``(n,)``.
        probability: of the class, shape ``(n,)``.
    """
    order = np.argsort(-probability, kind="stable")
    hits = np.cumsum(truth[order])
    f1_at = 2 * hits / (np.arange(1, len(truth) + 1) + np.count_nonzero(truth))
    # A threshold lies between two different probabilities.
    ends = np.append(np.diff(probability[order]) != 0, True)
    return float(f1_at[ends].max(initial=0.0))


def f1(classes: Int64, predicted: npt.NDArray[np.int64], which: int) -> float:
    """Return the F1 of one class; 0 where it neither occurs nor is predicted."""
    hits = int(np.count_nonzero((classes == which) & (predicted == which)))
    asked = int(np.count_nonzero(classes == which) + np.count_nonzero(predicted == which))
    return 2 * hits / asked if asked else 0.0
