"""PTB-XL in miniature: metadata, statements and records in the publisher's layout, made within a test."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.recording import STANDARD_LEADS

Int16 = npt.NDArray[np.int16]

COLUMNS = ("ecg_id", "patient_id", "age", "sex", "report", "scp_codes", "strat_fold")
STATEMENTS = """\
,description,diagnostic,form,rhythm,diagnostic_class,diagnostic_subclass,Statement Category
NDT,non-diagnostic T abnormalities,1.0,1.0,,STTC,STTC,"other, ST-T"
NORM,normal ECG,1.0,,,NORM,NORM,Normal/abnormal
IMI,inferior myocardial infarction,1.0,,,MI,IMI,Myocardial Infarction
ASMI,anteroseptal myocardial infarction,1.0,,,MI,AMI,Myocardial Infarction
LVH,left ventricular hypertrophy,1.0,,,HYP,LVH,Ventricular Hypertrophy
CRBBB,complete right bundle branch block,1.0,,,CD,CRBBB,Conduction
ABQRS,abnormal QRS,,1.0,,,,Normal/abnormal
SR,sinus rhythm,,,1.0,,,Rhythm
AFIB,atrial fibrillation,,,1.0,,,Rhythm
"""
ROWS = (
    (1, 15, "56.0", "1", "sinusrhythmus, normal", "{'NORM': 100.0, 'SR': 0.0}", 1),
    (2, 16, "", "0", 'with "quotes"', "{'IMI': 0.0, 'SR': 0.0}", 2),
    (3, 17, "300.0", "", "two\nlines", "{'NORM': 80.0, 'CRBBB': 50.0, 'ABQRS': 0.0}", 3),
    (4, 15, "57.0", "1", "", "{'ASMI': 100.0, 'LVH': 35.0, 'AFIB': 0.0}", 9),
    (1005, 18, "30", "0", "", "{'SR': 0.0}", 10),
)


def name_of(ecg_id: int, rate: int) -> str:
    """Return the official path of a record."""
    return f"records{rate}/{ecg_id // 1000 * 1000:05d}/{ecg_id:05d}_{'lr' if rate == 100 else 'hr'}"


def make_ptb_xl(
    root: Path, rows: Sequence[Sequence[object]] = ROWS, *, rates: Sequence[int] = (100, 500), seed: int = 0
) -> Path:
    """Write metadata and records of noise into ``root`` and return it."""
    write_metadata(root, rows)
    for row in rows:
        for rate in rates:
            write_record(root / f"{name_of(int(str(row[0])), rate)}.hea", samples_of(row[0], rate, seed))
    return root


def write_metadata(root: Path, rows: Sequence[Sequence[object]] = ROWS) -> None:
    """Write the two tables alone."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "scp_statements.csv").write_text(STATEMENTS, encoding="utf-8")
    with (root / "ptbxl_database.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, "filename_lr", "filename_hr"])
        for row in rows:
            ecg_id = int(str(row[0])) if str(row[0]).isdecimal() else 0
            names = [name_of(ecg_id, rate) for rate in (100, 500)]
            writer.writerow([*row, *(names if len(row) == len(COLUMNS) else ())])


def samples_of(ecg_id: object, rate: int, seed: int = 0) -> Int16:
    """Return the samples of a record, int16 microvolt, shape ``(12, 10 s)``."""
    generator = np.random.default_rng([int(str(ecg_id)), rate, seed])
    return generator.integers(-2000, 2000, (12, 10 * rate)).astype(np.int16)


def write_record(
    path: Path, samples: Int16, *, leads: Sequence[str] = STANDARD_LEADS, changes: Mapping[str, str] = {}
) -> None:
    """Write a record as PTB-XL does: format 16, 1000 per millivolt, lead names in capitals."""
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.stem
    rate = samples.shape[1] // 10
    lines = [f"{name} {len(samples)} {rate} {samples.shape[1]}"]
    for lead, values in zip(leads, samples, strict=True):
        checksum = int(values.astype(np.int64).sum()) & 0xFFFF
        lines.append(f"{name}.dat 16 1000.0(0)/mV 16 0 {values[0]} {checksum} 0 {lead.upper()}")
    text = "\n".join(lines) + "\n"
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    path.with_suffix(".dat").write_bytes(np.ascontiguousarray(samples.T.astype("<i2")).tobytes())
