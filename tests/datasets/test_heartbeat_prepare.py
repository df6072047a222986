"""Prepared rows: complete and described, or not there at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from heartbeat_records import write_patients

from einthoven.datasets import heartbeat_prepare
from einthoven.datasets.heartbeat import read_rows, write_rows
from einthoven.datasets.heartbeat_prepare import FILES, prepare_heartbeat
from einthoven.errors import DataError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    write_patients(folder, ["100", "101", "201", "202"])
    monkeypatch.setenv("EINTHOVEN_DATA", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def test_what_is_written(root: Path, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    folder, document = prepare_heartbeat("mitdb", on_state=lambda *state: told.append(state))
    assert folder == tmp_path / "cache" / "einthoven" / "prepared" / "heartbeat-mitdb"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert list(folder.parent.iterdir()) == [folder]
    assert json.loads((folder / "prepared.json").read_text()) == document
    training, test = read_rows(folder / "train.csv"), read_rows(folder / "test.csv")
    assert len(training) + len(test) == document["n_rows"] == 4 * 39
    assert list(document["counts"]["test"].values()) == np.bincount(test.classes).tolist()
    assert training.patients_known
    assert document["records"] == ["100", "101", "201", "202"]
    assert document["n_patients"] == 3
    assert len(document["records_absent"]) == 44
    assert document["match"] is None
    for name, digest in document["source_sha256"].items():
        assert hashlib.sha256((root / "mitdb" / name).read_bytes()).hexdigest() == digest
    for name, digest in document["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert all(0 <= n_done <= of for _, n_done, of in told)


def test_again_gives_the_same_and_replaces(root: Path) -> None:
    folder, first = prepare_heartbeat("mitdb")
    (folder / "train.csv").write_text("spoilt")
    assert prepare_heartbeat("mitdb") == (folder, first)
    assert hashlib.sha256((folder / "train.csv").read_bytes()).hexdigest() == first["sha256"]["train.csv"]
    assert list(folder.parent.iterdir()) == [folder]


def test_match_where_genuine_rows_are(root: Path) -> None:
    folder, _ = prepare_heartbeat("mitdb")
    rows = read_rows(folder / "test.csv")
    (root / "heartbeat").mkdir()
    write_rows(rows, root / "heartbeat" / "mitbih_test_sample.csv")
    _, document = prepare_heartbeat("mitdb")
    assert document["match"]["n_found"] == document["match"]["n_identical"] == len(rows)
    assert list(document["match"]["files"]) == ["mitbih_test_sample.csv"]
    assert prepare_heartbeat("mitdb", compare=False)[1]["match"] is None


def test_a_full_disk_leaves_what_was_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, first = prepare_heartbeat("mitdb")

    def full(rows: Any, path: Path, on_rows: Any = None) -> None:
        path.write_text("half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(heartbeat_prepare, "write_rows", full)
    for out in (folder, folder.parent / "new"):
        with pytest.raises(DataError, match=r"disk is full.*Nothing half-written is left"):
            prepare_heartbeat("mitdb", out)
    assert list(folder.parent.iterdir()) == [folder]
    assert json.loads((folder / "prepared.json").read_text()) == first
    read_rows(folder / "train.csv")


def test_an_interruption_leaves_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(heartbeat_prepare, "write_rows", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepare_heartbeat("mitdb", tmp_path / "out" / "rows")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_run_left_is_removed_later(root: Path) -> None:
    folder, _ = prepare_heartbeat("mitdb")
    old, fresh = (folder.parent / f".{folder.name}.{name}.partial" for name in ("old", "fresh"))
    for left in (old, fresh):
        left.mkdir()
        (left / "train.csv").write_text("half")
    os.utime(old, (0, 0))
    prepare_heartbeat("mitdb")
    assert sorted(folder.parent.iterdir()) == sorted([fresh, folder])


def test_folders_that_are_not_replaced(root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    with pytest.raises(DataError, match=r"holds other files \(thesis.tex\)"):
        prepare_heartbeat("mitdb", mine)
    with pytest.raises(DataError, match="is a file"):
        prepare_heartbeat("mitdb", mine / "thesis.tex")
    assert (mine / "thesis.tex").read_text() == "years of work"
    (tmp_path / "empty").mkdir()
    assert (prepare_heartbeat("mitdb", tmp_path / "empty")[0] / "prepared.json").is_file()


def test_sources_that_have_no_records(root: Path) -> None:
    with pytest.raises(DataError, match=r"einthoven data get svdb"):
        prepare_heartbeat("svdb")
    with pytest.raises(DataError, match=r"rows are cut from records.*mitdb, svdb"):
        prepare_heartbeat("heartbeat")
    with pytest.raises(DataError, match=r"Did you mean 'mitdb'"):
        prepare_heartbeat("mitbd")
