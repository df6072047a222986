"""The compact store of PTB-XL: one file of samples that is mapped into memory, and its index.

``signals.npy`` is int16 microvolt, shape ``(n_records, 12, samples)``, -32768 where a sample is missing;
``index.csv`` has a row a record, in the same order; ``prepared.json`` says what it was made of, and what is
not in it. `einthoven.datasets.ptb_xl_prepare` writes it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.ptb_xl import (
    DURATION_S,
    RATES,
    STATEMENTS,
    PtbXl,
    PtbXlRecord,
    parse_codes,
    read_statements,
)
from einthoven.datasets.roots import cache_folder
from einthoven.errors import DataError
from einthoven.recording import STANDARD_LEADS, Float32, Int64

SCHEMA = "einthoven.ptb-xl-store/1"
SIGNALS, INDEX, DOCUMENT = "signals.npy", "index.csv", "prepared.json"
FILES = (SIGNALS, INDEX, DOCUMENT, STATEMENTS)
COLUMNS = (
    "row", "ecg_id", "patient", "fold", "age", "sex", "scp_codes", "file_100", "file_500", "duplicate_of",
)  # fmt: skip
MISSING = np.int16(-32768)
LARGEST_MV = 32.767
_BLOCK = 64  # records: what is scaled stays in the processor's cache

Int16 = npt.NDArray[np.int16]


def store_folder(rate: int) -> Path:
    """Return where ``einthoven data prepare ptb-xl --rate RATE`` puts its store."""
    return cache_folder() / "prepared" / f"ptb-xl-{rate}"


@dataclass(frozen=True, eq=False)
class Store:
    """Records of PTB-XL at one rate, ready for training.

    Attributes:
        folder: where it is.
        rate: Hz.
        signals: int16 microvolt, shape ``(n_records, 12, 10 s)``, mapped, not loaded; leads in standard
            order; -32768 where a sample is missing.
        records: what the metadata say of each.
        duplicates: ``ecg_id`` → that of an earlier record with the very same samples.
        document: what ``prepared.json`` holds.
    """

    folder: Path
    rate: int
    signals: Int16
    records: tuple[PtbXlRecord, ...]
    duplicates: dict[int, int]
    document: dict[str, Any]

    def __len__(self) -> int:
        return len(self.records)

    @property
    def leads(self) -> tuple[str, ...]:
        """Return the names of the leads."""
        return STANDARD_LEADS

    @cached_property
    def ecg_ids(self) -> Int64:
        """Number of each record, int64, shape ``(n_records,)``, increasing."""
        return np.array([record.ecg_id for record in self.records], dtype=np.int64)

    @cached_property
    def patients(self) -> Int64:
        """Patient of each record, int64, shape ``(n_records,)``."""
        return np.array([record.patient for record in self.records], dtype=np.int64)

    @cached_property
    def folds(self) -> Int64:
        """Official fold of each record, int64, shape ``(n_records,)``."""
        return np.array([record.fold for record in self.records], dtype=np.int64)

    @cached_property
    def ptb_xl(self) -> PtbXl:
        """Return the metadata of these records, for `einthoven.datasets.ptb_xl.labels`."""
        return PtbXl(self.folder, self.records, read_statements(self.folder / STATEMENTS))

    def rows_of(self, ecg_ids: Sequence[int] | Int64) -> Int64:
        """Return the rows of records.

        Raises:
            DataError: one is not in the store.
        """
        wanted = np.asarray(ecg_ids, dtype=np.int64)
        rows = np.searchsorted(self.ecg_ids, wanted)
        found = rows < len(self)
        found[found] = self.ecg_ids[rows[found]] == wanted[found]
        if not found.all():
            absent = wanted[~found]
            raise DataError(
                f"{self.folder} lacks {len(absent)} of {len(wanted)} records asked for (ecg_id "
                f"{', '.join(map(str, absent[:5].tolist()))}{', …' if len(absent) > 5 else ''})."
            )
        return rows.astype(np.int64)

    def read(self, rows: npt.ArrayLike | slice | None = None) -> Float32:
        """Read records into memory.

        Args:
            rows: which, as an index into an array; default: all.

        Returns:
            Millivolt, float32, shape ``(n, 12, 10 s)``; missing samples NaN.
        """
        chosen = np.arange(len(self))[slice(None) if rows is None else rows]  # type: ignore[index]
        chosen = np.atleast_1d(chosen)
        signals = np.empty((len(chosen), *self.signals.shape[1:]), dtype=np.float32)
        for start in range(0, len(chosen), _BLOCK):
            block = _stretch(chosen[start : start + _BLOCK])
            samples, out = self.signals[block], signals[start : start + _BLOCK]
            np.multiply(samples, np.float32(0.001), out=out)
            if self.document["n_missing_samples"]:
                out[samples == MISSING] = np.nan
        return signals


def _stretch(rows: npt.NDArray[np.intp]) -> slice | npt.NDArray[np.intp]:
    """Return neighbouring rows as a slice, which is not copied before it is scaled."""
    first = int(rows[0])
    in_order = np.array_equal(rows, np.arange(first, first + len(rows)))
    return slice(first, first + len(rows)) if in_order else rows


def open_store(folder: Path | int) -> Store:
    """Open a store; its samples are mapped, not loaded.

    Args:
        folder: where it is; or the rate, 100 or 500, for that of `store_folder`.

    Raises:
        DataError: it is not there, or its files do not fit together.
    """
    folder = store_folder(folder) if isinstance(folder, int) else folder
    again = "Prepare it again: einthoven data prepare ptb-xl"
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise DataError(
            f"{folder} is no store of PTB-XL: {', '.join(absent)} is not there. Make one: "
            "einthoven data prepare ptb-xl"
        )
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        rate = document["rate_hz"] if document["schema"] == SCHEMA else None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / DOCUMENT} cannot be read ({error}). {again}") from error
    if rate not in RATES:
        raise DataError(
            f"{folder / DOCUMENT} is of schema {document['schema']!r}; this version reads {SCHEMA}. {again}"
        )
    records, duplicates = _read_index(folder / INDEX)
    try:
        signals = np.load(folder / SIGNALS, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{folder / SIGNALS} is damaged or cut short ({error}). {again}") from error
    expected = (len(records), len(STANDARD_LEADS), rate * DURATION_S)
    if signals.shape != expected or signals.dtype != np.int16:
        raise DataError(
            f"{folder / SIGNALS} holds {signals.dtype} of shape {signals.shape}; {INDEX} and {DOCUMENT} say "
            f"int16 of shape {expected}. {again}"
        )
    return Store(folder, rate, signals, records, duplicates, document)


def _read_index(path: Path) -> tuple[tuple[PtbXlRecord, ...], dict[int, int]]:
    records: list[PtbXlRecord] = []
    duplicates: dict[int, int] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                record = PtbXlRecord(
                    ecg_id=int(row["ecg_id"]),
                    patient=int(row["patient"]),
                    age=float(row["age"]) if row["age"] else None,
                    sex=row["sex"] or None,  # type: ignore[arg-type]
                    fold=int(row["fold"]),
                    scp_codes=parse_codes(row["scp_codes"]),
                    file_100=row["file_100"],
                    file_500=row["file_500"],
                )
                if row["duplicate_of"]:
                    duplicates[record.ecg_id] = int(row["duplicate_of"])
                records.append(record)
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(
            f"{path} is damaged at row {len(records)} ({error}). Prepare it again: einthoven data prepare "
            "ptb-xl"
        ) from error
    if any(after.ecg_id <= before.ecg_id for before, after in pairwise(records)):
        raise DataError(f"{path} is not in order of ecg_id. Prepare it again: einthoven data prepare ptb-xl")
    return tuple(records), duplicates
