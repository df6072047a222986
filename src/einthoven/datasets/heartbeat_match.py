"""How closely rebuilt heartbeat rows agree with genuine ones.

A genuine row *can come from* the given records if it occurs in one of them sample for sample: in any lead,
from any sample on, at the step of the rebuilt rows, up to offset and scale. Genuine values are ratios of
whole numbers, so this is decided exactly. A correlation of 0.99 with some stretch would not decide it: beats
of one patient, and short rows of any, reach that among tens of millions of stretches by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.catalogue import HEARTBEAT
from einthoven.datasets.database import Database
from einthoven.datasets.heartbeat import HeartbeatRows, digital_signals, joined, read_rows, row_step
from einthoven.recording import AAMI_CLASSES, Float32, Int64

Float64 = npt.NDArray[np.float64]

GENUINE_SOURCE = "mitdb"
LEAST_CORRELATION = 0.99
IDENTICAL = 1e-6
# Rows of the published mitbih_train.csv and mitbih_test.csv together, by class.
PUBLISHED = {"N": 90_589, "S": 2_779, "V": 7_236, "F": 803, "Q": 8_039}
_MOST_ROWS = 2000
_AT_ONCE = 4096
_MOST_STEPS = 2048  # of the converter of MIT-BIH, 11 bits
_RATIO_ERROR = 2e-3  # of a step; float32 at 2,048 steps is off by 1e-4
_KEY_LENGTH = 16  # differences that a search begins with


@dataclass(frozen=True, slots=True)
class Place:
    """Where a genuine row occurs: record, lead, first sample."""

    record: str
    lead: int
    sample: int


def genuine_rows(root: Path) -> tuple[list[Path], HeartbeatRows]:
    """Return the files of genuine rows cut from MIT-BIH under ``root``, and their rows.

    Those of the catalogue and samples of them (``NAME_sample.csv``); of more than 2,000 rows, 2,000 drawn
    with a fixed seed.

    Raises:
        DataError: one of the files is not right.
    """
    names = [Path(name).stem for name in HEARTBEAT.files if name.startswith("mitbih")]
    folder = HEARTBEAT.folder(root)
    wanted = [folder / f"{name}{ending}.csv" for name in names for ending in ("", "_sample")]
    files = [path for path in wanted if path.is_file()]
    rows = joined([read_rows(path) for path in files])
    if len(rows) > _MOST_ROWS:
        rows = rows.take(np.sort(np.random.default_rng(0).permutation(len(rows))[:_MOST_ROWS]))
    return files, rows


def match(
    genuine: HeartbeatRows,
    rebuilt: HeartbeatRows,
    database: Database,
    on_record: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Compare genuine rows with rebuilt ones.

    Args:
        genuine: from the published files.
        rebuilt: from the records of ``database``.
        database: the records.
        on_record: is told the name of each record before it is searched.

    Returns:
        ``n_genuine``; ``n_found`` that can come from the records, and ``n_found_expected`` from the share of
        the published rows of each class that is rebuilt here; of those found: ``n_matched`` by a rebuilt row
        with a correlation over all 187 values of 0.99 or more, ``n_same_place`` cut at that very place,
        ``n_same_class``, ``n_identical`` within 1e-6; the median and worst correlation and difference of
        the matched; ``n_alike_only``: not found, and yet 0.99 or more alike some rebuilt row.
    """
    correlation, nearest = nearest_rows(genuine.values, rebuilt.values)
    places = find_places(genuine.values, database, on_record)
    is_found = np.array([place is not None for place in places], dtype=bool)
    is_alike = correlation >= LEAST_CORRELATION
    is_matched = is_found & is_alike
    difference = np.abs(genuine.values - rebuilt.values[nearest])
    of_class = np.bincount(genuine.classes, minlength=len(AAMI_CLASSES))
    here = np.bincount(rebuilt.classes, minlength=len(AAMI_CLASSES))
    expected = sum(
        int(of_class[index]) * int(here[index]) / PUBLISHED[letter]
        for index, letter in enumerate(AAMI_CLASSES)
    )
    is_same_class = is_matched & (genuine.classes == rebuilt.classes[nearest])
    is_same_place = is_matched & np.array(
        [
            place is not None
            and (place.record, place.sample) == (str(rebuilt.records[row]), int(rebuilt.samples[row]))
            for place, row in zip(places, nearest, strict=True)
        ],
        dtype=bool,
    )
    n_found, n_matched = int(is_found.sum()), int(is_matched.sum())
    return {
        "n_genuine": len(genuine),
        "n_found": n_found,
        "n_found_expected": round(expected, 1),
        "n_matched": n_matched,
        "share_matched": n_matched / n_found if n_found else None,
        "n_same_place": int(is_same_place.sum()),
        "n_same_class": int(is_same_class.sum()),
        "n_identical": int((is_matched & (difference.max(axis=1) <= IDENTICAL)).sum()),
        "median_correlation": _rounded(np.median, correlation[is_matched]),
        "least_correlation": _rounded(np.min, correlation[is_matched]),
        "median_absolute_difference": _rounded(np.median, difference[is_matched].ravel()),
        "largest_absolute_difference": _rounded(np.max, difference[is_matched].ravel()),
        "n_alike_only": int((is_alike & ~is_found).sum()),
        "largest_correlation_not_found": _rounded(np.max, correlation[~is_found]),
        "per_class": {
            letter: {
                "genuine": int(of_class[index]),
                "found": int((is_found & (genuine.classes == index)).sum()),
                "matched": int((is_matched & (genuine.classes == index)).sum()),
            }
            for index, letter in enumerate(AAMI_CLASSES)
        },
    }


