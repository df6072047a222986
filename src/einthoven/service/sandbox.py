"""The parent's side of an analyst: start, ask, stop it when it takes too long, start it anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Queue
from typing import Any

from einthoven.service.settings import Settings

_START_SECONDS = 120.0
_TASKS_A_PROCESS = 200  # then a new one, so that what leaks, leaks little
_LONGEST_LINE = 1 << 26

Message = dict[str, Any]


class Stopped(Exception):
    """The task was stopped because it was asked to be."""


class Sandbox:
    """Runs tasks in a process of its own, one at a time.

    Args:
        settings: handed on to the process.
        warm: load models at the start, for a process that will be asked at once.
    """

    def __init__(self, settings: Settings, *, warm: bool = False) -> None:
        self.settings = settings
        self.warm = warm
        self._process: subprocess.Popen[str] | None = None
        self._messages: Queue[Message | None] = Queue()
        self._done = 0
        self._lock = threading.Lock()

    def run(
        self,
        task: Message,
        *,
        seconds: float | None = None,
        on_stage: Callable[[str], None] = lambda stage: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Message:
        """Do a task and return how it ended: ``{"done": …}`` or ``{"failed": …}``.

        Args:
            task: as `analyst.TASKS` takes it.
            seconds: most time it may take; default: the settings' ``job_seconds``.
            on_stage: told what begins.
            should_stop: asked some times a second.

        Raises:
            Stopped: ``should_stop`` said so; the process is gone.
        """
        limit = self.settings.job_seconds if seconds is None else seconds
        with self._lock:
            process = self._ready()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(task) + "\n")
                process.stdin.flush()
            except OSError:
                return self._broken()
            end = time.monotonic() + limit
            while True:
                if should_stop():
                    self.close()
                    raise Stopped
                if time.monotonic() > end:
                    self.close()
                    return _failed(
                        "too-slow", "Too slow",
                        f"It took longer than the {limit:g} s allowed for one analysis. Send a part of the "
                        "recording.",
                    )  # fmt: skip
                try:
                    message = self._messages.get(timeout=0.2)
                except Empty:
                    continue
                if message is None:
                    return self._broken()
                if "stage" in message:
                    on_stage(str(message["stage"]))
                    continue
                self._done += 1
                if message.get("exhausted") or self._done >= _TASKS_A_PROCESS:
                    self.close()
                return message

    def start(self) -> None:
        """Start the process now, to be ready sooner."""
        with self._lock:
            self._ready()

    def close(self) -> None:
        """End the process, if there is one."""
        process, self._process, self._done = self._process, None, 0
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()

    def _ready(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        command = [sys.executable, "-m", "einthoven.service.analyst", "--parent", str(os.getpid())]
        command += ["--warm"] if self.warm else []
        environment = os.environ | self.settings.environment() | {"OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self._process, self._messages = process, Queue()
        threading.Thread(target=_listen, args=(process, self._messages), daemon=True).start()
        try:
            first = self._messages.get(timeout=_START_SECONDS)
        except Empty:
            first = None
        if first is None or "ready" not in first:
            self.close()
            raise RuntimeError("the process that analyses does not start; its messages are above")
        return process

    def _broken(self) -> Message:
        process = self._process
        status = process.wait() if process is not None else None
        self.close()
        return _failed(
            "crash", "The analysis broke off",
            f"The process that read this recording ended (status {status}). It was likely too large for the "
            f"{self.settings.memory_mib} MiB allowed, or is damaged in a way that Einthoven does not catch.",
        )  # fmt: skip


def _failed(kind: str, title: str, detail: str) -> Message:
    return {"failed": {"kind": kind, "title": title, "detail": detail}}


def _listen(process: subprocess.Popen[str], messages: Queue[Message | None]) -> None:
    assert process.stdout is not None
    with suppress(OSError, ValueError):
        while line := process.stdout.readline(_LONGEST_LINE):
            messages.put(json.loads(line))
    messages.put(None)
