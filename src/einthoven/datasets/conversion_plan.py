"""What converting a folder of recordings comes to: which file becomes which, and what is left out at once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from einthoven.datasets.ptb_xl import PtbXl, PtbXlRecord, read_ptb_xl
from einthoven.datasets.ptb_xl_labels import superclasses
from einthoven.errors import DataError

SUFFIXES = {"csv": ".csv", "edf": ".edf", "wfdb": ".hea"}
PLAIN_COLUMNS = ("path", "source")
LABELLED_COLUMNS = ("path", "age", "sex", "label", "ecg_id", "patient", "fold")

Why = Literal["no file", "no row", "faulty row", "broken", "remark"]


@dataclass(frozen=True, slots=True)
class Job:
    """One recording to convert.

    Attributes:
        source: path to read.
        target: where to, below the folder to write, with ``/``.
        cells: of its row in the index, after the path.
        rate: Hz a record of PTB-XL must have; 0 where anything is right.
        ecg_id: of a record of PTB-XL.
    """

    source: str
    target: str
    cells: tuple[str, ...]
    rate: int = 0
    ecg_id: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the report: what was left out, or converted with a remark, and why."""

    file: str
    ecg_id: str
    why: Why
    what: str


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        jobs: in order of targets' publication.
        columns: of the index.
        skipped: what is known to be left out before anything is read.
    """

    jobs: list[Job]
    columns: tuple[str, ...]
    skipped: list[Entry] = field(default_factory=list)


def plan_folder(folder: Path, out: Path, to: str) -> Plan:
    """Plan to convert every recording below a folder that can be recognised.

    Raises:
        DataError: there is none.
    """
    from einthoven.formats import discover

    sources = [path for path in discover(folder, recursive=True) if not path.is_relative_to(out)]
    if not sources:
        raise DataError(f"{folder} holds no recordings of a format that is read. Name another folder.")
    stems = [path.relative_to(folder).with_suffix("").as_posix() for path in sources]
    often = Counter(stems)
    taken: set[str] = set()
    jobs = []
    for path, stem in zip(sources, stems, strict=True):
        name = stem if often[stem] == 1 else f"{stem}{path.suffix.replace('.', '_')}"
        while name in taken:
            name += "_"
        taken.add(name)
        jobs.append(Job(str(path), f"{name}{SUFFIXES[to]}", (path.relative_to(folder).as_posix(),)))
    return Plan(jobs, PLAIN_COLUMNS)


def plan_ptb_xl(folder: Path, out: Path, to: str, metadata: Path, rate: int | None) -> Plan:
    """Plan to convert the records that the metadata of PTB-XL name.

    Args:
        folder: the root, or a folder in it (then only what is in there counts).
        out: where to write; what is below is not looked at.
        to: format.
        metadata: ``ptbxl_database.csv``; a relative path may also start from ``folder``.
        rate: 100 or 500 Hz; default: what ``folder`` holds alone, else 100.

    Raises:
        DataError: the metadata cannot be used, or name nothing in ``folder``.
    """
    database = metadata if metadata.is_file() else folder / metadata
    if not database.is_file():
        raise DataError(f"{metadata} is not there, neither here nor in {folder}. Check the path.")
    database = database.resolve()
    base = database.parent if folder.is_relative_to(database.parent) else folder
    ptb_xl = read_ptb_xl(base, database)
    below = "" if folder == base else f"{folder.relative_to(base).as_posix()}/"
    if rate is None:
        inside = (record for record in ptb_xl.records if record.file_100.startswith(below))
        rate = 100 if any(_is_here(base, record, 100) for record in inside) else 500
    records = [record for record in ptb_xl.records if record.file(rate).startswith(below)]
    if not records:
        raise DataError(f"{database} names no record at {rate} Hz below {folder}. Name the set's root.")
    skipped = [
        Entry(database.name, fault.ecg_id, "faulty row", f"line {fault.line}: {fault.what}")
        for fault in ptb_xl.faults
        if not fault.kept
    ]
    jobs = []
    for record in records:
        source = f"{base / record.file(rate)}.hea"
        if _is_here(base, record, rate):
            target = f"{record.file(rate)}{SUFFIXES[to]}"
            jobs.append(Job(source, target, _cells(record, ptb_xl), rate, str(record.ecg_id)))
        else:
            told = f"{database.name} has a row, no file is there"
            skipped.append(Entry(record.file(rate), str(record.ecg_id), "no file", told))
    if not jobs:
        raise DataError(f"None of the {len(records):,} records at {rate} Hz of {database} is in {folder}.")
    named = {file for record in ptb_xl.records for file in (record.file_100, record.file_500)}
    told = f"no row of {database.name} that can be used names it"
    found = sorted(set(_headers(folder, base, out)) - named)
    skipped += [Entry(name, "", "no row", told) for name in found]
    return Plan(jobs, LABELLED_COLUMNS, skipped)


def _is_here(base: Path, record: PtbXlRecord, rate: int) -> bool:
    path = f"{base / record.file(rate)}"
    return os.path.exists(f"{path}.hea") or os.path.exists(f"{path}.dat")  # noqa: PTH110 - 44,000 times


def _cells(record: PtbXlRecord, ptb_xl: PtbXl) -> tuple[str, ...]:
    """Return age, sex, label (1: a statement of superclass MI, whatever its likelihood) and who it is."""
    label = "1" if "MI" in superclasses(record, ptb_xl.statements) else "0"
    age = "" if record.age is None else f"{record.age:g}"
    return age, record.sex or "", label, str(record.ecg_id), str(record.patient), str(record.fold)


def _headers(folder: Path, base: Path, without: Path) -> Iterator[str]:
    """Give the name of every header below ``folder``, without suffix, as the metadata would name it."""
    for here, folders, files in os.walk(folder):
        path = Path(here)
        folders[:] = [name for name in folders if path / name != without]
        prefix = "" if path == base else f"{path.relative_to(base).as_posix()}/"
        yield from (f"{prefix}{name[:-4]}" for name in files if name.endswith(".hea"))


def require_format(to: str, allowed: Collection[str] = tuple(SUFFIXES)) -> None:
    """Refuse a format that is not written.

    Raises:
        DataError: it is not.
    """
    from einthoven.errors import did_you_mean

    if to not in allowed:
        raise DataError(
            f"Format {to!r} is not written; allowed: {', '.join(allowed)}.{did_you_mean(to, tuple(allowed))}"
        )
