"""EDF and EDF+ (continuous and discontinuous), on top of edfio.

Specification: Kemp et al. 1992 (doi:10.1016/0013-4694(92)90009-7) and EDF+, Kemp & Olivan 2003
(doi:10.1016/S1388-2457(03)00123-8). Annotation signals are parsed here, because edfio reads neither the
onsets of discontinuous records nor a file with one bad annotation.
"""

from __future__ import annotations

import re
import warnings as python_warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError
from einthoven.formats.channels import check_rate, choose_channels
from einthoven.formats.edf_writer import BEAT_TEXT, END_TEXT, MISSING, MISSING_TEXT
from einthoven.formats.rates import to_common_rate, unequal_rates_warning
from einthoven.recording import Beats, Event, Float32, Patient, Recording, normalise_lead
from einthoven.wording import plain

_ANNOTATIONS = "EDF Annotations"
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14((?:[^\x14\x00]*\x14)*)\x00")
_MAX_GAP_FACTOR = 20
_RECORDS_PER_CHUNK = 4096


def read_edf(
    path: Path, *, fs: float | None = None, unit: str | None = None, overrule: bool = False
) -> Recording:
    """Read an EDF or EDF+ file.

    Gaps of a discontinuous file (EDF+D) are NaN. Signals in other units than volts, and voltages that are
    no ECG (EEG, EMG, EOG, respiration), are left out with a warning.

    Args:
        path: the file.
        fs: rate in Hz; only checked against the file's.
        unit: unit of signals whose physical dimension is blank.
        overrule: ``unit`` goes before the physical dimension.

    Raises:
        FormatError: the header is damaged, or there is no ECG signal.
        MissingInformationError: the only signals have no physical dimension and ``unit`` is not given.
    """
    n_records = _check_header(path)
    import edfio

    notes: list[str] = []
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        try:
            edf = edfio.read_edf(path, header_encoding="latin-1")
        except (ValueError, KeyError, ArithmeticError) as error:
            raise FormatError(
                f"{path}: the EDF header is damaged ({error}). Export the file again."
            ) from error
    held = edf.num_data_records
    if caught and n_records not in (-1, held):
        notes.append(f"{path.name} says {n_records} data records, but holds {held}; the rest is missing.")
    elif caught and n_records != -1:
        notes.append(f"{path.name} ends inside a data record; the incomplete one was not read.")
    if held == 0:
        raise FormatError(f"{path} holds no whole data record. Export the file again.")
    signals = list(edf.signals)
    labels = [signal.label for signal in signals]
    stated = [signal.physical_dimension.strip() or None for signal in signals]
    kept, dropped = choose_channels(labels, stated, unit=unit, what=str(path), overrule=overrule)
    notes += dropped
    chosen = [signals[channel.index] for channel in kept]
    rates = [float(signal.sampling_frequency) for signal in chosen]
    if not all(np.isfinite(rates)) or min(rates) <= 0:
        seen = ", ".join(f"{signal.label} {rate:g} Hz" for signal, rate in zip(chosen, rates, strict=True))
        raise FormatError(
            f"{path}: rates must be positive, but are {seen}. The file is damaged; export it again."
        )
    onsets, events = _annotations(edf, held)
    marked = any(event.text == MISSING_TEXT for event in events)
    stored = [
        _physical(signal, channel.factor, marked, path) for signal, channel in zip(chosen, kept, strict=True)
    ]
    duration = float(edf.data_record_duration)
    if onsets is not None and held > 1:
        stored = _spread(stored, rates, onsets, duration, path, notes)
    if len(set(rates)) > 1:
        notes.append(unequal_rates_warning([labels[channel.index] for channel in kept], rates))
    table, rate = to_common_rate(stored, rates)
    check_rate(rate, fs, str(path))
    beats, events, n_samples = _own_annotations(events, table.shape[1], rate)
    table = table[:, :n_samples]
    start = _start(edf)
    return Recording(
        table, rate, tuple(normalise_lead(labels[channel.index]) for channel in kept), name=path.stem,
        source=str(path), start=start, patient=_patient(edf, start), beats=beats, events=events,
        warnings=tuple(notes),
    )  # fmt: skip


