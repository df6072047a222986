"""Signals for the screen: int16 samples and their minima and maxima at coarser and coarser steps.

Level 0 holds every sample, level ``k`` one pair (minimum, maximum) for each ``4 ** k`` samples. A window of
any length is then drawn from a few thousand numbers, whether it lasts a second or a day.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Recording

Int16 = npt.NDArray[np.int16]

FACTOR = 4
MISSING = -32768
FINEST_STEP_MV = 0.001
META = "signals.json"
MAGIC = b"EITL"
VERSION = 1
# magic, version, leads, columns, values a column, reserved, first second, seconds a column; 32 bytes
HEADER = struct.Struct("<4sHHIHHdd")
_SMALLEST_LEVEL = 2048
_FINER = 4  # level cells a column, at least: what a column shows is off by less than a quarter of it
_CHUNK = 1 << 20  # a multiple of every factor in use


def write_pyramid(recording: Recording, folder: Path) -> None:
    """Write all levels of a recording into ``folder``; memory stays at some megabytes a lead."""
    steps = [_step(lead) for lead in recording.signals]
    lengths = [recording.n_samples]
    while lengths[-1] > _SMALLEST_LEVEL:
        lengths.append(-(-lengths[-1] // FACTOR))
    files = [(folder / f"level-{k}.i16").open("wb") for k in range(len(lengths))]
    try:
        for lead, step in zip(recording.signals, steps, strict=True):
            finer: Int16 | None = None
            for k, length in enumerate(lengths):
                finer = _quantise(lead, step) if finer is None else _coarser(finer, length, first=k == 1)
                files[k].write(finer.tobytes())
    finally:
        for file in files:
            file.close()
    meta = {
        "fs": recording.fs,
        "leads": list(recording.leads),
        "n_samples": recording.n_samples,
        "steps_mv": steps,
        "lengths": lengths,
    }
    (folder / META).write_text(json.dumps(meta), encoding="utf-8")


def _step(lead: Float32) -> float:
    largest = 0.0
    for begin in range(0, lead.size, _CHUNK):
        part = np.abs(lead[begin : begin + _CHUNK])
        largest = max(largest, float(np.nanmax(part, initial=0.0, where=np.isfinite(part))))
    return max(FINEST_STEP_MV, largest / 32767)


def _quantise(lead: Float32, step: float) -> Int16:
    out = np.empty(lead.size, np.dtype("<i2"))
    for begin in range(0, lead.size, _CHUNK):
        part = lead[begin : begin + _CHUNK]
        finite = np.isfinite(part)
        values = np.rint(np.where(finite, part, 0) / np.float32(step))
        out[begin : begin + _CHUNK] = np.where(finite, np.clip(values, -32767, 32767), MISSING)
    return out


def _coarser(finer: Int16, length: int, *, first: bool) -> Int16:
    """Pairs of the next level: ``finer`` is ``(n,)`` samples for the first, else ``(n, 2)`` pairs."""
    low, high = (finer, finer) if first else (finer[:, 0], finer[:, 1])
    short = length * FACTOR - low.size
    low = np.where(low == MISSING, np.int16(32767), low)  # a missing sample is never the lowest
    low = np.pad(low, (0, short), constant_values=32767).reshape(length, FACTOR).min(axis=1)
    high = np.pad(high, (0, short), constant_values=MISSING).reshape(length, FACTOR).max(axis=1)
    low[high == MISSING] = MISSING
    return np.stack([low, high], axis=1).astype("<i2")


@dataclass(frozen=True, slots=True)
class Tile:
    """A window as it is drawn: ``values`` int16, shape ``(n_leads, n_columns, 1 or 2)``."""

    values: Int16
    steps_mv: list[float]
    start_s: float
    column_s: float

    def encode(self) -> bytes:
        """Return the binary form, little endian: header, a float32 step a lead, then the values."""
        n_leads, n_columns, depth = self.values.shape
        header = HEADER.pack(MAGIC, VERSION, n_leads, n_columns, depth, 0, self.start_s, self.column_s)
        return header + np.asarray(self.steps_mv, "<f4").tobytes() + self.values.astype("<i2").tobytes()


class Pyramid:
    """The levels of one recording, read where they are needed.

    Args:
        folder: as `write_pyramid` left it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        meta: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
        self.fs: float = meta["fs"]
        self.leads: list[str] = meta["leads"]
        self.n_samples: int = meta["n_samples"]
        self.steps_mv: list[float] = meta["steps_mv"]
        self.lengths: list[int] = meta["lengths"]

    def tile(self, begin: int, stop: int, width: int, leads: list[int]) -> Tile:
        """Return samples ``begin`` … ``stop`` of some leads in at most ``2 * width`` numbers a lead.

        Where there are no more than two samples a column, the samples themselves; else ``width`` pairs.
        """
        begin, stop = max(0, begin), min(self.n_samples, stop)
        steps = [self.steps_mv[lead] for lead in leads]
        n = max(0, stop - begin)
        if n <= 2 * width:
            rows = [self._read(0, lead, begin, stop) for lead in leads]
            values = np.stack(rows)[:, :, np.newaxis] if rows else np.zeros((0, n, 1), np.int16)
            return Tile(values, steps, begin / self.fs, 1 / self.fs)
        level = 0
        while level + 1 < len(self.lengths) and FACTOR ** (level + 1) * _FINER <= n / width:
            level += 1
        factor = FACTOR**level
        first, last = begin // factor, min(self.lengths[level], -(-stop // factor))
        edges = np.rint(np.arange(width) * (n / width) / factor).astype(np.int64)
        edges = np.minimum(edges, last - first - 1)
        columns = np.empty((len(leads), width, 2), np.int16)
        for row, lead in enumerate(leads):
            cells = self._read(level, lead, first, last)
            low, high = (cells, cells) if level == 0 else (cells[:, 0], cells[:, 1])
            low = np.where(low == MISSING, np.int16(32767), low)
            columns[row, :, 0] = np.minimum.reduceat(low, edges)
            columns[row, :, 1] = np.maximum.reduceat(high, edges)
        columns[columns[:, :, 1] == MISSING, 0] = MISSING
        return Tile(columns, steps, begin / self.fs, n / width / self.fs)

    def _read(self, level: int, lead: int, first: int, last: int) -> Int16:
        depth = 1 if level == 0 else 2
        offset = (lead * self.lengths[level] + first) * depth * 2
        count = (last - first) * depth
        path = self.folder / f"level-{level}.i16"
        values = np.fromfile(path, "<i2", count=count, offset=offset)
        return values if depth == 1 else values.reshape(-1, 2)
