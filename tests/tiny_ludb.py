"""A root in LUDB's layout with simulated records and the waves that they were made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from einthoven.formats import write
from einthoven.formats.wfdb.annotations import encode_annotations
from einthoven.recording import STANDARD_LEADS, Recording
from einthoven.signal.simulator import simulate

# Seconds from the R peak at a rate of 60: two and a half widths of the first and the last bell of each wave.
WAVES = (("p", -0.22, -0.165, -0.11), ("N", -0.046, 0.0, 0.049), ("t", 0.13, 0.27, 0.36))


def simulated(seed: int = 0, fs: float = 500.0, **options: object) -> Recording:
    """Ten seconds at 60 a minute, twelve leads."""
    return simulate(
        10.0, fs, STANDARD_LEADS, heart_rate=60.0, hrv_ms=0.0, seed=seed, name=str(seed), **options
    )


def write_ludb(root: Path, records: int = 2) -> Path:
    """Write records 1, 2 …; as in LUDB the first and the last beat are not annotated."""
    data = root / "data"
    data.mkdir(parents=True)
    for number in range(1, records + 1):
        recording = simulated(number)
        lower = tuple(lead.lower() for lead in recording.leads)
        write(Recording(recording.signals, recording.fs, lower, name=str(number)), data / f"{number}.hea")
        samples, symbols = annotations(recording)
        for lead in lower:
            note = encode_annotations(samples, symbols, [""] * len(samples))
            (data / f"{number}.{lead}").write_bytes(note)
    (root / "RECORDS").write_text("".join(f"data/{number}\n" for number in range(1, records + 1)))
    return root


def annotations(recording: Recording) -> tuple[list[int], list[str]]:
    """Positions and symbols of all beats but the first and the last."""
    samples, symbols = [], []
    for beat in recording.beats.samples[1:-1].tolist():
        for symbol, *moments in WAVES:
            samples += np.rint(beat + np.array(moments) * recording.fs).astype(int).tolist()
            symbols += ["(", symbol, ")"]
    return samples, symbols
