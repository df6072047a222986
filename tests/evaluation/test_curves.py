"""ROC and precision-recall curves: known answers, properties, and scikit-learn where it is installed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from einthoven.evaluation.curves import auroc, average_precision, curve, reliability
from einthoven.evaluation.metrics import expected_calibration_error

rows = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=60).filter(
    lambda pairs: len({flag for flag, _ in pairs}) == 2
)


def split(pairs: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    flags, scores = zip(*pairs, strict=True)
    return np.array(flags), np.array(scores, dtype=np.float32) / 8


def test_known_answers() -> None:
    positive, scores = np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])
    assert auroc(positive, scores) == pytest.approx(0.75)
    assert average_precision(positive, scores) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    points = curve(positive, scores)
    np.testing.assert_allclose(points.thresholds, [np.inf, 0.8, 0.4, 0.35, 0.1])
    np.testing.assert_allclose(points.sensitivity, [0, 0.5, 0.5, 1, 1])
    np.testing.assert_allclose(points.false_positive_rate, [0, 0, 0.5, 0.5, 1])
    np.testing.assert_allclose(points.ppv, [1, 1, 0.5, 2 / 3, 0.5])


def test_perfect_reversed_and_blind() -> None:
    positive = np.array([True, True, False, False, False])
    assert auroc(positive, np.array([5, 4, 3, 2, 1])) == 1
    assert average_precision(positive, np.array([5, 4, 3, 2, 1])) == 1
    assert auroc(positive, np.array([1, 2, 3, 4, 5])) == 0
    assert auroc(positive, np.ones(5)) == 0.5
    assert average_precision(positive, np.ones(5)) == pytest.approx(0.4)


def test_of_one_kind_alone_there_is_no_curve() -> None:
    for positive in (np.ones(3, bool), np.zeros(3, bool), np.zeros(0, bool)):
        scores = np.arange(len(positive), dtype=np.float64)
        assert curve(positive, scores) is None
        assert np.isnan(auroc(positive, scores))
        assert np.isnan(average_precision(positive, scores))


@given(rows)
def test_the_area_is_the_chance_that_a_positive_row_scores_higher(pairs: list[tuple[bool, int]]) -> None:
    positive, scores = split(pairs)
    above = scores[positive][:, np.newaxis] - scores[~positive]
    assert auroc(positive, scores) == pytest.approx(np.mean((above > 0) + 0.5 * (above == 0)))


@given(rows)
def test_rank_sum_and_trapezoids_agree(pairs: list[tuple[bool, int]]) -> None:
    positive, scores = split(pairs)
    points = curve(positive, scores)
    area = np.trapezoid(points.sensitivity, points.false_positive_rate)
    assert auroc(positive, scores) == pytest.approx(area)


@given(rows, st.randoms(use_true_random=False))
def test_neither_order_nor_scale_matters(pairs: list[tuple[bool, int]], random: object) -> None:
    positive, scores = split(pairs)
    random.shuffle(pairs)
    shuffled, other = split(pairs)
    assert auroc(positive, scores) == pytest.approx(auroc(shuffled, np.exp(3 * other)))
    assert average_precision(positive, scores) == pytest.approx(average_precision(shuffled, 7 * other - 2))


@given(rows)
def test_turning_the_question_round_turns_the_area_round(pairs: list[tuple[bool, int]]) -> None:
    positive, scores = split(pairs)
    assert auroc(~positive, scores) == pytest.approx(1 - auroc(positive, scores))


@given(rows)
def test_curves_rise_from_nothing_to_everything(pairs: list[tuple[bool, int]]) -> None:
    positive, scores = split(pairs)
    points = curve(positive, scores)
    for values in (points.sensitivity, points.false_positive_rate):
        assert values[0] == 0
        assert values[-1] == 1
        assert np.all(np.diff(values) >= 0)
    assert points.ppv[-1] == pytest.approx(positive.mean())
    assert len(points.thresholds) == len(np.unique(scores)) + 1


@given(rows)
@settings(deadline=None)  # the first call imports it
def test_scikit_learn_agrees(pairs: list[tuple[bool, int]]) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    positive, scores = split(pairs)
    assert auroc(positive, scores) == pytest.approx(sklearn.roc_auc_score(positive, scores))
    assert average_precision(positive, scores) == pytest.approx(
        sklearn.average_precision_score(positive, scores)
    )


def test_refuses_scores_that_are_none() -> None:
    with pytest.raises(ValueError, match="not a number"):
        auroc(np.array([True, False]), np.array([np.nan, 1.0]))
    with pytest.raises(ValueError, match="one score a row"):
        curve(np.array([True, False]), np.ones(3))


def test_reliability_bins_by_hand_and_their_sum_is_the_calibration_error() -> None:
    probabilities = np.array([[0.85, 0.15], [0.15, 0.85], [0.55, 0.45]], dtype=np.float32)
    correct = np.array([True, False, True])
    bins = reliability(probabilities, correct, bins=10)
    assert bins.count.tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 2, 0]
    np.testing.assert_allclose(bins.confidence[[5, 8]], [0.55, 0.85], atol=1e-6)
    np.testing.assert_allclose(bins.accuracy[[5, 8]], [1.0, 0.5])
    assert np.isnan(bins.accuracy[0])
    gap = np.nansum(bins.count * np.abs(bins.accuracy - bins.confidence)) / 3
    assert expected_calibration_error(probabilities, correct, bins=10) == pytest.approx(gap)


def test_a_whole_test_set_takes_a_moment() -> None:
    generator = np.random.default_rng(0)
    positive, scores = generator.random(200_000) < 0.1, generator.random(200_000)
    assert 0.48 < auroc(positive, scores) < 0.52
    assert 0.09 < average_precision(positive, scores) < 0.11
