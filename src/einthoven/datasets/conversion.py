"""A folder of recordings into another format, in several processes; what is done is not done again."""

from __future__ import annotations

import csv
import errno
import io
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from einthoven.datasets.conversion_plan import (
    SUFFIXES,
    Entry,
    Job,
    Plan,
    Why,
    plan_folder,
    plan_ptb_xl,
    require_format,
)
from einthoven.datasets.parallel import in_processes
from einthoven.errors import DataError, EinthovenError

INDEX, REPORT = "index.csv", "index-report.csv"
REPORT_COLUMNS = ("file", "ecg_id", "why", "what")
_CHUNK = 16  # recordings that a process converts at a time
_STALE = 3600.0  # s: what a killed run left

OnState = Callable[[int, int], None]  # how many are done, of how many


@dataclass(frozen=True, slots=True)
class Statements:
    """What the caller states of recordings that do not say it themselves."""

    fs: float | None = None
    unit: str | None = None
    leads: tuple[str, ...] | None = None


@dataclass
class Converted:
    """What a conversion did.

    Attributes:
        out: the folder written.
        n_written: recordings converted now.
        n_kept: recordings that were there from before, younger than what they were made of.
        report: what was left out, and remarks of the reader.
    """

    out: Path
    n_written: int = 0
    n_kept: int = 0
    report: list[Entry] = field(default_factory=list)

    @property
    def skipped(self) -> list[Entry]:
        """Return what was left out."""
        return [entry for entry in self.report if entry.why != "remark"]


def convert_folder(
    folder: Path,
    out: Path,
    to: str,
    *,
    metadata: Path | None = None,
    rate: int | None = None,
    stated: Statements | None = None,
    jobs: int | None = None,
    overwrite: bool = False,
    on_state: OnState | None = None,
) -> Converted:
    """Convert every recording of a folder, and write an index of them and a report on the others.

    Each file is written whole or not at all. One that is there already and is younger than its source is
    kept, so that a conversion that was broken off goes on where it stopped. ``index.csv`` has a row a
    recording: path and source; with ``metadata`` path, age, sex, label (1: a statement of superclass MI is
    present, with any likelihood; else 0), ``ecg_id``, patient, fold. ``index-report.csv``
    lists what was left out and why.

    Args:
        folder: where the recordings are, at any depth.
        out: where to write; folders in it are as in ``folder`` (with metadata: as the metadata have it).
        to: ``csv``, ``edf`` or ``wfdb``.
        metadata: ``ptbxl_database.csv`` of PTB-XL; ``scp_statements.csv`` must be beside it.
        rate: with metadata, 100 or 500 Hz.
        stated: sampling rate, unit and leads where the files do not state them.
        jobs: processes; default: one a core.
        overwrite: convert again what is there already.
        on_state: is told how many recordings are done, and of how many.

    Raises:
        DataError: nothing to convert, metadata that cannot be used, a folder that cannot be written, a full
            disk.
    """
    require_format(to)
    folder, out = folder.expanduser().resolve(), out.expanduser().resolve()
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder.")
    if out == folder:
        raise DataError(f"{out} is the folder to read. Name another one to write.")
    if out.exists() and not out.is_dir():
        raise DataError(f"{out} is a file. A folder is converted into a folder; name one.")
    if metadata is not None:
        plan = plan_ptb_xl(folder, out, to, metadata.expanduser(), rate)
    else:
        plan = plan_folder(folder, out, to)
    _make_folders(out, plan.jobs)
    _remove_leftovers(out, SUFFIXES[to])
    told = on_state or (lambda n_done, of: None)
    todo = [job for job in plan.jobs if overwrite or not _is_done(job, out)]
    result = Converted(out, n_kept=len(plan.jobs) - len(todo), report=list(plan.skipped))
    again = {job.source for job in todo}
    result.report += [entry for entry in _earlier_remarks(out) if entry.file not in again]
    broken = set()
    n_done = result.n_kept
    told(n_done, len(plan.jobs))
    work = [
        _Work(tuple(todo[start : start + _CHUNK]), str(out), to, stated or Statements())
        for start in range(0, len(todo), _CHUNK)
    ]
    for part, outcomes in zip(work, in_processes(_convert_some, work, jobs), strict=True):
        for job, (why, what) in zip(part.jobs, outcomes, strict=True):
            if why:
                result.report.append(Entry(job.source, job.ecg_id, why, what))
            if why == "broken":
                broken.add(job.target)
            else:
                result.n_written += 1
        n_done += len(part.jobs)
        told(n_done, len(plan.jobs))
    _write_lists(out, plan, broken, result.report)
    return result


