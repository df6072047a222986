"""A data set, or some records of it: several files at a time, each checked against the publisher's list.

PhysioNet lays a data set out as ``RECORDS`` (names of the records), ``SHA256SUMS.txt`` (``checksum name`` a
line) and the records' files beside them. A download that ended in any way is gone on with by asking for it
again: files that are whole are only checked, unfinished ones are continued (`einthoven.datasets.transfer`).
"""

from __future__ import annotations

import fnmatch
import os
import queue
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.datasets.catalogue import DataSet
from einthoven.datasets.transfer import (
    ATTEMPTS,
    PAUSE_S,
    TIMEOUT_S,
    DownloadError,
    Received,
    disk_error,
    fetch,
    sha256_of,
)
from einthoven.errors import DataError, did_you_mean

JOBS = 4
MOST_JOBS = 16
SUMS = "SHA256SUMS.txt"
_TICK_S = 0.1
_HOPELESS = frozenset({"network", "disk", "stopped"})  # what fails one file for this fails all


@dataclass(slots=True)
class State:
    """How far a download is.

    Attributes:
        n_bytes: bytes that are here, whole and unfinished files together.
        n_files: files that are here and checked.
        of_files: files wanted.
    """

    n_bytes: int
    n_files: int
    of_files: int


@dataclass(slots=True)
class Downloaded:
    """What a download did.

    Attributes:
        folder: where the files are.
        n_files: files that are here now, all whole.
        loaded: names of those that were loaded.
        replaced: names of those that were here before with other contents than published.
        n_bytes: bytes received.
        resumed: names of the files of which a part was here from before.
        range_ignored: the server does not continue files; those cut short were begun anew.
        unchecked: the publisher gives no checksums; lengths alone were checked.
    """

    folder: Path
    n_files: int = 0
    loaded: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    n_bytes: int = 0
    resumed: list[str] = field(default_factory=list)
    range_ignored: bool = False
    unchecked: bool = False


def download(
    data_set: DataSet,
    *,
    root: Path | None = None,
    records: Sequence[str] | None = None,
    jobs: int = JOBS,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT_S,
    pause: float = PAUSE_S,
    on_state: Callable[[State], None] | None = None,
    stop: threading.Event | None = None,
) -> Downloaded:
    """Download a data set into ``root/NAME``, or complete what is there of it.

    Where all files are here and agree with the list of checksums that came with them, nothing is asked of the
    network.

    Args:
        data_set: from the catalogue.
        root: folder of data sets; default: ``EINTHOVEN_DATA`` or the user's cache folder.
        records: only these records, names or patterns such as ``records100/*``; default all.
        jobs: connections at a time, 1 to 16.
        attempts: how often in a row to try a file without getting further.
        timeout: seconds without a byte before an attempt is given up.
        pause: seconds before the second attempt, doubled before each further one.
        on_state: called about ten times a second, and at the end.
        stop: when set, give up.

    Raises:
        DownloadError: see `DownloadError.problem`; files that are whole stay, unfinished ones are continued
            by the next call.
        DataError: ``records`` names what the set does not have, ``jobs`` is out of range, or another
            download is writing to the same folder.
    """
    if not 1 <= jobs <= MOST_JOBS:
        raise DataError(f"{jobs} connections at a time: allowed are 1 to {MOST_JOBS}.")
    folder = data_set.folder(root)
    if data_set.address is None:
        how = data_set.by_hand.format(page=data_set.page, files=", ".join(data_set.files), folder=folder)
        raise DownloadError(f"{data_set.name} cannot be downloaded. {how}", "by hand")
    wanted = _wanted(data_set, records)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    with _alone(folder):
        work = _Work(
            data_set,
            data_set.address,
            folder,
            wanted,
            _Patience(attempts, timeout, pause),
            stop or threading.Event(),
        )
        return work.run(jobs, on_state or (lambda state: None))


def read_sums(text: str, source: str) -> dict[str, str]:
    """Return name → SHA-256 of a list as ``sha256sum`` writes it.

    Raises:
        DownloadError: it is no such list (a login page of a network in between, a list cut short).
    """
    sums: dict[str, str] = {}
    for line in text.splitlines():
        match = re.fullmatch(r"([0-9a-fA-F]{64}) [ *]?(\S.*)", line)
        if match is None:
            raise DownloadError(
                f"{source} is no list of checksums; it has the line {line[:60]!r}. A network that wants a "
                "login first answers like that; open the address in a browser.",
                "server",
            )
        sums[match[2].removeprefix("./")] = match[1].lower()
    return sums


