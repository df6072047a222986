"""PTB-XL as its publisher lays it out: records, patients, folds, SCP statements; its signals.

Wagner P et al. PTB-XL, a large publicly available electrocardiography dataset. Scientific Data 7:154, 2020.
doi:10.1038/s41597-020-0495-6. Versions 1.0.1 (21,837 records) and 1.0.3 (21,799) are read alike. Labels for
training are made of this in `einthoven.datasets.ptb_xl_labels`.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from einthoven.datasets.ptb_xl_labels import SUPERCLASSES, TASKS, Labels, labels
from einthoven.errors import DataError

if TYPE_CHECKING:
    from einthoven.recording import Recording

__all__ = [
    "DATABASE", "RATES", "STATEMENTS", "SUPERCLASSES", "TASKS", "Fault", "Labels", "PtbXl", "PtbXlRecord",
    "Statement", "labels", "load_signals", "parse_codes", "patient_of", "read_ptb_xl", "read_statements",
]  # fmt: skip

DATABASE = "ptbxl_database.csv"
STATEMENTS = "scp_statements.csv"
RATES = (100, 500)
N_FOLDS = 10
DURATION_S = 10

_ENTRY = r"""(?:'([^']*)'|"([^"]*)")\s*:\s*([+-]?\d+(?:\.\d*)?)"""
_CODES = re.compile(rf"\{{\s*(?:{_ENTRY}\s*(?:,\s*{_ENTRY}\s*)*,?\s*)?\}}")
_COLUMNS = ("ecg_id", "patient_id", "age", "sex", "scp_codes", "strat_fold", "filename_lr", "filename_hr")
_STATEMENT_COLUMNS = (
    "description",
    "diagnostic",
    "form",
    "rhythm",
    "diagnostic_class",
    "diagnostic_subclass",
)
_SEX: dict[int, Literal["male", "female"]] = {0: "male", 1: "female"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of ``scp_statements.csv``.

    Attributes:
        code: such as ``IMI``; what ``scp_codes`` of a record names.
        description: in words.
        diagnostic: it is a diagnostic statement; then it has a superclass and a subclass.
        form: it says something of the form of the waves. Some are diagnostic too.
        rhythm: it says something of the rhythm.
        superclass: ``NORM MI STTC CD HYP``, or empty.
        subclass: such as ``AMI``, or empty.
    """

    code: str
    description: str
    diagnostic: bool
    form: bool
    rhythm: bool
    superclass: str
    subclass: str


@dataclass(frozen=True, slots=True)
class PtbXlRecord:
    """One row of ``ptbxl_database.csv``.

    Attributes:
        ecg_id: its number, from 1.
        patient: number of the patient; several records can be of one.
        age: years, as published (later versions write 300 for all above 89); None where it is not known.
        sex: None where it is not known.
        fold: of the official split, 1 to 10; 9 is meant for choosing, 10 for the final figures, both were
            seen by a human. All records of a patient are in one fold.
        scp_codes: statement → likelihood in percent, 0 where none was given.
        file_100, file_500: paths below the data set's folder, with ``/`` and no extension.
    """

    ecg_id: int
    patient: int
    age: float | None
    sex: Literal["male", "female"] | None
    fold: int
    scp_codes: dict[str, float]
    file_100: str
    file_500: str

    def file(self, rate: int) -> str:
        """Return the path at 100 or 500 Hz.

        Raises:
            DataError: any other rate.
        """
        _require_rate(rate)
        return self.file_100 if rate == 100 else self.file_500


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one row of the metadata.

    Attributes:
        line: number of its line in the file.
        ecg_id: as the row writes it.
        what: a sentence.
        kept: the record could be used nevertheless.
    """

    line: int
    ecg_id: str
    what: str
    kept: bool = False

    def __str__(self) -> str:
        return f"line {self.line}, ecg_id {self.ecg_id or '(empty)'}: {self.what}"


@dataclass(frozen=True, eq=False)
class PtbXl:
    """The metadata of PTB-XL.

    Attributes:
        folder: its root.
        records: in order of ``ecg_id``.
        statements: by code.
        faults: rows that could not be used, or not wholly.
    """

    folder: Path
    records: tuple[PtbXlRecord, ...]
    statements: dict[str, Statement]
    faults: tuple[Fault, ...] = field(default=())

    @cached_property
    def by_id(self) -> dict[int, PtbXlRecord]:
        """Return ``ecg_id`` → record."""
        return {record.ecg_id: record for record in self.records}

    def here(self, rate: int) -> tuple[PtbXlRecord, ...]:
        """Return the records whose header and signal file are there at 100 or 500 Hz."""
        _require_rate(rate)
        below = str(self.folder)  # a Path for each of 44,000 files would take seconds
        return tuple(
            record
            for record in self.records
            if all(os.path.isfile(f"{below}/{record.file(rate)}{suffix}") for suffix in (".hea", ".dat"))  # noqa: PTH113
        )


def read_ptb_xl(folder: Path | str, database: Path | None = None) -> PtbXl:
    """Read the metadata; no signals are read, and none need be there.

    Args:
        folder: the root, which holds ``ptbxl_database.csv`` and ``scp_statements.csv``.
        database: another file instead of ``ptbxl_database.csv``; the statements are looked for beside it.

    Raises:
        DataError: one of the two is absent, is no such table, or has no usable row. A row that cannot be used
            is no error: it is listed in ``faults``.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError(
            f"{folder} is not a folder. Give the root of PTB-XL, which holds {DATABASE}; to get it: "
            "einthoven data get ptb-xl"
        )
    path = database or folder / DATABASE
    statements = read_statements(path.with_name(STATEMENTS))
    records: dict[int, PtbXlRecord] = {}
    files: set[str] = set()
    faults: list[Fault] = []
    for line, row in _rows(path, _COLUMNS):
        try:
            record = _record(row)
            if record.ecg_id in records:
                raise _FaultyRowError(f"ecg_id {record.ecg_id} was there before; the first row counts")
            again = files.intersection((record.file_100, record.file_500))
            if again:
                raise _FaultyRowError(f"{min(again)} was named before; the first row counts")
        except _FaultyRowError as error:
            faults.append(Fault(line, row["ecg_id"], str(error)))
            continue
        records[record.ecg_id] = record
        files.update((record.file_100, record.file_500))
        unknown = [code for code in record.scp_codes if code not in statements]
        if unknown:
            told = f"{STATEMENTS} does not have {', '.join(unknown)}, which count nowhere"
            faults.append(Fault(line, row["ecg_id"], told, kept=True))
    if not records:
        first = f" The first fault: {faults[0]}." if faults else ""
        raise DataError(f"{path} has no usable row.{first} Download it again: einthoven data get ptb-xl")
    ordered = tuple(records[ecg_id] for ecg_id in sorted(records))
    return PtbXl(folder, ordered, statements, tuple(faults))


def read_statements(path: Path) -> dict[str, Statement]:
    """Read ``scp_statements.csv``.

    Returns:
        Code → statement, in the order of the file.

    Raises:
        DataError: it is not there, is no such table, or contradicts itself.
    """
    statements: dict[str, Statement] = {}
    for line, row in _rows(path, _STATEMENT_COLUMNS, key=0):
        code = row[""].strip()
        if not code:
            raise DataError(f"{path} line {line} has no code in its first column.")
        if code in statements:
            raise DataError(f"{path} line {line}: {code} was there before.")
        kinds: dict[str, bool] = {}
        for kind in ("diagnostic", "form", "rhythm"):
            if row[kind].strip() not in ("", "0", "0.0", "1", "1.0"):
                raise DataError(f"{path} line {line}: {kind} is {row[kind]!r}; allowed are 1.0 and nothing.")
            kinds[kind] = row[kind].strip() in ("1", "1.0")
        diagnostic = kinds["diagnostic"]
        superclass, subclass = row["diagnostic_class"].strip(), row["diagnostic_subclass"].strip()
        if diagnostic and (superclass not in SUPERCLASSES or not subclass):
            raise DataError(
                f"{path} line {line}: {code} is diagnostic, of class {superclass!r} and subclass "
                f"{subclass!r}; allowed classes are {', '.join(SUPERCLASSES)}, and a subclass is needed."
            )
        if not diagnostic:
            superclass = subclass = ""
        statements[code] = Statement(
            code, row["description"].strip(), diagnostic, kinds["form"], kinds["rhythm"], superclass, subclass
        )
    if not statements:
        raise DataError(f"{path} holds no statements. Download it again: einthoven data get ptb-xl")
    return statements


def load_signals(ptb_xl: PtbXl, record: PtbXlRecord, rate: int) -> Recording:
    """Read one record at 100 or 500 Hz: 12 leads with standard names, millivolt, as the publisher has it.

    The files at 100 Hz are the publisher's own reduction, not every fifth sample of those at 500 Hz.

    Raises:
        DataError: a file is not there, or the record is not 10 s of 12 leads at this rate.
        FormatError: a file is damaged.
    """
    from einthoven.formats import read

    path = ptb_xl.folder / f"{record.file(rate)}.hea"
    for needed in (path, path.with_suffix(".dat")):
        if not needed.is_file():
            raise DataError(f"{needed} is not there. Get it: einthoven data get ptb-xl")
    recording = read(path)
    require_shape(recording, rate)
    return recording


def require_shape(recording: Recording, rate: int) -> None:
    """Refuse what is not a record of PTB-XL: 12 standard leads, 10 s, at ``rate`` Hz, nothing missing.

    Raises:
        DataError: it is not.
    """
    from einthoven.recording import STANDARD_LEADS

    if recording.fs != rate:
        raise DataError(f"{recording.source} has {recording.fs:g} Hz, not {rate} Hz.")
    if sorted(recording.leads) != sorted(STANDARD_LEADS):
        raise DataError(
            f"{recording.source} has the leads {', '.join(recording.leads)}; needed are the standard 12."
        )
    cut_short = [warning for warning in recording.warnings if "the rest is missing" in warning]
    if recording.n_samples != rate * DURATION_S or cut_short:
        told = f": {cut_short[0]}" if cut_short else "."
        raise DataError(
            f"{recording.source} has {recording.n_samples} samples, not {rate * DURATION_S} "
            f"({DURATION_S} s at {rate} Hz){told}"
        )


def patient_of(folder: Path, record: str) -> int:
    """Return the number of the patient of a record such as ``records100/00000/00001_lr``.

    Raises:
        DataError: the metadata is absent or does not name the record.
    """
    patients = _patients(folder, _changed(folder / DATABASE))
    if record not in patients:
        raise DataError(f"{folder / DATABASE} has no usable row for {record}, and only it says whose it is.")
    return patients[record]


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=2)
def _patients(folder: Path, changed: int) -> dict[str, int]:
    """Return record → patient; ``changed`` makes an edited file be read again."""
    records = read_ptb_xl(folder).records
    return {file: record.patient for record in records for file in (record.file_100, record.file_500)}


class _FaultyRowError(Exception):
    """A row cannot be used; the message says why."""


def _rows(
    path: Path, columns: tuple[str, ...], key: int | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give line number and cells of each row; with ``key``, the cell of that column also as ``""``."""
    if not path.is_file():
        raise DataError(f"{path} is not there. Get it: einthoven data get ptb-xl")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            head = [name.strip() for name in next(reader, [])]
            absent = [name for name in columns if name not in head]
            if absent:
                shown = ", ".join(head[:6]) or "nothing"
                raise DataError(
                    f"{path} line 1 lacks the columns {', '.join(absent)}; it has {shown}"
                    f"{', …' if len(head) > 6 else ''}. It is not the file that PTB-XL publishes."
                )
            for cells in reader:
                if not cells:
                    continue
                cells += [""] * (len(head) - len(cells))
                row = dict(zip(head, cells, strict=False))
                if key is not None:
                    row[""] = cells[key]
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no table of text in UTF-8 ({error}). Download it again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}). Check your rights.") from error


