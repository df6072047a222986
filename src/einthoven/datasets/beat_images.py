"""The store of beats to draw: signals of first leads with their annotated beats, and the windows around them.

Jun TJ, Nguyen HM, Kang D, et al. ECG arrhythmia classification using a 2-D convolutional neural network.
2018, arXiv 1804.06812. They draw each beat of eight classes from 20 samples after the R peak before it to 20
samples before the one after it. What is kept here are not pictures but samples, from which any look can be
drawn.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from einthoven.datasets.roots import cache_folder
from einthoven.errors import DataError
from einthoven.models.beat_image_classes import CLASSES
from einthoven.recording import Float32, Int64

SCHEMA = "einthoven.beat-images/1"
SIGNALS, INDEX, DOCUMENT = "signals.npy", "index.csv", "prepared.json"
FILES = (SIGNALS, INDEX, DOCUMENT)
COLUMNS = ("record", "patient", "sample", "class", "at", "before", "after", "first", "last")
MICROVOLT = 1e-3
JUN_GAP_S = 20 / 360
ROW_S = 187 / 120  # what a heartbeat row shows, padded with zeros

Strings = npt.NDArray[np.str_]
Kind = Literal["jun", "half", "fixed", "row"]


@dataclass(frozen=True, slots=True)
class Window:
    """Which stretch around an R peak is drawn.

    Attributes:
        kind: ``jun``: from 20 samples of 360 Hz after the R peak before it to 20 before the one after it;
            ``half``: half-way to each neighbour; ``fixed``: ``before`` and ``after`` seconds; ``row``: from
            the R peak to 0.2 of an interval beyond the next one, as heartbeat rows are cut, zeros behind it.
        before: seconds, of ``fixed``.
        after: seconds, of ``fixed``.
    """

    kind: Kind = "jun"
    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True, eq=False)
class BeatStore:
    """Beats that can be drawn. Positions count within ``signals``, where one record follows the other.

    Attributes:
        signals: int16 microvolt, all records' first leads one after the other.
        fs: Hz.
        records: record of each beat.
        patients: its patient, ``SET/PERSON``.
        samples: its annotated position within the record.
        classes: index into ``CLASSES``.
        at: position of its R peak.
        before: of the R peak before it.
        after: of the R peak after it.
        first: of its record's first sample.
        last: behind its record's last sample.
        document: what ``prepared.json`` holds.
    """

    signals: npt.NDArray[np.int16]
    fs: float
    records: Strings
    patients: Strings
    samples: Int64
    classes: Int64
    at: Int64
    before: Int64
    after: Int64
    first: Int64
    last: Int64
    document: dict[str, Any]

    def __len__(self) -> int:
        return len(self.classes)

    def cut(self, beat: int, window: Window) -> Float32 | None:
        """Return the samples of a window in mV, float32, or None where the record does not reach so far."""
        at, fs = int(self.at[beat]), self.fs
        before, after = int(self.before[beat]), int(self.after[beat])
        padded = 0
        match window.kind:
            case "jun":
                gap = round(JUN_GAP_S * fs)
                begin, end = before + gap, after - gap
            case "half":
                begin, end = at - (at - before) // 2, at + (after - at) // 2
            case "fixed":
                begin, end = at - round(window.before * fs), at + round(window.after * fs)
            case "row":
                begin, end = at, after + round(0.2 * (after - at))
                padded = max(0, round(ROW_S * fs) - (end - begin))
                end = min(end, at + round(ROW_S * fs))
        if begin < int(self.first[beat]) or end > int(self.last[beat]) or end - begin < 8:
            return None
        samples = self.signals[begin:end].astype(np.float32) * np.float32(MICROVOLT)
        if padded:
            samples = np.concatenate([samples, np.full(padded, samples.min(), np.float32)])
        return samples


def store_folder(source: str = "mitdb") -> Path:
    """Return where ``einthoven data prepare beat-images --from SOURCE`` puts its store."""
    return cache_folder() / "prepared" / f"beat-images-{source}"


def open_store(folder: Path) -> BeatStore:
    """Read a store.

    Raises:
        DataError: it was not prepared, or is damaged.
    """
    absent = [name for name in FILES if not (folder / name).is_file()]
    if absent:
        raise DataError(
            f"{folder / absent[0]} is not there: the beats were not prepared. Prepare them: "
            "einthoven data prepare beat-images --from mitdb"
        )
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        with (folder / INDEX).open(newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
        signals = np.load(folder / SIGNALS, mmap_mode="r", allow_pickle=False)
        if tuple(header) != COLUMNS or document["schema"] != SCHEMA or signals.dtype != np.int16:
            raise ValueError(f"columns {header}, schema {document.get('schema')}")
        columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
        numbers = {name: np.array(columns[name], dtype=np.int64) for name in COLUMNS[4:]}
        return BeatStore(
            signals=signals,
            fs=float(document["rate_hz"]),
            records=np.array(columns["record"], dtype=np.str_),
            patients=np.array(columns["patient"], dtype=np.str_),
            samples=np.array(columns["sample"], dtype=np.int64),
            classes=np.array([CLASSES.index(name) for name in columns["class"]], dtype=np.int64),
            document=document,
            **numbers,
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{folder} holds no store of beats that can be read ({error}). Prepare it again: "
            "einthoven data prepare beat-images --from mitdb"
        ) from error
