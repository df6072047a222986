"""Starting it: the web server in this process, the worker in one of its own, started again if it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time

from einthoven.errors import EinthovenError
from einthoven.service.logs import set_up_logs
from einthoven.service.security import Tokens
from einthoven.service.settings import Settings
from einthoven.service.store.database import Store

log = logging.getLogger("einthoven.service")

_LARGEST_HEAD = 16 * 1024  # of a request's line and headers
_GRACE_SECONDS = 12.0
_QUICK_DEATH_SECONDS = 5.0


class ServeError(EinthovenError):
    """The service cannot be started as it was asked to."""


def check_settings(settings: Settings) -> None:
    """Refuse what would be unsafe, before anything listens.

    Raises:
        ServeError: other machines could reach the service, and there is no token.
    """
    if not settings.tokens_needed:
        return
    store = Store.of(settings)
    try:
        store.migrate()
        if Tokens(store, settings.data).any():
            return
    finally:
        store.close()
    raise ServeError(
        f"On {settings.host} other machines can reach the service, so it asks for tokens, and there is none "
        "yet. Make one first: einthoven serve token add NAME --role reviewer. Or leave --host out to serve "
        "this machine alone."
    )


def serve(settings: Settings, *, with_worker: bool = True) -> None:
    """Serve until a signal ends it.

    Raises:
        EinthovenError: it cannot start.
    """
    import uvicorn

    from einthoven.service.app import make_app

    settings.data.mkdir(parents=True, exist_ok=True)
    check_settings(settings)
    set_up_logs()
    app = make_app(settings)
    worker = WorkerProcess(settings) if with_worker else None
    if worker is not None:
        worker.start()
    try:
        uvicorn.run(
            app, host=settings.host, port=settings.port, http="h11", ws="websockets-sansio", access_log=False,
            log_config=None, server_header=False, h11_max_incomplete_event_size=_LARGEST_HEAD,
            timeout_graceful_shutdown=5, ws_max_size=1 << 20, ws_ping_interval=20,
        )  # fmt: skip
    finally:
        if worker is not None:
            worker.stop()


class WorkerProcess:
    """A worker that is there as long as the server is.

    Args:
        settings: handed on to it.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start it, and again whenever it ends by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end, and see that it does."""
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._thread.join(_GRACE_SECONDS)

    def _keep(self) -> None:
        pause = 0.2
        while not self._stopping.is_set():
            began = time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "einthoven.service.worker", "--parent", str(os.getpid())],
                env=os.environ | self.settings.environment(),
            )
            status = self._process.wait()
            if self._stopping.is_set():
                return
            log.warning("the worker ended with status %d and is started again", status)
            quick = time.monotonic() - began < _QUICK_DEATH_SECONDS
            pause = min(10.0, 2 * pause) if quick else 0.2
            self._stopping.wait(pause)
