"""One file over HTTP: into ``NAME.part``, going on where it broke off, checked, then renamed.

``NAME`` exists only when it is whole. ``NAME.part`` may be cut short at any byte, by a dropped connection or
by a killed process, and is taken up again with a range request (RFC 9110, section 14). What is appended to
what was there before is trusted only because of the SHA-256 over all of it.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from einthoven._version import __version__
from einthoven.errors import DataError

Problem = Literal["network", "missing", "server", "truncated", "checksum", "disk", "stopped", "by hand"]

ATTEMPTS = 5  # in a row without getting further
TIMEOUT_S = 30.0
PAUSE_S = 0.5  # before the second attempt; doubles with each further one
LONGEST_PAUSE_S = 30.0
PROGRESS_BYTES = 1 << 16  # an attempt that brings this much is no failure
_CHUNK = 1 << 16
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class DownloadError(DataError):
    """A file or data set could not be downloaded.

    Attributes:
        problem: what kind of obstacle it was.
    """

    def __init__(self, message: str, problem: Problem) -> None:
        super().__init__(message)
        self.problem = problem


@dataclass(slots=True)
class Received:
    """How a file came.

    Attributes:
        n_bytes: received over the network.
        resumed_at: bytes that were there from an earlier run.
        range_ignored: the server sent the whole file when asked for the rest.
    """

    n_bytes: int = 0
    resumed_at: int = 0
    range_ignored: bool = False


class _PassingError(Exception):
    """Another attempt may help; ``error`` is what to tell the user if none does."""

    def __init__(self, error: DownloadError, pause: float | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.pause = pause


def fetch(
    url: str,
    path: Path,
    *,
    sha256: str | None = None,
    attempts: int = ATTEMPTS,
    timeout: float = TIMEOUT_S,
    pause: float = PAUSE_S,
    on_bytes: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
) -> Received:
    """Download ``url`` to ``path``, which changes only if this returns.

    Args:
        url: ``http://`` or ``https://`` address.
        path: where to; replaced if it is there. Its folder must exist.
        sha256: hexadecimal checksum of the whole file. Without one, the ``.part`` of an earlier run is not
            trusted, and the file is begun anew.
        attempts: how often in a row to try without getting further.
        timeout: seconds without a byte before an attempt is given up.
        pause: seconds before the second attempt, doubled before each further one.
        on_bytes: called with the change in bytes held, negative where what was there had to be thrown away.
        stop: when set, give up at the next chunk.

    Raises:
        DownloadError: with `DownloadError.problem` "network", "missing" (404), "server" (another refusal),
            "truncated", "checksum", "disk" or "stopped".
    """
    return _Transfer(url, path, sha256, timeout, on_bytes, stop or threading.Event()).run(attempts, pause)


def sha256_of(path: Path, stop: threading.Event | None = None) -> str:
    """Return the SHA-256 of a file, hexadecimal.

    Raises:
        DownloadError: it cannot be read, or ``stop`` was set.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                if stop is not None and stop.is_set():
                    raise DownloadError(f"{path}: stopped.", "stopped")
                digest.update(chunk)
    except OSError as error:
        raise DownloadError(f"{path} cannot be read: {error.strerror or error}.", "disk") from error
    return digest.hexdigest()


