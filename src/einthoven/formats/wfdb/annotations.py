"""WFDB annotation files in MIT format, annot(5): beats, rhythm changes and remarks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError
from einthoven.recording import Beats, Event, Int64

# ecgcodes.h and ecgmap.h of the WFDB library: code → mnemonic
SYMBOL_OF_CODE = {
    1: "N", 2: "L", 3: "R", 4: "a", 5: "V", 6: "F", 7: "J", 8: "A", 9: "S", 10: "E",
    11: "j", 12: "/", 13: "Q", 14: "~", 16: "|", 18: "s", 19: "T", 20: "*", 21: "D", 22: '"',
    23: "=", 24: "p", 25: "B", 26: "^", 27: "t", 28: "+", 29: "u", 30: "?", 31: "!", 32: "[",
    33: "]", 34: "e", 35: "n", 36: "@", 37: "x", 38: "f", 39: "(",
    40: ")", 41: "r",
}  # fmt: skip
CODE_OF_SYMBOL = {symbol: code for code, symbol in SYMBOL_OF_CODE.items()}
_LAST_CODE = 49
_SKIP, _NUM, _SUB, _CHN, _AUX = 59, 60, 61, 62, 63
_AHA_CODES = b"NVFREPQOU[]"


@dataclass(frozen=True, eq=False)
class Annotations:
    """Raw annotations, in file order, one element each.

    Attributes:
        samples: positions, int64, in the rate of the annotation file (``fs``, else the record's frames).
        symbols: MIT-BIH mnemonics such as ``N V + ~ [ ! ]``, ``<U8``; ``[42]`` for a code without one.
        aux: the note of each, ``""`` where there is none, such as ``(AFIB`` at a rhythm change.
        subtype, chan, num: the small integers that come with each.
        fs: the file's own time resolution in Hz, or None where it is the record's.
        warnings: what was damaged.
    """

    samples: Int64
    symbols: npt.NDArray[np.str_]
    aux: tuple[str, ...]
    subtype: Int64
    chan: Int64
    num: Int64
    fs: float | None = None
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)


@dataclass
class _Reading:
    """What the pass over the words collects."""

    samples: list[int] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    aux: dict[int, str] = field(default_factory=dict)
    subtype: dict[int, int] = field(default_factory=dict)
    chan: list[int] = field(default_factory=list)
    num: list[int] = field(default_factory=list)
    damage: str = ""


def read_annotations(path: str | Path) -> Annotations:
    """Read an annotation file in MIT format (``208.atr``).

    A file that breaks off or turns to nonsense gives what came before, with a warning in ``warnings``.

    Raises:
        FormatError: missing, empty, in AHA format, or nonsense from its first word on.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(
            f"Annotation file {path} cannot be read ({error.strerror}). Check the path."
        ) from error
    if not data:
        raise FormatError(
            f"Annotation file {path} is empty (0 bytes); even without beats it ends in two zero bytes."
        )
    if _is_aha(data):
        raise FormatError(
            f"Annotation file {path} is in AHA format; allowed is MIT format. Convert it with 'ahaecg2mit' "
            "of the WFDB software."
        )
    reading = _walk(data)
    if reading.damage and not reading.samples:
        raise FormatError(f"Annotation file {path} is not in MIT format: {reading.damage}.")
    warnings = (
        (f"Annotation file {path.name}: {reading.damage}; read up to there.",) if reading.damage else ()
    )
    return _assemble(reading, warnings)


def _is_aha(data: bytes) -> bool:
    """AHA format has records of 16 bytes, each a zero and then an ASCII annotation code."""
    head = data[: 16 * 64]
    return (
        len(data) >= 16
        and len(data) % 16 == 0
        and not any(head[0::16])
        and all(c in _AHA_CODES for c in head[1::16])
    )


def _walk(data: bytes) -> _Reading:
    words = np.frombuffer(data[: len(data) // 2 * 2], dtype="<u2").tolist()
    found = _Reading()
    time = chan = num = 0
    at, end = 0, len(words)
    while True:
        if at >= end:
            found.damage = "it breaks off without an end mark"
            return found
        word = words[at]
        at += 1
        if word == 0:
            return found
        code, value = word >> 10, word & 0x3FF
        if code <= _LAST_CODE:
            time += value
            found.samples.append(time)
            found.codes.append(code)
            found.chan.append(chan)
            found.num.append(num)
        elif code == _SKIP:
            if at + 2 > end:
                found.damage = "it breaks off inside a long interval"
                return found
            # PDP-11 order: high word first, each word low byte first.
            interval = (words[at] << 16) | words[at + 1]
            time += interval - (1 << 32) if interval >= 1 << 31 else interval
            at += 2
        elif code < _SKIP:
            found.damage = f"code {code} at byte {2 * at - 2} is not defined"
            return found
        elif not found.samples:
            found.damage = f"a modifier (code {code}) at byte {2 * at - 2} comes before any annotation"
            return found
        elif code == _NUM:
            num = found.num[-1] = _signed(value)
        elif code == _SUB:
            found.subtype[len(found.samples) - 1] = _signed(value)
        elif code == _CHN:
            chan = found.chan[-1] = value & 0xFF
        else:
            if 2 * at + value > len(data):
                found.damage = "it breaks off inside a note"
                return found
            text = data[2 * at : 2 * at + value].split(b"\0", 1)[0]
            found.aux[len(found.samples) - 1] = text.decode("utf-8", errors="replace")
            at += (value + 1) // 2


def _signed(value: int) -> int:
    """Subtype and number are one signed byte."""
    return ((value & 0xFF) ^ 0x80) - 0x80


def _assemble(found: _Reading, warnings: tuple[str, ...]) -> Annotations:
    """Take the file's own definitions out of the annotations.

    annot(5): notes at time 0 that begin with ``##``.
    """
    names = dict(SYMBOL_OF_CODE)
    fs: float | None = None
    definitions: set[int] = set()
    inside = False
    for index, text in found.aux.items():
        if found.samples[index] != 0 or found.codes[index] != CODE_OF_SYMBOL['"']:
            break
        if text.startswith("## time resolution:"):
            fs = _positive(text.partition(":")[2])
        elif text.startswith("## annotation type definitions"):
            inside = True
        elif text.startswith("## end of definitions"):
            inside = False
        elif inside:
            parts = text.split(maxsplit=2)
            if len(parts) >= 2 and re.fullmatch(r"[0-9]{1,2}", parts[0]):
                names[int(parts[0])] = parts[1]
            definitions.add(index)
        if text.startswith("## "):
            definitions.add(index)
    keep = [index for index in range(len(found.samples)) if index not in definitions]
    return Annotations(
        samples=np.array([found.samples[i] for i in keep], dtype=np.int64),
        symbols=np.array([names.get(found.codes[i], f"[{found.codes[i]}]") for i in keep], dtype="<U8"),
        aux=tuple(found.aux.get(i, "") for i in keep),
        subtype=np.array([found.subtype.get(i, 0) for i in keep], dtype=np.int64),
        chan=np.array([found.chan[i] for i in keep], dtype=np.int64),
        num=np.array([found.num[i] for i in keep], dtype=np.int64),
        fs=fs,
        warnings=warnings,
    )


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if value > 0 else None


def to_beats_and_events(
    annotations: Annotations, n_samples: int, fs: float, frame_rate: float
) -> tuple[Beats, tuple[Event, ...], tuple[str, ...]]:
    """Turn annotations into beats (positions at ``fs``), events (seconds) and warnings.

    A rhythm change (``+`` with a note such as ``(AFIB``) lasts until the next one or the end of the
    recording; any other note is a moment. The texts are the file's own.
    """
    warnings = list(annotations.warnings)
    samples = annotations.samples
    rate = annotations.fs or frame_rate
    if rate != fs:
        samples = np.rint(samples * (fs / rate)).astype(np.int64)
    inside = (samples >= 0) & (samples < n_samples)
    if not inside.all():
        warnings.append(
            f"{int((~inside).sum())} annotations lie outside the {n_samples} samples and were left out."
        )
    order = np.flatnonzero(inside)
    order = order[np.argsort(samples[order], kind="stable")]
    symbols = np.array([s if len(s) == 1 else " " for s in annotations.symbols[order].tolist()], dtype="<U1")
    beats = Beats.from_symbols(samples[order], symbols)
    return beats, _events(annotations, samples, order.tolist(), n_samples, fs), tuple(warnings)


def _events(
    annotations: Annotations, samples: Int64, order: Sequence[int], n_samples: int, fs: float
) -> tuple[Event, ...]:
    noted = [
        (float(samples[i]) / fs, annotations.symbols[i], annotations.aux[i])
        for i in order
        if annotations.aux[i]
    ]
    changes = [onset for onset, symbol, text in noted if symbol == "+" and text.startswith("(")]
    ends = iter([*changes[1:], n_samples / fs])
    events = []
    for onset, symbol, text in noted:
        duration = next(ends) - onset if symbol == "+" and text.startswith("(") else 0.0
        events.append(Event(onset, duration, text))
    return tuple(events)


def encode_annotations(
    samples: Sequence[int], symbols: Sequence[str], aux: Sequence[str], subtype: Sequence[int] | None = None
) -> bytes:
    """Encode annotations in MIT format.

    Args:
        samples: positions, not decreasing.
        symbols: MIT-BIH mnemonics.
        aux: notes, ``""`` for none; at most 255 bytes of UTF-8 are kept.
        subtype: one small integer each, or None.

    Raises:
        FormatError: a symbol is not one of the MIT-BIH mnemonics.
    """
    out = bytearray()
    time = 0
    for index, (sample, symbol, note) in enumerate(zip(samples, symbols, aux, strict=True)):
        code = CODE_OF_SYMBOL.get(symbol)
        if code is None:
            raise FormatError(
                f"Annotation symbol {symbol!r} is not defined; allowed: {' '.join(CODE_OF_SYMBOL)}."
            )
        interval = sample - time
        time = sample
        if not 0 <= interval <= 1023:
            out += (_SKIP << 10).to_bytes(2, "little")
            pattern = interval & 0xFFFFFFFF
            out += (pattern >> 16).to_bytes(2, "little") + (pattern & 0xFFFF).to_bytes(2, "little")
            interval = 0
        out += ((code << 10) | interval).to_bytes(2, "little")
        if subtype is not None and subtype[index]:
            out += ((_SUB << 10) | (subtype[index] & 0x3FF)).to_bytes(2, "little")
        if note:
            text = note.encode()[:255].decode(errors="ignore").encode()
            out += ((_AUX << 10) | len(text)).to_bytes(2, "little") + text + b"\0" * (len(text) % 2)
    return bytes(out) + b"\0\0"
