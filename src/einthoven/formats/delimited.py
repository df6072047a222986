"""Tables of numbers in text: CSV, TSV, PhysioNet's rdsamp output; and rows of the 187-sample heartbeat set.

A row is a sample, a column is a lead. Delimiter (``, ; tab space``), decimal comma, header, units and a
time column are told from the file; rate and unit are required where the file does not state them, never
guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError
from einthoven.formats.arrays import build_recording
from einthoven.formats.channels import is_millivolt
from einthoven.formats.columns import CLOCK, Columns, understand_columns
from einthoven.formats.table import Layout, iterate_tables, read_cells
from einthoven.formats.text import decode
from einthoven.recording import Float32, Int64, Recording

_STATED = re.compile(
    r"^#\s*(?P<key>fs|hz|rate|frequency|sampling[ _]?(?:rate|frequency)|sample[ _]?rate|units?)"
    r"\s*[:=]\s*(?P<value>.+)$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")
_HEARTBEAT_SAMPLES = 187
_MAX_LEADS = 64
_PREVIEW = 1 << 20


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before the first row of numbers."""

    layout: Layout
    labels: list[str] | None
    units: list[str] | None
    stated_fs: float | None
    stated_unit: str | None
    first_row: list[str]


def read_delimited(
    path: Path,
    *,
    fs: float | None = None,
    unit: str | None = None,
    leads: tuple[str, ...] | None = None,
    overrule: bool = False,
) -> Recording:
    """Read a table of samples.

    Args:
        path: the file.
        fs: rate in Hz, where neither a time column with a unit nor a ``# fs: 360`` line states it.
        unit: where neither the header (``II (mV)``, ``II_uV``) nor a ``# unit: mV`` line states it.
        leads: names of the signal columns, instead of the header's.
        overrule: ``unit`` goes before what the file states.

    Raises:
        FormatError: no table; the message names line, column and cell.
        MissingInformationError: rate or unit are stated nowhere.
    """
    head = _read_head(path)
    n_columns = len(head.first_row)
    if head.labels is None and n_columns in (_HEARTBEAT_SAMPLES, _HEARTBEAT_SAMPLES + 1):
        raise FormatError(
            f"{path} looks like rows of the 187-sample heartbeat set ({n_columns} values a row, no header): "
            "single beats, not a recording. Read them with einthoven.formats.read_heartbeat_rows, or score "
            "them with 'einthoven evaluate heartbeat'."
        )
    if n_columns > _MAX_LEADS:
        raise FormatError(
            f"{path} has {n_columns} columns; a row is a sample and a column a lead, so transpose the table."
        )
    table = np.concatenate(list(iterate_tables(path, head.layout)))
    columns, warnings = _understand(head, table)
    labels = list(columns.leads)
    if head.stated_unit is not None:
        units = tuple(known or head.stated_unit for known in columns.units)
        columns = Columns(columns.time, columns.seconds, columns.leads, units, columns.ignored)
    if leads is not None:
        columns = _with_names(path, columns, leads)
    recording = build_recording(
        table,
        labels,
        columns,
        fs=fs,
        unit=unit,
        stated_fs=head.stated_fs,
        what=str(path),
        name=path.stem,
        source=str(path),
        overrule=overrule,
    )
    if warnings:
        from dataclasses import replace

        recording = replace(recording, warnings=(*warnings, *recording.warnings))
    return recording


def read_heartbeat_rows(path: str | Path) -> tuple[Float32, Int64 | None]:
    """Read rows of the heartbeat set (Kaggle ``mitbih_train.csv`` and its kin).

    A row is 187 values at 125 Hz, and in most files a class.

    Returns:
        Rows of shape ``(n, 187)``, scaled to 0…1 by the publisher, and the class of each row, or None where
        there is none.

    Raises:
        FormatError: other than 187 or 188 columns, or a class that is no whole number.
    """
    path = Path(path)
    head = _read_head(path)
    n_columns = len(head.first_row)
    if n_columns not in (_HEARTBEAT_SAMPLES, _HEARTBEAT_SAMPLES + 1):
        raise FormatError(
            f"{path} has {n_columns} columns; rows of the heartbeat set have 187 values and one class."
        )
    rows: list[Float32] = []
    classes: list[npt.NDArray[np.float64]] = []
    for part in iterate_tables(path, head.layout):
        rows.append(part[:, :_HEARTBEAT_SAMPLES].astype(np.float32))
        if n_columns > _HEARTBEAT_SAMPLES:
            classes.append(part[:, -1])
    if not classes:
        return np.concatenate(rows), None
    values = np.concatenate(classes)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values == np.rint(values))))
    if wrong.size:
        raise FormatError(
            f"{path}, row {int(wrong[0]) + 1}: class {values[wrong[0]]!r} is not a whole number."
        )
    return np.concatenate(rows), values.astype(np.int64)


