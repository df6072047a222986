"""A real Redis in a process of its own, as compose.yaml starts it: it keeps nothing on the disk."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
import redis
from running_service import free_port

PROGRAM = shutil.which("redis-server")
MISSING = "Redis is not installed (Debian: apt-get install redis-server): its tests are left out"


class RedisServer:
    """Redis on a port of this machine.

    Args:
        folder: where its log goes.
    """

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.folder = folder

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", str(self.port)]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen([str(PROGRAM), *options], cwd=self.folder, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                with redis.Redis(port=self.port) as client:
                    client.ping()
                    return
            except redis.ConnectionError:
                time.sleep(0.05)
        pytest.fail(f"Redis does not start: {(self.folder / 'redis.log').read_text()[-800:]}")

    def kill(self) -> None:
        """End it at once, with all that waits in it."""
        self.process.kill()
        self.process.wait()