def disk_error(path: Path, error: OSError) -> DownloadError:
    """Return what to tell the user when ``path`` cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DownloadError(
            f"The disk is full: {path} cannot be written ({error.strerror}). What came so far is kept; make "
            "room, or name another folder in EINTHOVEN_DATA, and run the command again.",
            "disk",
        )
    return DownloadError(
        f"{path} cannot be written: {error.strerror or error}. Name a folder that can be written in "
        "EINTHOVEN_DATA.",
        "disk",
    )


class _Transfer:
    def __init__(
        self,
        url: str,
        path: Path,
        sha256: str | None,
        timeout: float,
        on_bytes: Callable[[int], None] | None,
        stop: threading.Event,
    ) -> None:
        self.url = url
        self.host = urlsplit(url).hostname or url
        self.path = path
        self.part = path.with_name(f"{path.name}.part")
        self.sha256 = sha256.lower() if sha256 else None
        self.timeout = timeout
        self.on_bytes = on_bytes or (lambda change: None)
        self.stop = stop
        self.received = Received()
        self.validator: str | None = None  # ETag or Last-Modified: what is appended is of the same file

    def run(self, attempts: int, pause: float) -> Received:
        self.received.resumed_at = self._held() if self.sha256 else 0
        if self.sha256 is None:
            self._discard(told=False)
        self.on_bytes(self.received.resumed_at)
        failures, mismatches, furthest = 0, 0, self.received.resumed_at
        while True:
            try:
                self._receive()
                found = sha256_of(self.part, self.stop) if self.sha256 else None
                if found == self.sha256:
                    return self._finish()
                # Pieces of several versions do not fit together: once more, in one go.
                self._discard()
                furthest = 0
                mismatches += 1
                if mismatches == 2:
                    raise DownloadError(
                        f"{self.url} has the wrong checksum, twice: SHA-256 {found}, published is "
                        f"{self.sha256}. Nothing of it is kept. It was changed on the way or at the "
                        "publisher's; try later, or on another network.",
                        "checksum",
                    )
            except _PassingError as failure:
                held = self._held()
                if held >= furthest + PROGRESS_BYTES:
                    failures, furthest = 0, held
                failures += 1
                if failures >= attempts:
                    raise failure.error from failure.__cause__
                wait = failure.pause if failure.pause is not None else pause * 2 ** (failures - 1)
                if self.stop.wait(min(wait, LONGEST_PAUSE_S)):
                    self._stopped()

    def _receive(self) -> None:
        """Make one request and append what comes; return when the body was as long as announced."""
        held = self._held()
        headers = {"User-Agent": f"einthoven/{__version__}", "Accept-Encoding": "identity"}
        if held:
            headers["Range"] = f"bytes={held}-"
            if self.validator:
                headers["If-Range"] = self.validator
        try:
            answer = urlopen(Request(self.url, headers=headers), timeout=self.timeout)
        except HTTPError as error:
            with error:
                self._refused(error, held)
            return
        except (URLError, OSError, http.client.HTTPException) as error:
            self._unreachable(error)
        with answer:
            if answer.url.startswith("http:") and self.url.startswith("https:"):
                raise DownloadError(f"{self.url} leads to an unprotected address, {answer.url}.", "server")
            begin, end = self._extent(answer, held)
            self._append(answer, begin, end)

    def _extent(self, answer: http.client.HTTPResponse, held: int) -> tuple[int, int | None]:
        """Return where the body belongs in the file: its first byte, and the one after its last if told."""
        announced = answer.headers.get("Content-Length", "")
        validator = answer.headers.get("ETag") or answer.headers.get("Last-Modified")
        begin = 0
        if answer.status == 206:
            match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != held:
                self._discard()
                self.received.range_ignored = True
                self._again(f"{self.url}: {self.host} sends another range than asked for.", "server")
            begin = held
        elif held:
            self.received.range_ignored |= self.validator is None or validator == self.validator
            self._discard()
        if validator and not validator.startswith("W/"):
            self.validator = validator
        if announced.isdecimal():
            return begin, begin + int(announced)
        if self.sha256 is None and not answer.chunked:
            raise DownloadError(
                f"{self.url}: {self.host} tells no length, and there is no checksum: it may be half.",
                "server",
            )
        return begin, None

    def _append(self, answer: http.client.HTTPResponse, position: int, end: int | None) -> None:
        try:
            file = self.part.open("ab", buffering=0)
        except OSError as error:
            raise disk_error(self.part, error) from error
        with file:
            while end is None or position < end:
                try:
                    chunk = answer.read1(_CHUNK if end is None else min(_CHUNK, end - position))
                except (OSError, http.client.HTTPException) as error:
                    self._broke_off(position, end, error)
                if self.stop.is_set():  # asked after the wait: a later run may be writing to this file by now
                    self._stopped()
                if not chunk:
                    break
                try:
                    rest = memoryview(chunk)
                    while rest:  # an unbuffered file may take less than it is given
                        rest = rest[file.write(rest) :]
                except OSError as error:
                    raise disk_error(self.part, error) from error
                position += len(chunk)
                self.received.n_bytes += len(chunk)
                self.on_bytes(len(chunk))
        if end is not None and position < end:
            self._broke_off(position, end, None)

    def _finish(self) -> Received:
        try:
            with self.part.open("rb+") as file:
                os.fsync(file.fileno())
            self.part.replace(self.path)
        except OSError as error:
            raise disk_error(self.path, error) from error
        return self.received

    def _refused(self, error: HTTPError, held: int) -> None:
        """Raise why the server does not send; return if it is because nothing is missing."""
        if error.code == 416:
            whole = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
            if whole is not None and int(whole[1]) == held and self.sha256 is not None:
                return  # the checksum decides
            self._discard()
            self._again(f"{self.url} is shorter than {self.host} announced before.", "truncated")
        told = f"{self.url} answers {error.code} {error.reason}"
        if error.code in (404, 410):
            raise DownloadError(
                f"{told}: no such file is there. The data set may have moved; look at its page.", "missing"
            )
        if error.code in (401, 403, 407):
            raise DownloadError(
                f"{told}: it wants a login, or is blocked on the way. Einthoven sends no credentials; open "
                "the address in a browser.",
                "server",
            )
        if error.code in _PASSING:
            after = error.headers.get("Retry-After", "")
            pause = float(after) if after.isdecimal() else None
            self._again(f"{told}, again and again. Try later.", "server", pause=pause)
        raise DownloadError(f"{told}. Open the address in a browser to see more.", "server")

    def _unreachable(self, error: Exception) -> NoReturn:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise DownloadError(
                f"{self.host} shows a certificate that is not trusted ({reason.verify_message}). A proxy of "
                "your network may be in between; name a file with its certificate in SSL_CERT_FILE.",
                "network",
            ) from error
        if isinstance(reason, socket.gaierror):
            told = f"the name {self.host} cannot be resolved; there is no network, or no name service"
        elif isinstance(reason, ConnectionRefusedError):
            told = f"{self.host} refuses the connection"
        elif isinstance(reason, TimeoutError):
            told = f"{self.host} did not answer within {self.timeout:g} s"
        else:
            told = f"{self.host} cannot be reached ({reason})"
        self._again(f"{self.url}: {told}. Check the network.", "network", cause=error)

    def _broke_off(self, position: int, end: int | None, error: Exception | None) -> NoReturn:
        told = f" ({str(error) or type(error).__name__})" if error is not None else ""
        of = f" of {end:,}" if end is not None else ""
        message = f"{self.url} broke off after {position:,}{of} bytes, again and again{told}."
        if self.received.range_ignored:
            message += (
                f" {self.host} ignores range requests, so each attempt starts anew: use a steadier network."
            )
        else:
            message += " What came is kept; run the command again to go on."
        self._again(message, "truncated", cause=error)

    def _again(
        self, message: str, problem: Problem, *, pause: float | None = None, cause: Exception | None = None
    ) -> NoReturn:
        raise _PassingError(DownloadError(message, problem), pause) from cause

    def _stopped(self) -> NoReturn:
        raise DownloadError(f"{self.url}: stopped. What came is kept.", "stopped")

    def _held(self) -> int:
        return self.part.stat().st_size if self.part.is_file() else 0

    def _discard(self, *, told: bool = True) -> None:
        held = self._held()
        try:
            self.part.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(self.part, error) from error
        if told:
            self.on_bytes(-held)