@dataclass(frozen=True, slots=True)
class _Patience:
    attempts: int
    timeout: float
    pause: float


class _Work:
    def __init__(
        self,
        data_set: DataSet,
        address: str,
        folder: Path,
        wanted: tuple[str, ...],
        patience: _Patience,
        caller_stop: threading.Event,
    ) -> None:
        self.data_set = data_set
        self.address = address
        self.folder = folder
        self.wanted = wanted
        self.patience = patience
        self.caller_stop = caller_stop
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.state = State(0, 0, len(wanted))
        self.result = Downloaded(folder)

    def run(self, jobs: int, on_state: Callable[[State], None]) -> Downloaded:
        sums = self._kept_sums()
        good = self._whole(sums) if sums else set()
        if len(good) < len(self.wanted):
            published = self._published_sums()
            if not sums or published != sums:
                good = self._whole(published)
            missing = [name for name in self.wanted if name not in good]
            self._require_room(len(missing))
            self._load(missing, published, jobs, on_state)
        self.result.n_files = len(self.wanted)
        on_state(self.state)
        return self.result

    def _kept_sums(self) -> dict[str, str]:
        path = self.folder / SUMS
        try:
            sums = read_sums(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else {}
        except (DownloadError, UnicodeDecodeError, OSError):
            return {}  # the publisher's is loaded instead
        return sums if all(name in sums for name in self.wanted) else {}

    def _published_sums(self) -> dict[str, str]:
        path = self.folder / SUMS
        url = f"{self.address}{SUMS}"
        fresh = path.with_name(f"{SUMS}.new")
        try:
            # Fewer attempts: without a network, the first contact need not take long to say so.
            fetch(
                url,
                fresh,
                attempts=min(self.patience.attempts, 2),
                timeout=self.patience.timeout,
                pause=self.patience.pause,
                stop=self.caller_stop,
            )
            sums = read_sums(fresh.read_text(encoding="utf-8", errors="replace"), url)
            fresh.replace(path)
        except DownloadError as error:
            if error.problem != "missing":
                raise
            self.result.unchecked = True
            return {}
        except OSError as error:
            raise disk_error(path, error) from error
        finally:
            fresh.unlink(missing_ok=True)
            fresh.with_name(f"{fresh.name}.part").unlink(missing_ok=True)
        absent = [name for name in self.wanted if name not in sums]
        if absent:
            raise DownloadError(
                f"{url} does not name {absent[0]}: the data set is not laid out as it was. See "
                f"{self.data_set.page}.",
                "missing",
            )
        return sums

    def _whole(self, sums: dict[str, str]) -> set[str]:
        """Return the wanted files that are here as published; with nothing published, all that are here."""
        good: set[str] = set()
        n_bytes = 0
        self.result.replaced.clear()
        for name in self.wanted:
            path = self.folder / name
            if not path.is_file():
                continue
            if not sums or sha256_of(path, self.caller_stop) == sums[name]:
                good.add(name)
                n_bytes += path.stat().st_size
            else:
                self.result.replaced.append(name)
        self.state = State(n_bytes, len(good), len(self.wanted))
        return good

    def _require_room(self, n_missing: int) -> None:
        """Raise before the first byte where the set surely does not fit."""
        everything = len(_wanted(self.data_set, None))
        parts = sum(path.stat().st_size for path in self.folder.rglob("*.part"))
        needed = self.data_set.download_bytes * n_missing // everything - parts
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise DownloadError(
                f"{self.folder} has {free / 1e6:,.0f} MB free, {self.data_set.name} needs about "
                f"{needed / 1e6:,.0f} MB more. Make room, or name another folder in EINTHOVEN_DATA.",
                "disk",
            )

    def _load(
        self, missing: list[str], sums: dict[str, str], jobs: int, on_state: Callable[[State], None]
    ) -> None:
        todo: queue.SimpleQueue[str] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[str, Received | Exception]] = queue.SimpleQueue()
        for name in missing:
            todo.put(name)

        def work() -> None:
            while not self.stop.is_set():
                try:
                    name = todo.get_nowait()
                except queue.Empty:
                    return
                try:
                    received: Received | Exception = self._fetch(name, sums.get(name))
                except Exception as error:  # noqa: BLE001  handed over to the calling thread
                    received = error
                    if isinstance(error, DownloadError) and error.problem in _HOPELESS:
                        self.stop.set()
                done.put((name, received))

        # Daemons: an interrupt ends the process at once, and what came so far lies in the .part files.
        workers = [
            threading.Thread(target=work, name=f"download-{i}", daemon=True)
            for i in range(min(jobs, len(missing)))
        ]
        failures: dict[str, DownloadError] = {}
        try:
            for worker in workers:
                worker.start()
            pending = len(missing)
            while pending and not any(error.problem in _HOPELESS for error in failures.values()):
                if self.caller_stop.is_set():
                    raise DownloadError(f"{self.data_set.name}: stopped. What came is kept.", "stopped")
                on_state(self.state)
                try:
                    name, outcome = done.get(timeout=_TICK_S)
                except queue.Empty:
                    continue
                pending -= 1
                if isinstance(outcome, DownloadError):
                    failures[name] = outcome
                elif isinstance(outcome, Exception):
                    raise outcome
                else:
                    self._note(name, outcome)
        finally:
            self.stop.set()
            for worker in workers:
                worker.join(timeout=1.0)  # one that waits for a byte writes nothing once it has come
        if failures:
            raise self._failed(failures)

    def _fetch(self, name: str, sha256: str | None) -> Received:
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(path.parent, error) from error
        return fetch(
            f"{self.address}{name}",
            path,
            sha256=sha256,
            attempts=self.patience.attempts,
            timeout=self.patience.timeout,
            pause=self.patience.pause,
            on_bytes=self._count,
            stop=self.stop,
        )

    def _count(self, change: int) -> None:
        with self.lock:
            self.state.n_bytes += change

    def _note(self, name: str, received: Received) -> None:
        self.state.n_files += 1
        self.result.loaded.append(name)
        self.result.n_bytes += received.n_bytes
        self.result.range_ignored |= received.range_ignored
        if received.resumed_at:
            self.result.resumed.append(name)

    def _failed(self, failures: dict[str, DownloadError]) -> DownloadError:
        # The obstacle first, last the files that were given up because of it.
        told = sorted(
            failures.values(), key=lambda error: (error.problem == "stopped", error.problem not in _HOPELESS)
        )
        lines = [f"{self.state.n_files} of {self.state.of_files} files of {self.data_set.name} are here."]
        lines += [str(error) for error in told[:3]]
        if len(told) > 3:
            lines.append(f"{len(told) - 3} more failed.")
        lines.append(f"Run the command again to go on: einthoven data get {self.data_set.name}")
        return DownloadError("\n".join(lines), told[0].problem)


