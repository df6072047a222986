"""``Recording`` → EDF+C, by edfio."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from einthoven.errors import FormatError
from einthoven.recording import Float32, Recording

MISSING = -32768
MISSING_TEXT = "missing samples"
_SEX: dict[str, Literal["F", "M", "X"]] = {"female": "F", "male": "M"}
END_TEXT = "end of recording"
BEAT_TEXT = "beat "
_HIGHEST = 32767
_LONGEST_RECORD_S = 60


def encode_edf(recording: Recording) -> Iterator[bytes]:
    """Yield the file; see ``einthoven.formats.write`` for what becomes of gaps.

    Raises:
        FormatError: the rate gives no whole number of samples in up to 60 s.
    """
    import edfio

    fs = Fraction(recording.fs).limit_denominator(10**6)
    seconds = fs.denominator
    if seconds > _LONGEST_RECORD_S or abs(float(fs) - recording.fs) > 1e-9 * recording.fs:
        raise FormatError(
            f"EDF needs a whole number of samples in a data record, which {recording.fs!r} Hz does not give "
            f"within {_LONGEST_RECORD_S} s. Write WFDB instead, or resample to a whole number of hertz."
        )
    per_record = fs.numerator
    n_samples = -(-recording.n_samples // per_record) * per_record
    signals = [
        _signal(edfio, lead, label, n_samples, float(fs))
        for lead, label in zip(recording.signals, recording.leads, strict=True)
    ]
    start = recording.start if recording.start is not None and 1985 <= recording.start.year <= 2084 else None
    edf = edfio.Edf(
        signals,
        patient=edfio.Patient(
            code=_field(recording.patient.id, 20),
            sex=_SEX.get(recording.patient.sex, "X"),
            name=_field(recording.patient.name, 30),
        ),
        recording=edfio.Recording(startdate=start.date() if start else date(1985, 1, 1)),
        starttime=start.time() if start else datetime(1985, 1, 1).time(),
        data_record_duration=seconds,
        annotations=_annotations(edfio, recording, n_samples),
    )
    buffer = io.BytesIO()
    edf.write(buffer)
    yield buffer.getvalue()


def _signal(edfio: Any, lead: Float32, label: str, n_samples: int, fs: float) -> Any:
    """Quantise by hand: -32768 stays free for missing samples."""
    finite = np.isfinite(lead)
    step = _step(float(np.abs(lead[finite]).max()) if finite.any() else 1.0)
    digital = np.full(n_samples, MISSING, dtype=np.int16)
    values = np.clip(np.rint(lead[finite] / float(step)), -_HIGHEST, _HIGHEST)
    digital[: lead.size][finite] = values.astype(np.int16)
    return edfio.EdfSignal.from_digital(
        digital,
        fs,
        label=_ascii(label, 16) or "ECG",
        physical_dimension="mV",
        physical_range=(float(MISSING * step), float(_HIGHEST * step)),
        digital_range=(MISSING, _HIGHEST),
    )


def _step(extent: float) -> Decimal:
    """Return the smallest step of the series 1-2-5 (mV) that holds ``extent``.

    Both ends of its range then fit into the 8 characters of an EDF header field, so that every reader has
    the same gain.
    """
    for power in range(-5, 3):
        for digit in (1, 2, 5):
            step = Decimal(digit).scaleb(power)
            if extent <= _HIGHEST * float(step) and len(str(MISSING * step)) <= 8:
                return step
    raise FormatError(
        f"An amplitude of {extent:g} mV does not fit into EDF; check the unit of the recording."
    )


def _ascii(text: str, length: int) -> str:
    return "".join(c if 32 <= ord(c) < 127 else "_" for c in text.strip())[:length].strip()


def _field(text: str, length: int) -> str:
    """A subfield of the patient field has no blanks; X stands for unknown."""
    return _ascii(text, length).replace(" ", "_") or "X"


def _annotations(edfio: Any, recording: Recording, n_samples: int) -> list[Any]:
    rows = [(event.onset, event.duration or None, event.text) for event in recording.events if event.text]
    if recording.beats is not None:
        beats = recording.beats
        symbols = beats.classes if beats.symbols is None else beats.symbols
        rows += [
            (float(s) / recording.fs, None, f"{BEAT_TEXT}{symbol}")
            for s, symbol in zip(beats.samples, symbols, strict=True)
        ]
    if n_samples > recording.n_samples:
        rows.append((recording.n_samples / recording.fs, None, END_TEXT))
    for begin, end in _gaps(recording.signals):
        rows.append((begin / recording.fs, (end - begin) / recording.fs, MISSING_TEXT))
    return [
        edfio.EdfAnnotation(round(max(0.0, onset), 9), duration, _note(text))
        for onset, duration, text in rows
    ]


def _note(text: str) -> str:
    """Control characters structure an annotation list and cannot be part of a text."""
    return "".join(c if c >= " " else " " for c in text)


def _gaps(signals: Float32) -> list[tuple[int, int]]:
    """Stretches in which any lead is missing."""
    missing = ~np.isfinite(signals).all(axis=0)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
