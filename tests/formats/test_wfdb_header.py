"""Clauses of header(5), WFDB Applications Guide."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from einthoven.errors import EinthovenError, FormatError
from einthoven.formats.wfdb.header import existing, inside, parse_header

PATH = Path("rec.hea")


def test_record_line_with_every_field() -> None:
    header = parse_header(b"rec 1 360/1000.5(-3) 650000 13:05:00.25 02/10/1989\nrec.dat 212\n", PATH)
    assert (header.name, header.fs, header.n_frames) == ("rec", 360.0, 650000)
    assert header.start == datetime(1989, 10, 2, 13, 5, 0, 250000)


@pytest.mark.parametrize("line", ["rec 1", "rec 1 250", "rec 1 250.5 0"])
def test_optional_fields_of_the_record_line(line: str) -> None:
    header = parse_header(f"{line}\nrec.dat 16\n".encode(), PATH)
    assert header.n_frames is None
    assert header.fs == (float(line.split()[2]) if len(line.split()) > 2 else None)


def test_time_without_date_is_no_start() -> None:
    assert parse_header(b"rec 1 250 10 12:00:00\nrec.dat 16\n", PATH).start is None


def test_impossible_date_is_a_warning() -> None:
    header = parse_header(b"rec 1 250 10 12:00:00 31/02/2000\nrec.dat 16\n", PATH)
    assert header.start is None
    assert "31/02/2000" in header.warnings[0]


def test_format_field_with_frame_skew_and_offset() -> None:
    line = parse_header(b"rec 1 250\nrec.mat 16x4:3+24 1000/mV\n", PATH).signals[0]
    assert (line.fmt, line.samples_per_frame, line.skew, line.byte_offset) == (16, 4, 3, 24)


@pytest.mark.parametrize(
    ("field", "gain", "baseline", "unit"),
    [
        ("200", 200.0, 1024.0, None),
        ("1000/mV", 1000.0, 1024.0, "mV"),
        ("1000.0(0)/mV", 1000.0, 0.0, "mV"),
        ("1716(-6)/mV", 1716.0, -6.0, "mV"),
        ("1e3(5)", 1000.0, 5.0, None),
        ("0", 0.0, 1024.0, None),
        (".5/uV", 0.5, 1024.0, "uV"),
    ],
)
def test_gain_field(field: str, gain: float, baseline: float, unit: str | None) -> None:
    line = parse_header(f"rec 1 250\nrec.dat 16 {field} 11 1024 995 -22131 0 MLII\n".encode(), PATH).signals[
        0
    ]
    assert (line.gain, line.baseline, line.unit) == (gain, baseline, unit)
    assert (line.initial, line.checksum, line.description) == (995, -22131, "MLII")


def test_initial_value_defaults_to_adc_zero() -> None:
    assert parse_header(b"rec 1 250\nrec.dat 8 200 11 1024\n", PATH).signals[0].initial == 1024


def test_description_keeps_its_blanks() -> None:
    assert (
        parse_header(b"r 1 250\nr.dat 16 200 11 0 0 0 0 lead  II left\n", PATH).signals[0].description
        == "lead  II left"
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfrec 1 360\r\n# 69 M\r\nrec.dat 212 200 \r\n",
        b"\n\n# before\nrec\t1\t360   \nrec.dat\t212\t200\n\n",
        b"rec 1 360\rrec.dat 212 200\r# after\r",
        b"rec 1 360\nrec.dat 212 200\n# J\xfcrgen\n",
    ],
)
def test_line_ends_marks_blanks_and_latin1(raw: bytes) -> None:
    header = parse_header(raw, PATH)
    assert (header.name, header.fs, header.signals[0].fmt) == ("rec", 360.0, 212)


@pytest.mark.parametrize(
    ("raw", "number", "quoted"),
    [
        (b"rec\nrec.dat 16\n", 1, "rec"),
        (b"# note\nrec two 360\n", 2, "rec two 360"),
        (b"rec 1 fast\nrec.dat 16\n", 1, "rec 1 fast"),
        (b"rec 1 0\nrec.dat 16\n", 1, "0 Hz"),
        (b"rec 0 360 10\n", 1, "0 signals"),
        (b"rec 1 360 many\nrec.dat 16\n", 1, "many"),
        (b"rec 1 360\nrec.dat sixteen\n", 2, "sixteen"),
        (b"rec 1 360\nrec.dat\n", 2, "rec.dat"),
        (b"rec 1 360\nrec.dat 16 200/mV 11 zero\n", 2, "zero"),
        (b"rec 1 360\nrec.dat 16 loud\n", 2, "loud"),
        (b"rec 2 360\nrec.dat 16\n", 1, "2 signal lines are announced, but 1 follow"),
        (b"rec/2 2 360\nrec_1 ten\nrec_2 5\n", 2, "rec_1 ten"),
        (b"rec/0 2 360\n", 1, "0 segments"),
    ],
)
def test_a_broken_line_is_named_and_quoted(raw: bytes, number: int, quoted: str) -> None:
    with pytest.raises(FormatError, match=rf"rec\.hea, line {number}: ") as caught:
        parse_header(raw, PATH)
    assert quoted in str(caught.value)


def test_lines_too_many_are_a_warning() -> None:
    header = parse_header(b"rec 1 360\nrec.dat 16\nmore.dat 16\n", PATH)
    assert len(header.signals) == 1
    assert "more.dat" in header.warnings[0]


@pytest.mark.parametrize("raw", [b"", b"\n \n", b"# only\n# comments\n"])
def test_nothing_in_it(raw: bytes) -> None:
    with pytest.raises(FormatError, match="record line"):
        parse_header(raw, PATH)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_header_or_an_error_of_ours(raw: bytes) -> None:
    try:
        parse_header(raw, PATH)
    except EinthovenError as error:
        assert "rec.hea" in str(error)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../other.dat", "sub/../../x.dat", "..\\x.dat", "C:x.dat", "C:\\x.dat"]
)
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FormatError, match="outside its own folder"):
        inside(tmp_path, name, tmp_path / "rec.hea")


def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.dat").write_bytes(b"\0\0")
    (folder / "rec.dat").symlink_to(tmp_path / "secret.dat")
    with pytest.raises(FormatError, match="outside its own folder"):
        existing(folder, "rec.dat", folder / "rec.hea")


def test_a_linked_folder_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rec.dat").write_bytes(b"\0\0")
    (tmp_path / "link").symlink_to(tmp_path / "data")
    assert existing(tmp_path / "link", "rec.dat", tmp_path / "link" / "rec.hea").is_file()


def test_other_case_of_letters_is_found(tmp_path: Path) -> None:
    (tmp_path / "rec.dat").write_bytes(b"\0\0")
    assert existing(tmp_path, "REC.DAT", tmp_path / "REC.hea").name == "rec.dat"
