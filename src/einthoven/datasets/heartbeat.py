"""The heartbeat set of 187 samples a beat: cut from raw records as its authors did, read, split.

Kachuee M, Fazeli S, Sarrafzadeh M. ECG heartbeat classification: a deep transferable representation. ICHI
2018, doi:10.1109/ICHI.2018.00092, arXiv:1805.00794, section III-A. The published rows were not cut as that
section says; what is done here reproduces them value for value (docs/datasets/heartbeat.md).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.datasets.database import Database
from einthoven.datasets.heartbeat_csv import read_rows, write_rows
from einthoven.datasets.heartbeat_rows import FS, LENGTH, HeartbeatRows, joined
from einthoven.datasets.roots import cache_folder
from einthoven.errors import DataError
from einthoven.recording import AAMI_CLASSES, AAMI_OF_SYMBOL, Float32, Int64

__all__ = [
    "FS", "LENGTH", "HeartbeatRows", "build_rows", "digital_signals", "joined", "prepared_folder",
    "read_rows", "row_rate", "row_step", "split_rows", "write_rows",
]  # fmt: skip

OVERLAP = 0.2  # of the following interval
_ROW_RATE = 120.0  # Hz; the whole number of samples nearest to it is left out between two values
_N_SHUFFLES = 2000
_CLASS_INDEX = {letter: index for index, letter in enumerate(AAMI_CLASSES)}


def prepared_folder(source: str = "mitdb") -> Path:
    """Return where ``einthoven data prepare heartbeat --from SOURCE`` puts its rows."""
    return cache_folder() / "prepared" / f"heartbeat-{source}"


def row_step(fs: float) -> int:
    """Return every how many samples of a record at ``fs`` Hz a row has a value: 3 at 360 Hz."""
    return max(1, round(fs / _ROW_RATE))


def row_rate(fs: float) -> float:
    """Return the rate in Hz that rows from a record at ``fs`` Hz have in truth: 120 for 360."""
    return fs / row_step(fs)


def digital_signals(database: Database, name: str) -> tuple[Float32, tuple[str, ...]]:
    """Return a record's signals in the steps of its converter, without offset, and its leads.

    Rows are ratios of whole numbers; in millivolt they would differ from the published ones by rounding.

    Returns:
        float32, shape ``(n_leads, n_samples)``, whole numbers, NaN where missing; names of the leads.

    Raises:
        FormatError: a file is damaged.
    """
    from einthoven.formats import read
    from einthoven.formats.wfdb.header import DEFAULT_GAIN, read_header

    path = database.folder / f"{name}.hea"
    recording = read(path)
    gains = [line.gain or DEFAULT_GAIN for line in read_header(path).signals]
    signals = recording.signals * np.array(gains, dtype=np.float32)[:, np.newaxis]
    return np.rint(signals, out=signals), recording.leads


def build_rows(database: Database, on_record: Callable[[str], None] | None = None) -> HeartbeatRows:
    """Cut a row from each annotated beat of each record but a record's last.

    A row begins at the annotated position and takes every third sample (of 360 Hz) of the first lead, up to
    the next annotation of whatever kind and 0.2 of the interval between that and the one after it. It is
    scaled to [0, 1] by its own extremes, cut off after 187 values or filled with zeros. Where no annotation
    follows the next one, 0.2 of the interval before it stands in. Of a 12-lead record, lead II is taken.
    Stretches with missing samples or without any change give no row.

    Args:
        database: records with reference beats.
        on_record: is told the name of each record before it is read.

    Raises:
        DataError: there is no record with reference beats.
        FormatError: a file is damaged.
    """
    parts: list[HeartbeatRows] = []
    for name in database.records:
        if name in database.data_set.unannotated:
            continue
        if on_record is not None:
            on_record(name)
        parts.append(_rows_of(database, name))
    if not any(len(part) for part in parts):
        raise DataError(
            f"{database.folder} holds no annotated beats to cut rows from. Get records that have some: "
            "einthoven data get mitdb"
        )
    return joined(parts)


def _rows_of(database: Database, name: str) -> HeartbeatRows:
    from einthoven.formats import read_annotations

    signals, leads = digital_signals(database, name)
    signal = signals[leads.index("II") if "II" in leads else 0]
    annotations = read_annotations(database.folder / f"{name}.atr")
    fs = database.data_set.fs
    places = annotations.samples
    if annotations.fs is not None and annotations.fs != fs:
        places = np.round(places * (fs / annotations.fs)).astype(np.int64)
    rows, classes, samples = [], [], []
    for index in range(len(places) - 1):
        letter = AAMI_OF_SYMBOL.get(str(annotations.symbols[index]))
        if letter is None:
            continue
        row = cut(signal, places, index, row_step(fs))
        if row is not None:
            rows.append(row)
            classes.append(_CLASS_INDEX[letter])
            samples.append(int(places[index]))
    n_rows = len(rows)
    return HeartbeatRows(
        values=np.array(rows, dtype=np.float32).reshape(n_rows, LENGTH),
        classes=np.array(classes, dtype=np.int64),
        records=np.array([name] * n_rows, dtype=np.str_),
        patients=np.array([database.patient(name)] * n_rows, dtype=np.str_),
        samples=np.array(samples, dtype=np.int64),
    )


def cut(signal: Float32, places: Int64, index: int, step: int) -> Float32 | None:
    """Return the row of the annotation at ``index``, float32 of shape ``(187,)``, or None if it has none."""
    begin, following = int(places[index]), int(places[index + 1])
    pair = places[index + 1 : index + 3] if index + 2 < len(places) else places[index : index + 2]
    end = following + int(OVERLAP * int(pair[1] - pair[0]))
    stretch = signal[begin:end:step].astype(np.float64)
    if len(stretch) == 0 or not np.all(np.isfinite(stretch)):
        return None
    low, high = stretch.min(), stretch.max()
    if low == high:
        return None
    row = np.zeros(LENGTH, dtype=np.float32)
    shown = stretch[:LENGTH]
    row[: len(shown)] = (shown - low) / (high - low)
    return row


def split_rows(
    rows: HeartbeatRows, over: Literal["beats", "patients"], share: float = 0.2, seed: int = 0
) -> tuple[Int64, Int64]:
    """Divide rows into training and test.

    Args:
        rows: what to divide.
        over: ``beats``: at random within each class, as on Kaggle, the same patients on both sides;
            ``patients``: whole patients, and of 2,000 random choices of them the one whose share of each
            class is nearest to ``share``.
        share: of the test rows, more than 0, less than 1.
        seed: of the random numbers.

    Returns:
        Positions of the training rows and of the test rows, int64, each in increasing order.

    Raises:
        DataError: ``share`` is not between 0 and 1; or, over patients, it is not known of each row whose it
            is, or all are of one.
    """
    if not 0 < share < 1:
        raise DataError(f"A share of {share:g} test rows: allowed is more than 0 and less than 1.")
    if over == "patients":
        is_test = _choose_patients(rows, share, np.random.default_rng(seed))
    elif over == "beats":
        is_test = _choose_beats(rows.classes, share, np.random.default_rng(seed))
    else:
        raise DataError(f"A split over {over!r}: allowed are beats, patients.")
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _choose_beats(classes: Int64, share: float, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    is_test = np.zeros(len(classes), dtype=bool)
    for label in range(len(AAMI_CLASSES)):
        of_class = random.permutation(np.flatnonzero(classes == label))
        is_test[of_class[: round(share * len(of_class))]] = True
    return is_test


def _choose_patients(rows: HeartbeatRows, share: float, random: np.random.Generator) -> npt.NDArray[np.bool_]:
    if not rows.patients_known:
        n_unknown = int(np.count_nonzero(rows.patients == ""))
        raise DataError(
            f"Of {n_unknown:,} of {len(rows):,} rows it is not known whose they are, so they cannot be split "
            "over patients. Rows that say it: einthoven data prepare heartbeat --from mitdb"
        )
    names, whose = np.unique(rows.patients, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"All {len(rows):,} rows are of {len(names)} patient; a split over patients needs 2 or more."
        )
    counts = np.zeros((len(names), len(AAMI_CLASSES)))
    np.add.at(counts, (whose, rows.classes), 1)
    shares = counts / np.maximum(counts.sum(axis=0), 1)
    wanted = share * (counts.sum(axis=0) > 0)
    least, chosen = np.inf, np.empty(0, dtype=np.int64)
    for _ in range(_N_SHUFFLES):
        order = random.permutation(len(names))
        # Row k: what the first k + 1 patients hold; never all of them.
        costs = ((np.cumsum(shares[order[:-1]], axis=0) - wanted) ** 2).sum(axis=1)
        best = int(np.argmin(costs))
        if costs[best] < least:
            least, chosen = float(costs[best]), order[: best + 1]
    result: npt.NDArray[np.bool_] = np.isin(whose, chosen)
    return result
