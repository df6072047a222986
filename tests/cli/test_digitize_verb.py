"""``einthoven digitize``."""

from __future__ import annotations

import csv

import pytest
from PIL import Image

import einthoven as ecg
from einthoven.cli import run
from simple_pages import page


def test_pages_become_signals_and_overlays(tmp_path, capsys) -> None:
    Image.fromarray(page().pixels).save(tmp_path / "scan.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    out = tmp_path / "out"
    assert run(["digitize", str(tmp_path / "scan.png"), str(tmp_path / "broken.png"), "--out", str(out),
                 "--format", "csv,wfdb,png"]) == 1  # fmt: skip
    said = capsys.readouterr()
    assert "scan.png: 3x4+1, 25 mm/s, 10 mm/mV, 12 leads" in said.out
    assert "broken.png" in said.err
    assert "Traceback" not in said.err
    with (out / "scan.csv").open() as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"]
    assert len(rows) == pytest.approx(5001, abs=25)
    assert rows[1][6] == ""
    assert ecg.read(out / "scan.hea").leads[1] == "II"
    with Image.open(out / "scan.overlay.png") as picture:
        assert picture.width > 1000


@pytest.mark.parametrize(
    "arguments",
    [["--out", "x"], ["a.png", "--out", "x", "--format", "gif"], ["a.png", "--out", "x", "--pages", "b"]],
)
def test_wrong_use_is_explained(arguments: list[str], capsys) -> None:
    assert run(["digitize", *arguments]) == 2
    assert "Traceback" not in capsys.readouterr().err
