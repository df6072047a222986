"""Figures of classes that can occur together, by known answers."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.evaluation.multilabel import (
    calibration_error,
    chance_calibration_error,
    multilabel_figures,
    sensitivity_at,
)

TARGETS = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], bool)
PROBABILITIES = np.array([[0.9, 0.2], [0.6, 0.4], [0.7, 0.3], [0.1, 0.1]], np.float32)


def figures(**changes):
    given = {
        "targets": TARGETS,
        "probabilities": PROBABILITIES,
        "classes": ("MI", "CD"),
        "thresholds": {"MI": 0.65, "CD": 0.25},
    }
    return multilabel_figures(**(given | changes))


def test_known_answers():
    found = figures()
    infarction, conduction = found["per_class"]["MI"], found["per_class"]["CD"]
    assert infarction["auroc"] == pytest.approx(0.75)  # of four pairs one is the wrong way round
    assert conduction["auroc"] == pytest.approx(1.0)
    assert found["macro_auroc"] == pytest.approx(0.875)
    assert (infarction["sensitivity"], infarction["specificity"], infarction["ppv"]) == (0.5, 0.5, 0.5)
    assert (conduction["sensitivity"], conduction["specificity"]) == (1.0, 1.0)
    assert (infarction["support"], infarction["threshold"]) == (2, 0.65)
    assert found["ci95"]["macro_auroc"] is None


def test_intervals_are_over_patients():
    many = {"targets": np.tile(TARGETS, (20, 1)), "probabilities": np.tile(PROBABILITIES, (20, 1))}
    one_each = figures(**many, patients=np.arange(80))["ci95"]["macro_auroc"]
    few = figures(**many, patients=np.arange(80) % 4)["ci95"]["macro_auroc"]
    assert one_each[0] < 0.875 < one_each[1]
    assert few[1] - few[0] > one_each[1] - one_each[0]


def test_a_class_without_examples_has_no_area():
    found = figures(targets=TARGETS & [True, False])
    assert found["per_class"]["CD"]["auroc"] is None
    assert found["per_class"]["CD"]["sensitivity"] is None
    assert found["macro_auroc"] == pytest.approx(0.75)


def test_calibration_error():
    positive = np.array([True, False, False, False])
    assert calibration_error(positive, np.full(4, 0.25, np.float32)) == pytest.approx(0.0)
    assert calibration_error(positive, np.full(4, 0.75, np.float32)) == pytest.approx(0.5)
    assert calibration_error(positive, np.array([1, 0, 0, 0], np.float32)) == pytest.approx(0.0)
    assert np.isnan(calibration_error(np.zeros(0, bool), np.zeros(0, np.float32)))


def test_chance_alone_gives_an_error_that_falls_with_the_number_of_records():
    assert chance_calibration_error(np.array([0.0, 1.0, 1.0])) == 0
    # One bin: the mean distance of k / n from p of a binomial k, sqrt(2 p (1 - p) / (pi n)) for many records.
    for n in (400, 6400):
        expected = np.sqrt(2 * 0.25 / (np.pi * n))
        assert chance_calibration_error(np.full(n, 0.5)) == pytest.approx(expected, rel=0.1)


def test_sensitivity_at_a_specificity_lets_only_so_many_negatives_pass():
    negatives, positives = np.arange(100), np.array([94.5, 95.5, 200, 10])
    positive = np.r_[np.zeros(100, bool), np.ones(4, bool)]
    scores = np.r_[negatives, positives].astype(float)
    assert sensitivity_at(positive, scores, 0.95) == pytest.approx(0.75)  # above 94: 94.5, 95.5, 200
    assert sensitivity_at(positive, scores, 0.99) == pytest.approx(0.25)
