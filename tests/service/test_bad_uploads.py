"""What must not be taken: too much, too many, too clever. And what is damaged must hurt nothing."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_service import Running, ended, in_process
from sent_records import multipart, record, zipped

from einthoven.errors import FormatError
from einthoven.service.intake import plain_name, unpack_zip
from einthoven.service.settings import Settings


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(data=tmp_path, max_upload_mib=2, max_json_mib=1, max_files=5, max_unpacked_mib=4)
    with in_process(settings) as (client, _):
        yield client


def sent(client: httpx.Client, files: Any, **form: Any) -> Any:
    return client.post("/v1/analyses", files=multipart(files), data=form, params={"wait": 0})


def refused(client: httpx.Client, answer: Any, status: int, said: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert client.get("/v1/analyses").json()["total"] == 0


def bomb(n_bytes: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * n_bytes)
    return buffer.getvalue()


def test_what_is_too_large_is_not_read_to_its_end(client: httpx.Client) -> None:
    refused(client, sent(client, [("a.csv", b"1,2\n" * (1 << 20))]), 413, "larger than")
    body = b'{"signals": [[' + b"0," * (1 << 20) + b'0]], "fs": 1, "unit": "mV"}'
    answer = client.post("/v1/analyses/samples", content=body, headers={"Content-Type": "application/json"})
    refused(client, answer, 413, "larger than")


def test_a_stream_that_does_not_say_how_long_it_is_is_counted(client: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n'
        for _ in range(40):
            yield b"1" * (1 << 17)

    answer = client.post(
        "/v1/analyses", content=endless(), headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    refused(client, answer, 413, "larger than")


@pytest.mark.parametrize(
    ("files", "status", "said"),
    [
        ([("a.csv", b"")], 415, "empty"),
        ([("a.html", b"<!doctype html><p>login")], 415, "web page"),
        ([("a.bin", b"\x7fELF" + b"\0" * 100)], 415, "program"),
        ([("a.json", b'{"a": 1}')], 415, "JSON"),
        ([(f"{i}.csv", b"1,2\n3,4\n") for i in range(6)], 422, "allowed are 5"),
        ([("a.csv", b"1,2\n"), ("A.CSV", b"1,2\n")], 422, "Two files"),
        ([("../../etc/cron.d/x", b"1,2\n")], 422, "plain names"),
        ([("a\\b.csv", b"1,2\n")], 422, "plain names"),
        ([(".hidden", b"1,2\n")], 422, "plain names"),
        ([("a.zip", bomb(3 << 20)), ("b.csv", b"1,2\n")], 422, "Send it alone"),
        ([("a.zip", bomb(8 << 20))], 422, "more than the 4 MiB"),
        ([("a.zip", b"PK\x03\x04" + b"\0" * 50)], 422, "cannot be read"),
        ([("a.zip", zipped([("../../x.csv", b"1,2\n")]))], 422, "leads out"),
        ([("a.zip", zipped([("/etc/x.csv", b"1,2\n")]))], 422, "leads out"),
        ([("a.zip", zipped([("b.zip", b"PK\x03\x04")]))], 422, "holds another"),
        ([("a.zip", zipped([(f"{i}.csv", b"1,2\n") for i in range(6)]))], 422, "has 6 files"),
    ],
)
def test_uploads_that_cannot_be_taken(client: httpx.Client, files: Any, status: int, said: str) -> None:
    refused(client, sent(client, files), status, said)


def test_nothing_that_is_refused_stays_on_the_disk(client: httpx.Client, tmp_path: Path) -> None:
    sent(client, [("a.zip", bomb(8 << 20))])
    sent(client, [("../a.csv", b"1,2\n")])
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file() and path.name != ".lock"]


def test_links_in_archives_are_refused(client: httpx.Client) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("a.hea")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(client, sent(client, [("a.zip", buffer.getvalue())]), 422, "link")


def test_an_archive_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    data = bytearray(bomb(6 << 20))
    true, told = (6 << 20).to_bytes(4, "little"), (1000).to_bytes(4, "little")
    assert data.count(true) >= 1
    (tmp_path / "a.zip").write_bytes(bytes(data).replace(true, told))
    (tmp_path / "out").mkdir()
    with pytest.raises(FormatError):
        unpack_zip(tmp_path / "a.zip", tmp_path / "out", Settings(data=tmp_path, max_unpacked_mib=4))
    assert sum(path.stat().st_size for path in (tmp_path / "out").iterdir()) <= 4 << 20


@pytest.mark.parametrize("name", ["208.hea", "Müller 2.csv", "a-b_c.d.edf"])
def test_usual_names_are_taken(name: str) -> None:
    assert plain_name(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "a\nb", "C:\\x", "x" * 200, None, "con<"])
def test_unusual_names_are_not(name: str | None) -> None:
    with pytest.raises(FormatError):
        plain_name(name)


@pytest.mark.parametrize(
    "form",
    [
        {"fs": "-1"},
        {"fs": "nan"},
        {"unit": "kV"},
        {"model": "../../x"},
        {"model": "none"},
        {"tags": "a\x01b"},
    ],
)
def test_options_that_mean_nothing_are_refused(client: httpx.Client, form: dict[str, str]) -> None:
    answer = sent(client, record(), **form)
    assert answer.status_code == 422, answer.text
    assert client.get("/v1/analyses").json()["total"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"signals": [], "fs": 100, "unit": "mV"},
        {"signals": [[1, 2], [1]], "fs": 100, "unit": "mV"},
        {"signals": [[]], "fs": 100, "unit": "mV"},
        {"signals": [[1e300]], "fs": 100, "unit": "mV"},
        {"signals": [["x"]], "fs": 100, "unit": "mV"},
        {"signals": [[1]], "fs": 100},
        {"signals": [[1]], "fs": 100, "unit": "mV", "leads": ["I", "II"]},
        {"signals": [[1]], "fs": 100, "unit": "mV", "extra": 1},
    ],
)
def test_samples_that_mean_nothing_are_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    answer = client.post("/v1/analyses/samples", json=body, params={"wait": 0})
    assert answer.status_code == 422, answer.text


# From here on files are opened: by the analyst, in the service as it is started.

_MEMBERS = record()
_ENTITY = b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><AnnotatedECG>&e;</AnnotatedECG>'
_TABLE = b"# fs: 100\n# unit: mV\nI\n1\n2\n"


def _array(head: str, data: bytes) -> bytes:
    """A NumPy file of version 1 with this header, true or not."""
    return b"\x93NUMPY\x01\x00v\x00" + head.encode().ljust(117) + b"\n" + data


_OBJECTS = _array("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n(S'true'\ntR.")
_HUGE = _array("{'descr': '<f8', 'fortran_order': False, 'shape': (99999, 9999999), }", b"\0" * 64)
_DAMAGED = {
    "a header that leads elsewhere": [("a.hea", b"a 1 250 10\n../../../etc/passwd 16 200 16 0 0 0 0 I\n")],
    "a header without its signals": _MEMBERS[-1:],
    "signals without their header": [file for file in _MEMBERS if file[0].endswith(".dat")],
    "two recordings": [("a.csv", _TABLE), ("b.csv", _TABLE)],
    "a table of nonsense": [("a.csv", b"I,II\n" + b"1,x\n" * 50)],
    "an XML with entities": [("a.xml", b'<?xml version="1.0"?>' + _ENTITY)],
    "an image that is none": [("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64)],
    "an EDF cut short": [("a.edf", b"0       " + b" " * 244 + b"4   ")],
    "an array of objects": [("a.npy", _OBJECTS)],
    "an array that claims to be huge": [("a.npy", _HUGE)],
}


@pytest.mark.parametrize("files", list(_DAMAGED.values()), ids=list(_DAMAGED))
def test_damaged_files_fail_with_a_reason(sqlite_service: Running, files: Any) -> None:
    with sqlite_service.client() as client:
        answer = client.post(
            "/v1/analyses", files=multipart(files), data={"fs": "100", "unit": "mV"}, params={"wait": 30}
        )
        if answer.status_code == 415:
            return
        found = ended(client, answer)
        assert found["status"] == "failed", found
        assert found["problem"]["kind"] != "fault", found["problem"]
        assert "root:" not in str(found)
        assert str(sqlite_service.settings.data) not in str(found)
        assert client.get("/readyz").status_code == 200