def _read_head(path: Path) -> _Head:
    with path.open("rb") as file:
        raw = file.read(_PREVIEW)
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FormatError(f"{path} is UTF-16 text; save it as UTF-8 or ASCII.")
    lines = raw.splitlines(keepends=True)
    stated_fs: float | None = None
    stated_unit: str | None = None
    header: list[bytes] = []
    offset = 0
    for number, line in enumerate(lines, start=1):
        text = decode(line).strip()
        if text.startswith("#"):
            match = _STATED.match(text)
            if match and match["key"].lower().startswith("unit"):
                stated_unit = match["value"].strip()
            elif match:
                stated_fs = _rate(match["value"], path, number)
        elif text.strip(",;\t "):
            layout = _layout(line, number - 1, offset)
            cells = read_cells(line, layout)
            if any(_is_number(cell, layout) for cell in cells) and _mostly_numbers(cells, layout):
                return _head(path, layout, header, stated_fs, stated_unit, cells)
            header.append(line)
            if len(header) > 8:
                break
        offset += len(line)
    if header:
        raise FormatError(
            f"{path}, line 1: no row of numbers follows; it begins {decode(header[0]).strip()[:60]!r}."
        )
    raise FormatError(f"{path} holds no row of numbers.")


def _head(
    path: Path, layout: Layout, header: list[bytes], fs: float | None, unit: str | None, first_row: list[str]
) -> _Head:
    named = [read_cells(line, layout) for line in header]
    # Columns aligned by blanks have labels with blanks in them ("Elapsed time"): split those at two or more.
    spaced = [re.split(r"\s{2,}", decode(line).strip()) for line in header]
    fitting = [
        cells if len(cells) == len(first_row) else wide
        for cells, wide in zip(named, spaced, strict=True)
        if len(first_row) in (len(cells), len(wide))
    ]
    if header and not fitting:
        raise FormatError(
            f"{path}: the header names {len(named[-1])} columns ({', '.join(named[-1])[:60]}), "
            f"but line {layout.first_line + 1} has {len(first_row)}. Give each column a name, or none."
        )
    units = fitting[1] if len(fitting) > 1 and _is_unit_row(fitting[1]) else None
    return _Head(layout, fitting[0] if fitting else None, units, fs, unit, first_row)


def _is_unit_row(cells: list[str]) -> bool:
    bare = [cell.strip().strip("'\"()[] ") for cell in cells]
    return any(is_millivolt(cell) or cell.lower() in ("adu", "nu") for cell in bare)


def _rate(text: str, path: Path, number: int) -> float:
    match = re.match(r"^\s*(\d+(?:\.\d+)?)\s*(?:hz|/s|samples.*)?\s*$", text, re.IGNORECASE)
    if match is None or float(match[1]) <= 0:
        raise FormatError(f"{path}, line {number}: {text.strip()!r} is not a sampling rate in Hz.")
    return float(match[1])


def _layout(line: bytes, first_line: int, offset: int) -> Layout:
    """Sniff delimiter and decimal mark from one line."""
    body = line.strip()
    unquoted = re.sub(rb"\"[^\"]*\"|'[^']*'", b"x", body)
    if b";" in unquoted:
        return Layout(b";", b"," in unquoted, offset, first_line)
    if b"\t" in unquoted:
        comma = b"," in unquoted and b"." not in unquoted
        return Layout(b"\t", comma, offset, first_line)
    if b"," in unquoted:
        return Layout(b",", False, offset, first_line)
    return Layout(b" ", False, offset, first_line)


def _is_number(cell: str, layout: Layout) -> bool:
    text = cell.replace(",", ".") if layout.decimal_comma else cell
    return bool(_NUMBER.match(text)) or bool(CLOCK.match(text.encode()))


def _mostly_numbers(cells: list[str], layout: Layout) -> bool:
    filled = [cell for cell in cells if cell.strip().lower() not in ("", "nan", "-", "na")]
    return sum(_is_number(cell, layout) for cell in filled) * 2 > len(filled)


def _understand(head: _Head, table: npt.NDArray[np.float64]) -> tuple[Columns, list[str]]:
    """Meaning of the columns from the header.

    Without one, a first column that increases evenly is time or a row number.
    """
    warnings: list[str] = []
    if head.labels is not None:
        columns = understand_columns(head.labels, head.units)
        if columns.time is not None and CLOCK.match(head.first_row[columns.time].encode()):
            columns = Columns(columns.time, 1.0, columns.leads, columns.units, columns.ignored)
        return columns, warnings
    n_columns = table.shape[1]
    first = table[:, 0]
    clock = bool(CLOCK.match(head.first_row[0].encode()))
    step = np.diff(first)
    steady = (
        len(step) > 8
        and n_columns > 1
        and bool(np.all(step > 0))
        and float(np.ptp(step)) <= 0.51 * float(step.mean())
    )
    if clock or steady:
        names = ("time", *(f"ECG{k}" for k in range(1, n_columns)))
        if not clock:
            warnings.append(
                "The first column increases evenly, so it is taken for time or a row number, not a lead."
            )
        return Columns(0, 1.0 if clock else None, names, (None,) * n_columns), warnings
    return Columns(None, None, tuple(f"ECG{k + 1}" for k in range(n_columns)), (None,) * n_columns), warnings


def _with_names(path: Path, columns: Columns, leads: tuple[str, ...]) -> Columns:
    places = columns.signal_columns
    if len(leads) != len(places):
        raise FormatError(
            f"{len(leads)} lead names given ({', '.join(leads)}), but {path} has {len(places)} signal "
            f"columns: {', '.join(columns.leads[place] for place in places)}. Give one name for each."
        )
    names = list(columns.leads)
    for place, lead in zip(places, leads, strict=True):
        names[place] = lead
    return Columns(columns.time, columns.seconds, tuple(names), columns.units, columns.ignored)
