"""WFDB signal files, signal(5): packed samples to millivolt, in chunks, straight into the final array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError
from einthoven.formats.text import first_line, is_plain_ascii
from einthoven.formats.wfdb.header import SignalLine
from einthoven.recording import Float32

_Bytes = npt.NDArray[np.uint8]
_Integers = npt.NDArray[Any]

_VALUES_PER_CHUNK = 1 << 19  # a chunk and its working arrays stay in cache-sized memory


def _two_in_three_bytes(raw: _Bytes) -> _Integers:
    """212: two 12-bit samples in three bytes; the middle byte holds the high nibbles of both."""
    middle = raw[1::3].astype(np.int16)
    values = np.empty(2 * middle.size, dtype=np.int16)
    # Shifting the nibble to the top of the word and back extends its sign.
    np.bitwise_or((middle << 12) >> 4, raw[0::3], out=values[0::2])
    np.bitwise_or(((middle & 0xF0) << 8) >> 4, raw[2::3], out=values[1::2])
    return values


def _ten_bits_padded(raw: _Bytes) -> _Integers:
    """310: two 16-bit words hold one sample each in bits 1-10, and a third in bits 11-15 of both."""
    words = raw.view("<u2").astype(np.int16)
    first, second = words[0::2], words[1::2]
    values = np.empty(3 * first.size, dtype=np.int16)
    values[0::3] = (first << 5) >> 6
    values[1::3] = (second << 5) >> 6
    values[2::3] = ((first >> 11) & 0x1F) | ((second >> 11) << 5)
    return values


def _ten_bits_packed(raw: _Bytes) -> _Integers:
    """311: three samples in bits 0-9, 10-19 and 20-29 of a 32-bit word."""
    words = raw.view("<u4").astype(np.int32)
    values = np.empty(3 * words.size, dtype=np.int16)
    values[0::3] = (words << 22) >> 22
    values[1::3] = (words << 12) >> 22
    values[2::3] = (words << 2) >> 22
    return values


def _three_bytes(raw: _Bytes) -> _Integers:
    """24: 24-bit two's complement, low byte first."""
    values = raw[2::3].view(np.int8).astype(np.int32) << 16
    values |= raw[1::3].astype(np.int32) << 8
    values |= raw[0::3]
    return values


@dataclass(frozen=True, slots=True)
class _Coding:
    """How a format packs samples: ``n_values`` in ``n_bytes``, and the code of a missing sample."""

    n_values: int
    n_bytes: int
    missing: int | None
    decode: Callable[[_Bytes], _Integers]


CODINGS: dict[int, _Coding] = {
    8: _Coding(1, 1, None, lambda raw: raw.view(np.int8)),
    16: _Coding(1, 2, -(1 << 15), lambda raw: raw.view("<i2")),
    24: _Coding(1, 3, -(1 << 23), _three_bytes),
    32: _Coding(1, 4, -(1 << 31), lambda raw: raw.view("<i4")),
    61: _Coding(1, 2, -(1 << 15), lambda raw: raw.view(">i2")),
    80: _Coding(1, 1, -128, lambda raw: raw.astype(np.int16) - 128),
    160: _Coding(1, 2, -(1 << 15), lambda raw: raw.view("<u2").astype(np.int32) - 32768),
    212: _Coding(2, 3, -(1 << 11), _two_in_three_bytes),
    310: _Coding(3, 4, -(1 << 9), _ten_bits_padded),
    311: _Coding(3, 4, -(1 << 9), _ten_bits_packed),
}

FLAC_FORMATS = (508, 516, 524)


def coding(line: SignalLine, header: Path) -> _Coding:
    """Return how ``line`` packs its samples.

    Raises:
        FormatError: FLAC-compressed, or not a WFDB format.
    """
    if line.fmt in CODINGS:
        return CODINGS[line.fmt]
    allowed = ", ".join(str(fmt) for fmt in CODINGS)
    if line.fmt in FLAC_FORMATS:
        raise FormatError(
            f"{header}: {line.file} is FLAC-compressed (format {line.fmt}), which is not read; allowed: "
            f"{allowed}. Convert it with 'xform -O 16' of the WFDB software."
        )
    raise FormatError(
        f"{header}: {line.file} has format {line.fmt}, which is no WFDB format; allowed: {allowed}."
    )


