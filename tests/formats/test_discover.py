"""Which recordings a folder or pattern holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from einthoven.errors import FormatError
from einthoven.formats import discover

Build = Callable[..., Path]


def _names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_files_of_one_record_count_once_in_natural_order(record: Build, tmp_path: Path) -> None:
    for name in ("r10", "r2", "r1"):
        record(name)
        (tmp_path / f"{name}.atr").write_bytes(b"\1\4\0\0")
        (tmp_path / f"{name}.qrs").write_bytes(b"\1\4\0\0")
    assert _names(discover(tmp_path)) == ["r1.hea", "r2.hea", "r10.hea"]


def test_segments_are_not_listed(record: Build, tmp_path: Path) -> None:
    record("m_1")
    record("m_2")
    (tmp_path / "m.hea").write_text("m/2 2 360 6\nm_1 3\nm_2 3\n")
    assert _names(discover(tmp_path)) == ["m.hea"]


def test_what_is_no_recording_is_not_listed(record: Build, tmp_path: Path) -> None:
    record()
    for name in (
        "RECORDS",
        "ANNOTATORS",
        "LICENSE.txt",
        "README",
        "README.md",
        "SHA256SUMS.txt",
        ".hidden.csv",
    ):
        (tmp_path / name).write_text("rec\n")
    (tmp_path / "page.html").write_text("<html></html>")
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "page.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "patients.csv").write_text("id,sex,age,diagnosis\n1,F,51,healthy\n2,M,60,ill\n")
    (tmp_path / "notes_of_a_doctor.txt").write_text("all is well\n")
    assert _names(discover(tmp_path)) == ["rec.hea"]


def test_other_formats_and_broken_files_are_listed(record: Build, tmp_path: Path) -> None:
    record()
    (tmp_path / "a.csv").write_text("time_s,II_mV\n0,1\n0.1,2\n")
    (tmp_path / "broken.edf").write_bytes(b"")
    (tmp_path / "broken.hea").write_text("nonsense\n")
    (tmp_path / "lost.dat").write_bytes(bytes(range(256)))
    (tmp_path / "export.scp").write_bytes(bytes(16) + b"SCPECG" + bytes(20))
    assert _names(discover(tmp_path)) == [
        "a.csv",
        "broken.edf",
        "broken.hea",
        "export.scp",
        "lost.dat",
        "rec.hea",
    ]


def test_folders_inside_only_when_asked(record: Build, tmp_path: Path) -> None:
    record()
    inner = tmp_path / "more"
    inner.mkdir()
    (inner / "b.csv").write_text("time_s,II_mV\n0,1\n0.1,2\n")
    assert _names(discover(tmp_path)) == ["rec.hea"]
    assert _names(discover(tmp_path, recursive=True)) == ["b.csv", "rec.hea"]


def test_patterns(record: Build, tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        record(name)
    for pattern in ("a*", "a*.hea", "a*.dat", "a[12].dat"):
        assert _names(discover(f"{tmp_path}/{pattern}")) == ["a1.hea", "a2.hea"]
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "b.csv").write_text("time_s,II_mV\n0,1\n0.1,2\n")
    assert _names(discover(f"{tmp_path}/*/b*")) == ["b.csv"]
    assert _names(discover(f"{tmp_path}/**/b*")) == ["b1.hea", "b.csv"]
    with pytest.raises(FormatError, match="No file matches"):
        discover(f"{tmp_path}/z*")


def test_a_file_or_record_name_is_itself(record: Build, tmp_path: Path) -> None:
    record()
    assert _names(discover(tmp_path / "rec")) == ["rec.hea"]
    assert _names(discover(tmp_path / "rec.hea")) == ["rec.hea"]
    with pytest.raises(FormatError, match="does not exist"):
        discover(tmp_path / "none")


def test_an_empty_folder_has_none(tmp_path: Path) -> None:
    assert discover(tmp_path) == []


def test_real_folders(data_root: Path) -> None:
    for folder in ("mitdb", "svdb", "ludb/data"):
        if (data_root / folder).is_dir():
            headers = {path.name for path in (data_root / folder).glob("*.hea")}
            assert {path.name for path in discover(data_root / folder)} == headers
    if (data_root / "formats").is_dir():
        listed = set(discover(data_root / "formats", recursive=True))
        assert listed == {p for p in (data_root / "formats").rglob("*.*") if p.suffix != ".pdf"}
