"""``Recording`` → WFDB header, signal file of format 16, and annotation file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from einthoven.errors import FormatError
from einthoven.formats.wfdb.annotations import encode_annotations
from einthoven.recording import Float32, Recording

_NAME = re.compile(r"^[A-Za-z0-9_-]+$")
_LARGEST = 32767
_MISSING = -32768
_MAX_GAIN = 1e5  # adu/mV: a tenth of a microvolt is finer than any ECG
_CHUNK = 1 << 18


def encode_record(recording: Recording, path: Path) -> dict[Path, Iterable[bytes]]:
    """Return the files of the record ``path`` and their contents, signal file first and header last.

    Raises:
        FormatError: the name is not one WFDB allows.
    """
    stem = path.with_suffix("") if path.suffix.lower() in (".hea", ".dat", ".atr") else path
    if not _NAME.match(stem.name):
        raise FormatError(
            f"{stem.name!r} is no WFDB record name; allowed are letters, digits, underscore and hyphen. "
            "Choose another file name."
        )
    scales = [_scale(lead) for lead in recording.signals]
    files: dict[Path, Iterable[bytes]] = {
        stem.with_name(f"{stem.name}.dat"): _samples(recording.signals, scales)
    }
    annotations = _annotations(recording)
    if annotations is not None:
        files[stem.with_name(f"{stem.name}.atr")] = [annotations]
    files[stem.with_name(f"{stem.name}.hea")] = [_header(recording, stem.name, scales).encode()]
    return files


def _scale(lead: Float32) -> tuple[float, int]:
    """Return gain in adu/mV and baseline.

    The gain is the largest of the series 1-2-5 that keeps the lead in range; samples of the usual 200 and
    1000 adu/mV stay exact in it. Where zero would not fit, the middle of the lead's range is the baseline.
    """
    finite = lead[np.isfinite(lead)]
    if not finite.size:
        return 1000.0, 0
    low, high = float(finite.min()), float(finite.max())
    extent = max(abs(low), abs(high))
    if extent * 200 <= _LARGEST:
        return _gain(extent), 0
    middle = (low + high) / 2
    gain = _gain((high - low) / 2 or math.ulp(extent))
    baseline = -round(middle * gain)
    if abs(baseline) >= 1 << 31:
        # The baseline is a 32-bit number in every other WFDB reader.
        gain = _gain(extent)
        baseline = 0
    return gain, baseline


def _gain(extent: float) -> float:
    if extent <= 0:
        return 1000.0
    largest = min(_MAX_GAIN, (_LARGEST - 1) / extent)
    power = 10.0 ** math.floor(math.log10(largest))
    return max(step * power for step in (0.5, 1.0, 2.0, 5.0) if step * power <= largest * (1 + 1e-12))


def _quantise(lead: Float32, gain: float, baseline: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    finite = np.isfinite(lead)
    values = np.rint(np.where(finite, lead, 0).astype(np.float64) * gain) + baseline
    return np.where(finite, np.clip(values, -_LARGEST, _LARGEST), _MISSING).astype("<i2")


def _samples(signals: Float32, scales: list[tuple[float, int]]) -> Iterator[bytes]:
    for start in range(0, signals.shape[1], _CHUNK):
        part = signals[:, start : start + _CHUNK]
        frames = np.empty(part.shape[::-1], dtype="<i2")
        for k, (gain, baseline) in enumerate(scales):
            frames[:, k] = _quantise(part[k], gain, baseline)
        yield frames.tobytes()


def _header(recording: Recording, name: str, scales: list[tuple[float, int]]) -> str:
    first = f"{name} {recording.n_leads} {_plain(recording.fs)} {recording.n_samples}"
    if recording.start is not None:
        moment = recording.start
        fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
        first += f" {moment:%H:%M:%S}{fraction} {moment.day:02d}/{moment.month:02d}/{moment.year:04d}"
    lines = [first]
    for lead, label, (gain, baseline) in zip(recording.signals, recording.leads, scales, strict=True):
        total, initial = 0, 0
        for start in range(0, lead.size, _CHUNK):
            values = _quantise(lead[start : start + _CHUNK], gain, baseline)
            initial = int(values[0]) if start == 0 else initial
            total += int(values.sum(dtype=np.int64))
        checksum = (total + 32768) % 65536 - 32768
        description = " ".join(label.split())
        lines.append(
            f"{name}.dat 16 {_plain(gain)}({baseline})/mV 16 0 {initial} {checksum} 0 {description}".rstrip()
        )
    if recording.patient.age is not None:
        lines.append(f"# Age: {recording.patient.age:g}")
    if recording.patient.sex:
        lines.append(f"# Sex: {recording.patient.sex.capitalize()}")
    return "\n".join(lines) + "\n"


def _plain(value: float) -> str:
    """Shortest text that reads back as the same number; no exponent, which older readers do not take."""
    return np.format_float_positional(value, trim="-")


def _annotations(recording: Recording) -> bytes | None:
    rows: list[tuple[int, int, str, str]] = []
    if recording.beats is not None:
        beats = recording.beats
        # Without the source's own codes the AAMI letter is one: N S V F Q are MIT-BIH codes too.
        symbols = beats.classes if beats.symbols is None else beats.symbols
        rows += [
            (int(sample), 1, str(symbol), "") for sample, symbol in zip(beats.samples, symbols, strict=True)
        ]
    for event in recording.events:
        symbol = "+" if event.text.startswith("(") else '"'
        rows.append((max(0, round(event.onset * recording.fs)), 0, symbol, event.text))
    if recording.beats is None and not rows:
        return None
    rows.sort(key=lambda row: row[:2])
    return encode_annotations([r[0] for r in rows], [r[2] for r in rows], [r[3] for r in rows])
