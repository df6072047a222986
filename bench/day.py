"""A 24-hour two-lead recording at 360 Hz, tiled from real half-hour records, as WFDB format 16."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from einthoven.formats import read
from einthoven.recording import Recording
from einthoven.signal.simulator import simulate

FS = 360
SAMPLES = 24 * 3600 * FS
GAIN = 200  # ADC units a millivolt, as MIT-BIH has


def write_day(folder: Path, database: Path | None) -> Path:
    """Write ``day.hea`` and ``day.dat`` and return the header's path.

    Args:
        folder: where to.
        database: MIT-BIH's folder; None simulates the half hours instead.
    """
    headers = sorted(database.glob("*.hea")) if database else []
    written, checksums = 0, np.zeros(2, dtype=np.int64)
    with (folder / "day.dat").open("wb") as stream:
        tile = 0
        while written < SAMPLES:
            signals = _half_hour(headers, tile).signals[:, : SAMPLES - written]
            samples = np.nan_to_num(np.rint(signals * GAIN), nan=-32768).astype("<i2")
            stream.write(samples.T.tobytes())
            checksums += samples.sum(axis=1, dtype=np.int64)
            written += samples.shape[1]
            tile += 1
    lines = [f"day 2 {FS} {SAMPLES}"]
    for lead, checksum in zip(("MLII", "V1"), checksums.tolist(), strict=True):
        lines.append(f"day.dat 16 {GAIN}(0)/mV 16 0 0 {(checksum + 32768) % 65536 - 32768} 0 {lead}")
    header = folder / "day.hea"
    header.write_text("\n".join(lines) + "\n", encoding="ascii")
    return header


def _half_hour(headers: list[Path], tile: int) -> Recording:
    if headers:
        return read(headers[tile % len(headers)])
    return simulate(duration=1800.0, fs=FS, s_probability=0.02, v_probability=0.04, seed=tile)
