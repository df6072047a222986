"""``einthoven data prepare``: what it prints, and what it refuses."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from einthoven.cli import run


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One record of mitdb: 20 normal beats, 300 samples apart."""
    folder = tmp_path / "mitdb"
    folder.mkdir()
    samples = np.random.default_rng(0).integers(-900, 900, 7000).astype("<i2")
    (folder / "100.hea").write_text("100 1 360 7000\n100.dat 16 200 16 0 0 0 0 MLII\n")
    (folder / "100.dat").write_bytes(samples.tobytes())
    (folder / "100.atr").write_bytes(struct.pack("<21H", *([1 << 10 | 300] * 20), 0))
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_rows_are_counted_and_the_folder_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "prepare", "heartbeat", "--from", "mitdb"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "1 records of mitdb, 1 patients; 47 records are not here" in printed.out
    assert "cache/einthoven/prepared/heartbeat-mitdb" in printed.out
    assert "same patients" in printed.out
    assert [line.split() for line in printed.out.splitlines() if line.strip().startswith("all")] == [
        ["all", "19", "19", "0", "0", "0", "0"]
    ]


def test_match_is_printed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = root / "rows"
    run(["data", "prepare", "heartbeat", "--out", str(out)])
    (root / "heartbeat").mkdir()
    (out / "test.csv").rename(root / "heartbeat" / "mitbih_test.csv")
    capsys.readouterr()
    assert run(["data", "prepare", "heartbeat", "--out", str(out)]) == 0
    assert "Of those, 4 (100.0%) are matched" in capsys.readouterr().out
    assert run(["data", "prepare", "heartbeat", "--out", str(out), "--no-compare"]) == 0
    assert "genuine" not in capsys.readouterr().out


def test_progress_is_shown_on_a_terminal(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def terminal() -> Console:
        return Console(stderr=True, force_terminal=True, width=100)

    monkeypatch.setattr("einthoven.cli.console.stderr", terminal)
    assert run(["data", "prepare", "heartbeat", "--out", str(root / "rows")]) == 0
    assert "writing test.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("heartbaet", "Did you mean 'heartbeat'?"),
        ("mitdb", "mitdb needs no preparation"),
        ("heartbeat --from incartdb", "einthoven data get incartdb"),
        ("heartbeat --from mitbd", "Did you mean 'mitdb'?"),
        ("heartbeat --out .", "holds other files"),
    ],
)
def test_what_is_refused(root: Path, capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
    assert run(["data", "prepare", *words.split()]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert told in printed.err
    assert "Traceback" not in printed.err
