"""Figures beside the cards of the models that ship."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.models.bundle import BUNDLES, list_bundles, load_bundle
from einthoven.service.schemas.figures import FILE, FigureSet, read_figures

NAMES = [name for name in list_bundles() if (BUNDLES / name / FILE).exists()]


def sets_of(name: str) -> list[FigureSet]:
    return read_figures(BUNDLES / name, load_bundle(name).card.onnx_sha256)


@pytest.mark.parametrize("name", NAMES)
def test_figures_belong_to_the_network_and_agree_with_the_card(name: str) -> None:
    card, sets = load_bundle(name).card, sets_of(name)
    assert sets
    for figures in sets:
        assert figures.classes == card.classes
        on_card = {metric.name: metric.value for metric in card.metrics if metric.data == figures.data}
        if figures.confusion_matrix is not None:
            counts = np.array(figures.confusion_matrix)
            assert counts.sum() == figures.n
            assert np.trace(counts) / counts.sum() == pytest.approx(on_card["accuracy"], abs=1e-3)
        for decided in figures.decided:
            assert decided.true_positive + decided.false_negative > 0
        for curve in figures.curves:
            for line in (curve.roc, curve.precision_recall):
                assert len(line.x) == len(line.y) > 2
                assert line.x == sorted(line.x)
            area = np.trapezoid(curve.roc.y, curve.roc.x)
            assert area == pytest.approx(curve.auroc, abs=0.02)


def test_figures_of_another_network_are_not_shown() -> None:
    assert read_figures(BUNDLES / NAMES[0], "0" * 64) == []
