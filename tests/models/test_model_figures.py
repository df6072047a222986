"""Figures beside the cards of the models that ship."""

from __future__ import annotations

import numpy as np
import pytest

from einthoven.models.bundle import BUNDLES, list_bundles, load_bundle
from einthoven.models.figures import FILE, FigureSet, interval_of, read_figures

NAMES = [name for name in list_bundles() if (BUNDLES / name / FILE).exists()]


def sets_of(name: str) -> list[FigureSet]:
    return read_figures(BUNDLES / name, load_bundle(name).card.onnx_sha256)


@pytest.mark.parametrize("name", NAMES)
def test_figures_belong_to_the_network_and_agree_with_the_card(name: str) -> None:
    card, sets = load_bundle(name).card, sets_of(name)
    assert sets
    for figures in sets:
        # Of some sets not all classes are asked for; the order is the card's.
        assert figures.classes == [name for name in card.classes if name in figures.classes]
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


@pytest.mark.parametrize("name", [name for name in ("superclass", "mi") if name in NAMES])
def test_figures_of_12_lead_models_are_of_the_records_on_the_card(name: str) -> None:
    card, (figures,) = load_bundle(name).card, sets_of(name)
    assert card.data[-1].version.startswith(f"{figures.n} records of ")
    on_card = {metric.name: metric.value for metric in card.metrics}
    whole = on_card.get("AUROC, 12 leads, or the 8 that the others follow from")
    for curve in figures.curves:
        # The evaluation reads files and judges leads; the card's own figures are of the prepared store.
        assert curve.auroc == pytest.approx(on_card.get(f"{curve.name} AUROC", whole), abs=2e-3)


def test_figures_of_another_network_are_not_shown() -> None:
    assert read_figures(BUNDLES / NAMES[0], "0" * 64) == []


def calibrated(promised: list[float], came: list[float], n: list[int], of: str = "each class") -> FigureSet:
    return FigureSet.model_validate(
        {
            "data": "d", "protocol": "p", "what": "records", "n": sum(n), "classes": ["A"], "decided": [],
            "confusion_matrix": None, "curves": [], "spread": [],
            "calibration": {"of": of, "promised": promised, "came": came, "n": n},
        }
    )  # fmt: skip


def test_the_interval_is_wilsons_of_the_answers_nearby() -> None:
    figures = calibrated([0.1, 0.5, 0.9], [0.0, 0.5, 1.0], [100, 40, 30])
    # Wilson's interval of 20 of 40, from its formula by hand: 0.5 ± 1.96 sqrt(40 * 0.25 + 0.9604) / 43.84
    assert interval_of([figures], 0.45) == pytest.approx((0.352, 0.648), abs=1e-3)
    assert interval_of([figures], 0.02) == pytest.approx((0.0, 0.037), abs=1e-3)


def test_bins_with_few_answers_take_their_neighbours_with_them() -> None:
    figures = calibrated([0.4, 0.5, 0.9], [1.0, 0.5, 1.0], [5, 16, 30])
    alone, together = interval_of([figures], 0.95), interval_of([figures], 0.5)
    assert alone is not None and alone[0] > 0.85
    low, high = together or (1.0, 0.0)  # 13 of 21
    assert low < 13 / 21 < high


def test_without_calibration_of_single_classes_there_is_no_interval() -> None:
    assert interval_of([], 0.5) is None
    assert interval_of([calibrated([0.5], [0.5], [100], of="likeliest class")], 0.5) is None


@pytest.mark.skipif("superclass" not in NAMES, reason="the model is not here")
def test_the_intervals_of_a_model_rise_with_its_probability() -> None:
    intervals = [interval_of(sets_of("superclass"), p / 10) for p in range(11)]
    lows, highs = zip(*(interval for interval in intervals if interval is not None), strict=True)
    assert all(0 <= low < high <= 1 for low, high in zip(lows, highs, strict=True))
    assert lows[0] < 0.1 and highs[-1] > 0.9
    assert np.corrcoef(range(11), lows)[0, 1] > 0.9
