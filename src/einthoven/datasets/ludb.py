"""The Lobachevsky University Database (LUDB): twelve-lead records with waves delineated in each lead.

Kalyakulina et al., IEEE Access 8:186181, 2020 (doi 10.1109/ACCESS.2020.3029211), version 1.0.1 on PhysioNet:
``RECORDS``, ``data/N.hea``, ``data/N.dat`` and an annotation file for each lead (``data/N.i`` to
``data/N.v6``) in which a wave is ``(``, then its peak ``p``, ``N`` or ``t``, then ``)``. 200 records of 200
people.

The first and last beats of a record are not annotated, so nothing outside `LeadWaves.stretch` can be scored.
A bracket is missing in a few places (records 7, 8, 34 and 95): such a boundary is ``MISSING``, not guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from einthoven.errors import DataError, did_you_mean
from einthoven.recording import Int64, Recording

WAVES = ("P", "QRS", "T")
SYMBOLS = {"p": "P", "N": "QRS", "t": "T"}
MISSING = -1


@dataclass(frozen=True, eq=False, slots=True)
class LeadWaves:
    """The annotated waves of one lead; positions in samples.

    Attributes:
        waves: for each of ``WAVES`` onset, peak and end of every wave, int64, shape ``(n, 3)``, in time
            order;
            ``MISSING`` where a boundary is not annotated.
        stretch: the first and last annotated sample; outside, waves are not annotated though they are there.
        unclear: from, to (inclusive) of stretches in which an annotation is damaged, int64, shape ``(n, 2)``.
    """

    waves: dict[str, Int64]
    stretch: tuple[int, int]
    unclear: Int64


@dataclass(frozen=True, eq=False, slots=True)
class DelineatedRecord:
    """One record of LUDB: its signals, and the waves of each lead in the same order."""

    name: str
    recording: Recording
    leads: tuple[LeadWaves, ...]


def ludb_records(root: Path, only: Sequence[str] | None = None) -> list[str]:
    """Return the names (``1`` … ``200``) of the records below a root in the publisher's layout.

    Args:
        root: the folder that holds ``RECORDS`` and ``data``.
        only: the records wanted; default: all that ``RECORDS`` (without it, ``data``) lists.

    Raises:
        DataError: the folder, or a record asked for, is not there.
    """
    data = root / "data"
    if not data.is_dir():
        raise DataError(
            f"{root} has no folder data: not LUDB as PhysioNet lays it out. Give the folder of "
            "RECORDS and data/1.hea."
        )
    listing = root / "RECORDS"
    if listing.is_file():
        names = [Path(line).name for line in listing.read_text(encoding="utf-8").split()]
    else:
        names = sorted((path.stem for path in data.glob("*.hea")), key=lambda name: (len(name), name))
    if not names:
        raise DataError(f"{root} holds no records: RECORDS is empty and {data} has no *.hea.")
    for name in only or ():
        if name not in names:
            raise DataError(
                f"{root} has no record {name!r}.{did_you_mean(name, names)} It has {len(names)} records."
            )
    chosen = list(only) if only else names
    absent = [name for name in chosen if not (data / f"{name}.hea").is_file()]
    if absent:
        raise DataError(
            f"{data} lacks {len(absent)} of {len(chosen)} records ({', '.join(absent[:5])}…). "
            "Complete the download, or name the records to use with --records."
        )
    return chosen


def load_ludb_record(root: Path, name: str) -> DelineatedRecord:
    """Read one record with the annotated waves of each lead.

    Raises:
        DataError: a lead's annotation file is absent or holds no wave.
        FormatError: a file is damaged.
    """
    from einthoven.formats import read, read_annotations

    header = root / "data" / f"{name}.hea"
    recording = read(header)
    leads = []
    for lead in recording.leads:
        path = header.with_suffix(f".{lead.lower()}")
        if not path.is_file():
            raise DataError(f"{path} is not there: without it lead {lead} cannot be scored.")
        notes = read_annotations(path)
        waves = lead_waves(notes.symbols.tolist(), notes.samples)
        if not any(len(found) for found in waves.waves.values()):
            raise DataError(f"{path} holds no wave (p, N or t).")
        leads.append(waves)
    return DelineatedRecord(name, recording, tuple(leads))


def lead_waves(symbols: Sequence[str], samples: Int64) -> LeadWaves:
    """Make waves of one lead's annotations.

    A wave is a peak with the bracket right before and the bracket right behind it. Where a bracket is
    missing, or a pair of brackets holds no peak, the time between the neighbouring annotations is unclear.

    Args:
        symbols: ``(``, ``)``, ``p``, ``N``, ``t``; others are passed over.
        samples: their positions, not decreasing.
    """
    known = [i for i, symbol in enumerate(symbols) if symbol in "()" or symbol in SYMBOLS]
    marks = [symbols[i] for i in known]
    at = [int(samples[i]) for i in known]
    found: dict[str, list[tuple[int, int, int]]] = {wave: [] for wave in WAVES}
    unclear: list[tuple[int, int]] = []
    for i, mark in enumerate(marks):
        before, after = max(i - 1, 0), min(i + 1, len(marks) - 1)
        if mark in SYMBOLS:
            opened = i > 0 and marks[i - 1] == "("
            closed = i + 1 < len(marks) and marks[i + 1] == ")"
            found[SYMBOLS[mark]].append(
                (at[i - 1] if opened else MISSING, at[i], at[i + 1] if closed else MISSING)
            )
            if not opened:
                unclear.append((at[before], at[i]))
            if not closed:
                unclear.append((at[i], at[after]))
        elif mark == "(" and marks[after] not in SYMBOLS:
            unclear.append((at[i], at[after]))
    return LeadWaves(
        {wave: np.array(rows, dtype=np.int64).reshape(-1, 3) for wave, rows in found.items()},
        (at[0], at[-1]) if at else (0, -1),
        np.array(unclear, dtype=np.int64).reshape(-1, 2),
    )
