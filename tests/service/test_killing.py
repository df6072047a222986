"""What was accepted survives: server and worker are killed at bad moments, and every analysis ends once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis_server import RedisServer
from running_service import Running, free_port
from sent_records import multipart, record
from sqlalchemy import func, select

from einthoven.service.files import FileStore
from einthoven.service.settings import Settings
from einthoven.service.store import analyses, jobs
from einthoven.service.store.database import Store
from einthoven.service.store.tables import DONE, RUNNING, AnalysisRow, JobRow, ResultRow, now


def children(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that these have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


@dataclass
class Where:
    """Where a service keeps what it accepted, and the Redis of its queue, if that is where it is."""

    settings: Settings
    redis: RedisServer | None


@pytest.fixture(params=["sqlite", "postgresql and redis"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Where:
    """All in files, or as compose.yaml has it."""
    settings = Settings(data=tmp_path / "data", port=free_port(), workers=1, lease_seconds=2.0)
    if request.param == "sqlite":
        return Where(settings, None)
    redis: RedisServer = request.getfixturevalue("redis_server")
    db = request.getfixturevalue("empty_postgres")
    return Where(settings.model_copy(update={"db": db, "redis": redis.url}), redis)


class Sender:
    """Sends recordings one after the other, and asks for another reading of those that are done.

    Who gets no answer knows nothing, and sends the same again.
    """

    def __init__(self, url: str) -> None:
        self.accepted: dict[str, str] = {}
        self._client = httpx.Client(base_url=url, timeout=20)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def wait_for(self, more: int) -> None:
        """Wait until some more were accepted."""
        before = len(self.accepted)
        while len(self.accepted) < before + more:
            time.sleep(0.1)

    def _send(self) -> None:
        n = again = 0
        while not self._stop.is_set():
            key = f"request-{n}"
            if self._ask(key, "/v1/analyses", files=multipart(record(duration=10.0, seed=n)),
                         headers={"Idempotency-Key": key}):  # fmt: skip
                n += 1
            old = self.accepted.get(f"request-{again}")
            if old is not None and self._ask(
                f"again-{again}", f"/v1/analyses/{old}/reread", json={"unit": "V"}
            ):
                again += 1
            self._stop.wait(0.3)

    def _ask(self, key: str, path: str, **how: Any) -> bool:
        try:
            answer = self._client.post(path, params={"wait": 0}, **how)
        except httpx.TransportError:
            time.sleep(0.2)
            return False
        if answer.status_code not in (201, 202):
            return False
        assert self.accepted.setdefault(key, answer.json()["id"]) == answer.json()["id"]
        return True


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes by Linux's /proc")
def test_nothing_accepted_is_lost_and_nothing_is_done_twice(where: Where) -> None:
    service = Running(where.settings)
    service.start()
    with Sender(service.url) as sender:
        for victim in ("worker", "server", "analyst", "redis"):
            sender.wait_for(2)
            family = children(service.process.pid)
            if victim == "server":
                os.kill(service.process.pid, signal.SIGKILL)
                service.process.wait()
                service.start()
            elif victim == "redis" and where.redis is not None:
                where.redis.kill()  # with all messages that waited in it
                sender.wait_for(2)
                where.redis.start()
            elif family:
                os.kill(family[0] if victim == "worker" else family[-1], signal.SIGKILL)
        while not any(key.startswith("again") for key in sender.accepted):
            time.sleep(0.1)
    try:
        with service.client() as client:
            for key, analysis_id in sender.accepted.items():
                end = time.monotonic() + 180
                while time.monotonic() < end:
                    found = client.get(f"/v1/analyses/{analysis_id}").json()
                    if found["status"] not in ("waiting", "running"):
                        break
                    time.sleep(0.3)
                assert found["status"] == "done", (key, found)
            assert client.get("/v1/analyses", params={"limit": 200}).json()["total"] == len(sender.accepted)
    finally:
        service.stop()
    store = Store.of(where.settings)
    with store.read() as session:
        done = session.scalar(select(func.count()).where(AnalysisRow.status == DONE))
        assert session.scalar(select(func.count(ResultRow.folder.distinct()))) == done
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path}/a.sqlite3"
    if request.param == "postgresql":
        url = Settings(db=request.getfixturevalue("postgres")).db_url
    store = Store(url)
    store.migrate()
    yield store
    store.close()


def accept(store: Store, tmp_path: Path) -> str:
    files = FileStore(tmp_path / "files")
    with (tmp_path / "a.csv").open("wb+") as file:
        file.write(os.urandom(20))
        file.seek(0)
        stored = files.put(file)
    return analyses.accept(
        store, name="a", kind="signal", files=[("a.csv", stored)], options={}, tags=[], created_by="test"
    ).id


FACTS = {"decision": "analysed", "duration_s": 1.0}


def test_a_claim_is_held_by_one(store: Store, tmp_path: Path) -> None:
    analysis_id = accept(store, tmp_path)
    held = jobs.claim(store, analysis_id, 60, 3)
    assert held is not None
    assert jobs.claim(store, analysis_id, 60, 3) is None
    assert jobs.renew(store, held, 60, "reading", 0.1)
    assert jobs.complete(store, held, FACTS, 1.0)
    assert jobs.claim(store, analysis_id, 60, 3) is None


def test_of_two_who_think_they_hold_it_one_completes(store: Store, tmp_path: Path) -> None:
    analysis_id = accept(store, tmp_path)
    slow = jobs.claim(store, analysis_id, -1, 3)  # its lease has run out already
    assert analysis_id in jobs.overdue(store, 1000)
    quick = jobs.claim(store, analysis_id, 60, 3)
    assert slow is not None
    assert quick is not None
    assert quick.attempt == 2
    assert not jobs.renew(store, slow, 60, "writing", 0.9)
    assert not jobs.complete(store, slow, FACTS, 1.0)
    assert not jobs.fail(store, slow, {})
    assert jobs.complete(store, quick, FACTS, 1.0)
    assert not jobs.complete(store, quick, FACTS, 1.0)
    with store.read() as session:
        assert session.get_one(ResultRow, analysis_id).folder == quick.folder


def test_what_never_ends_is_given_up_with_a_reason(store: Store, tmp_path: Path) -> None:
    analysis_id = accept(store, tmp_path)
    for _ in range(3):
        assert jobs.claim(store, analysis_id, -1, 3) is not None
    assert jobs.claim(store, analysis_id, -1, 3) is None
    assert analysis_id not in jobs.overdue(store, 0)


def test_who_cancels_while_another_begins_waits_for_him(store: Store, tmp_path: Path) -> None:
    def cancel() -> None:
        with store.write() as session:
            seen.append(jobs.cancel(session, analysis_id))

    seen: list[str | None] = []
    analysis_id = accept(store, tmp_path)
    with store.write() as session:  # as a worker's claim does: the job first, then the analysis
        job = session.get_one(JobRow, analysis_id, with_for_update=True)
        thread = threading.Thread(target=cancel)
        thread.start()
        thread.join(0.5)
        assert thread.is_alive()
        job.state = RUNNING
        session.get_one(AnalysisRow, analysis_id).status = RUNNING
    thread.join(10)
    assert seen == [RUNNING]
    with store.read() as session:
        analysis = session.get_one(AnalysisRow, analysis_id)
        assert (analysis.status, analysis.job.state, analysis.job.cancel_requested) == (
            RUNNING,
            RUNNING,
            True,
        )


def test_a_lost_message_is_noticed(store: Store, tmp_path: Path) -> None:
    analysis_id = accept(store, tmp_path)
    assert analysis_id not in jobs.overdue(store, 60)
    with store.write() as session:
        session.get_one(JobRow, analysis_id).queued_at = now() - timedelta(seconds=61)
    assert analysis_id in jobs.overdue(store, 60)


def test_files_that_somebody_needs_are_kept(store: Store, tmp_path: Path) -> None:
    first = accept(store, tmp_path)
    files = FileStore(tmp_path / "files")
    with (tmp_path / "a.csv").open("rb") as file:
        stored = files.put(file)
    second = analyses.accept(
        store, name="b", kind="signal", files=[("b.csv", stored)], options={}, tags=[], created_by="test"
    ).id
    analyses.delete(store, files, first)
    assert files.path(stored.sha256).exists()
    with files.keeping():  # an upload is between file and row
        analyses.delete(store, files, second)
        assert files.path(stored.sha256).exists()
    assert files.remove_unneeded({stored.sha256}, lambda wanted: analyses.needed(store, wanted))
    assert not files.path(stored.sha256).exists()


def test_migrations_are_complete(store: Store) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from einthoven.service.store.tables import Base

    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds processes by Linux's /proc")
def test_analysts_are_there_before_the_first_recording(tmp_path: Path) -> None:
    service = Running(Settings(data=tmp_path / "data", port=free_port(), workers=2))
    service.start()

    def analysts() -> int:
        commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children(service.process.pid)]
        return sum(b"einthoven.service.analyst" in command and b"--warm" in command for command in commands)

    try:
        end = time.monotonic() + 60
        while analysts() < 2 and time.monotonic() < end:
            time.sleep(0.2)
        assert analysts() == 2
    finally:
        service.stop()


@pytest.mark.parametrize("module", ["analyst", "worker"])
def test_whose_parent_was_gone_before_it_looked_ends_too(module: str, tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    child = subprocess.Popen(
        [sys.executable, "-m", f"einthoven.service.{module}", "--parent", str(gone.pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=os.environ | Settings(data=tmp_path, workers=1).environment(),
    )
    try:
        child.wait(60)
    finally:
        child.kill()
        child.communicate()
