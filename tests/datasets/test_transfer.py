"""One file over HTTP, from servers that do everything wrong."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from einthoven.datasets.transfer import DownloadError, Received, fetch
from unruly_server import Act, Publisher, serve

BODY = os.urandom(300_000)
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with serve(Publisher(files={"f.dat": BODY})) as publisher:
        yield publisher


def get(publisher: Publisher, path: Path, **options: Any) -> Received:
    options = {"sha256": SHA, "attempts": 3, "pause": 0.0, "timeout": 5.0} | options
    return fetch(f"{publisher.address}f.dat", path, **options)


def failure(publisher: Publisher, path: Path, **options: Any) -> DownloadError:
    with pytest.raises(DownloadError) as caught:
        get(publisher, path, **options)
    assert not path.exists()
    return caught.value


def test_a_file_comes_whole(publisher: Publisher, tmp_path: Path) -> None:
    received = get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert received == Received(n_bytes=len(BODY))
    assert [path.name for path in tmp_path.iterdir()] == ["f.dat"]


def test_what_came_before_a_kill_is_not_asked_for_again(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "f.dat.part").write_bytes(BODY[:200_000])
    received = get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert (received.n_bytes, received.resumed_at) == (100_000, 200_000)
    assert publisher.ranges("f.dat") == ["bytes=200000-"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(BODY)), max_size=5), st.integers(0, len(BODY)))
def test_drops_anywhere_leave_the_same_file(
    publisher: Publisher, tmp_path: Path, drops: list[int], held: int
) -> None:
    path = tmp_path / "f.dat"
    path.with_name("f.dat.part").write_bytes(BODY[:held])
    publisher.acts["f.dat"] = deque(Act(drop_after=drop) for drop in drops)
    balance = []
    get(publisher, path, attempts=7, on_bytes=balance.append)
    assert path.read_bytes() == BODY
    assert sum(balance) == len(BODY)


def test_only_attempts_without_progress_count(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(drop_after=70_000)
    get(publisher, tmp_path / "f.dat", attempts=2)
    assert len(publisher.asked) == 5


def test_a_body_that_is_always_cut_short_is_kept_for_the_next_time(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.always["f.dat"] = Act(drop_after=100)
    error = failure(publisher, tmp_path / "f.dat")
    assert error.problem == "truncated"
    assert "broke off after 300 of 300,000 bytes" in str(error)
    assert "run the command again" in str(error)
    assert (tmp_path / "f.dat.part").read_bytes() == BODY[:300]


def test_a_server_that_ignores_range_begins_anew_and_that_is_said(
    publisher: Publisher, tmp_path: Path
) -> None:
    (tmp_path / "f.dat.part").write_bytes(BODY[:200_000])
    publisher.always["f.dat"] = Act(ignore_range=True)
    received = get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert received.range_ignored
    assert received.n_bytes == len(BODY)


def test_a_server_that_ignores_range_and_drops_does_not_hold_forever(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.always["f.dat"] = Act(ignore_range=True, drop_after=150_000)
    error = failure(publisher, tmp_path / "f.dat")
    assert error.problem == "truncated"
    assert "ignores range requests" in str(error)


def test_another_range_than_asked_for_is_not_taken(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "f.dat.part").write_bytes(BODY[:1000])
    publisher.acts["f.dat"] = deque([Act(shift_range=7)])
    assert get(publisher, tmp_path / "f.dat").range_ignored
    assert (tmp_path / "f.dat").read_bytes() == BODY


@pytest.mark.parametrize("drop", [None, 250_000])
def test_a_file_that_changed_between_attempts_is_begun_anew(
    publisher: Publisher, tmp_path: Path, drop: int | None
) -> None:
    other = os.urandom(len(BODY))
    publisher.acts["f.dat"] = deque([Act(body=other, drop_after=drop)])
    get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY


def test_a_damaged_part_is_found_out_and_begun_anew(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "f.dat.part").write_bytes(bytes(1000) + BODY[1000:50_000])
    get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert publisher.ranges("f.dat") == ["bytes=50000-", ""]


@pytest.mark.parametrize("n_bytes", [len(BODY), len(BODY) + 5])
def test_a_part_as_long_as_the_file_or_longer(publisher: Publisher, tmp_path: Path, n_bytes: int) -> None:
    (tmp_path / "f.dat.part").write_bytes((BODY + b"extra")[:n_bytes])
    received = get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert received.n_bytes == (0 if n_bytes == len(BODY) else len(BODY))


def test_wrong_bytes_are_not_kept(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(body=b"<html>Please log in</html>")
    error = failure(publisher, tmp_path / "f.dat")
    assert error.problem == "checksum"
    assert SHA in str(error)
    assert list(tmp_path.iterdir()) == []
    assert len(publisher.asked) == 2


def test_a_length_told_too_long(publisher: Publisher, tmp_path: Path) -> None:
    publisher.acts["f.dat"] = deque([Act(claim=1000)])
    get(publisher, tmp_path / "f.dat")  # the checksum shows that all is here
    assert (tmp_path / "f.dat").read_bytes() == BODY
    publisher.always["f.dat"] = Act(claim=1000)
    assert failure(publisher, tmp_path / "g.dat", sha256=None).problem == "truncated"


def test_a_length_told_too_short(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(claim=-1000)
    assert failure(publisher, tmp_path / "f.dat").problem == "checksum"


def test_without_length(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(no_length=True)
    get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    error = failure(publisher, tmp_path / "g.dat", sha256=None)
    assert error.problem == "server"
    assert "tells no length" in str(error)


def test_in_chunks(publisher: Publisher, tmp_path: Path) -> None:
    publisher.acts["f.dat"] = deque([Act(chunked=True, drop_after=70_000), Act(chunked=True)])
    get(publisher, tmp_path / "f.dat", sha256=None)
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert publisher.ranges("f.dat")[1].startswith("bytes=")


def test_without_a_checksum_an_earlier_part_is_not_trusted(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "f.dat.part").write_bytes(b"of something else")
    get(publisher, tmp_path / "f.dat", sha256=None)
    assert (tmp_path / "f.dat").read_bytes() == BODY


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_passing_trouble_is_waited_out(publisher: Publisher, tmp_path: Path, status: int) -> None:
    publisher.acts["f.dat"] = deque([Act(status=status, headers=(("Retry-After", "0"),))] * 2)
    get(publisher, tmp_path / "f.dat")
    assert len(publisher.asked) == 3


@pytest.mark.parametrize(
    ("status", "problem", "asked", "said"),
    [
        (404, "missing", 1, "404"),
        (403, "server", 1, "no credentials"),
        (401, "server", 1, "no credentials"),
        (500, "server", 3, "500"),
        (418, "server", 1, "418"),
    ],
)
def test_refusals(
    publisher: Publisher, tmp_path: Path, status: int, problem: str, asked: int, said: str
) -> None:
    publisher.always["f.dat"] = Act(status=status)
    error = failure(publisher, tmp_path / "f.dat")
    assert error.problem == problem
    assert said in str(error)
    assert len(publisher.asked) == asked


def test_nobody_there(tmp_path: Path) -> None:
    error = failure(Publisher(address="http://127.0.0.1:9/"), tmp_path / "f.dat")
    assert error.problem == "network"
    assert "127.0.0.1 refuses the connection" in str(error)


def test_a_name_that_nobody_knows(tmp_path: Path) -> None:
    error = failure(Publisher(address="http://nowhere.invalid/"), tmp_path / "f.dat", attempts=1)
    assert error.problem == "network"
    assert "cannot be resolved" in str(error)


def test_a_server_that_hangs(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(hang=1.0)
    error = failure(publisher, tmp_path / "f.dat", timeout=0.1, attempts=2)
    assert error.problem == "network"
    assert "did not answer within 0.1 s" in str(error)


class _FullDisk:
    """A file that takes some bytes, then half of a write, then none."""

    def __init__(self, file: Any, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: memoryview) -> int:
        if self.room == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = self.file.write(data[: self.room])
        self.room -= taken
        return int(taken)

    def __enter__(self) -> _FullDisk:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()


def test_a_full_disk_loses_nothing(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Path.open
    with monkeypatch.context() as patch:

        def full(path: Path, mode: str = "r", **options: Any) -> Any:
            file = honest(path, mode, **options)
            return _FullDisk(file, 100_001) if mode == "ab" else file

        patch.setattr(Path, "open", full)
        error = failure(publisher, tmp_path / "f.dat")
    assert error.problem == "disk"
    assert "disk is full" in str(error)
    assert (tmp_path / "f.dat.part").read_bytes() == BODY[:100_001]
    get(publisher, tmp_path / "f.dat")
    assert (tmp_path / "f.dat").read_bytes() == BODY
    assert publisher.ranges("f.dat") == ["", "bytes=100001-"]


def test_a_folder_that_is_none(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="cannot be written") as caught:
        get(publisher, tmp_path / "file" / "f.dat")
    assert caught.value.problem == "disk"


def test_stop(publisher: Publisher, tmp_path: Path) -> None:
    publisher.always["f.dat"] = Act(slow=0.01)
    stop = threading.Event()
    held = 0

    def count(change: int) -> None:
        nonlocal held
        held += change
        if held > 20_000:
            stop.set()

    assert failure(publisher, tmp_path / "f.dat", stop=stop, on_bytes=count).problem == "stopped"
    assert (tmp_path / "f.dat.part").stat().st_size == held < len(BODY)
