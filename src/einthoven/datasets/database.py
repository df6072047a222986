"""A beat database as it lies on disk: records with reference beats, their patients, the official split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from einthoven.datasets.catalogue import DataSet, find
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


@dataclass(frozen=True, eq=False, slots=True)
class Database:
    """The records of a catalogued data set that are here.

    ``for name, reference in database`` gives each record that has reference beats, in the publisher's order.

    Attributes:
        data_set: what the catalogue says of it.
        folder: where its files are.
        records: names of the records that are here whole, in the publisher's order.
    """

    data_set: DataSet
    folder: Path
    records: tuple[str, ...]

    def __iter__(self) -> Iterator[tuple[str, Reference]]:
        for name in self.records:
            if name not in self.data_set.unannotated:
                yield name, self.load(name)

    def load(self, name: str) -> Reference:
        """Read one record with its reference beats.

        Raises:
            DataError: it is not here, or has no reference beats.
            FormatError: a file is damaged.
        """
        if name in self.data_set.unannotated:
            raise DataError(f"{self.data_set.name} {name} is noise alone: it has no reference beats.")
        self._require((name,))
        return load_reference(self.folder, name)

    def patient(self, name: str) -> str:
        """Return whose record it is, as ``SET/PERSON``, unique over all data sets.

        Raises:
            DataError: the header that would say so does not.
        """
        return self.data_set.patient(name, self.folder.parent)

    def part(self, name: str, *, complete: bool = True) -> tuple[str, ...]:
        """Return the records of a part of the official split.

        Args:
            name: of the part, such as ``DS1``.
            complete: if false, those records alone that are here.

        Raises:
            DataError: there is no such part, or some of its records are not here.
        """
        records = self.data_set.part(name)
        if complete:
            self._require(records)
        return tuple(record for record in records if record in self.records)

    def _require(self, records: Sequence[str]) -> None:
        for name in records:
            if name not in self.data_set.records:
                near = did_you_mean(name, self.data_set.records)
                raise DataError(f"{self.data_set.name} has no record {name!r}.{near}")
        absent = [name for name in records if name not in self.records]
        if absent:
            shown = ", ".join(absent[:5]) + (", …" if len(absent) > 5 else "")
            raise DataError(
                f"{self.folder} lacks {len(absent)} of {len(records)} records asked for ({shown}). Get them: "
                f"einthoven data get {self.data_set.name}"
            )


def open_database(name: str, root: Path | None = None) -> Database:
    """Return what is here of a data set of the catalogue.

    Args:
        name: such as ``mitdb``.
        root: folder of data sets; default: ``EINTHOVEN_DATA`` or the user's cache folder.

    Raises:
        DataError: the catalogue has no such set, it is not one of records with reference beats, or nothing of
            it is here.
    """
    data_set = find(name)
    if not data_set.records:
        raise DataError(f"{name} is a set of rows ({', '.join(data_set.files)}), not of records.")
    if not data_set.has_beats:
        raise DataError(f"{name} comes without reference beats: it is not for questions about beats.")
    folder = data_set.folder(root)
    records = data_set.present(root)
    if not records:
        raise DataError(f"{folder} holds no record of {name}. Get them: einthoven data get {name}")
    return Database(data_set, folder, records)


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
