"""Heartbeat rows as CSV, as on Kaggle: no header, 187 values and the class; whose they are in a sidecar."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from einthoven.datasets.heartbeat_rows import LENGTH, HeartbeatRows
from einthoven.errors import DataError
from einthoven.recording import AAMI_CLASSES

ORIGIN_COLUMNS = ("row", "record", "patient", "sample")
_ALLOWED = f"allowed are {LENGTH} values from 0 to 1 and a class 0-{len(AAMI_CLASSES) - 1}, without a header"
_SLACK = 1e-3  # beyond [0, 1], for values that were rounded
_WRITE_AT_ONCE = 2048


def origin_path(path: Path) -> Path:
    """Return where the sidecar of ``NAME.csv`` is: ``NAME.origin.csv`` beside it."""
    return path.with_name(f"{path.stem}.origin.csv")


def read_rows(path: str | Path) -> HeartbeatRows:
    """Read ``NAME.csv``, and ``NAME.origin.csv`` where it is there.

    Raises:
        DataError: the file is not there, is empty, or a line is not 187 finite values from 0 to 1 and a
            class 0-4; the sidecar is not of this file. The message names the line.
    """
    path = Path(path)
    table = _read_table(path)
    values, labels = np.ascontiguousarray(table[:, :LENGTH]), table[:, LENGTH]
    n_rows = len(table)
    origin = origin_path(path)
    if origin.is_file():
        records, patients, samples = _read_origin(origin, path, n_rows)
    else:
        records = patients = np.full(n_rows, "", dtype="<U1")
        samples = np.full(n_rows, -1, dtype=np.int64)
    return HeartbeatRows(values, labels.astype(np.int64), records, patients, samples)


def _read_table(path: Path) -> npt.NDArray[np.float32]:
    if not path.is_file():
        seen = "is a folder" if path.is_dir() else "is not there"
        raise DataError(f"{path} {seen}. Give a CSV file of heartbeat rows: {_ALLOWED}.")
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline()
            if not first.strip():
                raise DataError(f"{path} begins with an empty line or holds none; {_ALLOWED}.")
            file.seek(0)
            table: npt.NDArray[np.float32] = np.loadtxt(
                file, dtype=np.float32, delimiter=",", comments=None, ndmin=2
            )
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text, so it is no CSV file of heartbeat rows; {_ALLOWED}.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        _explain(path, error)
    labels = table[:, -1]
    is_right = (
        table.shape[1] == LENGTH + 1
        and bool(np.all(np.isfinite(table)))
        and float(table[:, :LENGTH].min()) >= -_SLACK
        and float(table[:, :LENGTH].max()) <= 1 + _SLACK
        and bool(np.all((labels == np.rint(labels)) & (labels >= 0) & (labels < len(AAMI_CLASSES))))
    )
    if not is_right:
        _explain(path, None)
    return table


def _explain(path: Path, cause: Exception | None) -> NoReturn:
    """Find the first line that is wrong and say what is wrong with it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, line in enumerate(file, start=1):
            told = _wrong_with(line.strip()) if line.strip() else ""
            if told:
                raise DataError(f"{path}, line {number}: {told}; {_ALLOWED}.") from cause
    raise DataError(f"{path} cannot be read as heartbeat rows ({cause}); {_ALLOWED}.") from cause


def _wrong_with(line: str) -> str:
    """Return what is wrong with a line, or an empty string."""
    cells = [cell.strip() for cell in line.split(",")]
    if len(cells) != LENGTH + 1:
        near = next((mark for mark in (";", "\t") if line.count(mark) == LENGTH), None)
        hint = f" (they seem to be separated by {near!r}; separate them by commas)" if near else ""
        return f"{len(cells)} columns{hint}"
    numbers: list[float] = []
    texts: list[str] = []
    for column, cell in enumerate(cells, start=1):
        try:
            numbers.append(float(cell))
        except ValueError:
            texts.append(f"{cell!r} in column {column}")
    if len(texts) > LENGTH // 2:
        return f"text ({texts[0]} …), it looks like a header"
    if texts:
        return f"{texts[0]} is not a number"
    *values, label = numbers
    for column, value in enumerate(values, start=1):
        if not -_SLACK <= value <= 1 + _SLACK:  # also NaN
            return f"value {value:g} in column {column}"
    if label not in range(len(AAMI_CLASSES)):
        return f"class {cells[-1]!r} in the last column"
    return ""


def _read_origin(
    path: Path, of: Path, n_rows: int
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_], npt.NDArray[np.int64]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}). Remove it, or prepare the rows again.") from error
    heading = tuple(lines[0]) if lines else ()
    if heading != ORIGIN_COLUMNS:
        raise DataError(
            f"{path} has the columns {', '.join(heading) or '(none)'}; allowed are "
            f"{', '.join(ORIGIN_COLUMNS)}. Remove it, or prepare the rows again."
        )
    body = lines[1:]
    if len(body) != n_rows:
        raise DataError(
            f"{path} tells of {len(body):,} rows, but {of.name} has {n_rows:,}: they do not belong together. "
            "Remove it, or prepare the rows again."
        )
    samples = np.empty(n_rows, dtype=np.int64)
    for index, cells in enumerate(body):
        if len(cells) != len(ORIGIN_COLUMNS) or cells[0] != str(index) or not cells[3].isdecimal():
            raise DataError(
                f"{path}, line {index + 2}: {','.join(cells)!r}; allowed is {index},RECORD,PATIENT,SAMPLE. "
                "Remove the file, or prepare the rows again."
            )
        samples[index] = int(cells[3])
    records = np.array([cells[1] for cells in body], dtype=np.str_)
    patients = np.array([cells[2] for cells in body], dtype=np.str_)
    return records, patients, samples


def write_rows(rows: HeartbeatRows, path: Path, on_rows: Callable[[int], None] | None = None) -> None:
    """Write ``path`` with 6 significant digits, and its sidecar where it is known whose the rows are.

    Args:
        rows: what to write.
        path: ``NAME.csv``.
        on_rows: is told, again and again, how many rows are written.

    Raises:
        OSError: it cannot be written.
    """
    layout = "%.6g," * LENGTH + "%d\n"
    with path.open("w", encoding="ascii", newline="") as file:
        for start in range(0, len(rows), _WRITE_AT_ONCE):
            part = slice(start, start + _WRITE_AT_ONCE)
            values, classes = rows.values[part].tolist(), rows.classes[part].tolist()
            file.writelines(layout % (*line, label) for line, label in zip(values, classes, strict=True))
            if on_rows is not None:
                on_rows(start + len(classes))
    if rows.patients_known and len(rows):
        with origin_path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(ORIGIN_COLUMNS)
            columns = (rows.records.tolist(), rows.patients.tolist(), rows.samples.tolist())
            writer.writerows((index, *cells) for index, cells in enumerate(zip(*columns, strict=True)))
