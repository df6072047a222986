"""Folds keep patients together; calibration and decision weights find planted answers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from einthoven.training.cross_validation import (
    HeldOut,
    VectorScaling,
    best_f1,
    calibrate,
    choose_decision_weights,
    f1,
    keep_held_out,
    kept_held_out,
    nested_answers,
    patient_folds,
)


def test_every_record_is_in_exactly_one_fold_and_patients_stay_together():
    records = [f"mitdb/{n}" for n in (100, 101, 103, 201, 202, 203, 205, 207)]
    folds = patient_folds(records, 3)
    assert sorted(record for fold in folds for record in fold) == sorted(records)
    assert any({"mitdb/201", "mitdb/202"} <= set(fold) for fold in folds)


def planted(temperature: float, bias: tuple[float, ...], n: int = 60_000) -> HeldOut:
    """Logits whose true probabilities are softmax(logits / temperature + bias)."""
    chance = np.random.default_rng(0)
    logits = chance.normal(0, 2, (n, 5)).astype(np.float32)
    probabilities = VectorScaling(temperature, bias)(logits)
    classes = (probabilities.cumsum(1) > chance.random((n, 1))).argmax(1)
    return HeldOut("db/1", logits, np.zeros(n, dtype=bool), classes)


def test_calibration_finds_temperature_and_biases():
    bias = (0.5, -0.5, 0.3, -0.2, -0.1)
    found = calibrate([planted(1.7, bias)])
    assert found.temperature == pytest.approx(1.7, rel=0.05)
    assert found.bias == pytest.approx(bias, abs=0.08)


def test_probabilities_sum_to_one():
    probabilities = VectorScaling(0.5, (1, 0, -1, 0, 0))(np.array([[900, -900, 0, 3, 4]], np.float32))
    assert probabilities.sum() == pytest.approx(1)


def test_a_class_that_is_underrated_gets_a_larger_weight():
    answer = planted(1.0, (4.0, 0.0, 0.0, -6.0, -6.0))
    weights = choose_decision_weights([answer], VectorScaling(1.0, (4.0, 0.0, 0.0, -6.0, -6.0)))
    assert weights[1] > 1 and weights[2] > 1 and weights[0] == weights[3] == 1


def test_the_best_f1_is_that_of_the_best_threshold():
    truth = np.array([True, False, True, True, False, False])
    probability = np.array([0.9, 0.8, 0.7, 0.7, 0.2, 0.1])
    # Answered from 0.7 on: three hits, one false alarm. Between the two of 0.7 there is no threshold.
    assert best_f1(truth, probability) == pytest.approx(6 / 7)
    assert best_f1(np.zeros(6, dtype=bool), probability) == 0.0


def test_weights_follow_from_the_f1_that_is_reached():
    answer = planted(1.0, (2.0, 0.0, 0.0, -6.0, -6.0))
    weights = choose_decision_weights([answer], VectorScaling(1.0, (2.0, 0.0, 0.0, -6.0, -6.0)))
    probabilities = VectorScaling(1.0, (2.0, 0.0, 0.0, -6.0, -6.0))(answer.logits)
    for which in (1, 2):
        reached = best_f1(answer.classes == which, probabilities[:, which])
        assert weights[which] == pytest.approx((2 - reached) / reached, abs=0.01)
        # Among two classes, the weight is the threshold of half the F1 reached.
        assert 1 / (1 + weights[which]) == pytest.approx(reached / 2, abs=0.01)


def test_held_out_answers_are_read_as_they_were_kept(tmp_path):
    answer = planted(1.0, (0.0,) * 5, n=20)
    answer.fused[3] = True
    keep_held_out(tmp_path / "held_out.npz", [answer])
    (read,) = kept_held_out(tmp_path / "held_out.npz")
    assert read.record == answer.record
    for name in ("logits", "fused", "classes"):
        np.testing.assert_array_equal(getattr(read, name), getattr(answer, name))


def test_fusion_beats_are_decided_as_fusion_beats():
    answers = [planted(1.0, (2.0, 0.0, 0.0, -4.0, -4.0), n=4000) for _ in range(2)]
    held = [HeldOut(f"db/{i}", a.logits, a.fused.copy(), a.classes) for i, a in enumerate(answers)]
    held[0].fused[7] = True
    answer = next(a for a in nested_answers(held, 2) if a.record == "db/0")
    assert answer.predicted[7] == 3
    assert answer.probabilities[7, 3] >= 0.6


def test_f1_of_a_hand_made_case():
    classes = np.array([0, 0, 1, 1, 1])
    predicted = np.array([0, 1, 1, 1, 0])
    assert f1(classes, predicted, 1) == pytest.approx(2 / 3)
    assert f1(classes, predicted, 4) == 0.0