def _record(row: dict[str, str]) -> PtbXlRecord:
    fold = _whole(row, "strat_fold")
    if not 1 <= fold <= N_FOLDS:
        raise _FaultyRowError(f"strat_fold is {fold}; allowed are 1 to {N_FOLDS}")
    age = _number(row, "age") if row["age"].strip() else None
    if age is not None and age < 0:
        raise _FaultyRowError(f"age is {age:g}; allowed are 0 and more, and nothing")
    sex = _whole(row, "sex") if row["sex"].strip() else None
    if sex is not None and sex not in _SEX:
        raise _FaultyRowError(f"sex is {sex}; allowed are 0 (male), 1 (female) and nothing")
    return PtbXlRecord(
        ecg_id=_whole(row, "ecg_id"),
        patient=_whole(row, "patient_id"),
        age=age,
        sex=None if sex is None else _SEX[sex],
        fold=fold,
        scp_codes=dict(_codes(row["scp_codes"])),
        file_100=_inside(row, "filename_lr"),
        file_500=_inside(row, "filename_hr"),
    )


def parse_codes(text: str) -> dict[str, float]:
    """Read ``{'NORM': 100.0, 'SR': 0.0}``.

    Raises:
        ValueError: it is something else.
    """
    try:
        return dict(_codes(text))
    except _FaultyRowError as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=8192)
