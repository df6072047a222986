"""The service in processes of its own, as ``einthoven serve`` starts it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from einthoven.service.app import make_app
from einthoven.service.settings import Settings

START_S = 180.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A service in processes of its own, as ``einthoven serve`` starts it.

    Args:
        settings: where everything is.
        options: of ``einthoven serve``.
    """

    def __init__(self, settings: Settings, *options: str) -> None:
        self.settings = settings
        self.options = options
        self.url = f"http://127.0.0.1:{settings.port}"
        self.log = settings.data / "log.txt"
        settings.data.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "einthoven", "serve", *self.options],
                env=os.environ | self.settings.environment(),
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        pytest.fail(f"the service does not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def client(self, **options: object) -> httpx.Client:
        """Return a client of it."""
        return httpx.Client(base_url=self.url, timeout=120, **options)  # type: ignore[arg-type]


@contextmanager
def running(settings: Settings, *options: str) -> Iterator[Running]:
    """Run a service as long as the context lasts."""
    service = Running(settings, *options)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def in_process(settings: Settings) -> Iterator[tuple[httpx.Client, FastAPI]]:
    """Serve on a port from a thread of this process, without a worker; yield a client and the application."""
    app = make_app(settings)
    config = uvicorn.Config(
        app, port=0, log_config=None, access_log=False, http="h11", ws="websockets-sansio",
        h11_max_incomplete_event_size=16 * 1024, server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + START_S
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client, app
    finally:
        server.should_exit = True
        thread.join(30)


def ended(client: httpx.Client, answer: httpx.Response, seconds: float = 180) -> dict[str, Any]:
    """Wait for the end of the analysis that an answer is about, and return it."""
    assert answer.status_code in (201, 202), answer.text
    found: dict[str, Any] = answer.json()
    end = time.monotonic() + seconds
    while found["status"] in ("waiting", "running"):
        assert time.monotonic() < end, f"not ended after {seconds} s: {found}"
        time.sleep(0.2)
        found = client.get(f"/v1/analyses/{found['id']}").json()
    return found
