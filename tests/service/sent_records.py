"""Recordings for the tests, as files in memory."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from einthoven import write
from einthoven.signal.simulator import simulate

Files = list[tuple[str, bytes]]


def record(name: str = "sim", **how: Any) -> Files:
    """Return the files of a simulated WFDB record."""
    how = {"duration": 20.0, "fs": 250.0, "pattern": "NNNV", "seed": 1} | how
    with tempfile.TemporaryDirectory() as folder:
        paths = write(simulate(**how), Path(folder) / f"{name}.hea")
        return [(path.name, path.read_bytes()) for path in paths]


def multipart(files: Files) -> list[tuple[str, tuple[str, bytes]]]:
    """Return files as httpx uploads them."""
    return [("files", file) for file in files]


def zipped(files: Files) -> bytes:
    """Return files as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return buffer.getvalue()
