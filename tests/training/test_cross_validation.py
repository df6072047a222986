"""Folds keep patients together; calibration and decision weights find planted answers."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from einthoven.training.cross_validation import (
    HeldOut,
    VectorScaling,
    calibrate,
    choose_decision_weights,
    f1,
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
    return HeldOut("db/1", logits, classes)


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


def test_f1_of_a_hand_made_case():
    classes = np.array([0, 0, 1, 1, 1])
    predicted = np.array([0, 1, 1, 1, 0])
    assert f1(classes, predicted, 1) == pytest.approx(2 / 3)
    assert f1(classes, predicted, 4) == 0.0
