"""A whole WFDB record: header, signal files, segments, annotations → ``Recording``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats.channels import Channel, check_rate, choose_channels
from einthoven.formats.rates import raise_rate
from einthoven.formats.wfdb.annotations import read_annotations, to_beats_and_events
from einthoven.formats.wfdb.header import DEFAULT_GAIN, Header, SignalLine, existing, inside, read_header
from einthoven.formats.wfdb.samples import checksum_matches, coding, decode_file, frames_in_file, refuse_text
from einthoven.recording import Beats, Event, Float32, Patient, Recording, normalise_lead

_MIT_COMMENT = re.compile(r"^(?P<age>-?\d{1,3})\s+(?P<sex>[MF])\b")
_AGE = re.compile(r"^<?age>?\s*[:=]?\s*(?P<age>\d{1,3}(?:\.\d+)?)\b", re.IGNORECASE)
_SEX = re.compile(r"^<?(?:sex|gender)>?\s*[:=]?\s*(?P<sex>[mf])(?:ale|emale)?\b", re.IGNORECASE)
_MAX_BYTES = 8 << 30  # a week of three leads at 500 Hz is 4 GiB


def read_record(
    path: Path,
    *,
    fs: float | None = None,
    unit: str | None = None,
    annotator: str | None = "atr",
    overrule: bool = False,
) -> Recording:
    """Read a WFDB record.

    Args:
        path: its header file.
        fs: frame rate in Hz, for a header that states none (the specification's 250 Hz is never assumed).
        unit: unit of signals whose header line states none, instead of the specification's mV.
        annotator: suffix of the annotation file to take beats and events from, if it is there; None for
            none.
        overrule: ``unit`` goes before what signal lines state.

    Returns:
        Signals of shape ``(n_leads, n_samples)`` at frame rate times the largest number of samples per
        frame.

    Raises:
        FormatError: the record is damaged beyond use; what can be mended gives a warning instead.
        MissingInformationError: nobody states the sampling rate.
    """
    header = read_header(path)
    if header.fs is None and fs is None:
        raise MissingInformationError(f"{path} states no sampling rate.", "fs", "360")
    if header.fs is not None:
        check_rate(header.fs, fs, str(path))
    frame_rate = header.fs or fs or 0.0
    warnings = list(header.warnings)
    if header.segments:
        signals, leads, per_frame = _read_segments(header, unit, overrule, frame_rate, warnings)
    else:
        part = _choose(header, unit, overrule)
        warnings += part.warnings
        signals, per_frame = _read_signals(header, part, None, warnings), part.per_frame
        leads = part.labels
    if signals.shape[1] == 0:
        raise FormatError(f"{path}: the record holds no samples; at least 1 is needed.")
    rate = frame_rate * per_frame
    beats, events = _annotate(path, annotator, signals.shape[1], rate, frame_rate, warnings)
    return Recording(
        signals, rate, tuple(normalise_lead(lead) for lead in leads), name=path.stem, source=str(path),
        start=header.start, patient=_patient(header.comments), beats=beats, events=events,
        warnings=tuple(warnings),
    )  # fmt: skip


@dataclass
class _Part:
    """The leads of one segment: which signals they are, their labels, and samples per frame of the result."""

    channels: list[Channel]
    labels: list[str]
    per_frame: int
    warnings: list[str]


def _choose(header: Header, unit: str | None, overrule: bool) -> _Part:
    labels = [line.description or f"signal {number}" for number, line in enumerate(header.signals)]
    channels, warnings = choose_channels(
        labels, [line.unit for line in header.signals], unit=unit, what=str(header.path), default_unit="mV",
        overrule=overrule,
    )  # fmt: skip
    lines = [header.signals[channel.index] for channel in channels]
    labels = [labels[channel.index] for channel in channels]
    uncalibrated = [label for label, line in zip(labels, lines, strict=True) if not line.gain]
    if uncalibrated:
        warnings.append(
            f"{header.path.name} states no gain for {', '.join(uncalibrated)} (uncalibrated); "
            f"{DEFAULT_GAIN:g} adu/mV assumed, as the WFDB specification says. Amplitudes may be wrong."
        )
    per_frame = max(line.samples_per_frame for line in lines)
    slower = [
        f"{label} ({line.samples_per_frame} of {per_frame} samples a frame)"
        for label, line in zip(labels, lines, strict=True)
        if line.samples_per_frame < per_frame
    ]
    if slower:
        warnings.append(f"Leads have unequal rates; {', '.join(slower)} resampled to the highest rate.")
    return _Part(channels, labels, per_frame, warnings)


def _read_signals(header: Header, part: _Part, expected: int | None, warnings: list[str]) -> Float32:
    """Read the chosen leads of an ordinary record, shape ``(n_leads, n_frames * per_frame)``."""
    folder = header.path.parent
    groups = [
        (name, list(members)) for name, members in groupby(enumerate(header.signals), lambda m: m[1].file)
    ]
    files = []
    for name, members in groups:
        lines = [line for _, line in members]
        path = existing(folder, name, header.path)
        how = coding(lines[0], header.path)
        if any(line.fmt != lines[0].fmt for line in lines):
            raise FormatError(
                f"{header.path}: the signals of {name} have different formats; one file has one format."
            )
        refuse_text(path, lines)
        files.append((path, members, lines, how, frames_in_file(path, lines, how)))
    announced = header.n_frames or expected
    held = max(entry[4] for entry in files)
    n_frames = held if announced is None else min(held, announced)
    for path, _, _, _, frames in files:
        if announced is None and frames < n_frames:
            warnings.append(
                f"{path.name} holds {frames} samples a signal, other files {n_frames}; the rest is missing."
            )
        elif announced is not None and frames < announced:
            warnings.append(
                f"{header.path.name} says {announced} samples, but {path.name} holds {frames}; the rest is "
                "missing."
            )
        elif announced is not None and frames > announced + 12:
            warnings.append(
                f"{header.path.name} says {announced} samples, but {path.name} holds {frames}; the rest "
                "was not read."
            )
    total = n_frames * part.per_frame * len(part.channels) * 4
    if total > _MAX_BYTES:
        raise FormatError(
            f"{header.path}: {n_frames} samples of {len(part.channels)} leads need {total >> 30} GiB."
        )
    signals = np.full((len(part.channels), n_frames * part.per_frame), np.nan, dtype=np.float32)
    row_of = {channel.index: row for row, channel in enumerate(part.channels)}
    for path, members, lines, how, frames in files:
        if not any(index in row_of for index, _ in members):
            continue
        frames = min(frames, n_frames)
        targets: list[Float32 | None] = []
        factors: list[float] = []
        calibrated: list[SignalLine] = []
        for index, line in members:
            row = row_of.get(index)
            factors.append(0.0 if row is None else part.channels[row].factor)
            calibrated.append(line if line.gain else _with_default_gain(line))
            if row is None:
                targets.append(None)
            elif line.samples_per_frame == part.per_frame:
                targets.append(signals[row, : frames * part.per_frame])
            else:
                targets.append(np.empty(frames * line.samples_per_frame, dtype=np.float32))
        sums = decode_file(path, calibrated, how, frames, targets, factors)
        whole = announced is None or frames == announced
        wrong = [lines[k].description or f"signal {members[k][0]}" for k, total in enumerate(sums)
                 if whole and not checksum_matches(total, lines[k])]  # fmt: skip
        if wrong:
            warnings.append(
                f"{path.name}: the checksum of {', '.join(wrong)} does not match; the file may be damaged."
            )
        for (index, line), target in zip(members, targets, strict=True):
            if target is None:
                continue
            _undo_skew(target, line)
            if line.samples_per_frame != part.per_frame:
                raised = raise_rate(target, Fraction(part.per_frame, line.samples_per_frame))
                signals[row_of[index], : raised.size] = raised
    return signals


def _with_default_gain(line: SignalLine) -> SignalLine:
    from dataclasses import replace

    return replace(line, gain=DEFAULT_GAIN)


def _undo_skew(target: Float32, line: SignalLine) -> None:
    """Sample t of a skewed signal is stored ``skew`` frames later."""
    shift = min(line.skew * line.samples_per_frame, target.size)
    if shift:
        target[: target.size - shift] = target[shift:].copy()
        target[target.size - shift :] = np.nan


def _read_segments(
    header: Header, unit: str | None, overrule: bool, frame_rate: float, warnings: list[str]
) -> tuple[Float32, list[str], int]:
    """Join the segments of a record; gaps and leads a segment lacks are NaN.

    A first segment of length 0 is the layout of a variable-layout record: signals are matched by
    description.
    """
    folder = header.path.parent
    segments = list(header.segments)
    variable = segments[0].n_frames == 0
    parts: dict[str, tuple[Header, _Part]] = {}
    for segment in segments:
        if segment.name == "~" or segment.name in parts:
            continue
        inner = read_header(existing(folder, f"{segment.name}.hea", header.path))
        if inner.segments:
            raise FormatError(
                f"{header.path}: segment {segment.name} has segments itself, which WFDB does not allow."
            )
        if inner.fs is not None and abs(inner.fs - frame_rate) > 1e-3 * frame_rate:
            raise FormatError(
                f"{header.path} states {frame_rate:g} Hz, but its segment {segment.name} {inner.fs:g} Hz; "
                "they must agree."
            )
        parts[segment.name] = (inner, _choose_or_nothing(inner, unit, overrule, warnings))
    if not parts:
        raise FormatError(f"{header.path}: every segment is a gap ('~'); there is nothing to read.")
    layout = parts[segments[0].name][1] if variable else next(iter(parts.values()))[1]
    labels = list(layout.labels)
    if not labels:
        raise FormatError(f"{header.path} has no ECG lead in any unit of V, mV, uV or nV.")
    per_frame = max(part.per_frame for _, part in parts.values())
    total = sum(segment.n_frames for segment in segments)
    if header.n_frames is not None and header.n_frames != total:
        warnings.append(f"{header.path.name} says {header.n_frames} samples, its segments add up to {total}.")
    if total * per_frame * len(labels) * 4 > _MAX_BYTES:
        raise FormatError(f"{header.path}: {total} samples of {len(labels)} leads do not fit into memory.")
    signals = np.full((len(labels), total * per_frame), np.nan, dtype=np.float32)
    seen: set[str] = set()
    at = 0
    for segment in segments:
        if segment.name != "~" and segment.n_frames:
            inner, part = parts[segment.name]
            rows = _match(labels, part.labels, by_position=not variable)
            if any(row is not None for row in rows):
                piece = _read_signals(inner, part, segment.n_frames, warnings)
                if part.per_frame < per_frame:
                    piece = np.stack(
                        [raise_rate(lead, Fraction(per_frame, part.per_frame)) for lead in piece]
                    )
                length = min(piece.shape[1], segment.n_frames * per_frame)
                for row, lead in zip(rows, piece, strict=True):
                    if row is not None:
                        signals[row, at : at + length] = lead[:length]
            lost = [
                label
                for row, label in zip(rows, part.labels, strict=True)
                if row is None and label not in seen
            ]
            if lost:
                seen.update(lost)
                warnings.append(
                    f"Segment {segment.name}: {', '.join(lost)} is not among the record's leads; left out."
                )
        at += segment.n_frames * per_frame
    return signals, labels, per_frame


def _choose_or_nothing(header: Header, unit: str | None, overrule: bool, warnings: list[str]) -> _Part:
    """A segment without ECG leads is a gap, not an error."""
    try:
        part = _choose(header, unit, overrule)
    except FormatError as error:
        warnings.append(f"Segment {header.path.stem} gives nothing: {error}")
        return _Part([], [], 1, [])
    warnings += [text for text in part.warnings if text not in warnings]
    return part


def _match(labels: Sequence[str], own: Sequence[str], *, by_position: bool) -> list[int | None]:
    """Return for each of ``own`` the row among ``labels``; equal names are taken in order."""
    if by_position and len(own) == len(labels):
        return list(range(len(labels)))
    free = list(range(len(labels)))
    rows: list[int | None] = []
    for label in own:
        row = next((row for row in free if labels[row] == label), None)
        if row is not None:
            free.remove(row)
        rows.append(row)
    return rows


def _annotate(
    path: Path, annotator: str | None, n_samples: int, fs: float, frame_rate: float, warnings: list[str]
) -> tuple[Beats | None, tuple[Event, ...]]:
    """Read the annotations beside the header; damage there costs a warning, never the recording."""
    if annotator is None:
        return None, ()
    beside = inside(path.parent, f"{path.stem}.{annotator}", path)
    if not beside.is_file():
        return None, ()
    try:
        beats, events, notes = to_beats_and_events(read_annotations(beside), n_samples, fs, frame_rate)
    except FormatError as error:
        warnings.append(f"Annotations were not read. {error}")
        return None, ()
    warnings += notes
    return beats, events


def _patient(comments: Sequence[str]) -> Patient:
    """Age and sex from the comments: MIT-BIH's ``69 M 1085 1629 x1``, others' ``Age: 74``, ``<sex>: F``."""
    age: float | None = None
    sex = ""
    for index, comment in enumerate(comments):
        mit = _MIT_COMMENT.match(comment) if index == 0 else None
        stated_age = mit or _AGE.match(comment)
        stated_sex = mit or _SEX.match(comment)
        if stated_age and age is None and float(stated_age["age"]) >= 0:
            age = float(stated_age["age"])
        if stated_sex and not sex:
            sex = {"m": "male", "f": "female"}[stated_sex["sex"].lower()]
    return Patient(age=age, sex=sex)
