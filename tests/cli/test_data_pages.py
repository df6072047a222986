"""``einthoven data pages`` and ``einthoven view`` as PDF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from einthoven.cli import run
from einthoven.formats import write
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    twelve = simulate(duration=10.0, fs=250.0, leads=STANDARD_LEADS, seed=1)
    write(twelve, folder / "twelve.edf")
    write(simulate(duration=30.0, fs=250.0, leads=("MLII",), seed=2), folder / "one.edf")
    return folder


def test_pages_come_with_their_truth(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pages"
    arguments = ["data", "pages", str(folder / "twelve.edf"), str(folder / "one.edf"), "--out", str(out)]
    assert run([*arguments, "--count", "2", "--severity", "light", "--seed", "4"]) == 0
    assert "2 pages are in" in capsys.readouterr().out
    names = {path.stem for path in out.glob("*.png")}
    assert len(names) == 2
    assert {path.stem for path in out.glob("*.csv")} == {path.stem for path in out.glob("*.json")} == names
    for path in out.glob("*.csv"):
        rows = path.read_text(encoding="utf-8").splitlines()
        assert len(rows) in (1 + 5000, 1 + 2500)
        values = np.genfromtxt(path, delimiter=",", skip_header=1, filling_values=np.nan)
        assert np.isfinite(values).any()
    again = tmp_path / "again"
    arguments[-1] = str(again)
    run([*arguments, "--count", "2", "--severity", "light", "--seed", "4"])
    for path in out.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_a_source_that_fails_does_not_stop_the_others(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.edf"
    bad.write_bytes(b"nothing")
    assert run(["data", "pages", str(bad), str(folder / "one.edf"), "--out", str(tmp_path / "p")]) == 1
    assert len(list((tmp_path / "p").glob("*.png"))) == 1
    assert "bad.edf" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said", "status"),
    [
        (["--severity", "awful"], "awful", 2),
        (["--count", "0"], "--count 0", 2),
        (["--fs", "0"], "--fs 0", 1),
    ],
)
def test_wrong_usage_is_told(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], said: str, status: int
) -> None:
    assert run(["data", "pages", str(folder / "one.edf"), "--out", str(tmp_path), *more]) == status
    assert said in capsys.readouterr().err


def test_view_writes_pdf(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.pdf"
    assert run(["view", str(folder / "twelve.edf"), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"%PDF")
