"""The worker: takes analyses from the queue and has them done, each by an analyst in a process of its own."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
from queue import Empty, SimpleQueue

from huey.consumer import Consumer  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from einthoven.service.files import FileStore
from einthoven.service.logs import set_up_logs
from einthoven.service.queue import Queue
from einthoven.service.sandbox import Sandbox, Stopped
from einthoven.service.settings import Settings, parent_of
from einthoven.service.store import analyses, jobs
from einthoven.service.store.database import Store
from einthoven.service.store.tables import ResultRow

log = logging.getLogger("einthoven.worker")

_STAGES = {
    "starting": 0.0, "reading": 0.05, "signal quality": 0.2, "R peaks": 0.35, "beat classes": 0.5,
    "waves and intervals": 0.75, "findings": 0.8, "rhythm": 0.85, "writing": 0.9,
}  # fmt: skip
_SWEEP_SECONDS = 5.0
_LAST_SECONDS = 5.0  # to put work back in line at the end
_TIDY_SECONDS = 600.0
_LOST_SECONDS = 10.0  # a message that has not been taken up by then is sent again
_CRASHES = 3
_ORPHAN_SECONDS = 3600.0  # unfinished leftovers younger than this may be somebody's work


class Worker:
    """Works until it is stopped.

    Args:
        settings: where store, queue and files are.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store.of(settings)
        self.queue = Queue(settings, self.work)
        self.results = settings.data / "results"
        self.files = FileStore(settings.data / "files")
        self._sandboxes: SimpleQueue[Sandbox] = SimpleQueue()
        self._stopping = threading.Event()
        self._analysts = [Sandbox(settings, warm=True) for _ in range(settings.workers)]
        for sandbox in self._analysts:
            self._sandboxes.put(sandbox)

    def run(self) -> None:
        """Serve the queue until a signal ends the process."""
        self.store.migrate()
        self.results.mkdir(parents=True, exist_ok=True)
        threading.Thread(target=self._sweep, daemon=True).start()
        for sandbox in self._analysts:  # the first to upload need not wait for models to load
            threading.Thread(target=self._start, args=(sandbox,), daemon=True).start()
        consumer = Consumer(
            self.queue.huey, workers=self.settings.workers, periodic=False, initial_delay=0.05, backoff=1.0,
            max_delay=0.1, check_worker_health=True,
        )  # fmt: skip
        log.info("worker %d takes %d analyses at a time", os.getpid(), self.settings.workers)
        try:
            consumer.run()
        finally:
            self.close()

    def _start(self, sandbox: Sandbox) -> None:
        try:
            sandbox.start()
        except RuntimeError as error:
            if not self._stopping.is_set():
                log.warning("%s", error)  # the next task tries again, and fails for it if it must

    def close(self) -> None:
        """Put unfinished work back in line and end the analysts."""
        self._stopping.set()
        for _ in range(self.settings.workers):
            try:
                self._sandboxes.get(timeout=_LAST_SECONDS).close()
            except Empty:  # its work cannot be put back; the claim runs out by itself
                break
        self.queue.close()
        self.store.close()

    def work(self, analysis_id: str) -> None:
        """Do the work on one analysis, if there is any that nobody else does."""
        settings = self.settings
        held = jobs.claim(self.store, analysis_id, settings.lease_seconds, settings.attempts)
        if held is None:
            return
        sandbox = self._sandboxes.get()
        began = time.monotonic()
        try:
            heart = _Heart(self.store, held, settings.lease_seconds)
            with heart:
                message = sandbox.run(
                    {
                        "task": "analyse",
                        "name": held.name,
                        "options": held.options,
                        "files": held.files,
                        "folder": str(self.results / held.folder),
                    },
                    on_stage=heart.tell,
                    should_stop=lambda: heart.lost or self._stopping.is_set(),
                )
        except Stopped:
            jobs.stop(self.store, held)
            self._forget(held)
            return
        finally:
            self._sandboxes.put(sandbox)
        seconds = time.monotonic() - began
        if message.get("failed", {}).get("kind") == "crash" and held.attempt < _CRASHES:
            # It may have been killed for another's greed: once more.
            log.warning("analysis %s attempt %d broke off", analysis_id, held.attempt)
            jobs.stop(self.store, held, counts=True)
            self._forget(held)
            self.queue.send(analysis_id)
            return
        if "done" in message:
            kept = jobs.complete(self.store, held, message["done"], seconds)
        else:
            jobs.fail(self.store, held, message["failed"])
            kept = False
        log.info(
            "analysis %s attempt %d: %s after %.2f s", analysis_id, held.attempt,
            "done" if kept else message.get("failed", {}).get("kind", "not needed"), seconds,
        )  # fmt: skip
        if not kept:
            self._forget(held)

    def _forget(self, held: jobs.Claim) -> None:
        shutil.rmtree(self.results / held.folder, ignore_errors=True)
        shutil.rmtree(self.results / f"{held.folder}.part", ignore_errors=True)

    def _sweep(self) -> None:
        """Send lost messages again, first of all those of before the start; now and then tidy up."""
        tidied = 0.0
        first = True
        while not self._stopping.wait(0.0 if first else _SWEEP_SECONDS):
            try:
                waiting = jobs.overdue(self.store, 0.0 if first else _LOST_SECONDS)
                queued = self.queue.length() if waiting else None
                if queued is not None and (first or queued < len(waiting)):
                    for analysis_id in waiting:
                        self.queue.send(analysis_id)
                first = False
                if time.monotonic() - tidied > _TIDY_SECONDS:
                    tidied = time.monotonic()
                    self._tidy()
            except SQLAlchemyError as error:  # the database is away for a moment; it is asked again
                first = False
                log.warning("the database does not answer: %s", type(error).__name__)

    def _tidy(self) -> None:
        """Remove what killed processes left behind."""
        with self.store.read() as session:
            wanted = set(session.scalars(select(ResultRow.folder)))
        old = time.time() - _ORPHAN_SECONDS
        scratch = self.settings.data / "scratch"
        entries = [*self.results.iterdir(), *(scratch.iterdir() if scratch.is_dir() else ())]
        for entry in entries:
            if entry.name not in wanted and entry.stat().st_mtime < old:
                shutil.rmtree(entry, ignore_errors=True)
        for entry in self.files.root.glob(".new-*"):
            if entry.stat().st_mtime < old:
                entry.unlink(missing_ok=True)
        self.files.remove_unneeded(self.files.hashes(), lambda some: analyses.needed(self.store, some))