def _codes(text: str) -> tuple[tuple[str, float], ...]:
    if _CODES.fullmatch(text.strip()) is None:
        raise _FaultyRowError(
            f"scp_codes {text[:60]!r} cannot be read; what can is like {{'NORM': 100.0, 'SR': 0.0}}"
        )
    found = [(one or two, float(number)) for one, two, number in re.findall(_ENTRY, text)]
    names = [name for name, _ in found]
    if not all(names) or len(set(names)) < len(names):
        raise _FaultyRowError(f"scp_codes {text[:60]!r} has an empty statement, or one twice")
    outside = [f"{name} {likelihood:g}" for name, likelihood in found if not 0 <= likelihood <= 100]
    if outside:
        raise _FaultyRowError(f"scp_codes: the likelihood of {', '.join(outside)} is not within 0 to 100")
    return tuple(found)


def _number(row: dict[str, str], column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        raise _FaultyRowError(f"{column} is {row[column]!r}, which is no number") from None
    if not math.isfinite(value):
        raise _FaultyRowError(f"{column} is {row[column]!r}, which is no number")
    return value


def _whole(row: dict[str, str], column: str) -> int:
    """Version 1.0.3 writes whole numbers as ``15709.0``."""
    value = _number(row, column)
    if not value.is_integer() or value < 0:
        raise _FaultyRowError(f"{column} is {row[column]!r}; a whole number, 0 or more, is needed")
    return int(value)


def _inside(row: dict[str, str], column: str) -> str:
    text = row[column].strip().removesuffix(".hea").removesuffix(".dat")
    path = PurePosixPath(text)
    if not text or path.is_absolute() or ".." in path.parts or "\\" in text or ":" in text:
        raise _FaultyRowError(f"{column} is {row[column]!r}; a path below the data set's folder is needed")
    return text


def _require_rate(rate: int) -> None:
    if rate not in RATES:
        raise DataError(f"PTB-XL has no files of {rate} Hz; it has {' and '.join(map(str, RATES))} Hz.")
