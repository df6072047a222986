"""``read``: sources, recognition by content, refusals."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.errors import EinthovenError, FormatError
from einthoven.formats import read, write
from einthoven.formats.sniff import sniff
from einthoven.recording import Recording

Build = Callable[..., Path]


@pytest.mark.parametrize("name", ["rec", "rec.hea", "rec.dat", "rec.atr"])
def test_a_record_by_any_of_its_names(record: Build, tmp_path: Path, name: str) -> None:
    record()
    (tmp_path / "rec.atr").write_bytes(b"\x64\x04\0\0")
    assert read(tmp_path / name).leads == ("MLII", "V1")
    assert read(str(tmp_path / name)).name == "rec"


def test_a_signal_file_of_another_name_leads_to_its_header(tmp_path: Path) -> None:
    (tmp_path / "r.hea").write_text("r 1 250 1\nsamples_1.bin 16 1\n")
    (tmp_path / "samples_1.bin").write_bytes(b"\5\0")
    assert read(tmp_path / "samples_1.bin").signals.tolist() == [[5]]


def test_a_signal_file_without_header(tmp_path: Path) -> None:
    (tmp_path / "r.dat").write_bytes(bytes(range(256)))
    with pytest.raises(FormatError, match=r"no WFDB header \(\.hea\) beside it"):
        read(tmp_path / "r.dat")


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    recording = Recording(np.sin(np.arange(500, dtype=np.float32))[np.newaxis], 250, ("II",))
    write(recording, tmp_path / "x.edf")
    (tmp_path / "x.edf").rename(tmp_path / "x.dat")
    assert read(tmp_path / "x.dat").leads == ("II",)
    write(recording, tmp_path / "y.csv")
    (tmp_path / "y.csv").rename(tmp_path / "y.edf")
    assert read(tmp_path / "y.edf").fs == 250


def test_a_table_beside_a_record_of_the_same_name_is_the_table(record: Build, tmp_path: Path) -> None:
    record()
    (tmp_path / "rec.csv").write_text("time_s,V6_mV\n0,1\n0.5,2\n")
    assert read(tmp_path / "rec.csv").leads == ("V6",)


@pytest.mark.parametrize("name", ["x.dat", "x.edf", "x.hea", "x.csv", "x.dcm", "x"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(FormatError, match=r"is empty"):
        read(tmp_path / name)


def test_text_file_named_dat(tmp_path: Path) -> None:
    (tmp_path / "x.dat").write_text("Dear colleague,\nplease find the ECG attached.\n")
    with pytest.raises(FormatError, match="is a text file; it begins 'Dear colleague,'"):
        read(tmp_path / "x.dat")


def test_text_file_that_a_header_names(record: Build, tmp_path: Path) -> None:
    record()
    (tmp_path / "rec.dat").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:12\n")
    for name in ("rec", "rec.dat"):
        with pytest.raises(FormatError, match=r"is a text file"):
            read(tmp_path / name)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (bytes(16) + b"SCPECG" + bytes(40), "SCP-ECG"),
        (b"ISHNE1.0" + bytes(600), "ISHNE"),
        (b"ALIVE\0\0\0\3\0\0\0", "AliveCor"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE RestingECG SYSTEM "restecg.dtd">\n<RestingECG>', "GE MUSE"),
        (b'<!-- x --><AnnotatedECG xmlns="urn:hl7-org:v3">', "HL7 aECG"),
        ('<?xml version="1.0" encoding="utf-16"?><restingecgdata xmlns="x">'.encode("utf-16"), "Philips"),
        (b"%PDF-1.6\n", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a PNG image"),
        (b"PK\x03\x04" + bytes(20), "ZIP"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'{"a": [1, 2]}', "JSON"),
        (b"<svg></svg>", "XML"),
        (b"\n\n  \n", "blank lines"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, start: bytes, said: str) -> None:
    (tmp_path / "x.bin").write_bytes(start)
    with pytest.raises(FormatError, match=said) as caught:
        read(tmp_path / "x.bin")
    assert "Readable are" in str(caught.value)


def test_a_broken_header_gets_the_line(tmp_path: Path) -> None:
    (tmp_path / "x.hea").write_text("this is, no header\n")
    with pytest.raises(FormatError, match="line 1"):
        read(tmp_path / "x.hea")


def test_missing_path_suggests_the_nearest(record: Build, tmp_path: Path) -> None:
    record("patient12")
    with pytest.raises(FormatError, match="Did you mean 'patient12"):
        read(tmp_path / "patient21")
    with pytest.raises(FormatError, match="neither does its folder"):
        read(tmp_path / "no" / "where")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="is a folder"):
        read(tmp_path)


def test_other_address_schemes_are_refused() -> None:
    with pytest.raises(FormatError, match="http"):
        read("ftp://example.org/208.hea")


def test_a_recording_comes_back() -> None:
    recording = Recording(np.zeros((1, 3), dtype=np.float32), 100, ("II",))
    assert read(recording) is recording
    with pytest.raises(FormatError, match="100 Hz, but 200 Hz"):
        read(recording, fs=200)


def test_leads_rename_and_say_so(record: Build) -> None:
    path = record(labels=("ECG1", "V1"))
    recording = read(path, leads=["ii", "V1"])
    assert (recording.leads, recording.warnings) == (("II", "V1"), ())
    assert "V1 to V5" in read(path, leads=("II", "V5")).warnings[0]
    with pytest.raises(FormatError, match="2 leads: ECG1, V1"):
        read(path, leads=["II"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=600))
def test_any_file_gives_a_recording_or_an_error_of_ours(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any.dat"
    path.write_bytes(raw)
    try:
        read(path, fs=100, unit="mV")
    except EinthovenError as error:
        assert "any.dat" in str(error)


@given(raw=st.text(max_size=300))
def test_sniffing_any_text_is_safe(raw: str) -> None:
    sniff(raw.encode())


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, einthoven.formats as f; f.read; f.discover; f.write; f.read_annotations\n"
        "bad = {'torch', 'pandas', 'wfdb', 'scipy', 'pydicom', 'edfio', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("scp", "SCP-ECG"),
        ("hl7_aecg", "HL7 aECG"),
        ("philips", "Philips XML"),
        ("ishne", "ISHNE"),
        ("alivecor", "AliveCor"),
    ],
)
def test_real_exports_not_read_yet_are_called_by_name(data_root: Path, folder: str, said: str) -> None:
    files = sorted((data_root / "formats" / folder).glob("*")) if (data_root / "formats").is_dir() else []
    if not files:
        pytest.skip(f"formats/{folder} is not in EINTHOVEN_DATA")
    for file in files:
        with pytest.raises(FormatError, match=f"{said}.*not read yet"):
            read(file)
