"""Beats that are told apart by shape, as records in the layout of MIT-BIH and as folders of pictures."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from einthoven.datasets.beat_images_drawing import Look, draw_beat
from einthoven.formats.wfdb.annotations import CODE_OF_SYMBOL

FS = 360
PLAIN = Look()
SYMBOLS = "NV/RLA!E"


def beat(symbol: str, n: int = 192, wobble: float = 0.0) -> np.ndarray:
    """Return millivolts of a beat with its R peak in the middle, shape ``(n,)``."""
    t = (np.arange(n) - n / 2) / FS
    k = SYMBOLS.index(symbol)
    width = 0.012 + 0.006 * k
    wave = (1.0 if k % 2 == 0 else -1.0) * np.exp(-0.5 * (t / width) ** 2)
    wave += 0.25 * np.exp(-0.5 * ((t - 0.12 - 0.015 * k) / 0.03) ** 2) * (1 if k % 3 else -1)
    return (wave + wobble * np.sin(9 * t)).astype(np.float32)


def write_records(folder: Path, names: str = "101 106 108", n_beats: int = 64) -> Path:
    """Write records of all eight classes in turn under ``folder/mitdb``."""
    root = folder / "mitdb"
    root.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names.split()):
        chance = np.random.default_rng(index)
        places = 200 + np.cumsum(chance.integers(210, 260, n_beats))
        signal = 0.01 * chance.standard_normal(int(places[-1]) + 300)
        annotations = []
        for i, place in enumerate(places.tolist()):
            symbol = SYMBOLS[i % len(SYMBOLS)]
            signal[place - 96 : place + 96] += beat(symbol, wobble=0.05 * chance.standard_normal())
            annotations.append((place, symbol))
        values = np.round(200 * signal).astype("<i2")
        (root / f"{name}.hea").write_text(
            f"{name} 1 {FS} {len(values)}\n{name}.dat 16 200 16 0 0 0 0 MLII\n", encoding="ascii"
        )
        (root / f"{name}.dat").write_bytes(values.tobytes())
        words, before = [], 0
        for place, symbol in annotations:
            words.append(CODE_OF_SYMBOL[symbol] << 10 | (place - before))
            before = place
        (root / f"{name}.atr").write_bytes(struct.pack(f"<{len(words) + 1}H", *words, 0))
    return root


def write_pictures(root: Path, folders: dict[str, str], n: int = 4, look: Look = PLAIN) -> Path:
    """Write ``n`` pictures for each folder name → symbol."""
    from PIL import Image

    chance = np.random.default_rng(0)
    for name, symbol in folders.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            picture = draw_beat(beat(symbol, wobble=0.05 * chance.standard_normal()), look)
            Image.fromarray(picture).save(root / name / f"fig_{i}.png")
    return root
