"""Rows of numbers from text, fast where the text is clean and exact where it is not."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError
from einthoven.formats.columns import CLOCK

_BLOCK = 8 << 20  # bytes of text parsed at a time
_MISSING = frozenset(["", "-", "nan", "na", "n/a", "null", "none"])
_CLOCK_CELL = re.compile(rb"['\"]?\[?((?:\d+:){1,2}\d{1,2}(?:[.,]\d+)?)(?: \d{2}/\d{2}/\d{4})?\]?['\"]?")


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows are written.

    Attributes:
        delimiter: ``, ; tab`` or a blank, which stands for any run of blanks.
        decimal_comma: whether ``0,5`` is a half.
        offset: byte at which the first row begins.
        first_line: lines before it.
    """

    delimiter: bytes
    decimal_comma: bool
    offset: int
    first_line: int


def read_cells(line: bytes, layout: Layout) -> list[str]:
    """Split one line into cells, without quotes and blanks around them."""
    import csv

    text = line.decode("utf-8", errors="replace").lstrip("\ufeff").strip("\r\n")
    if layout.delimiter == b" ":
        cells = text.split()
    else:
        quote = "'" if "'" in text and '"' not in text else '"'
        cells = next(
            csv.reader([text], delimiter=layout.delimiter.decode(), quotechar=quote, skipinitialspace=True),
            [],
        )
    return [cell.strip().strip("'\"").strip() for cell in cells]


def iterate_tables(path: Path, layout: Layout) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the rows in parts of shape ``(n_rows, n_columns)``, float64; a missing cell is NaN.

    Raises:
        FormatError: a row of another length, or a cell that is no number; line, column and cell are named.
    """
    line = layout.first_line + 1
    n_columns: int | None = None
    rest = b""
    with path.open("rb") as file:
        file.seek(layout.offset)
        while True:
            block = file.read(_BLOCK)
            text = rest + block
            if not text:
                return
            cut = text.rfind(b"\n") + 1 if block else len(text)
            text, rest = text[:cut], text[cut:]
            if not text:
                continue
            if text.strip():
                part = _parse(text, layout, n_columns, path, line)
                n_columns = part.shape[1]
                yield part
            line += text.count(b"\n")


def _parse(
    text: bytes, layout: Layout, n_columns: int | None, path: Path, line: int
) -> npt.NDArray[np.float64]:
    """Parse whole lines by numpy's C reader; what it does not take is read cell by cell."""
    clean = _clean(text, layout)
    try:
        part = np.loadtxt(
            io.BytesIO(clean),
            delimiter=None if layout.delimiter == b" " else ",",
            comments=None,
            ndmin=2,
            dtype=np.float64,
        )
    except ValueError:
        return _parse_exactly(text, layout, n_columns, path, line)
    if n_columns is not None and part.shape[1] != n_columns:
        return _parse_exactly(text, layout, n_columns, path, line)
    return part


def _clean(text: bytes, layout: Layout) -> bytes:
    """Bring a block to commas and points, empty cells to nan."""
    if layout.decimal_comma:
        text = text.replace(b",", b".")
    if layout.delimiter == b" ":
        return _CLOCK_CELL.sub(_to_seconds, text) if b":" in text else text
    if layout.delimiter != b",":
        text = text.replace(layout.delimiter, b",")
    if b":" in text:
        text = _CLOCK_CELL.sub(_to_seconds, text)
    if b'"' in text:
        text = text.replace(b'"', b"")
    if b",," in text:
        text = text.replace(b",,", b",nan,").replace(b",,", b",nan,")
    if b",\n" in text or b",\r" in text:
        text = text.replace(b",\n", b",nan\n").replace(b",\r\n", b",nan\r\n")
    if b"\n," in text or text.startswith(b","):
        text = (b"nan" + text if text.startswith(b",") else text).replace(b"\n,", b"\nnan,")
    return text + b"nan" if text.endswith(b",") else text


def _to_seconds(match: re.Match[bytes]) -> bytes:
    total = 0.0
    for part in match[1].replace(b",", b".").split(b":"):
        total = 60.0 * total + float(part)
    return repr(total).encode()


def _parse_exactly(
    text: bytes, layout: Layout, n_columns: int | None, path: Path, line: int
) -> npt.NDArray[np.float64]:
    rows: list[list[float]] = []
    for number, raw in enumerate(text.splitlines(), start=line):
        if not raw.strip() or raw.lstrip().startswith(b"#"):
            continue
        cells = read_cells(raw, layout)
        if n_columns is None:
            n_columns = len(cells)
        if len(cells) != n_columns:
            raise FormatError(
                f"{path}, line {number}: {len(cells)} columns, but the lines before have {n_columns}. "
                f"The line reads: {raw[:80].decode('utf-8', errors='replace')!r}"
            )
        rows.append(
            [_number(cell, layout, path, number, column) for column, cell in enumerate(cells, start=1)]
        )
    return np.array(rows, dtype=np.float64).reshape(len(rows), n_columns or 0)


def _number(cell: str, layout: Layout, path: Path, line: int, column: int) -> float:
    text = cell.replace(",", ".") if layout.decimal_comma else cell
    if text.lower() in _MISSING:
        return np.nan
    try:
        return float(text)
    except ValueError:
        clock = _CLOCK_CELL.fullmatch(text.encode())
        if clock is not None and CLOCK.match(clock[1]):
            return float(_to_seconds(clock))
        raise FormatError(
            f"{path}, line {line}, column {column}: {cell!r} is not a number. Allowed are numbers, and an "
            "empty cell, 'nan' or '-' for a missing sample."
        ) from None
