"""Losses agree with PyTorch and with their papers' formulas."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from torch.nn import functional as F

from einthoven.training.losses import ClassBalanced, CrossEntropy, Focal, Weighted, make_loss

COUNTS = np.array([900, 20, 60, 5, 15])
LOGITS = torch.randn(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
CLASSES = torch.arange(40) % 5
TARGETS = F.one_hot(CLASSES, 5).double()


def loss(options) -> float:
    return float(make_loss(options, COUNTS).double()(LOGITS, TARGETS))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_pytorchs(smoothing):
    expected = F.cross_entropy(LOGITS, CLASSES, label_smoothing=smoothing)
    assert loss(CrossEntropy(label_smoothing=smoothing)) == pytest.approx(float(expected))


def test_weighted_is_pytorchs_with_inverse_shares():
    weights = torch.tensor(1000 / (5 * COUNTS))
    expected = F.cross_entropy(LOGITS, CLASSES, weights)
    assert loss(Weighted(name="weighted", power=1.0)) == pytest.approx(float(expected), rel=1e-6)


def test_focal_follows_its_formula():
    p = LOGITS.softmax(1)[torch.arange(40), CLASSES]
    expected = (-((1 - p) ** 2.5) * p.log()).mean()
    assert loss(Focal(name="focal", gamma=2.5)) == pytest.approx(float(expected), rel=1e-6)


def test_focal_without_gamma_is_cross_entropy():
    assert loss(Focal(name="focal", gamma=0.0)) == pytest.approx(loss(CrossEntropy()))


def test_class_balanced_weights_are_those_of_the_paper():
    beta = 0.99
    weights = make_loss(ClassBalanced(name="class_balanced", beta=beta), COUNTS).class_weights.numpy()
    expected = (1 - beta) / (1 - beta**COUNTS)
    np.testing.assert_allclose(weights, expected * 5 / expected.sum(), rtol=1e-5)


def test_class_balanced_without_beta_weighs_all_alike():
    loss = make_loss(ClassBalanced(name="class_balanced", beta=0.0), COUNTS)
    np.testing.assert_allclose(loss.class_weights, 1.0)


@pytest.mark.parametrize(
    "options",
    [CrossEntropy(), Weighted(name="weighted"), Focal(name="focal"), ClassBalanced(name="class_balanced")],
)
def test_soft_targets_are_between_the_hard_ones(options):
    function = make_loss(options, np.array([10, 10, 10, 10, 10])).double()
    other = TARGETS.roll(1, dims=1)
    mixed = float(function(LOGITS, 0.3 * TARGETS + 0.7 * other))
    assert mixed == pytest.approx(
        0.3 * float(function(LOGITS, TARGETS)) + 0.7 * float(function(LOGITS, other))
    )


def test_an_absent_class_does_no_harm():
    function = make_loss(Weighted(name="weighted"), np.array([10, 0, 5, 5, 5]))
    assert torch.isfinite(function.class_weights).all()
