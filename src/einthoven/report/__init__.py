"""Reports: an ``Analysis`` as HTML, PDF, picture, JSON, CSV, FHIR or WFDB annotations. One file a format.

Nothing is imported before it is needed, so that ``import einthoven.report`` costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.errors import FormatError, did_you_mean

if TYPE_CHECKING:
    from einthoven.analysis_result import Analysis

# Format → extension. Each lives in the module of its name, as ``write(analysis, path) -> Path``.
EXTENSIONS = {
    "html": ".html", "pdf": ".pdf", "png": ".png", "json": ".json", "csv": ".csv", "wfdb": ".atr",
    "fhir": ".fhir.json",
}  # fmt: skip

__all__ = ["EXTENSIONS", "save", "save_all"]


def save(analysis: Analysis, path: str | Path) -> Path:
    """Write one report; the extension picks the format.

    Args:
        analysis: what to report.
        path: ``NAME.html``, ``.pdf``, ``.png``, ``.json``, ``.csv``, ``.atr`` (WFDB annotations)
            or ``.fhir.json``. Folders are made.

    Returns:
        the path written.

    Raises:
        FormatError: no report has that extension.
        OSError: the file cannot be written.
    """
    path = Path(path)
    kinds = {extension: kind for kind, extension in EXTENSIONS.items()} | {".htm": "html"}
    endings = [path.suffix.lower(), "".join(path.suffixes[-2:]).lower()]
    kind = kinds.get(endings[1]) or kinds.get(endings[0])
    if kind is None:
        allowed = tuple(EXTENSIONS.values())
        raise FormatError(
            f"No report has the extension {path.suffix!r} ({path.name}); allowed: {' '.join(allowed)}."
            f"{did_you_mean(path.suffix, allowed)}"
        )
    return _write(analysis, kind, path)


def save_all(analysis: Analysis, out_dir: str | Path, formats: Iterable[str] = ("html",)) -> list[Path]:
    """Write reports named after the recording into a folder, which is made if need be.

    Args:
        analysis: what to report.
        out_dir: the folder.
        formats: any of ``html pdf png json csv wfdb fhir``.

    Returns:
        the paths written, in the order of ``formats``.

    Raises:
        FormatError: a format is not known; nothing is written then.
        OSError: a file cannot be written.
    """
    formats = list(formats)
    for kind in formats:
        if kind not in EXTENSIONS:
            raise FormatError(
                f"Report format {kind!r} is not known; allowed: {', '.join(EXTENSIONS)}."
                f"{did_you_mean(kind, tuple(EXTENSIONS))}"
            )
    stem = file_stem(analysis.recording.name)
    return [_write(analysis, kind, Path(out_dir) / f"{stem}{EXTENSIONS[kind]}") for kind in formats]


def file_stem(name: str) -> str:
    """Return a record's name as a file name, without what could leave the folder or upset a file system."""
    return re.sub(r"[^\w.+-]+", "_", name).strip(".")[:120] or "recording"


def _write(analysis: Analysis, kind: str, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    written: Path = import_module(f"{__name__}.{kind}").write(analysis, path)
    return written
