"""``einthoven evaluate``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from einthoven.cli import run
from tiny_heartbeat import answered, make_heartbeat_bundle, write_csv

TRUE, SAID, WORSE = "NNNNNNVVSSFQ", "NNNNNNVVSNFQ", "NNNNNSVVSNVQ"
OWNERS = {"rows": [("100", "mitdb/100")] * 6 + [("202", "mitdb/201")] * 6}


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(make_heartbeat_bundle(tmp_path / "model"))


@pytest.fixture
def rows(tmp_path: Path) -> str:
    return str(write_csv(tmp_path / "rows.csv", answered(SAID), TRUE, OWNERS))


def test_heartbeat_prints_tables_and_says_what_it_has_seen(
    rows: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert (
        run(["evaluate", "heartbeat", "--model", model, "--data", rows, "--out", str(out), "--no-figures"])
        == 0
    )
    shown = capsys.readouterr()
    for words in (
        "rows.csv: 12 rows, 2 patients, model tiny-heartbeat 1.0", "accuracy 91.67", "macro F1",
        "weighted F1",
        "abnormal against normal: sensitivity 83.33   specificity 100.00", "MCC", "AUROC",
        "accuracy of patients: median 91.67", "worst: mitdb/201 83.33 (6 beats)",
        "95 %, bootstrap over patients", "one beat", "1,000 at once",
    ):  # fmt: skip
        assert words in shown.out
    assert "1 of these 2 patients were in the training data" in shown.err.replace("\n", " ")
    assert sorted(path.name for path in out.iterdir()) == ["metrics.json", "predictions.csv"]


def test_heartbeat_of_unknown_patients_says_so(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = write_csv(tmp_path / "rows.csv", answered(SAID), TRUE)
    assert run(["evaluate", "heartbeat", "--model", model, "--data", str(rows)]) == 0
    shown = capsys.readouterr()
    assert "patients not known" in shown.out
    assert "bootstrap over rows" in shown.out
    assert "not known" in shown.err


def test_without_matplotlib_figures_are_left_out_with_a_word(
    rows: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    out = tmp_path / "out"
    assert run(["evaluate", "heartbeat", "--model", model, "--data", rows, "--out", str(out)]) == 0
    assert "pip install 'einthoven[train]'" in capsys.readouterr().err
    assert sorted(path.name for path in out.iterdir()) == ["metrics.json", "predictions.csv"]


def test_compare_prints_and_writes_differences(
    rows: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = write_csv(tmp_path / "other" / "rows.csv", answered(WORSE), TRUE, OWNERS)
    folders = [str(tmp_path / "ours"), str(tmp_path / "theirs")]
    for data, out in zip((rows, str(other)), folders, strict=True):
        words = ["evaluate", "heartbeat", "--model", model, "--data", data, "--out", out, "--no-figures"]
        assert run(words) == 0
    out = tmp_path / "comparison"
    capsys.readouterr()
    assert run(["evaluate", "compare", *folders, "--out", str(out), "--no-figures"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "rows.csv: 12 rows",
        "-16.67",
        "McNemar's test: p = 0.50",
        "paired bootstrap over patients",
    ):
        assert words in shown
    assert (
        json.loads((out / "comparison.json").read_text())["models"][1]["mcnemar"]["right_only_in_first"] == 2
    )
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.csv",
        "comparison.json",
        "comparison.md",
    ]


@pytest.mark.parametrize(
    ("words", "status", "expected"),
    [
        (["heartbeat", "--model", "MODEL", "--data", "nowhere.csv"], 1, "nowhere.csv is not there"),
        (["heartbeat", "--model", "hartbeat", "--data", "ROWS"], 1, "no model 'hartbeat'"),
        (["heartbeat", "--model", "beats", "--data", "ROWS"], 1, "takes task 'heartbeat'"),
        (["heartbeat", "--model", "MODEL"], 2, "--data"),
        (["compare", "nowhere"], 2, "1 folder to compare"),
        (["compare", "nowhere", "nowhere"], 1, "metrics.json is not there"),
        (["hartbeat"], 2, 'Did you mean "heartbeat"?'),
    ],
)
def test_bad_input_is_a_sentence(
    words: list[str], status: int, expected: str, rows: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"MODEL": model, "ROWS": rows}
    assert run(["evaluate", *(names.get(word, word) for word in words)]) == status
    shown = capsys.readouterr()
    assert expected in shown.err
    assert "Traceback" not in shown.err