@dataclass(frozen=True, slots=True)
class _Work:
    jobs: tuple[Job, ...]
    out: str
    to: str
    stated: Statements


def _convert_some(work: _Work) -> list[tuple[Why | None, str]]:
    """Run in another process: an unreadable recording is a result, a disk that cannot be written an error."""
    outcomes: list[tuple[Why | None, str]] = []
    for job in work.jobs:
        try:
            warnings = _convert_one(job, Path(work.out), work.to, work.stated)
        except _BrokenError as error:
            outcomes.append(("broken", str(error)))
            continue
        outcomes.append(("remark", " ".join(warnings)) if warnings else (None, ""))
    return outcomes


class _BrokenError(Exception):
    """A recording cannot be converted."""


def _convert_one(job: Job, out: Path, to: str, stated: Statements) -> tuple[str, ...]:
    from einthoven.datasets.ptb_xl import require_shape
    from einthoven.formats import read, write

    target = out / job.target
    try:
        if job.rate:
            for needed in (Path(job.source), Path(job.source).with_suffix(".dat")):
                if not needed.is_file():
                    raise DataError(f"{needed} is not there.")
        recording = read(job.source, fs=stated.fs, unit=stated.unit, leads=stated.leads)
        if job.rate:
            require_shape(recording, job.rate)
    except EinthovenError as error:
        raise _BrokenError(str(error)) from error
    try:
        write(recording, target, format=to)
    except EinthovenError as error:
        raise _BrokenError(f"{target}: {error}") from error
    except OSError as error:
        raise _cannot_be_written(target, error) from error
    return recording.warnings


def _is_done(job: Job, out: Path) -> bool:
    target = out / job.target
    wanted = [target, target.with_suffix(".dat")] if target.suffix == ".hea" else [target]
    try:
        written = min(path.stat().st_mtime_ns for path in wanted)
    except OSError:
        return False
    sources = [Path(job.source)]
    if sources[0].suffix.lower() == ".hea":
        sources.append(sources[0].with_suffix(".dat"))
    return all(not path.is_file() or path.stat().st_mtime_ns <= written for path in sources)


def _make_folders(out: Path, jobs: Sequence[Job]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for folder in sorted({(out / job.target).parent for job in jobs}):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_be_written(out, error) from error


def _remove_leftovers(out: Path, suffix: str) -> None:
    """Remove what a run that was killed was just writing."""
    for left in out.rglob(f".*{suffix}.????????"):
        if left.is_file() and time.time() - left.stat().st_mtime > _STALE:
            left.unlink(missing_ok=True)


def _earlier_remarks(out: Path) -> list[Entry]:
    """Return the remarks on what an earlier run converted; they are not found again."""
    try:
        with (out / REPORT).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if len(row) == len(REPORT_COLUMNS)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []  # without it, nothing but these remarks is lost
    return [Entry(file, ecg_id, "remark", what) for file, ecg_id, why, what in rows if why == "remark"]


def _write_lists(out: Path, plan: Plan, broken: set[str], report: Sequence[Entry]) -> None:
    rows = ((job.target, *job.cells) for job in plan.jobs if job.target not in broken)
    _write_csv(out / INDEX, plan.columns, rows)
    lines = ((entry.file, entry.ecg_id, entry.why, entry.what) for entry in report)
    _write_csv(out / REPORT, REPORT_COLUMNS, lines)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text.getvalue(), encoding="utf-8", newline="")
        fresh.replace(path)
    except OSError as error:
        raise _cannot_be_written(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


def _cannot_be_written(path: Path, error: OSError) -> DataError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DataError(
            f"The disk is full: {path} cannot be written. What is converted is kept; make room and run the "
            "command again to go on."
        )
    return DataError(f"{path} cannot be written ({error.strerror or error}). Name another folder.")
