"""Folders into another format: index, report, going on, what is broken, damaged or in the way."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from einthoven import read, write
from einthoven.datasets import conversion
from einthoven.datasets.conversion import Converted, Statements, convert_folder
from einthoven.errors import DataError
from einthoven.recording import STANDARD_LEADS
from einthoven.signal.simulator import simulate
from tiny_ptb_xl import ROWS, make_ptb_xl, name_of, samples_of, write_metadata, write_record

DATABASE = Path("ptbxl_database.csv")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_ptb_xl(tmp_path / "ptb-xl")


def convert(root: Path, **options: Any) -> Converted:
    return convert_folder(
        root, root.parent / "out", **({"to": "csv", "metadata": DATABASE, "jobs": 1} | options)
    )


def table(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_one_csv_a_record_and_an_index(root: Path) -> None:
    done = convert(root)
    assert (done.n_written, done.n_kept, done.report) == (5, 0, [])
    assert table(done.out / "index.csv") == [
        ["path", "age", "sex", "label", "ecg_id", "patient", "fold"],
        [f"{name_of(1, 100)}.csv", "56", "female", "0", "1", "15", "1"],
        [f"{name_of(2, 100)}.csv", "", "male", "1", "2", "16", "2"],
        [f"{name_of(3, 100)}.csv", "300", "", "0", "3", "17", "3"],
        [f"{name_of(4, 100)}.csv", "57", "female", "1", "4", "15", "9"],
        [f"{name_of(1005, 100)}.csv", "30", "male", "0", "1005", "18", "10"],
    ]
    assert table(done.out / "index-report.csv") == [["file", "ecg_id", "why", "what"]]
    for row in table(done.out / "index.csv")[1:]:
        recording = read(done.out / row[0])
        assert (recording.leads, recording.fs) == (STANDARD_LEADS, 100)
        np.testing.assert_allclose(recording.signals, samples_of(row[4], 100) / 1000, rtol=1e-6)


@pytest.mark.parametrize(("to", "suffix"), [("wfdb", ".hea"), ("edf", ".edf")])
def test_other_formats(root: Path, to: str, suffix: str) -> None:
    done = convert(root, to=to, rate=500)
    assert done.n_written == 5
    recording = read(done.out / f"{name_of(4, 500)}{suffix}")
    np.testing.assert_allclose(recording.signals, samples_of(4, 500) / 1000, atol=2e-3)
    assert convert(root, to=to, rate=500).n_kept == 5


def test_several_processes_write_the_same(root: Path) -> None:
    make_ptb_xl(root, [(n, 1, "5", "1", "", "{'IMI': 0.0}", 1) for n in range(1, 50)], rates=(100,))
    states: list[tuple[int, int]] = []
    done = convert(root, jobs=2, on_state=lambda *state: states.append(state))
    assert done.n_written == 49
    assert states == [(0, 49), (16, 49), (32, 49), (48, 49), (49, 49)]
    assert len(list(done.out.rglob("*_lr.csv"))) == 49


def test_the_folder_may_be_a_part_of_the_set(root: Path) -> None:
    done = convert(root / "records500", metadata=root / DATABASE)
    assert [row[0] for row in table(done.out / "index.csv")[1:3]] == [
        f"{name_of(n, 500)}.csv" for n in (1, 2)
    ]
    other = convert_folder(root / "records100" / "01000", root / "o2", "csv", metadata=root / DATABASE)
    assert [row[4] for row in table(other.out / "index.csv")[1:]] == ["1005"]
    with pytest.raises(DataError, match="names no record at 100 Hz below"):
        convert(root / "records500", metadata=root / DATABASE, rate=100)


def test_the_rate_is_the_one_that_is_here(root: Path) -> None:
    for path in (root / "records100").rglob("*.*"):
        path.unlink()
    done = convert(root)
    assert done.n_written == 5
    assert table(done.out / "index.csv")[1][0] == f"{name_of(1, 500)}.csv"


def test_metadata_elsewhere(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "metadata"
    write_metadata(elsewhere, ROWS[:2])
    monkeypatch.chdir(elsewhere)
    done = convert(root)  # what lies in the working folder comes first
    assert done.n_written == 2
    assert [entry.why for entry in done.skipped] == ["no row"] * 6
    with pytest.raises(DataError, match=r"nowhere.csv is not there, neither here nor in"):
        convert(root, metadata=Path("nowhere.csv"))
    (elsewhere / "scp_statements.csv").unlink()
    with pytest.raises(DataError, match=r"scp_statements.csv is not there"):
        convert(root)


def test_what_cannot_be_converted_is_listed(root: Path) -> None:
    rows = [(n, 1, "5", "1", "", "{'NORM': 1.0}", 1) for n in range(1, 9)]
    make_ptb_xl(root, [*rows, (9, 1, "5", "1", "", "NORM", 1)], rates=(100,))
    for number, change in {
        1: lambda path: path.with_suffix(".dat").write_bytes(path.with_suffix(".dat").read_bytes()[:777]),
        2: lambda path: path.with_suffix(".dat").unlink(),
        3: lambda path: path.write_text("rubbish\n"),
        4: lambda path: write_record(path, samples_of(4, 100)[:, :990], changes={" 99 990": " 100 990"}),
        5: lambda path: write_record(path, samples_of(5, 100)[:8], leads=STANDARD_LEADS[:8]),
        6: lambda path: (path.unlink(), path.with_suffix(".dat").unlink()),
    }.items():
        change(root / f"{name_of(number, 100)}.hea")
    for number in range(1, 10):
        for suffix in (".hea", ".dat"):
            (root / f"{name_of(number, 500)}{suffix}").unlink(missing_ok=True)
    done = convert(root)
    assert [row[4] for row in table(done.out / "index.csv")[1:]] == ["7", "8"]
    assert sorted(path.stem for path in done.out.rglob("*_lr.csv")) == ["00007_lr", "00008_lr"]
    told = {(entry.why, entry.ecg_id): entry.what for entry in done.report}
    assert table(done.out / "index-report.csv")[1:] == [
        [entry.file, entry.ecg_id, entry.why, entry.what] for entry in done.report
    ]
    for key, what in {
        ("faulty row", "9"): "line 10: scp_codes 'NORM' cannot be read",
        ("no file", "6"): "ptbxl_database.csv has a row, no file is there",
        ("broken", "1"): "the rest is missing",
        ("broken", "2"): "00002_lr.dat is not there",
        ("broken", "3"): "00003_lr.hea",
        ("broken", "4"): "has 990 samples, not 1000",
        ("broken", "5"): "needed are the standard 12",
    }.items():
        assert what in told.pop(key)
    assert list(told) == [("no row", "")]
    no_rows = [entry.file for entry in done.report if entry.why == "no row"]
    assert no_rows == [name_of(9, 100), name_of(1005, 100), name_of(1005, 500)]


def test_what_is_done_is_kept_unless_its_source_is_younger(root: Path) -> None:
    done = convert(root)
    kept = done.out / f"{name_of(1, 100)}.csv"
    mark = kept.stat().st_mtime_ns
    (done.out / f"{name_of(2, 100)}.csv").unlink()
    source = root / f"{name_of(3, 100)}.dat"
    os.utime(source, ns=(source.stat().st_atime_ns, time.time_ns() + 10**9))
    index = table(done.out / "index.csv")
    again = convert(root)
    assert (again.n_written, again.n_kept) == (2, 3)
    assert table(done.out / "index.csv") == index
    assert kept.stat().st_mtime_ns == mark
    assert convert(root, overwrite=True).n_written == 5
    assert kept.stat().st_mtime_ns > mark


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_conversion_that_is_killed_goes_on(tmp_path: Path) -> None:
    rows = [(n, 1, "5", "1", "", "{'IMI': 0.0}", 1) for n in range(1, 400)]
    root, out = make_ptb_xl(tmp_path / "ptb-xl", rows, rates=(100,)), tmp_path / "out"
    command = [sys.executable, "-m", "einthoven", "convert", str(root), str(out), "--to", "csv"]
    process = subprocess.Popen([*command, "--metadata", str(root / DATABASE), "--jobs", "1"])
    deadline = time.monotonic() + 60
    while len(list(out.rglob("*_lr.csv"))) < 20 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path.name: path.read_bytes() for path in out.rglob("*_lr.csv")}
    assert 20 <= len(before) < 399
    assert all(content.count(b"\n") == 1001 for content in before.values())
    assert not (out / "index.csv").exists()
    done = convert(root)
    assert (done.n_kept, done.n_written) == (len(before), 399 - len(before))
    assert len(table(out / "index.csv")) == 400


def test_what_a_killed_run_was_writing_is_removed(root: Path) -> None:
    out = convert(root).out
    old, fresh = out / "records100" / ".1_lr.csv.abcd1234", out / ".2_lr.csv.abcd1234"
    old.touch()
    fresh.touch()
    os.utime(old, (1, 1))
    convert(root)
    assert not old.exists()
    assert fresh.exists()  # another process may be at it


def test_a_folder_without_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deep" / "er").mkdir(parents=True)
    for name in ("one.hea", "one.edf", "deep/two.csv", "deep/er/three.edf"):
        write(simulate(duration=10.0, fs=250.0, seed=1, name=Path(name).stem), folder / name)
    (folder / "notes.txt").write_text("no recording")
    (folder / "broken.edf").write_bytes(b"0       " + bytes(300))
    done = convert_folder(folder, folder / "out", "csv", jobs=1)
    index = dict(table(done.out / "index.csv")[1:])  # type: ignore[arg-type]
    assert index == {
        "one_hea.csv": "one.hea",
        "one_edf.csv": "one.edf",
        "deep/two.csv": "deep/two.csv",
        "deep/er/three.csv": "deep/er/three.edf",
    }
    assert [(Path(entry.file).name, entry.why) for entry in done.report] == [("broken.edf", "broken")]
    assert read(done.out / "deep/er/three.csv").leads == ("MLII", "V1")
    again = convert_folder(folder, folder / "out", "csv", jobs=1)
    assert (again.n_kept, again.n_written, len(again.skipped)) == (4, 0, 1)  # what it wrote is not read


def test_rate_and_unit_can_be_stated(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_text("I,II\n" + "100,200\n" * 50)
    out = tmp_path / "out"
    (entry,) = convert_folder(folder, out, "csv", jobs=1).skipped
    assert (entry.why, "unit" in entry.what) == ("broken", True)
    assert convert_folder(folder, out, "csv", stated=Statements(50.0, "uV"), jobs=1).skipped == []
    assert read(out / "a.csv").signals[1, 0] == pytest.approx(0.2)


def test_remarks_of_the_reader_are_kept_when_going_on(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(simulate(duration=10.0, fs=250.0, seed=1, name="cut"), folder / "cut.hea")
    path = folder / "cut.dat"
    path.write_bytes(path.read_bytes()[:5000])
    done = convert_folder(folder, tmp_path / "out", "csv", jobs=1)
    assert (done.n_written, done.skipped) == (1, [])
    assert "the rest is missing" in done.report[0].what
    again = convert_folder(folder, tmp_path / "out", "csv", jobs=1)
    assert (again.n_kept, again.report) == (1, done.report)


def test_a_full_disk_ends_it_and_keeps_what_is_done(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import einthoven.formats

    def full(recording: object, path: Path, **_: object) -> None:
        if path.name.startswith("00003"):
            raise OSError(28, "No space left on device")
        write(recording, path)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(einthoven.formats, "write", full)
        with pytest.raises(DataError, match=r"The disk is full: .*00003_lr.csv .*run the command again"):
            convert(root)
    again = convert(root)
    assert (again.n_kept, again.n_written) == (2, 3)


def test_lists_that_cannot_be_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = root.parent / "out"
    (out / "index.csv").mkdir(parents=True)
    with pytest.raises(DataError, match=r"index.csv cannot be written .*Name another folder"):
        convert(root)
    assert conversion.INDEX in {path.name for path in out.iterdir()}


def test_folders_that_cannot_be(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    empty = tmp_path / "empty"
    empty.mkdir()
    for folder, out, to, said in (
        (root, root, "csv", "is the folder to read"),
        (root, file, "csv", "is a file. A folder is converted into a folder"),
        (root, file / "below", "csv", "cannot be written"),
        (tmp_path / "nowhere", tmp_path / "out", "csv", "nowhere is not a folder"),
        (empty, tmp_path / "out", "csv", "holds no recordings"),
        (root, tmp_path / "out", "csw", r"allowed: csv, edf, wfdb\. Did you mean 'csv'"),
    ):
        with pytest.raises(DataError, match=said):
            convert_folder(folder, out, to, jobs=1)
    write_metadata(empty)
    with pytest.raises(DataError, match="None of the 5 records at 500 Hz"):
        convert(empty)
