"""Files by their content: each is kept once, under the SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1 << 20
_PATIENCE = 100
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a stored file: hexadecimal SHA-256 and bytes."""

    sha256: str
    size: int


class FileStore:
    """A folder of files named by their content.

    Args:
        root: made if need be.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Return where the file with this content lies."""
        return self.root / sha256[:2] / sha256

    def put(self, stream: BinaryIO) -> StoredFile:
        """Store what a stream holds, and return only when it is safe on the disk.

        Raises:
            OSError: the disk is full or broken; nothing is left behind then.
        """
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(prefix=".new-", dir=self.root)
        try:
            with os.fdopen(handle, "wb") as file:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target = self.path(digest.hexdigest())
            if not target.parent.is_dir():
                target.parent.mkdir(exist_ok=True)
                sync_folder(self.root)
            Path(name).chmod(0o600)
            Path(name).replace(target)
            sync_folder(target.parent)
        finally:
            Path(name).unlink(missing_ok=True)
        return StoredFile(digest.hexdigest(), size)

    def remove_unneeded(self, hashes: set[str], still_needed: Callable[[set[str]], set[str]]) -> bool:
        """Delete those of some files that nobody needs; False where uploads left no moment to do so.

        Args:
            hashes: the files in question.
            still_needed: says which of them are, asked while no upload is between file and database.
        """
        for _ in range(_PATIENCE):
            with self._locked(exclusive=True) as held:
                if held:
                    for sha256 in hashes - still_needed(hashes):
                        self.path(sha256).unlink(missing_ok=True)
                    return True
            time.sleep(0.02)
        return False

    def hashes(self) -> set[str]:
        """Return all files that are here."""
        return {path.name for path in self.root.glob("??/*")}

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Between storing a file and committing the row that names it: nothing is removed meanwhile."""
        with self._locked(exclusive=False):
            yield

    @contextmanager
    def _locked(self, *, exclusive: bool) -> Iterator[bool]:
        try:
            import fcntl
        except ImportError:  # Windows: one process serves and deletes there
            with _ONE_AT_A_TIME:
                yield True
            return
        handle = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    @contextmanager
    def folder_with(self, files: list[tuple[str, str]], scratch: Path) -> Iterator[Path]:
        """Lay files out under their own names in a folder that lasts as long as the context.

        Args:
            files: pairs of file name and SHA-256; names are plain, without folders.
            scratch: where the folder is made.
        """
        scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="open-", dir=scratch))
        try:
            for name, sha256 in files:
                target = folder / name
                if target.parent != folder:
                    raise ValueError("a stored file's name must be plain")
                try:
                    os.link(self.path(sha256), target)
                except OSError:  # another file system, or one without links
                    shutil.copyfile(self.path(sha256), target)
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    """Make names in a folder as durable as the bytes behind them; nothing to do on Windows."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that after this it is on the disk."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
