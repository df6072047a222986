"""Small records in the layout of MIT-BIH, with annotations of any kind at stated places."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from einthoven.formats.wfdb.annotations import CODE_OF_SYMBOL

FS = 360
GAIN = 200


def write_record(
    folder: Path,
    name: str,
    leads: np.ndarray,
    annotations: Sequence[tuple[int, str]],
    labels: str = "MLII V1",
) -> None:
    """Write whole numbers of shape ``(n_leads, n_samples)`` and annotations (sample, mnemonic)."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{name} {len(leads)} {FS} {leads.shape[1]}"]
    lines += [f"{name}.dat 16 {GAIN} 16 0 0 0 0 {label}" for label in labels.split()[: len(leads)]]
    (folder / f"{name}.hea").write_text("\n".join(lines) + "\n", encoding="ascii")
    (folder / f"{name}.dat").write_bytes(leads.T.astype("<i2").tobytes())
    words, before = [], 0
    for sample, symbol in annotations:
        words.append(CODE_OF_SYMBOL[symbol] << 10 | (sample - before))
        before = sample
    (folder / f"{name}.atr").write_bytes(struct.pack(f"<{len(words) + 1}H", *words, 0))


def write_patients(root: Path, names: Sequence[str], n_beats: int = 40) -> None:
    """Write one record a name under ``root/mitdb``: noise, and beats of all classes in turn."""
    for index, name in enumerate(names):
        random = np.random.default_rng(index)
        places = 50 + np.cumsum(random.integers(150, 400, n_beats))
        leads = np.cumsum(random.integers(-9, 10, (2, int(places[-1]) + 300)), axis=1) % 1500
        symbols = "NAVF/"
        beats = [(int(place), symbols[number % 5]) for number, place in enumerate(places)]
        write_record(root / "mitdb", name, leads, beats)