class _Heart:
    """Renews a claim while its work goes on, and notices when it is lost."""

    def __init__(self, store: Store, held: jobs.Claim, lease_s: float) -> None:
        self.store, self.held, self.lease_s = store, held, lease_s
        self.lost = False
        self._stage = "starting"
        self._wake = threading.Event()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._began = time.monotonic()

    def tell(self, stage: str) -> None:
        """Note what begins; short work is done before anybody could have looked."""
        self._stage = stage
        if time.monotonic() - self._began > 1.0:
            self._wake.set()

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._wake.set()
        self._thread.join()

    def _beat(self) -> None:
        while True:
            self._wake.wait(min(1.0, self.lease_s / 5))
            self._wake.clear()
            if self._end.is_set():
                return
            try:
                held = jobs.renew(
                    self.store, self.held, self.lease_s, self._stage, _STAGES.get(self._stage, 0.5)
                )
            except SQLAlchemyError as error:
                log.warning("the claim cannot be renewed: %s", type(error).__name__)
                continue
            if not held:
                self.lost = True
                return


def main() -> None:
    """Run a worker with the settings of the environment; ``--parent PID`` ends it when that process does."""
    settings = Settings()
    set_up_logs()
    if (parent := parent_of(sys.argv)) is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    Worker(settings).run()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
