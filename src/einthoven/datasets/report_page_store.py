"""Digitised report pages, kept: each page is read once, which takes seconds, and then used many times."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from einthoven import paper
from einthoven._version import __version__
from einthoven.datasets.report_pages import ReportPage
from einthoven.datasets.roots import cache_folder
from einthoven.errors import DataError, PageError
from einthoven.recording import Recording

FS = 500.0
_MICROVOLT = 1000.0
_MISSING = -32768
_READ_BY = (".py", ".json", ".onnx")


@dataclass(frozen=True, eq=False, slots=True)
class DigitisedPage:
    """What became of one page: a recording, or the reason why there is none."""

    page: ReportPage
    recording: Recording | None
    reason: str = ""


def store_folder() -> Path:
    """Return where digitised pages are kept."""
    return cache_folder() / "prepared" / "report-pages"


@lru_cache(maxsize=1)
def digitiser() -> str:
    """Return a name of what pages are digitised by: version, code and networks of the paper room.

    Code counts as networks do: pages that were read by other code are not what a model will be given.
    """
    digest = hashlib.sha256()
    for path in sorted(Path(paper.__file__).parent.iterdir()):
        if path.suffix in _READ_BY:
            digest.update(path.name.encode() + path.read_bytes())
    return f"{__version__}-{digest.hexdigest()[:12]}"


def digitised_pages(
    pages: Sequence[ReportPage],
    folder: Path | None = None,
    on_page: Callable[[int, int], None] = lambda done, n: None,
) -> list[DigitisedPage]:
    """Return the pages as recordings at 500 Hz; those that were digitised before are read from ``folder``.

    A page is known by the SHA-256 of its file, and kept as ``DIGITISER/SHA.npz`` in whole microvolts, where
    ``DIGITISER`` (`digitiser`) changes with the digitiser: then pages are read anew.

    Args:
        pages: to read.
        folder: of the store; default: `store_folder`.
        on_page: told how many pages are done, and of how many.

    Raises:
        DataError: the store cannot be written, or holds a file that is damaged.
    """
    folder = (store_folder() if folder is None else folder) / digitiser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}).") from error
    found = []
    for done, page in enumerate(pages):
        on_page(done, len(pages))
        path = folder / f"{page.sha256}.npz"
        if not path.is_file():
            _write(path, page)
        found.append(_read(path, page))
    on_page(len(pages), len(pages))
    return found


def keep(path: Path, recording: Recording | None, reason: str = "") -> None:
    """Write one digitised page.

    Raises:
        DataError: it cannot be written.
    """
    signals = np.zeros((0, 0), np.int16)
    leads: tuple[str, ...] = ()
    if recording is not None:
        leads = recording.leads
        scaled = np.clip(np.rint(recording.signals * _MICROVOLT), _MISSING + 1, -_MISSING - 1)
        signals = np.where(np.isfinite(scaled), scaled, _MISSING).astype(np.int16)
    part = path.with_suffix(".part.npz")  # a run that is cut off leaves no half file under the name
    try:
        np.savez_compressed(
            part, signals=signals, leads=np.array(leads, dtype=np.str_), reason=np.array(reason)
        )
        part.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}).") from error


def _write(path: Path, page: ReportPage) -> None:
    from einthoven.paper.digitize import digitize
    from einthoven.paper.pages import load_pages
    from einthoven.paper.report_page_stages import cut_to_ecg

    try:
        recording = digitize(cut_to_ecg(load_pages(page.path)[0].pixels), fs=FS).recording
    except PageError as fault:
        keep(path, None, str(fault))
    else:
        keep(path, recording)


def _read(path: Path, page: ReportPage) -> DigitisedPage:
    try:
        with np.load(path, allow_pickle=False) as stored:
            signals, leads, reason = stored["signals"], stored["leads"], str(stored["reason"])
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} is damaged ({error}). Remove it; the page is digitised again then."
        ) from error
    if not len(leads):
        return DigitisedPage(page, None, reason)
    millivolt = np.where(signals == _MISSING, np.nan, signals / np.float32(_MICROVOLT)).astype(np.float32)
    recording = Recording(
        millivolt, FS, tuple(leads.tolist()), name=page.path.stem, source=page.path.as_posix()
    )
    return DigitisedPage(page, recording)
