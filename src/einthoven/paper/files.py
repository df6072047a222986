"""Files of pages in, signals out: the way of a page through gate, vectors or digitiser."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import EinthovenError, PageError
from einthoven.paper.digitize import DEFAULT_FS, DigitizedLead, DigitizedPage, digitize
from einthoven.paper.ecg_evidence import why_no_ecg
from einthoven.paper.gate import judge
from einthoven.paper.overlay import overlay, vector_overlay
from einthoven.paper.pages import Page, is_page_file, iter_pages
from einthoven.paper.vector_pdf import VectorPage, read_vector_page
from einthoven.recording import Recording

_HEAD = 1024
_PDF = b"%PDF-"

UInt8 = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class PageResult:
    """A page as signals.

    Attributes:
        recording: millivolt, NaN where the page shows nothing; columns follow each other in time.
        leads: in the order of the recording, with confidence.
        layout: ``3x4+1`` and so on.
        speed: mm/s.
        gain: mm/mV.
        checks: Einthoven's law: rms in mV of what should be zero.
        warnings: in words.
        exact: read from vectors, not from a picture.
        number, n_pages: which page of how many.
        pixels: the page as a picture, RGB.
        overlay: draws what was read on the page, RGB.
    """

    recording: Recording
    leads: tuple[DigitizedLead, ...]
    layout: str
    speed: float
    gain: float
    checks: dict[str, float]
    warnings: tuple[str, ...]
    exact: bool
    number: int
    n_pages: int
    pixels: UInt8 = field(repr=False)
    overlay: Callable[[], UInt8] = field(repr=False)


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


def iter_results(
    file: Path,
    *,
    pages: Sequence[int] | None = None,
    fs: float = DEFAULT_FS,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> Iterator[tuple[str, PageResult | EinthovenError]]:
    """Read each page of a file; one that is no ECG, or fails, gives its error and the others are still done.

    Yields:
        a name (the file's; ``NAME-p2`` in a file of several pages) and the result or the error.
    """
    label = file.stem
    with_vectors = _is_pdf(file)
    try:
        for page in iter_pages(file, pages=pages):
            label = file.stem if page.n_pages == 1 else f"{file.stem}-p{page.number}"
            try:
                drawn = read_vector_page(file, page.number, fs=fs) if with_vectors else None
                result: PageResult | EinthovenError = (
                    from_vectors(drawn, page)
                    if drawn is not None
                    else read_picture(page, fs=fs, mm_per_px=mm_per_px, speed=speed, gain=gain)
                )
            except EinthovenError as error:
                result = error
            yield label, result
    except EinthovenError as error:
        yield label, error


def read_picture(
    page: Page,
    *,
    fs: float = DEFAULT_FS,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> PageResult:
    """Ask the gate, then digitise; where the gate was in doubt, what was read decides.

    Raises:
        PageError: the picture is no ECG page, with the reasons; or what `digitize` raises.
    """
    verdict = judge(page.pixels)
    refused = PageError(f"{page.name} is not read: {'; '.join(verdict.reasons).rstrip('.')}.")
    if not verdict.accepted and verdict.certain:
        raise refused
    try:
        digitized = digitize(page, fs=fs, mm_per_px=mm_per_px, speed=speed, gain=gain)
    except PageError as error:
        if verdict.accepted:
            raise
        raise refused from error
    if not verdict.certain:
        doubt = why_no_ecg(digitized, strict=not verdict.accepted)
        if doubt:
            raise refused if not verdict.accepted else PageError(f"{page.name} is not read: {doubt}.")
    return from_digitizer(digitized, page)


def from_digitizer(digitized: DigitizedPage, page: Page) -> PageResult:
    return PageResult(
        digitized.recording, digitized.leads, digitized.layout, digitized.speed, digitized.gain,
        digitized.checks, digitized.warnings, False, page.number, page.n_pages, page.pixels,
        lambda: overlay(digitized),
    )  # fmt: skip


def from_vectors(drawn: VectorPage, page: Page) -> PageResult:
    leads = tuple(DigitizedLead(name, 1.0, True, ()) for name in drawn.recording.leads)
    return PageResult(
        drawn.recording, leads, drawn.layout, drawn.speed, drawn.gain, drawn.checks, drawn.notes, True,
        page.number, page.n_pages, page.pixels, lambda: vector_overlay(drawn, page),
    )  # fmt: skip


def as_table(recording: Recording) -> str:
    """Return signals as CSV: lead names, then a line a sample in mV, empty where the page shows nothing."""
    lines = [",".join(recording.leads)]
    for sample in recording.signals.T.tolist():
        lines.append(",".join("" if np.isnan(value) else f"{value:.4f}" for value in sample))
    return "\n".join(lines) + "\n"


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        return is_page_file(file.read(_HEAD))


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return _PDF in file.read(_HEAD)
    except OSError:  # loading its pages gives the error with its reason
        return False
