"""Evaluating heartbeat rows: the contract's files, whose rows they are, what the model has seen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from einthoven.errors import BundleError, DataError
from einthoven.evaluation.heartbeat import evaluate_heartbeat, measure_latency
from einthoven.models.bundle import load_bundle
from tiny_bundle import make_bundle
from tiny_heartbeat import answered, make_heartbeat_bundle, write_csv

#        one patient   another    a third
TRUE = "NNNNNNNNVV" + "NNNNSSVV" + "NNFQ"
SAID = "NNNNNNNNVN" + "NNNSSSVN" + "NNVQ"
OWNERS = [("100", "mitdb/100")] * 10 + [("202", "mitdb/201")] * 8 + [("103", "mitdb/103")] * 4


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_heartbeat_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "rows.csv", answered(SAID), TRUE, {"rows": OWNERS})


def test_writes_the_contracts_files(rows: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = []
    metrics = evaluate_heartbeat(rows, model, out=out, draw=False, on_rows=lambda *done: told.append(done))
    assert told == [(0, 22), (22, 22)]
    assert json.loads((out / "metrics.json").read_text()) == json.loads(json.dumps(metrics))
    assert metrics["labels"] == ["N", "S", "V", "F", "Q"]
    assert metrics["confusion_matrix"] == [
        [13, 1, 0, 0, 0], [0, 2, 0, 0, 0], [2, 0, 2, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1],
    ]  # fmt: skip
    assert metrics["accuracy"] == pytest.approx(18 / 22)
    f1 = {"N": 26 / 29, "S": 4 / 5, "V": 4 / 7, "F": 0.0, "Q": 1.0}
    assert {label: row["f1"] for label, row in metrics["per_class"].items()} == pytest.approx(f1)
    assert metrics["macro_f1"] == pytest.approx(sum(f1.values()) / 5)
    assert metrics["macro_f1_4"] == pytest.approx(sum(f1[label] for label in "NSVF") / 4)
    assert metrics["weighted_f1"] == pytest.approx((14 * 26 / 29 + 2 * 4 / 5 + 4 * 4 / 7 + 0 + 1) / 22)
    assert metrics["per_class"]["V"]["support"] == 4
    assert set(metrics["per_class"]["V"]) == {
        "sensitivity", "ppv", "f1", "support", "ci95", "auroc", "average_precision",
    }  # fmt: skip
    two_way = metrics["normal_against_abnormal"]
    assert two_way["support"] == {"normal": 14, "abnormal": 8}
    assert two_way["sensitivity"] == pytest.approx(6 / 8)
    assert two_way["specificity"] == pytest.approx(13 / 14)
    assert two_way["auroc"] == pytest.approx((6 * 13 + 0.5 * (6 + 2 * 13)) / (8 * 14))
    confidence = np.exp(5) / (np.exp(5) + 4)
    assert metrics["ece"] == pytest.approx(abs(18 / 22 - confidence), abs=1e-6)
    table = list(csv.DictReader((out / "predictions.csv").read_text().splitlines()))
    assert list(table[0]) == ["row", "record", "patient", "true", "predicted", *(f"p_{c}" for c in "NSVFQ")]
    assert "".join(row["predicted"] for row in table) == SAID
    assert [row["row"] for row in table] == [str(i) for i in range(22)]
    assert (table[10]["record"], table[10]["patient"]) == ("202", "mitdb/201")
    assert sum(float(table[0][f"p_{c}"]) for c in "NSVFQ") == pytest.approx(1, abs=1e-5)


def test_each_patient_counts_once_in_the_spread(rows: Path, model: Path) -> None:
    metrics = evaluate_heartbeat(rows, model)
    assert metrics["n_patients"] == 3
    assert list(metrics["patients"]) == ["mitdb/100", "mitdb/201", "mitdb/103"]
    assert set(metrics["records"]) == {"100", "202", "103"}
    assert metrics["patients"]["mitdb/100"]["accuracy"] == pytest.approx(0.9)
    spread = metrics["patient_spread"]
    assert spread["accuracy"] == pytest.approx(
        {"minimum": 0.75, "quartile_1": 0.75, "median": 0.75, "quartile_3": 0.825, "maximum": 0.9}
    )
    assert spread["worst"][0] == {"patient": "mitdb/103", "accuracy": 0.75, "rows": 4}


def test_intervals_say_what_was_drawn(rows: Path, model: Path, tmp_path: Path) -> None:
    known = evaluate_heartbeat(rows, model)
    assert known["intervals"] == "95 %, bootstrap over patients"
    rows.with_suffix(".origin.csv").unlink()
    unknown = evaluate_heartbeat(rows, model)
    assert "over rows" in unknown["intervals"]
    assert "too narrow" in unknown["intervals"]
    for metrics in (known, unknown):
        low, high = metrics["ci95"]["accuracy"]
        assert low <= metrics["accuracy"] <= high
    assert unknown["n_patients"] is None
    assert unknown["patients"] == unknown["records"] == {}
    assert unknown["patient_spread"] is None
    alone = {"rows": [("100", "mitdb/100")] * 10}
    one = evaluate_heartbeat(write_csv(tmp_path / "one.csv", answered(SAID[:10]), TRUE[:10], alone), model)
    assert one["ci95"]["accuracy"] is None
    assert one["intervals"] == "none: the rows are of one patient"


def test_patients_that_the_model_has_seen_are_named(rows: Path, model: Path) -> None:
    # Trained on records 101 and 201; record 202 is of the same patient as 201.
    metrics = evaluate_heartbeat(rows, model)
    assert metrics["seen_in_training"] == ["mitdb/201"]
    assert "1 of these 3 patients" in metrics["remarks"][0]
    assert "nothing about new patients" in metrics["remarks"][0]


@pytest.mark.parametrize(
    ("data", "seen", "remark"),
    [
        ([{"name": "mitdb", "records": ["119"]}], [], ""),
        ([{"name": "svdb", "records": ["100", "202"]}], [], ""),
        ([{"name": "mitdb", "records": ["103"]}], ["mitdb/103"], "1 of these 3"),
        ([{"name": "heartbeat", "records": []}], None, "does not say whose beats"),
    ],
)
def test_what_the_card_says_decides(
    rows: Path, tmp_path: Path, data: list[dict[str, object]], seen: list[str] | None, remark: str
) -> None:
    metrics = evaluate_heartbeat(rows, make_heartbeat_bundle(tmp_path / "model", data=data))
    assert metrics["seen_in_training"] == seen
    assert remark in " ".join(metrics["remarks"])
    assert bool(metrics["remarks"]) == bool(remark)


def test_of_unknown_patients_it_says_that_they_are(rows: Path, model: Path) -> None:
    rows.with_suffix(".origin.csv").unlink()
    metrics = evaluate_heartbeat(rows, model)
    assert metrics["seen_in_training"] is None
    assert "is not known" in metrics["remarks"][0]
    assert "none: weights by hand" in metrics["remarks"][1]


def test_latency_is_measured_on_one_core(model: Path) -> None:
    timing = measure_latency(load_bundle(model), answered("NSV"))
    assert timing["cores"] == 1
    assert 0 < timing["one_row_s"] < timing["batch_of_1000_s"] < 1
    assert timing["one_row_repeats"] >= 3


def test_figures_are_written(rows: Path, model: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    evaluate_heartbeat(rows, model, out=tmp_path / "out")
    names = ("confusion_matrix", "roc_precision_recall", "calibration", "patient_spread")
    for name in names:
        assert (tmp_path / "out" / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "</svg>" in (tmp_path / "out" / f"{name}.svg").read_text()


def test_bad_input_is_refused_before_any_work(rows: Path, model: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not there"):
        evaluate_heartbeat(tmp_path / "nothing.csv", model)
    with pytest.raises(BundleError, match="task 'heartbeat'"):
        evaluate_heartbeat(rows, make_bundle(tmp_path / "beats"))
    with pytest.raises(DataError, match="Choose another --out"):
        evaluate_heartbeat(rows, model, out=rows / "below")


def test_genuine_rows_are_read(data_root: Path, model: Path) -> None:
    metrics = evaluate_heartbeat(data_root / "heartbeat" / "mitbih_test_sample.csv", model)
    assert metrics["n_rows"] == 500
    assert all(row["support"] == 100 for row in metrics["per_class"].values())
