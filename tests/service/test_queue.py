"""The queue on a real Redis: work goes through it, and when it is away nothing that was accepted is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from redis_server import RedisServer
from running_service import ended, free_port, in_process, running
from sent_records import multipart, record

from einthoven.service.queue import Queue, QueueError
from einthoven.service.settings import Settings


def test_work_goes_through_redis_and_waits_for_it_where_it_is_away(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    settings = Settings(data=tmp_path / "data", port=free_port(), workers=1, redis=redis_server.url)
    with running(settings) as service, service.client() as client:
        found = ended(client, client.post("/v1/analyses", files=multipart(record()), params={"wait": 30}))
        assert found["status"] == "done"
        assert not (settings.data / "queue.sqlite3").exists()
        redis_server.kill()
        accepted = client.post("/v1/analyses", files=multipart(record(seed=2)), params={"wait": 0})
        assert accepted.status_code == 202, accepted.text
        assert "einthoven_queue_length NaN" in client.get("/metrics").text
        assert client.get("/readyz").status_code == 200
        redis_server.start()
        assert ended(client, accepted)["status"] == "done"
        assert "the queue does not answer: ConnectionError" in service.log.read_text()


def test_a_worker_of_its_own_takes_what_a_server_without_one_takes_in(
    tmp_path: Path, redis_server: RedisServer, empty_postgres: str
) -> None:
    """As compose.yaml has it."""
    settings = Settings(
        data=tmp_path / "data", port=free_port(), workers=1, redis=redis_server.url, db=empty_postgres
    )
    with running(settings, "--without-worker") as service, service.client() as client:
        accepted = client.post("/v1/analyses", files=multipart(record()), params={"wait": 1})
        assert (accepted.status_code, accepted.json()["status"]) == (202, "waiting")
        with (tmp_path / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "einthoven", "serve", "--worker-only"],
                env=os.environ | settings.environment(), stdout=log, stderr=log,
            )  # fmt: skip
        try:
            assert ended(client, accepted)["status"] == "done"
        finally:
            worker.terminate()
            assert worker.wait(30) == 0


def test_messages_are_data_and_no_code(tmp_path: Path, redis_server: RedisServer) -> None:
    import redis

    settings = Settings(data=tmp_path / "data", redis=redis_server.url)
    with in_process(settings) as (client, _):
        client.post("/v1/analyses", files=multipart(record()), params={"wait": 0})
    queue = Queue(settings)
    assert queue.length() == 1
    with redis.Redis(port=redis_server.port) as client:
        (message,) = client.lrange("huey.redis.einthoven", 0, -1)
    assert message.startswith(b"[")
    queue.close()


def test_an_address_that_is_none_says_how_one_looks(tmp_path: Path) -> None:
    with pytest.raises(QueueError, match="redis://HOST:6379/0"):
        Queue(Settings(data=tmp_path, redis="localhost:6379"))
