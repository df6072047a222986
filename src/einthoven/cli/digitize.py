"""``einthoven digitize``: ECGs on paper to signals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cyclopts import App

from einthoven.cli.console import (
    EXIT_FAILED,
    UsageError,
    choose,
    progress,
    report_error,
    require_rate_is_positive,
    split_names,
    stderr,
    stdout,
)
from einthoven.errors import EinthovenError

if TYPE_CHECKING:
    from einthoven.paper.files import PageResult

FORMATS = ("csv", "wfdb", "png")

app = App(
    name="digitize",
    help_epilogue="""\
Examples:

    einthoven digitize scan.png --out signals
    einthoven digitize photos/*.jpg --out signals --format csv,wfdb,png
    einthoven digitize report.pdf --pages 2 --out signals
    einthoven digitize nogrid.png --mm-per-px 0.127 --speed 25 --gain 10 --out signals

Look at NAME.overlay.png to see whether to believe the signals. Exit status 1 if a page failed.
""",
)


@app.default
def digitize(
    *images: str,
    out: Path,
    format: str = "csv,png",
    fs: float = 500.0,
    pages: str | None = None,
    mm_per_px: float | None = None,
    speed: float | None = None,
    gain: float | None = None,
) -> int:
    """Read the signals from pictures and PDF pages of ECGs on paper.

    Parameters
    ----------
    images
        Scans, photos, drawings, PDFs (PNG, JPEG, BMP, GIF, TIFF, WEBP, PDF), folders of them.
    out
        Folder for the results.
    format
        csv (a column a lead, mV, empty where the page shows nothing), wfdb, png (what was read, on the page).
    fs
        Sampling rate of the result, Hz.
    pages
        Pages of a PDF, separated by commas: 1,3. Default: all.
    mm_per_px
        Scale of the picture, for paper without a visible grid.
    speed
        Paper speed in mm/s, where the page does not show it.
    gain
        mm/mV, where the page does not show it.
    """
    from einthoven.paper.files import iter_results, page_files

    if not images:
        raise UsageError("Name at least one picture, PDF or folder of them.")
    require_rate_is_positive(fs)
    kinds = choose(split_names(format) or [], FORMATS, "format")
    numbers = _numbers(pages)
    files, failed = [], 0
    for image in images:
        try:
            files += page_files(Path(image))
        except EinthovenError as error:
            report_error(image, error)
            failed += 1
    stems: Counter[str] = Counter()
    console = stdout()
    with progress(len(files)) as bar:
        task = bar.add_task("starting", total=len(files))
        for file in files:
            bar.update(task, description=file.name)
            for label, result in iter_results(
                file, pages=numbers, fs=fs, mm_per_px=mm_per_px, speed=speed, gain=gain
            ):
                try:
                    if isinstance(result, EinthovenError):
                        raise result
                    stems[label] += 1
                    stem = label if stems[label] == 1 else f"{label}-{stems[label]}"
                    written = _write(result, out, stem, kinds)
                except EinthovenError as error:
                    report_error(label if label != file.stem else file, error)
                    failed += 1
                    continue
                console.print(
                    _line(file.name if label == file.stem else label, result), markup=False, soft_wrap=True
                )
                for warning in result.warnings:
                    console.print(f"  {warning}", markup=False, soft_wrap=True)
                for path in written:
                    stderr().print(f"wrote {path}", markup=False, soft_wrap=True)
            bar.advance(task)
    return EXIT_FAILED if failed else 0


def _line(name: str, page: PageResult) -> str:
    sure = sum(lead.confidence >= 0.7 for lead in page.leads)
    law = f", Einthoven's law within {max(page.checks.values()):.3f} mV" if page.checks else ""
    return (
        f"{name}: {page.layout}, {page.speed:g} mm/s, {page.gain:g} mm/mV, {len(page.leads)} leads "
        f"({sure} of them sure), {page.recording.duration:.1f} s{law}"
    )


def _write(page: PageResult, folder: Path, stem: str, kinds: list[str]) -> list[Path]:
    """Write a page as ``csv``, ``wfdb`` or ``png`` (what was read, drawn on it); return the files."""
    from PIL import Image

    from einthoven.formats import write
    from einthoven.paper.files import as_table

    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            if kind == "csv":
                path = folder / f"{stem}.csv"
                path.write_text(as_table(page.recording), encoding="utf-8")
            elif kind == "wfdb":
                path = folder / f"{stem}.hea"
                write(page.recording, path)
            else:
                path = folder / f"{stem}.overlay.png"
                Image.fromarray(page.overlay()).save(path, compress_level=2)
            written.append(path)
    except OSError as error:
        raise EinthovenError(
            f"{error.filename or folder}: cannot be written ({error.strerror}). Choose another --out."
        ) from error
    return written


def _numbers(pages: str | None) -> list[int] | None:
    if pages is None:
        return None
    try:
        return [int(word) for word in split_names(pages) or []]
    except ValueError:
        raise UsageError(f"--pages {pages}: allowed are page numbers, such as 1,3.") from None