def frames_in_file(path: Path, lines: Sequence[SignalLine], how: _Coding) -> int:
    """Return how many whole frames of these signals the file holds."""
    n_bytes = max(0, path.stat().st_size - lines[0].byte_offset)
    blocks, rest = divmod(n_bytes, how.n_bytes)
    n_values = blocks * how.n_values
    if lines[0].fmt == 212 or lines[0].fmt == 310:
        n_values += rest >= 2
    elif lines[0].fmt == 311:
        n_values += max(0, rest - 1)
    return n_values // sum(line.samples_per_frame for line in lines)


def refuse_text(path: Path, lines: Sequence[SignalLine]) -> None:
    """Stop at a web page, a Git LFS pointer or another text that lies where samples should be.

    Raises:
        FormatError: the file is text. One byte a sample could look like it by chance, so those formats
            pass.
    """
    if CODINGS[lines[0].fmt].n_bytes == 1 or lines[0].byte_offset:
        return
    with path.open("rb") as file:
        start = file.read(2048)
    if len(start) >= 24 and is_plain_ascii(start):
        raise FormatError(
            f"{path} is a text file, not samples of format {lines[0].fmt}; it begins {first_line(start)!r}. "
            "Download the signal file again."
        )


def decode_file(
    path: Path,
    lines: Sequence[SignalLine],
    how: _Coding,
    n_frames: int,
    targets: Sequence[Float32 | None],
    factors: Sequence[float],
) -> list[int]:
    """Decode the first ``n_frames`` frames of a signal file.

    Args:
        path: the signal file.
        lines: its signals, in header order.
        how: their coding.
        n_frames: frames to decode; the file holds at least as many.
        targets: for each signal a writable array of shape ``(n_frames * samples_per_frame,)`` that takes
            millivolt, or None for a signal that is not wanted.
        factors: for each signal the factor from its unit to millivolt.

    Returns:
        The sum over the raw samples of each signal, for the checksum.
    """
    per_frame = sum(line.samples_per_frame for line in lines)
    # A multiple of 6 frames starts every chunk at a block boundary, whatever the packing.
    step = max(6, _VALUES_PER_CHUNK // per_frame // 6 * 6)
    sums = [0] * len(lines)
    with path.open("rb") as file:
        file.seek(lines[0].byte_offset)
        for start in range(0, n_frames, step):
            frames = min(step, n_frames - start)
            n_values = frames * per_frame
            n_bytes = -(-n_values // how.n_values) * how.n_bytes
            raw = np.frombuffer(file.read(n_bytes), dtype=np.uint8)
            if raw.size < n_bytes:
                raw = np.concatenate([raw, np.zeros(n_bytes - raw.size, dtype=np.uint8)])
            values = how.decode(raw)[:n_values].reshape(frames, per_frame)
            column = 0
            for k, line in enumerate(lines):
                spf = line.samples_per_frame
                own = values[:, column] if spf == 1 else values[:, column : column + spf].reshape(-1)
                column += spf
                if line.fmt == 8:
                    # First differences: the sum so far is what the next chunk continues from.
                    own = np.cumsum(own, dtype=np.int64) + (sums[k] if start else line.initial)
                    sums[k] = int(own[-1])
                else:
                    sums[k] += int(own.sum(dtype=np.int64))
                target = targets[k]
                if target is not None:
                    _to_millivolt(
                        own, line, how.missing, factors[k], target[start * spf : (start + frames) * spf]
                    )
    return sums


def _to_millivolt(raw: _Integers, line: SignalLine, missing: int | None, factor: float, out: Float32) -> None:
    gain = line.gain
    if raw.dtype.itemsize <= 2 and abs(line.baseline) < 1 << 20:
        out[:] = raw  # exact in float32
        out -= np.float32(line.baseline)
        out *= np.float32(factor / gain)
    else:
        out[:] = (raw.astype(np.float64) - line.baseline) * (factor / gain)
    if missing is not None:
        gaps = raw == missing
        if gaps.any():
            out[gaps] = np.nan


def checksum_matches(total: int, line: SignalLine) -> bool:
    """Whether the 16-bit sum of all samples is the one in the header; True where the header states none."""
    return line.checksum is None or line.fmt == 8 or (total - line.checksum) % 65536 == 0
