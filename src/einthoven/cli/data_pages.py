"""``einthoven data pages``: pages of paper with exact truth, made from recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.cli.console import (
    EXIT_FAILED,
    UsageError,
    choose,
    progress,
    report_error,
    require_rate_is_positive,
    stdout,
)
from einthoven.errors import EinthovenError

if TYPE_CHECKING:
    import numpy as np

    from einthoven.paper.specimen import Specimen
    from einthoven.recording import Recording

SEVERITIES = ("none", "light", "medium", "hard")
PAGE_FROM = 8  # standard leads that make a 12-lead page; else strips are drawn


def make_pages(
    *records: str,
    out: Path,
    count: int | None = None,
    severity: str = "none",
    seed: int = 0,
    fs: float = 500.0,
) -> int:
    """Draw recordings as pages of many looks, with what they show as numbers, to measure digitisers with.

    Writes NAME.png, NAME.csv (one column a lead, mV, empty where the page
    shows nothing) and NAME.json (layout, scale, places of the leads).
    The same seed and recordings give the same pages, on machines with the
    same fonts.

    Parameters
    ----------
    records
        Files, folders, globs or URLs. Those with fewer than 8 standard leads become rhythm strips.
    out
        Folder for the pages (made if it does not exist).
    count
        How many pages; recordings come again where there are fewer. Default: one of each.
    severity
        What happens to the paper and the picture: none, light (scan), medium (photograph), hard.
    seed
        Number that decides all that is left to chance.
    fs
        Rows a second of the CSV files.
    """
    from einthoven.analysis import expand

    if not records:
        raise UsageError("Name at least one file, folder, glob or URL.")
    require_rate_is_positive(fs)
    choose([severity], SEVERITIES, "severity")
    if count is not None and count < 1:
        raise UsageError(f"--count {count}: allowed are 1 and more.")
    targets, failed = [], 0
    for source, error in expand(records):
        if error is None:
            targets.append(source)
        else:
            report_error(source, error)
            failed += 1
    if not targets:
        return EXIT_FAILED
    n_pages = len(targets) if count is None else count
    maker = _Maker(out, severity, seed, fs)
    with progress(n_pages) as bar:
        task = bar.add_task("pages", total=n_pages)
        for number, target in enumerate(islice(_again_and_again(targets), n_pages)):
            try:
                maker.make(target, number)
            except EinthovenError as error:
                report_error(target, error)
                failed += 1
            bar.advance(task)
    stdout().print(f"{maker.written} pages are in {out}", markup=False, soft_wrap=True)
    return EXIT_FAILED if failed else 0


def _again_and_again(targets: list[str]) -> Iterator[str]:
    while True:
        yield from targets


class _Maker:
    """Makes one page after the other, never two of one name."""

    def __init__(self, folder: Path, severity: str, seed: int, fs: float) -> None:
        self.folder = folder
        self.severity = severity
        self.seed = seed
        self.fs = fs
        self.written = 0
        self._stems: Counter[str] = Counter()

    def make(self, target: str, number: int) -> None:
        """Make page ``number`` of a recording; what is left to chance depends on the number alone.

        Raises:
            EinthovenError: the recording cannot be read or drawn, or the page not written.
        """
        import numpy as np

        from einthoven.formats import read
        from einthoven.paper.specimen_files import write_specimen
        from einthoven.report import file_stem

        recording = read(target)
        page = self._page(recording, np.random.default_rng([self.seed, number]))
        stem = file_stem(recording.name)
        self._stems[stem] += 1
        name = stem if self._stems[stem] == 1 else f"{stem}-{self._stems[stem]}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_specimen(page, self.folder, name, self.fs)
        except OSError as error:
            raise EinthovenError(
                f"{error.filename or self.folder}: cannot be written ({error.strerror}). "
                "Choose another folder with --out."
            ) from error
        self.written += 1

    def _page(self, recording: Recording, rng: np.random.Generator) -> Specimen:
        from einthoven.paper.degrade import degrade
        from einthoven.paper.specimen import draw_specimen, random_style
        from einthoven.recording import STANDARD_LEADS

        # Where all columns show the same seconds, nothing on the page says so: no truth could be asked for.
        style = replace(random_style(rng), sequential=True)
        if sum(lead in STANDARD_LEADS for lead in recording.leads) < PAGE_FROM:
            style = replace(style, layout="strip", rhythm=recording.leads[:3])
        page = draw_specimen(recording, style, rng)
        return page if self.severity == "none" else degrade(page, self.severity, rng)  # type: ignore[arg-type]
