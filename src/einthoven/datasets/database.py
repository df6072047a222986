"""A PhysioNet beat database as it lies on disk: record names, signals, reference beats, flutter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from einthoven.errors import DataError, did_you_mean
from einthoven.recording import Beats, Int64, Recording


@dataclass(frozen=True, eq=False, slots=True)
class Reference:
    """One annotated record.

    Attributes:
        recording: the signals.
        beats: the beats of ``.atr``, with AAMI classes.
        flutter: first and last sample of each stretch of ventricular flutter or fibrillation (``[`` to
            ``]``), int64, shape ``(n, 2)``; beats cannot be told apart there, EC57 scores no detections.
    """

    recording: Recording
    beats: Beats
    flutter: Int64


def record_names(root: Path, only: Sequence[str] | None = None) -> list[str]:
    """Return the records of a database: of its RECORDS file, else every ``*.hea``; or ``only`` these.

    Raises:
        DataError: the folder, or a record asked for, is not there.
    """
    if not root.is_dir():
        raise DataError(
            f"{root} is not a folder. Give the folder that holds the records (*.hea, *.dat, *.atr)."
        )
    listing = root / "RECORDS"
    if listing.is_file():
        names = listing.read_text(encoding="utf-8").split()
    else:
        names = sorted(header.stem for header in root.glob("*.hea"))
    if not names:
        raise DataError(
            f"{root} holds no records: no RECORDS file and no *.hea. Give a database's own folder."
        )
    for name in only or ():
        if name not in names:
            raise DataError(
                f"{root} has no record {name!r}.{did_you_mean(name, names)} It has {len(names)} records."
            )
    chosen = list(only) if only else names
    absent = [name for name in chosen if not (root / f"{name}.hea").is_file()]
    if absent:
        raise DataError(
            f"{root} lacks {len(absent)} of {len(chosen)} records ({', '.join(absent[:5])}…). "
            "Complete the download, or name the records to use with --records."
        )
    return chosen


def load_reference(root: Path, name: str, extension: str = "atr") -> Reference:
    """Read one record with its reference annotations.

    Raises:
        DataError: the annotation file is absent.
        FormatError: a file is damaged.
    """
    from einthoven.formats import read, read_annotations

    annotation_path = root / f"{name}.{extension}"
    if not annotation_path.is_file():
        raise DataError(f"{annotation_path} is not there: without reference beats nothing can be scored.")
    recording = read(root / f"{name}.hea")
    annotations = read_annotations(annotation_path)
    samples = annotations.samples
    if annotations.fs is not None and annotations.fs != recording.fs:
        samples = np.round(samples * (recording.fs / annotations.fs)).astype(np.int64)
    beats = Beats.from_symbols(samples, annotations.symbols)
    return Reference(recording, beats, _flutter(samples, annotations.symbols.tolist(), recording.n_samples))


def _flutter(samples: Int64, symbols: Sequence[str], n_samples: int) -> Int64:
    stretches: list[tuple[int, int]] = []
    first: int | None = None
    for sample, symbol in zip(samples.tolist(), symbols, strict=True):
        if symbol == "[":
            first = sample
        elif symbol == "]" and first is not None:
            stretches.append((first, sample))
            first = None
    if first is not None:
        stretches.append((first, n_samples))
    return np.array(stretches, dtype=np.int64).reshape(-1, 2)
