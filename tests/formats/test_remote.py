"""Recordings at an http address, served on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from einthoven.errors import FormatError
from einthoven.formats import read
from einthoven.formats.remote import download

Build = Callable[..., Path]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Tests print nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["rec", "rec.hea", "rec.dat"])
def test_all_files_of_a_record_come_along(record: Build, tmp_path: Path, site: str, name: str) -> None:
    record()
    (tmp_path / "rec.atr").write_bytes(b"\1\x04\0\0")
    recording = read(f"{site}/{name}")
    assert (recording.leads, recording.name, recording.source) == (("MLII", "V1"), "rec", f"{site}/{name}")
    assert recording.beats is not None
    assert recording.beats.samples.tolist() == [1]


def test_segments_come_along(record: Build, tmp_path: Path, site: str) -> None:
    record("m_1", [[200]], labels=("II",))
    (tmp_path / "m.hea").write_text("m/2 1 360 3\nm_1 1\n~ 2\n")
    assert read(f"{site}/m").n_samples == 3


def test_a_single_file(tmp_path: Path, site: str) -> None:
    (tmp_path / "a b.csv").write_text("time_s,II_mV\n0,1\n0.1,2\n0.2,3\n")
    assert read(f"{site}/a%20b.csv").fs == 10


def test_nothing_there(site: str) -> None:
    with pytest.raises(FormatError, match=r"none\.hea answers 404"):
        read(f"{site}/none.hea")


def test_a_signal_file_outside_is_neither_loaded_nor_written(tmp_path: Path, site: str) -> None:
    (tmp_path / "r.hea").write_text("r 1 360 3\n../../x.dat 16 200\n")
    with pytest.raises(FormatError, match="outside its own folder"):
        read(f"{site}/r.hea")


def test_too_large(tmp_path: Path, site: str) -> None:
    (tmp_path / "big.csv").write_bytes(b"1" * 5000)
    with pytest.raises(FormatError, match="larger than"), download(f"{site}/big.csv", max_bytes=4000):
        pytest.fail("the limit was not kept")


def test_nobody_answers() -> None:
    with pytest.raises(FormatError, match=r"cannot be loaded.*Check the network"):
        read("http://127.0.0.1:9/208.hea")


def test_an_address_without_a_file() -> None:
    with pytest.raises(FormatError, match="names no file"):
        read("https://physionet.org/")


def test_the_copy_is_deleted(tmp_path: Path, site: str) -> None:
    (tmp_path / "a.csv").write_text("time_s,II_mV\n0,1\n0.1,2\n")
    with download(f"{site}/a.csv") as path:
        assert path.is_file()
    assert not path.exists()