def _check_header(path: Path) -> int:
    """Check what would send a reader to wrong places; return the number of data records the header states.

    Raises:
        FormatError: names the field, its value, and the value that would fit.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(256)
    if len(head) < 256:
        raise FormatError(
            f"{path} is {size} bytes long, but an EDF header has at least 256. Export the file again."
        )

    def number(begin: int, end: int, name: str, kind: type[int] | type[float] = int) -> float:
        text = head[begin:end].decode("latin-1").strip()
        try:
            value = kind(text)
        except ValueError:
            raise FormatError(
                f"{path}: the EDF header field {name!r} reads {text!r}, which is not a number."
            ) from None
        return value

    n_signals = int(number(252, 256, "number of signals"))
    header_bytes = int(number(184, 192, "number of bytes in header record"))
    n_records = int(number(236, 244, "number of data records"))
    duration = number(244, 252, "duration of a data record", float)
    if n_signals < 1:
        raise FormatError(f"{path} has {n_signals} signals; at least 1 is needed.")
    if header_bytes != 256 * (n_signals + 1):
        raise FormatError(
            f"{path}: the EDF header says it is {header_bytes} bytes long, but {n_signals} signals need "
            f"256 * ({n_signals} + 1) = {256 * (n_signals + 1)}. The file is damaged; export it again."
        )
    if size < header_bytes:
        raise FormatError(
            f"{path} is {size} bytes long, shorter than its header of {header_bytes}. Download it again."
        )
    if n_records < -1 or not duration >= 0:
        raise FormatError(
            f"{path}: {n_records} data records of {duration:g} s cannot be. The file is damaged."
        )
    return n_records


def _physical(signal: Any, factor: float, marked: bool, path: Path) -> Float32:
    """Millivolt of one signal as stored, one data record after the other; edfio's float64 copy is avoided."""
    try:
        digital, physical = signal.digital_range, signal.physical_range
    except ValueError as error:
        raise FormatError(
            f"{path}: the range of signal {signal.label!r} is no pair of numbers ({error}). Export it again."
        ) from error
    # Beyond 1e30 the samples would not be numbers in float32 any more.
    if digital.max == digital.min or not (np.abs([physical.min, physical.max]) < 1e30).all():
        raise FormatError(
            f"{path}: signal {signal.label!r} has the digital range {digital.min} to {digital.max} for "
            f"{plain(physical.min)} to {plain(physical.max)}, which gives no gain. Export it again."
        )
    gain = (physical.max - physical.min) / (digital.max - digital.min)
    values = signal.digital.astype(np.float32)
    missing = values == MISSING if marked else None
    # One multiplication and one addition; the offset in float64 keeps a symmetric range exactly around zero.
    values *= np.float32(gain * factor)
    values += np.float32((physical.min - digital.min * gain) * factor)
    if missing is not None:
        values[missing] = np.nan
    result: Float32 = values
    return result


def _annotations(edf: Any, n_records: int) -> tuple[npt.NDArray[np.float64] | None, tuple[Event, ...]]:
    """Onset of every data record (None for plain EDF), and the annotations in time order.

    EDF+: the first annotation list of each data record of the first annotation signal is empty and keeps
    the time.
    """
    sources = [signal for signal in edf._signals if signal.label == _ANNOTATIONS]
    if not sources:
        return None, ()
    onsets = np.full(n_records, np.nan)
    events: list[Event] = []
    for number, signal in enumerate(sources):
        raw = np.ascontiguousarray(signal.digital).view(np.uint8).reshape(n_records, -1)
        for record in range(n_records):
            for place, match in enumerate(_TAL.finditer(raw[record].tobytes() + b"\x00")):
                onset = float(match[1])
                texts = match[3].split(b"\x14")[:-1]
                if number == 0 and place == 0:
                    onsets[record] = onset
                    texts = texts[1:]
                events += [
                    Event(onset, float(match[2] or 0), text.decode("utf-8", errors="replace"))
                    for text in texts
                    if text
                ]
    first = onsets[0] if np.isfinite(onsets[0]) else 0.0
    # The first record may begin a fraction of a second after the start in the header; time 0 is the first
    # sample.
    moved = sorted((Event(e.onset - first, e.duration, e.text) for e in events), key=lambda e: e.onset)
    known = onsets - first if np.isfinite(onsets).all() else None
    return known, tuple(moved)


