"""The weight-randomisation check: its arithmetic, what it must pass and fail, and the models that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from scipy.stats import spearmanr

from einthoven.errors import SignalError
from einthoven.evaluation.attribution import check_twelve_lead_maps, randomised_bundle
from einthoven.explain.occlusion import occlusion
from einthoven.explain.sanity import compare_maps, rank_correlation
from einthoven.formats import read
from einthoven.models.bundle import BUNDLES, list_bundles, load_bundle, load_card
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from tiny_bundle import make_bundle


def test_rank_correlation_is_spearmans() -> None:
    random = np.random.default_rng(1)
    for _ in range(20):
        a, b = random.integers(0, 6, (2, 5, 7))  # many ties
        assert rank_correlation(a, b) == pytest.approx(spearmanr(a.ravel(), b.ravel()).statistic)
    assert rank_correlation([1, 2, 3], [10, 20, 90]) == pytest.approx(1)
    assert rank_correlation([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert rank_correlation([1, 1, 1], [3, 2, 1]) == 0


def test_maps_of_two_shapes_or_of_no_record_are_refused() -> None:
    with pytest.raises(SignalError, match=r"\(2,\) and \(3,\)"):
        rank_correlation([1, 2], [1, 2, 3])
    with pytest.raises(SignalError, match="one record or more"):
        compare_maps(np.zeros((0, 3)), np.zeros((0, 3)))


def test_a_network_passes_and_an_edge_detector_does_not() -> None:
    """Occlusion follows the weights; an attribution that only shows the signal fails, as it should."""
    records = [simulate(duration=10.0, fs=100.0, leads=STANDARD_LEADS, seed=seed) for seed in range(3)]
    trained, other = (np.random.default_rng(seed).normal(size=(12, 1000)) for seed in (1, 2))

    def network(weights: np.ndarray):
        def probabilities(windows: np.ndarray, known: np.ndarray) -> np.ndarray:
            return 1 / (1 + np.exp(-np.einsum("nij,ij->n", windows, weights) / 10))[:, np.newaxis]

        return probabilities

    def maps(weights: np.ndarray) -> np.ndarray:
        return np.stack(
            [
                occlusion(network(weights), record.signals[np.newaxis], np.ones((1, 12)), [0], fs=100.0)[0]
                for record in records
            ]
        )

    check = compare_maps(maps(trained), maps(other))
    assert check.passed
    assert check.correlation <= check.highest
    edges = np.stack([np.abs(np.diff(record.signals, axis=1)) for record in records])
    failed = compare_maps(edges, edges + 1e-3)
    assert not failed.passed
    assert failed.correlation == pytest.approx(1)


def test_a_randomised_bundle_keeps_its_values_and_loses_what_it_learnt(tmp_path: Path) -> None:
    bundle = load_bundle(make_bundle(tmp_path / "tiny"))
    other = randomised_bundle(bundle, tmp_path / "random", seed=1)
    x = {"beat": np.random.default_rng(0).normal(size=(8, 16)).astype(np.float32)}
    ours, random = (b.run(x)["probabilities"] for b in (bundle, other))
    assert np.abs(ours - random).max() > 0.05
    again = randomised_bundle(bundle, tmp_path / "again", seed=1)
    assert (again.run(x)["probabilities"] == random).all()


@pytest.mark.parametrize("name", list_bundles())
def test_randomising_leaves_no_weight_of_a_bundle_in_its_place(name: str, tmp_path: Path) -> None:
    """Whatever they are kept as: floats, halves, or bytes. A handful of values may be drawn as they were."""
    bundle = load_bundle(name)
    other = randomised_bundle(bundle, tmp_path / "random")
    ours, random = (
        {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}
        for path in (bundle.onnx_path, other.onnx_path)
    )
    weights = [key for key, values in ours.items() if values.dtype.itemsize < 8 and values.size > 9]
    assert sum(ours[key].size for key in weights) >= 0.9 * sum(values.size for values in ours.values())
    for key in weights:
        if np.ptp(ours[key].astype(np.float64)) > 0:
            assert (random[key] != ours[key]).any(), key
        assert (np.sort(random[key], axis=None) == np.sort(ours[key], axis=None)).all(), key


def _twelve_lead_bundles() -> list[str]:
    return [name for name in list_bundles() if load_card(BUNDLES / name / "card.json").task == "twelve-lead"]


def test_maps_of_every_twelve_lead_bundle_follow_its_weights(tmp_path: Path, data_root: Path) -> None:
    names = _twelve_lead_bundles()
    if not names:
        pytest.skip("no twelve-lead bundle ships yet: there is nothing to randomise")
    records = [read(data_root / "ludb" / "data" / f"{i}.hea") for i in (1, 5, 9)]
    for name in names:
        checks = check_twelve_lead_maps(load_bundle(name), records, tmp_path / name)
        assert checks
        for code, check in checks.items():
            assert check.passed, f"{code}: {check}"