def _rounded(measure: Any, values: npt.NDArray[Any]) -> float | None:
    return float(f"{float(measure(values)):.6g}") if values.size else None


def nearest_rows(genuine: Float32, rebuilt: Float32) -> tuple[Float64, Int64]:
    """Return for each genuine row the largest correlation with a rebuilt one, and which that is.

    Correlation is Pearson's over all 187 values, the zeros behind the beat's end among them.
    """
    wanted = _standardised(genuine).T
    largest = np.full(len(genuine), -np.inf)
    nearest = np.zeros(len(genuine), dtype=np.int64)
    columns = np.arange(len(genuine))
    for start in range(0, len(rebuilt), _AT_ONCE):
        products = _standardised(rebuilt[start : start + _AT_ONCE]) @ wanted
        best = products.argmax(axis=0)
        values = products[best, columns]
        is_better = values > largest
        largest[is_better] = values[is_better]
        nearest[is_better] = start + best[is_better]
    return _correlations(genuine, rebuilt[nearest]), nearest


def _correlations(first: Float32, second: Float32) -> Float64:
    """Return the correlation of each row with the one at the same place; 0 with a row without change."""
    a, b = (rows - rows.mean(axis=1, keepdims=True, dtype=np.float64) for rows in (first, second))
    norms = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result: Float64 = (a * b).sum(axis=1) / np.maximum(norms, 1e-12)
    return result


def _standardised(rows: Float32) -> Float32:
    centred = rows - rows.mean(axis=1, keepdims=True)
    norms = np.linalg.norm(centred, axis=1, keepdims=True)
    result: Float32 = centred / np.maximum(norms, np.float32(1e-6))
    return result


def find_places(
    values: Float32, database: Database, on_record: Callable[[str], None] | None = None
) -> list[Place | None]:
    """Return for each row where it occurs in the records sample for sample, or None.

    Rows of 16 values or fewer, or that do not change within the first 17, are not looked for.
    """
    steps = [_whole_numbers(row) for row in values]
    weights = np.random.default_rng(0).integers(1, 1 << 40, _KEY_LENGTH, dtype=np.int64)
    wanted: dict[int, list[tuple[int, int]]] = {}  # key of the first differences → row, steps a unit
    for row, numbers in enumerate(steps):
        if numbers is None or not np.any(begin := np.diff(numbers)[:_KEY_LENGTH]):
            continue
        # A row whose extremes lie behind its 187 values may hold multiples of a common factor alone.
        for factor in range(1, _MOST_STEPS // max(int(numbers.max()), 1) + 1):
            wanted.setdefault(int((factor * begin * weights).sum()), []).append((row, factor))
    keys = np.array(sorted(wanted), dtype=np.int64)
    places: list[Place | None] = [None] * len(values)
    for name in database.records:
        if name in database.data_set.unannotated:
            continue
        if on_record is not None:
            on_record(name)
        signals, _ = digital_signals(database, name)
        whole = np.where(np.isfinite(signals), signals, 1 << 20).astype(np.int64)
        for lead, signal in enumerate(whole):
            for sample, key in _hits(signal, row_step(database.data_set.fs), weights, keys):
                for row, factor in wanted[key]:
                    numbers = steps[row]
                    if places[row] is None and numbers is not None:
                        step = row_step(database.data_set.fs)
                        there = signal[sample : sample + step * len(numbers) : step]
                        if np.array_equal(np.diff(there), factor * np.diff(numbers)):
                            places[row] = Place(name, lead, sample)
    return places


def _hits(signal: Int64, step: int, weights: Int64, keys: Int64) -> list[tuple[int, int]]:
    """Return the samples at which one of ``keys`` begins, and which."""
    differences = signal[step:] - signal[:-step]
    n_starts = len(differences) - step * (_KEY_LENGTH - 1)
    if n_starts <= 0:
        return []
    found = np.zeros(n_starts, dtype=np.int64)
    for place, weight in enumerate(weights):
        found += differences[step * place : step * place + n_starts] * weight
    hits = np.flatnonzero(np.isin(found, keys))
    return list(zip(hits.tolist(), found[hits].tolist(), strict=True))


def _whole_numbers(row: Float32) -> Int64 | None:
    """Return the smallest whole numbers whose ratio to their range the values are, without the padding."""
    length = int(np.flatnonzero(row)[-1]) + 1 if np.any(row) else 0
    if length <= _KEY_LENGTH:
        return None
    products = row[:length].astype(np.float64) * np.arange(1, _MOST_STEPS + 1)[:, np.newaxis]
    is_whole = np.abs(products - np.rint(products)).max(axis=1) < _RATIO_ERROR
    if not is_whole.any():
        return None
    numbers: Int64 = np.rint(products[int(is_whole.argmax())]).astype(np.int64)
    return numbers
