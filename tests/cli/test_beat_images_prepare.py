"""``einthoven data prepare beat-images``."""

from __future__ import annotations

import pytest

from drawn_beats import write_records
from einthoven.cli import run


@pytest.fixture
def root(tmp_path, monkeypatch):
    write_records(tmp_path, "101")
    monkeypatch.setenv("EINTHOVEN_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_it_counts_beats_and_names_the_folder(root, capsys) -> None:
    assert run(["data", "prepare", "beat-images", "--from", "mitdb"]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "62 beats of 1 records, 1 patients: NOR 7, PVC 8" in printed.out
    assert "cache/einthoven/prepared/beat-images-mitdb" in printed.out


def test_it_writes_where_it_is_told(root) -> None:
    assert run(["data", "prepare", "beat-images", "--out", str(root / "store")]) == 0
    files = ["index.csv", "prepared.json", "signals.npy"]
    assert sorted(path.name for path in (root / "store").iterdir()) == files


def test_a_folder_with_other_files_is_left_alone(root, capsys) -> None:
    (root / "mine").mkdir()
    (root / "mine" / "thesis.txt").write_text("important")
    assert run(["data", "prepare", "beat-images", "--out", str(root / "mine")]) == 1
    assert "thesis.txt" in capsys.readouterr().err


def test_options_of_other_sets_are_refused(root, capsys) -> None:
    assert run(["data", "prepare", "beat-images", "--rate", "100"]) == 2
    assert "--rate is not for beat-images" in capsys.readouterr().err
