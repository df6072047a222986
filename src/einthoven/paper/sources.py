"""Files of pages in, digitised pages out: what the command line, `read` and the service share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from einthoven.errors import EinthovenError, PageError
from einthoven.paper.digitize import DEFAULT_FS, DigitizedPage, digitize
from einthoven.paper.gate import judge
from einthoven.paper.pages import Page, is_page_file, iter_pages

_HEAD = 1024


def page_files(source: Path) -> list[Path]:
    """Return the picture itself, or those of a folder and the folders below, by name.

    Raises:
        PageError: nothing there, or no picture in the folder.
    """
    if not source.exists():
        raise PageError(f"{source}: there is no such file. Check the path.")
    if not source.is_dir():
        return [source]
    found = [path for path in sorted(source.rglob("*")) if path.is_file() and _is_page(path)]
    if not found:
        raise PageError(f"{source}: no picture or PDF in this folder. Name a folder of scans, or a file.")
    return found


def iter_digitized(
    file: Path,
    *,
    pages: Sequence[int] | None = None,
    fs: float = DEFAULT_FS,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> Iterator[tuple[str, DigitizedPage | EinthovenError]]:
    """Digitise each page of a file; one that is no ECG, or fails, gives its error and the others are still done.

    Yields:
        a name (the file's; ``NAME-p2`` in a file of several pages) and the page or the error.
    """
    label = file.stem
    try:
        for page in iter_pages(file, pages=pages):
            label = file.stem if page.n_pages == 1 else f"{file.stem}-p{page.number}"
            try:
                result: DigitizedPage | EinthovenError = digitize_page(
                    page, fs=fs, mm_per_px=mm_per_px, speed=speed, gain=gain
                )
            except EinthovenError as error:
                result = error
            yield label, result
    except EinthovenError as error:
        yield label, error


def digitize_page(
    page: Page,
    *,
    fs: float = DEFAULT_FS,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> DigitizedPage:
    """Ask the gate, then digitise.

    Raises:
        PageError: the picture is no ECG page, with the reasons; or what `digitize` raises.
    """
    verdict = judge(page.pixels)
    if not verdict.accepted:
        raise PageError(f"{page.name} is not read: {'; '.join(verdict.reasons)}.")
    return digitize(page, fs=fs, mm_per_px=mm_per_px, speed=speed, gain=gain)


def write_digitized(page: DigitizedPage, folder: Path, stem: str, kinds: Sequence[str]) -> list[Path]:
    """Write a digitised page as ``csv``, ``wfdb`` or ``png`` (its overlay); return the files."""
    from PIL import Image

    from einthoven.formats import write
    from einthoven.paper.overlay import overlay

    written = []
    for kind in kinds:
        if kind == "csv":
            path = folder / f"{stem}.csv"
            path.write_text(as_table(page), encoding="utf-8")
        elif kind == "wfdb":
            path = folder / f"{stem}.hea"
            write(page.recording, path)
        else:
            path = folder / f"{stem}.overlay.png"
            Image.fromarray(overlay(page)).save(path)
        written.append(path)
    return written


def as_table(page: DigitizedPage) -> str:
    """Return the signals as CSV: lead names, then a line a sample in mV, empty where the page shows nothing."""
    lines = [",".join(page.recording.leads)]
    for sample in page.recording.signals.T.tolist():
        lines.append(",".join("" if np.isnan(value) else f"{value:.4f}" for value in sample))
    return "\n".join(lines) + "\n"


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        return is_page_file(file.read(_HEAD))
