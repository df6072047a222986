"""Heartbeat rows in, calibrated probabilities out; what are no rows or no heartbeat model is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import BundleError, SignalError
from einthoven.models.bundle import load_bundle
from einthoven.models.heartbeat import classify_rows
from tiny_bundle import make_bundle
from tiny_heartbeat import answered, make_heartbeat_bundle


def test_rows_become_probabilities_of_aami_classes(tmp_path: Path) -> None:
    bundle = load_bundle(make_heartbeat_bundle(tmp_path, scale=2.0))
    probabilities = classify_rows(answered("NSVFQ"), bundle)
    e = np.exp(1.0)  # value 0.5 times scale 2
    np.testing.assert_allclose(probabilities, (np.eye(5) * (e - 1) + 1) / (e + 4), rtol=1e-6)
    assert probabilities.dtype == np.float32


def test_the_cards_calibration_is_applied(tmp_path: Path) -> None:
    calibration = {"method": "test", "parameters": {"temperature": 0.5, "bias": [0.0, 0.0, 3.0, 0.0, 0.0]}}
    bundle = load_bundle(make_heartbeat_bundle(tmp_path, scale=2.0, calibration=calibration))
    logits = np.array([2.0, 0.0, 3.0, 0.0, 0.0])
    expected = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(classify_rows(answered("N"), bundle)[0], expected, rtol=1e-6)


def test_one_row_and_no_row(tmp_path: Path) -> None:
    bundle = load_bundle(make_heartbeat_bundle(tmp_path))
    assert classify_rows(answered("V")[0], bundle).argmax() == 2
    assert classify_rows(np.zeros((0, 187)), bundle).shape == (0, 5)


@pytest.mark.parametrize("shape", [(3, 186), (3, 188), (2, 3, 187)])
def test_rows_of_another_length_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(SignalError, match=r"allowed: \(n, 187\)"):
        classify_rows(np.zeros(shape), load_bundle(make_heartbeat_bundle(tmp_path)))


@pytest.mark.parametrize("value", [-0.5, 1.5, np.nan, np.inf])
def test_values_that_are_not_scaled_are_refused(tmp_path: Path, value: float) -> None:
    rows = answered("NSV")
    rows[1, 5] = value
    with pytest.raises(SignalError, match=r"Heartbeat row 1 .* allowed: 0 to 1"):
        classify_rows(rows, load_bundle(make_heartbeat_bundle(tmp_path)))


def test_values_that_were_rounded_are_not(tmp_path: Path) -> None:
    rows = answered("NSV")
    rows[1, 5] = 1.0001
    assert classify_rows(rows, load_bundle(make_heartbeat_bundle(tmp_path))).shape == (3, 5)


def test_a_model_of_another_task_or_contract_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="task 'heartbeat'"):
        classify_rows(answered("N"), load_bundle(make_bundle(tmp_path / "beats")))
    outputs = [{"name": "scores", "shape": ["batch", 5], "kind": "logits"}]
    contract = {
        "rate_hz": 125.0, "window": {"samples": 187, "anchor": 0}, "normalisation": "none", "leads": {},
        "inputs": [{"name": "rows", "shape": ["batch", 187]}], "outputs": outputs,
    }  # fmt: skip
    with pytest.raises(BundleError, match="'logits'"):
        classify_rows(answered("N"), load_bundle(make_heartbeat_bundle(tmp_path / "other", input=contract)))
