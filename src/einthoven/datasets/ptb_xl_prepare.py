"""Prepare PTB-XL for training: every record that is here at one rate, into the store, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from einthoven._version import __version__
from einthoven.datasets.catalogue import PTB_XL
from einthoven.datasets.parallel import in_processes
from einthoven.datasets.ptb_xl import (
    DATABASE,
    DURATION_S,
    STATEMENTS,
    TASKS,
    PtbXl,
    PtbXlRecord,
    labels,
    read_ptb_xl,
    require_shape,
)
from einthoven.datasets.ptb_xl_store import (
    COLUMNS,
    DOCUMENT,
    FILES,
    INDEX,
    LARGEST_MV,
    MISSING,
    SCHEMA,
    SIGNALS,
    Int16,
    store_folder,
)
from einthoven.datasets.whole_folder import refuse_others, written_whole
from einthoven.errors import DataError, EinthovenError
from einthoven.recording import STANDARD_LEADS

_CHUNK = 32  # records that a process reads at a time
_HEADER_BYTES = 128

OnState = Callable[[str, int, int], None]  # what is done, how many are done, of how many


def prepare_ptb_xl(
    rate: int = 100,
    root: Path | None = None,
    out: Path | None = None,
    *,
    jobs: int | None = None,
    on_state: OnState | None = None,
) -> tuple[Path, dict[str, Any]]:
    """Read every record that is here at ``rate`` and write the store.

    Records that cannot be read, rows without files, files without rows and rows that cannot be used are left
    out and listed in ``prepared.json``.

    Args:
        rate: 100 or 500 Hz. The publisher's own files at that rate are taken, nothing is resampled.
        root: folder of PTB-XL; default: ``ptb-xl`` under `data_root`.
        out: folder to write; default: `store_folder`.
        jobs: processes; default: one a core.
        on_state: is told what is being done, how much of it is done, and of how much.

    Returns:
        The folder, and what its ``prepared.json`` holds.

    Raises:
        DataError: no metadata, no record that can be read, ``out`` holds other files or cannot be written.
    """
    told: OnState = on_state or (lambda *_: None)
    folder = (out or store_folder(rate)).expanduser().absolute()
    refuse_others(folder, FILES)
    ptb_xl = read_ptb_xl((root or PTB_XL.folder()).expanduser())
    here, absent = _divide(ptb_xl, rate)
    if not here:
        raise DataError(
            f"{ptb_xl.folder} holds no record at {rate} Hz. Get them: einthoven data get ptb-xl --records "
            f"'records{rate}/*'"
        )
    found = _Found()
    with written_whole(folder) as partial:
        with (partial / SIGNALS).open("wb") as file:
            file.write(bytes(_HEADER_BYTES))
            for samples in _read_all(ptb_xl, here, rate, jobs, found, told):
                file.write(samples.data)
            if not found.records:
                first = found.broken[0]["problem"]
                raise DataError(
                    f"None of the {len(here)} records at {rate} Hz can be read. The first: {first}"
                )
            file.seek(0)
            file.write(_npy_header((len(found.records), len(STANDARD_LEADS), rate * DURATION_S)))
        document = _describe(ptb_xl, rate, found, absent)
        _write_index(partial / INDEX, found)
        shutil.copyfile(ptb_xl.folder / STATEMENTS, partial / STATEMENTS)
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (partial / DOCUMENT).write_text(f"{text}\n", encoding="utf-8")
    return folder, document


@dataclass
class _Found:
    """What reading brought to light, in order of ``ecg_id``."""

    records: list[PtbXlRecord] = field(default_factory=list)
    duplicates: dict[int, int] = field(default_factory=dict)
    broken: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[dict[str, Any]] = field(default_factory=list)
    n_missing_samples: int = 0


@dataclass(frozen=True, slots=True)
class _Read:
    """One record: its samples, int16 microvolt, shape ``(12, 10 s)``, or why there are none."""

    samples: Int16 | None
    problem: str = ""
    warnings: tuple[str, ...] = ()


def _read_all(
    ptb_xl: PtbXl,
    records: Sequence[PtbXlRecord],
    rate: int,
    jobs: int | None,
    found: _Found,
    told: OnState,
) -> Iterator[Int16]:
    first_with: dict[bytes, int] = {}
    chunks = [records[start : start + _CHUNK] for start in range(0, len(records), _CHUNK)]
    work = [[(f"{ptb_xl.folder / record.file(rate)}.hea", rate) for record in chunk] for chunk in chunks]
    n_done = 0
    told(f"reading records at {rate} Hz", n_done, len(records))
    for chunk, results in zip(chunks, in_processes(_read_chunk, work, jobs), strict=True):
        for record, result in zip(chunk, results, strict=True):
            if result.samples is None:
                entry = {"ecg_id": record.ecg_id, "file": record.file(rate), "problem": result.problem}
                found.broken.append(entry)
                continue
            if result.warnings:
                found.remarks.append({"ecg_id": record.ecg_id, "remarks": list(result.warnings)})
            digest = hashlib.blake2b(result.samples.data, digest_size=16).digest()
            earlier = first_with.setdefault(digest, record.ecg_id)
            if earlier != record.ecg_id:
                found.duplicates[record.ecg_id] = earlier
            found.records.append(record)
            found.n_missing_samples += int(np.count_nonzero(result.samples == MISSING))
            yield result.samples
        n_done += len(chunk)
        told(f"reading records at {rate} Hz", n_done, len(records))


def _read_chunk(items: list[tuple[str, int]]) -> list[_Read]:
    """Run in another process: errors are results, so that one broken file ends nothing."""
    results = []
    for path, rate in items:
        try:
            results.append(_read_one(Path(path), rate))
        except EinthovenError as error:
            results.append(_Read(None, str(error)))
    return results


def _read_one(path: Path, rate: int) -> _Read:
    from einthoven.formats import read

    for needed in (path, path.with_suffix(".dat")):
        if not needed.is_file():
            raise DataError(f"{needed} is not there.")
    recording = read(path)
    require_shape(recording, rate)
    signals = recording.signals
    if recording.leads != STANDARD_LEADS:
        signals = signals[[recording.leads.index(lead) for lead in STANDARD_LEADS]]
    missing = np.isnan(signals)
    largest = float(np.abs(signals, where=~missing, out=np.zeros_like(signals)).max())
    if largest > LARGEST_MV:
        raise DataError(f"{path} has a sample of {largest:g} mV; the store holds up to {LARGEST_MV} mV.")
    scaled = np.rint(signals * np.float32(1000.0))
    scaled[missing] = MISSING
    return _Read(np.ascontiguousarray(scaled.astype("<i2")), warnings=recording.warnings)


def _divide(ptb_xl: PtbXl, rate: int) -> tuple[list[PtbXlRecord], list[PtbXlRecord]]:
    """Return the records of which a file is here, and those of which none is."""
    here: list[PtbXlRecord] = []
    absent: list[PtbXlRecord] = []
    for record in ptb_xl.records:
        path = f"{ptb_xl.folder / record.file(rate)}"
        is_here = os.path.exists(f"{path}.hea") or os.path.exists(f"{path}.dat")  # noqa: PTH110 - 44,000 times
        (here if is_here else absent).append(record)
    return here, absent


def files_without_rows(ptb_xl: PtbXl, rate: int) -> list[str]:
    """Return the records below ``records100`` or ``records500`` that no usable row of the metadata names."""
    named = {record.file(rate) for record in ptb_xl.records}
    found = (
        path.relative_to(ptb_xl.folder).with_suffix("").as_posix()
        for path in (ptb_xl.folder / f"records{rate}").rglob("*.hea")
    )
    return sorted(set(found) - named)


def _describe(ptb_xl: PtbXl, rate: int, found: _Found, absent: list[PtbXlRecord]) -> dict[str, Any]:
    stored = replace(ptb_xl, records=tuple(found.records))
    return {
        "schema": SCHEMA,
        "einthoven": __version__,
        "source": str(ptb_xl.folder),
        "licence": PTB_XL.licence,
        "citations": list(PTB_XL.citations),
        "rate_hz": rate,
        "n_records": len(found.records),
        "n_patients": len({record.patient for record in found.records}),
        "n_samples": rate * DURATION_S,
        "leads": list(STANDARD_LEADS),
        "unit": "uV",
        "missing": int(MISSING),
        "n_missing_samples": found.n_missing_samples,
        "folds": {
            str(fold): sum(record.fold == fold for record in found.records)
            for fold in sorted({record.fold for record in found.records})
        },
        "labels": {task: _counts(stored, task) for task in TASKS},
        "duplicates": {str(ecg_id): earlier for ecg_id, earlier in found.duplicates.items()},
        "rows_without_files": {
            "n": len(absent),
            "ecg_ids": as_ranges([record.ecg_id for record in absent]),
        },
        "files_without_rows": files_without_rows(ptb_xl, rate),
        "rows_with_faults": [str(fault) for fault in ptb_xl.faults],
        "broken": found.broken,
        "remarks": found.remarks,
        "source_sha256": {name: _sha256(ptb_xl.folder / name) for name in (DATABASE, STATEMENTS)},
    }


def _counts(ptb_xl: PtbXl, task: str) -> dict[str, Any]:
    found = labels(ptb_xl, task)
    return {"n_records": len(found.ecg_ids), "classes": found.counts(), "dropped": found.dropped}


def as_ranges(numbers: Sequence[int]) -> str:
    """Write increasing numbers as ``1-3,7``."""
    parts = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        parts.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ",".join(parts)


def _write_index(path: Path, found: _Found) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for row, record in enumerate(found.records):
            age = "" if record.age is None else f"{record.age:g}"
            who = (record.ecg_id, record.patient, record.fold, age, record.sex or "")
            what = (record.scp_codes, record.file_100, record.file_500)
            writer.writerow([row, *who, *what, found.duplicates.get(record.ecg_id, "")])


def _npy_header(shape: tuple[int, ...]) -> bytes:
    """Return a header of numpy's format 1.0 whose length does not depend on the shape.

    The number of records is known only after the last.
    """
    text = repr({"descr": "<i2", "fortran_order": False, "shape": shape}).encode("ascii")
    start = b"\x93NUMPY\x01\x00"
    length = _HEADER_BYTES - len(start) - 2
    return start + struct.pack("<H", length) + text.ljust(length - 1) + b"\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