def _own_annotations(
    events: tuple[Event, ...], n_samples: int, fs: float
) -> tuple[Beats | None, tuple[Event, ...], int]:
    """Take back what ``einthoven.formats.write`` put into annotations.

    Beats, gaps, and the end of a last data record that was filled up.
    """
    ends = [round(event.onset * fs) for event in events if event.text == END_TEXT]
    n_samples = min([n_samples, *ends])
    marks = [e for e in events if e.text.startswith(BEAT_TEXT) and len(e.text) == len(BEAT_TEXT) + 1]
    beats = None
    if marks:
        samples = np.array([round(event.onset * fs) for event in marks], dtype=np.int64)
        inside = samples < n_samples
        beats = Beats.from_symbols(
            samples[inside], np.array([e.text[-1] for e in marks], dtype="<U1")[inside]
        )
    own = {id(event) for event in marks}
    rest = tuple(e for e in events if id(e) not in own and e.text not in (END_TEXT, MISSING_TEXT))
    return beats, rest, n_samples


def _spread(
    stored: list[Float32],
    rates: list[float],
    onsets: npt.NDArray[np.float64],
    duration: float,
    path: Path,
    notes: list[str],
) -> list[Float32]:
    """Put each data record at its onset; what lies between is NaN."""
    steps = np.diff(onsets)
    # Half a sample of the fastest lead is rounding, not a gap.
    tolerance = 0.5 / max(rates)
    gaps = steps > duration + tolerance
    if np.any(steps < duration - tolerance):
        notes.append(f"{path.name}: data records overlap in time; they were joined without gaps instead.")
        return stored
    if not gaps.any():
        return stored
    total = float(onsets[-1]) + duration
    if total > _MAX_GAP_FACTOR * duration * len(onsets):
        raise FormatError(
            f"{path}: {duration * len(onsets):g} s of signal spread over {total:g} s; split the file."
        )
    missing = float((steps - duration)[gaps].sum())
    notes.append(
        f"{path.name} is discontinuous: {int(gaps.sum())} gaps, {missing:g} s in all, are missing (NaN)."
    )
    spread = []
    for lead, rate in zip(stored, rates, strict=True):
        per_record = lead.size // len(onsets)
        starts = np.rint(onsets * rate).astype(np.int64)
        whole = np.full(int(starts[-1]) + per_record, np.nan, dtype=np.float32)
        for begin in range(0, len(onsets), _RECORDS_PER_CHUNK):
            part = starts[begin : begin + _RECORDS_PER_CHUNK]
            at = part[:, np.newaxis] + np.arange(per_record)
            whole[at.ravel()] = lead[begin * per_record : (begin + len(part)) * per_record]
        spread.append(whole)
    return spread


def _start(edf: Any) -> datetime | None:
    """Date and time of the first sample; anonymised or impossible ones are None."""
    try:
        moment = datetime.combine(edf.startdate, edf.starttime)
    except (ValueError, IndexError):
        return None
    # 1 January 1985 at midnight is what the specification tells anonymised files to write.
    return None if moment == datetime(1985, 1, 1) else moment


def _patient(edf: Any, start: datetime | None) -> Patient:
    """EDF+ patient field: code, sex, birthdate, name; X where unknown.

    Plain EDF is free text and taken for an id.
    """
    text = edf.local_patient_identification.strip()
    fields = text.split()
    if len(fields) < 4 or fields[1] not in ("F", "M", "X"):
        return Patient(id=text)
    code, sex, birth, name = ("" if field == "X" else field.replace("_", " ") for field in fields[:4])
    age = None
    try:
        born = datetime.strptime(birth, "%d-%b-%Y")
    except ValueError:
        born = None
    if born is not None and start is not None and start > born:
        age = float(start.year - born.year - ((start.month, start.day) < (born.month, born.day)))
    return Patient(id=code, name=name, age=age, sex={"F": "female", "M": "male"}.get(sex, ""))
