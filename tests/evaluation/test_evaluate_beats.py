"""Evaluating beats: pairing, flutter, the contract's files; the model is a stand-in with known answers."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from einthoven.datasets.database import Reference, record_names
from einthoven.errors import DataError
from einthoven.evaluation import beats as beats_module
from einthoven.evaluation.beats import evaluate_beats, pair
from einthoven.evaluation.document import likeliest_is_right
from einthoven.models.bundle import Bundle, load_bundle
from einthoven.recording import Beats, Recording
from tiny_bundle import make_bundle

NO_FLUTTER = np.empty((0, 2), np.int64)


def beats(samples: list[int], classes: str, confidence: float = 0.9) -> Beats:
    rest = (1 - confidence) / 4
    probabilities = np.full((len(samples), 5), rest, np.float32)
    for row, letter in enumerate(classes):
        probabilities[row, "NSVFQ".index(letter)] = confidence
    return Beats(np.array(samples), np.array(list(classes)), probabilities=probabilities)


def test_missed_and_extra_beats_stand_beside_the_pairs() -> None:
    found = pair(beats([100, 200, 300], "NVN"), beats([102, 260, 300], "NSS"), NO_FLUTTER, 15)
    assert found.samples == [100, 200, 260, 300]
    assert found.true == ["N", "V", "", "N"]
    assert found.predicted == ["N", "", "S", "S"]
    assert np.isnan(found.probabilities[1]).all()
    true, probabilities = found.judged()
    assert true.tolist() == ["N", "N"]
    assert likeliest_is_right(true, probabilities).tolist() == [True, False]


def test_extra_detections_in_flutter_are_not_scored_and_pairs_are() -> None:
    flutter = np.array([[250, 400]])
    found = pair(beats([100, 260], "NV"), beats([100, 262, 300, 350, 420], "NVVVN"), flutter, 15)
    assert found.true == ["N", "V", ""]
    assert found.samples[-1] == 420


def test_calibration_judges_the_likeliest_class_not_the_decision() -> None:
    found = beats([100], "N", 0.6)
    decided = Beats(found.samples, np.array(["S"]), probabilities=found.probabilities)
    comparison = pair(beats([100], "N"), decided, NO_FLUTTER, 0)
    assert comparison.predicted == ["S"]
    assert likeliest_is_right(*comparison.judged()).tolist() == [True]


def test_nothing_found_is_all_missed() -> None:
    found = pair(beats([1, 2], "NN"), beats([], ""), NO_FLUTTER, 15)
    assert found.predicted == ["", ""]
    assert found.counts[0, 5] == 2


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return load_bundle(make_bundle(tmp_path / "tiny"))


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two records; the stand-in says N for every beat but calls each fourth one V."""
    root = tmp_path / "db"
    root.mkdir()
    truth = {"101": "NNNVNNSV", "900": "NNNNNNNV"}
    for name in truth:
        (root / f"{name}.hea").touch()

    def load(root: Path, name: str) -> Reference:
        signals = np.zeros((1, 4000), np.float32)
        samples = list(range(200, 200 + 400 * len(truth[name]), 400))
        recording = Recording(signals, 360, ("MLII",), name=name)
        return Reference(recording, beats(samples, truth[name]), NO_FLUTTER)

    def classify(recording: Recording, r_peaks: Any, bundle: Bundle, usable: Any = None) -> Beats:
        return beats(list(r_peaks), "".join("V" if i % 4 == 3 else "N" for i in range(len(r_peaks))), 0.8)

    monkeypatch.setattr(beats_module, "load_reference", load)
    monkeypatch.setitem(sys.modules, "einthoven.models.beats", SimpleNamespace(classify_beats=classify))
    return root


def test_writes_the_contracts_files(database: Path, bundle: Bundle, tmp_path: Path) -> None:
    out = tmp_path / "out"
    metrics = evaluate_beats(database, bundle, out=out)
    assert json.loads((out / "metrics.json").read_text()) == json.loads(json.dumps(metrics))
    assert metrics["labels"] == ["N", "S", "V", "F", "Q"]
    confusion = [[11, 0, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 3, 0, 0], [0] * 5, [0] * 5]
    assert metrics["confusion_matrix"] == confusion
    assert metrics["accuracy"] == pytest.approx(14 / 16)
    assert metrics["per_class"]["V"]["ppv"] == pytest.approx(3 / 4)
    assert metrics["per_class"]["V"]["support"] == 3
    assert metrics["per_class"]["F"]["f1"] is None
    assert metrics["macro_f1_4"] == pytest.approx((22 / 24 + 0 + 6 / 7) / 3)
    assert metrics["weighted_f1"] == pytest.approx((12 * 22 / 24 + 0 + 3 * 6 / 7) / 16)
    assert metrics["normal_against_abnormal"]["specificity"] == pytest.approx(11 / 12)
    assert metrics["per_class"]["F"]["auroc"] is None
    # All three V beats score above 12 of the 13 others, and as high as the last.
    assert metrics["per_class"]["V"]["auroc"] == pytest.approx(12.5 / 13)
    low, high = metrics["per_class"]["V"]["ci95"]["f1"]
    assert low <= metrics["per_class"]["V"]["f1"] <= high
    assert metrics["ece"] == pytest.approx(14 / 16 - 0.8, abs=1e-6)
    assert metrics["records"]["900"]["accuracy"] == pytest.approx(7 / 8)
    rows = list(csv.DictReader((out / "predictions.csv").read_text().splitlines()))
    assert len(rows) == 16
    assert rows[3] == {
        "record": "101", "sample": "1400", "true": "V", "predicted": "V",
        "p_N": "0.0500", "p_S": "0.0500", "p_V": "0.8000", "p_F": "0.0500", "p_Q": "0.0500",
    }  # fmt: skip


def test_records_that_the_model_was_trained_on_are_named(database: Path, bundle: Bundle) -> None:
    assert evaluate_beats(database, bundle)["seen_in_training"] == ["101"]
    assert evaluate_beats(database, bundle, records=["900"])["seen_in_training"] == []


def test_record_names_come_from_RECORDS_else_from_headers(tmp_path: Path) -> None:
    for name in ("a1", "a2"):
        (tmp_path / f"{name}.hea").touch()
    assert record_names(tmp_path) == ["a1", "a2"]
    (tmp_path / "RECORDS").write_text("a2\n")
    assert record_names(tmp_path) == ["a2"]


def test_an_incomplete_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a folder"):
        record_names(tmp_path / "nowhere")
    with pytest.raises(DataError, match="holds no records"):
        record_names(tmp_path)
    (tmp_path / "RECORDS").write_text("100\n101\n")
    (tmp_path / "100.hea").touch()
    with pytest.raises(DataError, match="lacks 1 of 2 records"):
        record_names(tmp_path)
    with pytest.raises(DataError, match=r"no record '110'\. Did you mean '10[01]'"):
        record_names(tmp_path, ["110"])
