"""``einthoven data prepare ptb-xl`` and ``data labels ptb-xl``: what they print, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from einthoven.cli import run
from einthoven.datasets.ptb_xl_store import open_store
from tiny_ptb_xl import ROWS, make_ptb_xl, name_of, samples_of, write_record


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_ptb_xl(tmp_path / "ptb-xl")


def test_prepare(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "prepare", "ptb-xl", "--jobs", "1"]) == 0
    printed = capsys.readouterr()
    assert "5 records of 4 patients at 100 Hz" in printed.out
    assert "folds 1: 1, 2: 1, 3: 1, 9: 1, 10: 1" in printed.out
    assert "superclass: NORM 2, MI 2, STTC 0, CD 1, HYP 1" in printed.out
    assert "1 no superclass statement" in printed.out
    assert "cache/einthoven/prepared/ptb-xl-100" in printed.out
    assert printed.err == ""
    assert len(open_store(100)) == 5


def test_what_is_left_out_is_told(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(number, 1, "5", "1", "", "{'NORM': 1.0}", 1) for number in range(1, 12)]
    make_ptb_xl(root, [*rows, (12, 1, "5", "1", "", "NORM", 1)], rates=(500,))
    for number in range(1, 8):
        (root / f"{name_of(number, 500)}.dat").unlink()
    for suffix in (".hea", ".dat"):
        (root / f"{name_of(8, 500)}{suffix}").unlink()
    write_record(root / f"{name_of(10, 500)}.hea", samples_of(9, 500))
    out = tmp_path / "store"
    command = ["data", "prepare", "ptb-xl", "--rate", "500", "--root", str(root), "--out", str(out)]
    assert run([*command, "--jobs", "2"]) == 0
    printed = capsys.readouterr()
    assert "3 records of 1 patient at 500 Hz" in printed.out
    for line in (
        "! 1 row without files at 500 Hz, ecg_id 8",
        f"! 2 files without a row that can be used: {name_of(12, 500)}; {name_of(1005, 500)}",
        "! 1 row with faults: line 13, ecg_id 12: scp_codes 'NORM' cannot be read",
        "00005_hr.dat is not there",
        "! 2 more left out",
        "! 1 record with the samples of an earlier one: 10 = 9",
        "listed in prepared.json",
    ):
        assert line in printed.err
    assert open_store(out).ecg_ids.tolist() == [9, 10, 11]


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (["--rate", "250"], 1, "no files of 250 Hz; it has 100 and 500 Hz"),
        (["--from", "mitdb"], 2, "--from is not for ptb-xl"),
        (["--jobs", "0"], 1, "0 processes: allowed are 1 to 64"),
        (["--root", "nowhere"], 1, "nowhere is not a folder"),
    ],
)
def test_refusals(
    root: Path, options: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "prepare", "ptb-xl", *options]) == status
    assert said in capsys.readouterr().err


def test_options_of_ptb_xl_are_not_for_heartbeat(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "prepare", "heartbeat", "--rate", "100"]) == 2
    assert "--rate is not for heartbeat" in capsys.readouterr().err
    assert run(["data", "prepare", "heartbeat", "--from", "ptb-xl"]) == 1
    assert "ptb-xl comes without reference beats" in capsys.readouterr().err


def test_labels(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "labels", "ptb-xl"]) == 0
    out = capsys.readouterr().out
    assert "superclass: NORM 2, MI 2, STTC 0, CD 1, HYP 1" in out
    assert "1 NORM together with other diagnoses" in out
    assert run(["data", "labels", "ptb-xl", "--task", "rhythm", "--folds", "1-3,10"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()[-2:]] == [
        ["AFIB", "0"],
        ["SR", "3"],
    ]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["mitdb"], 2, "mitdb has no such labels; ptb-xl has"),
        (["ptb-xl", "--task", "superclas"], 1, "Did you mean 'superclass'"),
        (["ptb-xl", "--folds", "11"], 1, "no fold 11"),
        (["ptb-xl", "--folds", "x"], 2, "'x' is no fold"),
        (["ptb-xl", "--folds", ","], 2, "names no fold"),
        (["ptb-xl", "--folds", "1-"], 2, "'1-' is no fold"),
    ],
)
def test_labels_that_are_not(
    root: Path, words: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "labels", *words]) == status
    assert said in capsys.readouterr().err


def test_faults_are_told_with_the_labels(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_ptb_xl(root, [*ROWS, *[(n, 1, "5", "1", "", "?", 1) for n in range(20, 27)]], rates=())
    assert run(["data", "labels", "ptb-xl"]) == 0
    err = capsys.readouterr().err
    assert "! line 8, ecg_id 20: scp_codes '?' cannot be read" in err
    assert "! 2 more rows with faults" in err


def test_both_sets_are_listed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "list"]) == 0
    lines = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert lines["ptb-xl"][1:3] == ["10", "43,674"]
    assert lines["ludb"][1:3] == ["0", "200"]
