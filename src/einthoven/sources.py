"""Any source → what it holds: recordings are read, pages are digitised."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from einthoven.errors import EinthovenError, MissingInformationError, PageError
from einthoven.recording import Recording

if TYPE_CHECKING:
    from einthoven.paper.files import PageResult

APPROXIMATE = "Digitised from a picture: amplitudes and times are approximate."
EXACT = "Read from the drawing of a PDF."
_HEAD = 1024
_URL = re.compile(r"^https?://", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Opened:
    """What a source holds.

    Attributes:
        recording: the signals.
        page: what was read on the page, where the source is one.
    """

    recording: Recording
    page: PageResult | None = None


def read(
    source: Any,
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: tuple[str, ...] | list[str] | None = None,
    overrule: bool = False,
) -> Recording:
    """Read one ECG from anything that holds one, as `einthoven.formats.read`; pages on paper are digitised.

    Args:
        source: file, URL, array, DataFrame, ``Recording``; or a picture or PDF of an ECG on paper, of which
            the first page that shows one is read.
        fs: sampling rate in Hz where the source states none; for a page, that of the result (default 500).
        unit: unit where the source states none. Pages need none.
        leads: names to use instead of the source's.
        overrule: ``fs`` and ``unit`` go before what the source states; a warning tells where they do.

    Raises:
        FormatError, MissingInformationError: see `einthoven.formats.read`.
        PageError: a page that is no ECG or cannot be read.
    """
    return open_source(source, fs=fs, unit=unit, leads=leads, overrule=overrule).recording


def open_source(
    source: Any,
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: tuple[str, ...] | list[str] | None = None,
    overrule: bool = False,
) -> Opened:
    """Read a source, and keep what was found on it if it is a page; arguments as `read`."""
    from einthoven import formats

    if isinstance(source, str) and _URL.match(source):
        from einthoven.formats.remote import download

        with download(source) as path:
            opened = open_source(path, fs=fs, unit=unit, leads=leads, overrule=overrule)
        return replace(opened, recording=replace(opened.recording, source=source))
    if isinstance(source, str | Path) and is_page(Path(source)):
        return _open_page(Path(source), fs, unit, leads)
    return Opened(formats.read(source, fs=fs, unit=unit, leads=leads, overrule=overrule))


def is_page(path: Path) -> bool:
    """Tell by its first bytes whether a file is a picture or a PDF."""
    from einthoven.paper.pages import is_page_file

    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return is_page_file(file.read(_HEAD))
    except OSError:  # reading it gives the error with its reason
        return False


def _open_page(
    path: Path,
    fs: float | None,
    unit: str | None,
    leads: tuple[str, ...] | list[str] | None,
) -> Opened:
    """Read the first page of a file that shows an ECG."""
    from einthoven.paper.digitize import DEFAULT_FS
    from einthoven.paper.files import iter_results

    if unit is not None or leads is not None:
        stated = " and ".join(name for name, value in (("unit", unit), ("leads", leads)) if value is not None)
        raise MissingInformationError(
            f"{stated} stated for {path}, a page: it is read in millivolt and its leads are found on it. "
            "Leave it out."
        )
    faults = []
    for _, page in iter_results(path, fs=DEFAULT_FS if fs is None else fs):
        if isinstance(page, EinthovenError):
            faults.append(str(page))
            continue
        warnings = [EXACT if page.exact else APPROXIMATE, *page.warnings]
        if page.n_pages > 1:
            warnings.append(
                f"Page {page.number} of {page.n_pages} was read; einthoven digitize reads all of them."
            )
        return Opened(replace(page.recording, source=str(path), warnings=tuple(warnings)), page)
    raise PageError(faults[0] if len(set(faults)) == 1 else "; ".join(faults))
