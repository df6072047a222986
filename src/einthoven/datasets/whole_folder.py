"""A folder of prepared data: written whole or not at all."""

from __future__ import annotations

import errno
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from einthoven.errors import DataError

_STALE = 3600.0  # s: what a killed run left; nothing takes that long


def refuse_others(folder: Path, ours: Collection[str]) -> None:
    """Refuse a folder that holds anything but files of ``ours``: as a whole it would be replaced.

    Raises:
        DataError: it does, or it cannot be looked into.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file. Name a folder with --out that is not there yet.")
    try:
        strangers = sorted({path.name for path in folder.iterdir()} - set(ours)) if folder.is_dir() else []
    except OSError as error:
        raise _cannot_be_written(folder, error) from error
    if strangers:
        shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
        raise DataError(
            f"{folder} holds other files ({shown}), and would be replaced as a whole. Name a folder with "
            "--out that is not there yet, or is empty."
        )


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """Give a folder to write into, which becomes ``folder`` if all goes well and vanishes if not.

    Raises:
        DataError: it cannot be written, or the disk is full.
    """
    partial: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        for left in folder.parent.glob(f".{folder.name}.*.partial"):
            if time.time() - left.stat().st_mtime > _STALE:
                shutil.rmtree(left, ignore_errors=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
        partial.chmod(0o755)  # mkdtemp lets nobody else in
        yield partial
        _replace(folder, partial)
    except OSError as error:
        raise _cannot_be_written(folder, error) from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)


def _replace(folder: Path, partial: Path) -> None:
    if not folder.exists():
        partial.rename(folder)
        return
    earlier = partial.with_suffix(".earlier.partial")
    folder.rename(earlier)
    try:
        partial.rename(folder)
    except OSError:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _cannot_be_written(folder: Path, error: OSError) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError(
            f"The disk is full: {folder} cannot be written. Nothing half-written is left. Make room, or name "
            "another folder with --out."
        )
    return DataError(
        f"{folder} cannot be written ({error.strerror or error}). Name another folder with --out."
    )
