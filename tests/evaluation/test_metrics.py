"""Metrics against matrices worked out by hand, and properties that hold for any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from einthoven.evaluation.metrics import (
    bootstrap_scores,
    count_matrix,
    expected_calibration_error,
    interval95,
    resample_rows,
    score,
    score_two_way,
)

LABELS = ("N", "S", "V", "F", "Q")

# rows: true N S V F Q and "no beat"; columns: predicted N S V F Q and "missed"
BY_HAND = np.array(
    [
        [80, 5, 2, 0, 0, 3],
        [4, 10, 1, 0, 0, 0],
        [1, 0, 18, 1, 0, 0],
        [2, 0, 2, 0, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [6, 0, 2, 0, 0, 0],
    ]
)


def test_known_answers_with_missed_and_extra_beats() -> None:
    scores = score(BY_HAND, LABELS)
    np.testing.assert_array_equal(scores.support, [90, 15, 20, 5, 0])
    np.testing.assert_allclose(scores.sensitivity, [80 / 90, 10 / 15, 18 / 20, 0, np.nan])
    np.testing.assert_allclose(scores.ppv, [80 / 93, 10 / 15, 18 / 25, 0, np.nan])
    np.testing.assert_allclose(scores.f1, [160 / 183, 20 / 30, 36 / 45, 0, np.nan])
    assert scores.accuracy == pytest.approx(108 / 130)
    expected = (160 / 183 + 20 / 30 + 36 / 45 + 0) / 4
    assert scores.macro_f1 == pytest.approx(expected)
    assert scores.macro_f1_4 == pytest.approx(expected)


def test_macro_f1_4_leaves_paced_beats_out_and_macro_f1_does_not() -> None:
    counts = np.zeros((6, 6), dtype=int)
    counts[0, 0], counts[4, 4], counts[4, 0] = 10, 6, 4
    scores = score(counts, LABELS)
    assert scores.macro_f1_4 == pytest.approx(20 / 24)
    assert scores.macro_f1 == pytest.approx((20 / 24 + 12 / 16) / 2)


def test_a_class_without_beats_does_not_enter_the_mean_even_if_given() -> None:
    counts = np.zeros((6, 6), dtype=int)
    counts[0, 0], counts[0, 2] = 9, 1
    scores = score(counts, LABELS)
    assert scores.macro_f1_4 == pytest.approx(18 / 19)
    assert scores.ppv[2] == 0
    assert np.isnan(scores.sensitivity[2])


def test_weighted_f1_is_ruled_by_the_commonest_class() -> None:
    expected = (90 * 160 / 183 + 15 * 20 / 30 + 20 * 36 / 45 + 0) / 130
    assert score(BY_HAND, LABELS).weighted_f1 == pytest.approx(expected)


def test_normal_against_abnormal_by_hand() -> None:
    # Of 87 normal beats that were found 80 are called normal; of 39 abnormal ones 7 are (missed ones aside).
    two_way = score_two_way(BY_HAND, LABELS)
    tp, fn, tn, fp = 32, 7, 80, 7
    assert two_way.sensitivity == pytest.approx(tp / (tp + fn))
    assert two_way.specificity == pytest.approx(tn / (tn + fp))
    assert two_way.ppv == pytest.approx(tp / (tp + fp))
    assert two_way.npv == pytest.approx(tn / (tn + fn))
    assert two_way.accuracy == pytest.approx(112 / 126)
    assert two_way.balanced_accuracy == pytest.approx((tp / (tp + fn) + tn / (tn + fp)) / 2)
    assert two_way.mcc == pytest.approx((tp * tn - fp * fn) / np.sqrt(39 * 39 * 87 * 87))


def test_one_abnormal_class_taken_for_another_is_still_abnormal() -> None:
    counts = np.zeros((6, 6), dtype=int)
    counts[0, 0], counts[1, 2], counts[2, 3] = 5, 3, 2
    two_way = score_two_way(counts, LABELS)
    assert two_way.accuracy == two_way.mcc == 1
    assert score(counts, LABELS).accuracy == 0.5


def test_two_way_figures_of_normal_beats_alone_are_none() -> None:
    counts = np.zeros((6, 6), dtype=int)
    counts[0, 0] = 5
    two_way = score_two_way(counts, LABELS)
    assert two_way.specificity == 1
    assert np.isnan([two_way.sensitivity, two_way.ppv, two_way.mcc, two_way.balanced_accuracy]).all()


def test_counting_puts_misses_and_extras_last() -> None:
    counts = count_matrix(["N", "N", "S", ""], ["N", "", "V", "V"], LABELS)
    assert counts[0, 0] == 1
    assert counts[0, 5] == 1
    assert counts[1, 2] == 1
    assert counts[5, 2] == 1
    assert counts.sum() == 4


def test_counting_refuses_a_class_that_is_none() -> None:
    with pytest.raises(ValueError, match=r"classes \['Z'\]"):
        count_matrix(["Z"], ["N"], LABELS)


def test_calibration_error_by_hand() -> None:
    # Two bins are hit: confidence 0.9 with 1 of 2 right, confidence 0.6 with 1 of 1 right.
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4]], dtype=np.float32)
    correct = np.array([True, False, True])
    expected = (2 * 0.4 + 1 * 0.4) / 3
    assert expected_calibration_error(probabilities, correct) == pytest.approx(expected, abs=1e-6)


def test_calibration_error_of_certain_and_right_is_zero_and_of_nothing_is_nan() -> None:
    certain = np.eye(2, dtype=np.float32)
    assert expected_calibration_error(certain, np.array([True, True])) == 0
    assert expected_calibration_error(certain, np.array([False, False])) == 1
    assert np.isnan(expected_calibration_error(certain[:0], np.zeros(0, bool)))


def test_calibrated_answers_have_a_small_error() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.5, 1, 200_000)
    probabilities = np.stack([confidence, 1 - confidence], axis=1).astype(np.float32)
    assert expected_calibration_error(probabilities, generator.uniform(size=200_000) < confidence) < 0.005


matrices = arrays(np.int64, (4, 6, 6), elements=st.integers(0, 50))


@given(matrices)
def test_figures_lie_between_0_and_1_and_f1_between_its_parts(counts: np.ndarray) -> None:
    scores = score(counts, LABELS)
    for values in (scores.sensitivity, scores.ppv, scores.f1, scores.accuracy, scores.macro_f1):
        finite = values[np.isfinite(values)]
        assert np.all((finite >= 0) & (finite <= 1))
    both = np.isfinite(scores.sensitivity) & np.isfinite(scores.ppv)
    low = np.minimum(scores.sensitivity, scores.ppv)[both]
    high = np.maximum(scores.sensitivity, scores.ppv)[both]
    assert np.all((scores.f1[both] >= low - 1e-12) & (scores.f1[both] <= high + 1e-12))


@given(matrices, st.permutations(range(5)))
def test_names_of_classes_do_not_matter(counts: np.ndarray, order: list[int]) -> None:
    index = [*order, 5]
    shuffled = counts[:, index][:, :, index]
    np.testing.assert_allclose(
        score(shuffled, [LABELS[i] for i in order]).f1, score(counts, LABELS).f1[:, order]
    )


def test_bootstrap_draws_records_and_can_be_repeated() -> None:
    right, wrong = np.zeros((6, 6), np.int64), np.zeros((6, 6), np.int64)
    right[0, 0], wrong[0, 2] = 100, 100
    boot = bootstrap_scores(np.stack([right, wrong]), LABELS, n=500)
    # Whole records: with two of them accuracy can only be 0, one half or 1.
    assert set(np.unique(boot.accuracy)) == {0.0, 0.5, 1.0}
    np.testing.assert_array_equal(
        boot.accuracy, bootstrap_scores(np.stack([right, wrong]), LABELS, n=500).accuracy
    )


def test_interval_of_equal_records_has_no_width_and_of_nothing_is_none() -> None:
    boot = bootstrap_scores(np.stack([BY_HAND] * 5), LABELS, n=100)
    low, high = interval95(boot.f1[:, 2]) or (0, 0)
    assert low == high == pytest.approx(36 / 45)
    assert interval95(boot.f1[:, 4]) is None


def test_rows_are_drawn_as_many_as_there_are_and_spread_as_a_binomial() -> None:
    counts = np.zeros((6, 6), np.int64)
    counts[0, 0], counts[0, 2] = 900, 100
    drawn = resample_rows(counts, n=4000)
    assert np.all(drawn.sum(axis=(1, 2)) == 1000)
    accuracy = score(drawn, LABELS).accuracy
    assert accuracy.mean() == pytest.approx(0.9, abs=0.001)
    assert accuracy.std() == pytest.approx(np.sqrt(0.9 * 0.1 / 1000), rel=0.05)
    assert np.all(resample_rows(np.zeros((6, 6), np.int64), n=3) == 0)