def _wanted(data_set: DataSet, records: Sequence[str] | None) -> tuple[str, ...]:
    """Return the names of the files to have; RECORDS first, so that a set cut short is known to be."""
    chosen = choose_records(data_set, records) if records else data_set.records
    names = [name for record in chosen for name in data_set.files_of(record)]
    return (*(() if records else ("RECORDS",)), *data_set.tables, *names)


def choose_records(data_set: DataSet, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the records that names and patterns (``*``, ``?``, ``[…]``) mean, each once, in given order.

    Raises:
        DataError: the set has none of a name, or none that a pattern fits.
    """
    known = frozenset(data_set.records)
    chosen: dict[str, None] = {}
    for name in wanted:
        fitting = [name] if name in known else fnmatch.filter(data_set.records, name)
        if not fitting:
            near = did_you_mean(name, data_set.records) if len(known) < 1000 else ""
            raise DataError(
                f"{data_set.name} has no record {name!r}.{near} It has {len(known)} records, such as "
                f"{data_set.records[0]}."
            )
        chosen.update(dict.fromkeys(fitting))
    return tuple(chosen)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder against another download, where the system has locks on folders.

    Raises:
        DataError: another process has it.
    """
    try:
        import fcntl
    except ImportError:  # Windows: two downloads at once end in wrong checksums, which are told
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(
                f"Another process is downloading to {folder}. Wait until it is done, or end it."
            ) from error
        except OSError:
            """A file system without locks: as on Windows."""
        yield
    finally:
        os.close(handle)
