"""``evaluate twelve-lead`` on a miniature of PTB-XL with a model of known taste."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from einthoven.cli import run
from einthoven.errors import BundleError, DataError
from einthoven.evaluation.twelve_lead import evaluate_twelve_lead
from einthoven.models.bundle import load_bundle
from tiny_ptb_xl import make_ptb_xl, name_of, write_record
from tiny_twelve_lead import FIRST, LAST, V2, make_bundle

ROWS = [
    (1 + i, 50 + i // 2, "60", "1", "", "{'IMI': 100.0}" if i % 3 == 0 else "{'NORM': 100.0}", 10)
    for i in range(12)
] + [(13, 90, "60", "1", "", "{'CRBBB': 100.0}", 10), (14, 91, "60", "1", "", "{'NORM': 80.0}", 9)]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """V2 moves from 3 to 4 s in all infarctions but record 4, and in no other record but 2."""
    folder = make_ptb_xl(tmp_path_factory.mktemp("data") / "ptb-xl", ROWS, rates=(100,))
    beat = np.exp(-0.5 * ((np.arange(1000)[:, None] - np.arange(50, 1000, 80)) / 3) ** 2).sum(axis=1)
    for row in ROWS:
        samples = np.tile(1000 * beat, (12, 1))
        moves = ("IMI" in row[5] and row[0] != 4) or row[0] == 2
        samples += np.random.default_rng(row[0]).normal(0, 10, samples.shape)
        if moves:
            samples[V2, FIRST:LAST] += 1500 * np.sin(np.arange(LAST - FIRST) / 5)
        write_record(folder / f"{name_of(row[0], 100)}.hea", samples.astype(np.int16))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return load_bundle(make_bundle(tmp_path_factory.mktemp("models") / "mi"))


def test_figures_of_a_fold(root, model, tmp_path):
    metrics = evaluate_twelve_lead(root, model, folds=[10], rate=100, out=tmp_path, jobs=1, draw=False)
    written = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(metrics))
    assert (metrics["n_records"], metrics["n_patients"]) == (12, 6)
    assert metrics["without_label"] == {"other diagnoses, neither": 1}
    infarction = metrics["per_class"]["MI"]
    assert infarction["support"] == 4
    assert 0.6 < infarction["auroc"] < 1  # record 4 does not move, record 2 does
    assert metrics["macro_auroc"] == infarction["auroc"]
    with (tmp_path / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ecg_id"] for row in rows] == [str(i) for i in range(1, 13)]
    assert {row["fold"] for row in rows} == {"10"}
    surest = sorted(rows, key=lambda row: -float(row["p_MI"]))[:4]
    assert {row["ecg_id"] for row in surest} == {"1", "2", "7", "10"}


def test_leads_that_are_left_out(root, model):
    metrics = evaluate_twelve_lead(root, model, rate=100, leads=["I", "II"], jobs=1)
    assert metrics["leads"] == ["I", "II"]
    assert metrics["per_class"]["MI"]["auroc"] == pytest.approx(0.5)  # what it looks at is not there


def test_broken_records_are_listed_and_the_others_answered(root, model, tmp_path):
    import shutil

    copy = shutil.copytree(root, tmp_path / "ptb-xl")
    damaged = copy / f"{name_of(3, 100)}.dat"
    damaged.write_bytes(damaged.read_bytes()[:5000])
    metrics = evaluate_twelve_lead(copy, model, rate=100, jobs=1)
    assert metrics["n_records"] == 11
    assert list(metrics["left_out"]) == ["3"]


def test_what_cannot_be_evaluated_is_said(root, model):
    with pytest.raises(DataError, match=r"no labelled record of fold 10 at 500 Hz"):
        evaluate_twelve_lead(root, model, rate=500)
    with pytest.raises(DataError, match=r"V9: no such lead"):
        evaluate_twelve_lead(root, model, rate=100, leads=["V9"])
    with pytest.raises(BundleError, match=r"'beats'"):
        evaluate_twelve_lead(root, "beats", rate=100)


def test_the_command_prints_a_table(root, model, tmp_path, capsys):
    words = ["evaluate", "twelve-lead", "--model", str(model.path), "--data", str(root), "--rate", "100"]
    assert run([*words, "--jobs", "1", "--out", str(tmp_path), "--no-figures"]) == 0
    shown = capsys.readouterr()
    assert "12 records of 6 patients" in shown.out
    assert "macro AUROC" in shown.out
    assert "1 records left out" in shown.err
    assert run([*words, "--folds", "ten"]) == 2
