"""``einthoven evaluate delineation``: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from einthoven.cli import run
from tiny_ludb import write_ludb


def test_it_prints_tables_and_writes_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_ludb(tmp_path / "ludb")
    assert run(["evaluate", "delineation", "--data", str(root), "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr()
    for words in ("2 records", "P onset", "T end", "SD QRS onset", "aVR"):
        assert words in printed.out
    assert "trained on" in printed.err  # the names of these records are those of records in training
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    for name in ("QRS_onset", "QRS_end", "P_onset", "T_end"):
        row = metrics["boundaries"][name]
        assert row["sensitivity"] > 0.9, name
        assert row["sd_ms"] < 25, name
    assert (tmp_path / "out" / "predictions.csv").is_file()


def test_records_can_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_ludb(tmp_path / "ludb", 3)
    assert run(["evaluate", "delineation", "--data", str(root), "--records", "3"]) == 0
    assert "1 records" in capsys.readouterr().out


def test_what_is_not_ludb_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", "delineation", "--data", str(tmp_path)]) == 1
    assert "no folder data" in capsys.readouterr().err
