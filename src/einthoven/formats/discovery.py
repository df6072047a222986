"""Which recordings lie in a folder, or match a pattern."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from pathlib import Path

from einthoven.errors import FormatError
from einthoven.formats.registry import header_of, locate, recognise
from einthoven.formats.wfdb.header import Header, read_header

_PATTERN = re.compile(r"[*?\[]")
# What publishers put beside recordings; the names are theirs, so they are matched whole.
_NEVER = re.compile(
    r"^(\..*|(records|annotators|(.*[-_])?licen[cs]e|readme|notes|changelog|(sha\d+|md5)sums|index|(.*[-_])?checksums?)"
    r"([-_][a-z]+)?(\.(txt|md|html?|rst|csv))?)$",
    re.IGNORECASE,
)
_NO_RECORDING = frozenset(
    [
        ".htm",
        ".html",
        ".json",
        ".md",
        ".rst",
        ".py",
        ".ipynb",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".log",
        ".pdf",
        ".png",
        ".jpg",
        ".jpeg",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
        ".svg",
        ".zip",
        ".gz",
        ".xz",
        ".bz2",
        ".tar",
        ".7z",
        ".exe",
        ".onnx",
        ".npy",
        ".npz",
        ".pkl",
        ".h5",
        ".hdf5",
        ".doc",
        ".docx",
        ".xls",
        ".xlsx",
        ".sh",
        ".css",
        ".js",
    ]
)
# A broken file of these names is listed, so that its error is seen; anything else must be recognised by
# content.
_RECORDING = frozenset([".hea", ".dat", ".edf", ".dcm", ".rec", ".bdf", ".scp", ".ecg", ".atc", ".ishne"])


def discover(source: str | Path, *, recursive: bool = False) -> list[Path]:
    """List the recordings that ``source`` means, in natural order (``2`` before ``10``).

    The files of one WFDB record count once, as its header; segments of a multi-segment record are not
    listed, nor are files that are no recordings (``RECORDS``, ``README``, images, pages, metadata tables).
    A broken recording is listed: reading it tells what is wrong.

    Args:
        source: a folder, a pattern (``mitdb/2*.hea``, ``**/*.edf``), a file, or the name of a WFDB record.
        recursive: whether to look into the folders of a folder.

    Returns:
        Paths that ``read`` takes; empty for a folder without recordings.

    Raises:
        FormatError: nothing of that name, or no file matches the pattern.
    """
    path = Path(source).expanduser()
    if path.is_dir() and not path.with_name(f"{path.name}.hea").is_file():
        files = path.rglob("*") if recursive else path.iterdir()
        return _recordings(files)
    if _PATTERN.search(str(source)) and not path.exists():
        matches = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - pattern may be absolute
        if not matches:
            raise FormatError(
                f"No file matches the pattern {str(source)!r}. Check it, and quote it in a shell."
            )
        found = _recordings(match for match in matches if match.is_file())
        for folder in (match for match in matches if match.is_dir() and "**" not in str(source)):
            found += discover(folder, recursive=recursive)
        return sorted(set(found), key=natural_order)
    return [locate(path)]


def natural_order(path: Path) -> list[tuple[int, int | str]]:
    """Sort key: numbers inside names count as numbers."""
    parts = re.split(r"([0-9]{1,18})", str(path).lower())
    return [(0, int(part)) if re.match(r"[0-9]", part) else (1, part) for part in parts]


def _recordings(files: Iterable[Path]) -> list[Path]:
    candidates = [file for file in files if file.is_file() and not _NEVER.match(file.name)]
    headers = {file for file in candidates if file.suffix.lower() == ".hea"}
    segments: set[Path] = set()
    owned: set[Path] = set()
    for header in headers:
        parsed = _parse(header)
        if parsed is not None:
            segments |= {header.with_name(f"{segment.name}.hea") for segment in parsed.segments}
            owned |= {header.parent / line.file for line in parsed.signals}
    found = headers - segments
    stems = {header.with_suffix("") for header in headers}
    for file in candidates:
        suffix = file.suffix.lower()
        if file in headers or file in owned or suffix in _NO_RECORDING:
            continue
        code = recognise(file).code
        if code == "binary" and file.with_suffix("") in stems:
            continue
        if code in ("edf", "dicom", "delimited", "recording", "wfdb"):
            if code != "wfdb" or suffix == ".hea":
                found.add(file)
        elif code == "binary" and (header_ := header_of(file)) is not None:
            # A pattern such as *.dat matches signal files only.
            found.add(header_)
        elif suffix in _RECORDING or (suffix == ".csv" and file.stat().st_size == 0):
            found.add(file)
    return sorted(found, key=natural_order)


def _parse(header: Path) -> Header | None:
    """A damaged header is listed like any other; its reader will say what is wrong."""
    try:
        return read_header(header)
    except FormatError:
        return None
