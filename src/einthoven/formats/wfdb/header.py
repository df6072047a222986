"""WFDB header files, header(5): record line, signal lines, segment lines, comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from einthoven.errors import FormatError
from einthoven.formats.text import decode

DEFAULT_GAIN = 200.0  # adu/mV, where a header states none or 0: WFDB_DEFGAIN, "uncalibrated"

_RECORD_NAME = re.compile(r"^(?P<name>[^/\s]+)(?:/(?P<segments>\d{1,9}))?$")
_RATE = re.compile(
    r"^(?P<fs>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?:/(?P<counter>-?[\d.eE+]+)(?:\((?P<base>-?[\d.eE+]+)\))?)?$"
)
_FORMAT = re.compile(
    r"^(?P<fmt>\d{1,9})(?:x(?P<spf>\d{1,9}))?(?::(?P<skew>\d{1,9}))?(?:\+(?P<offset>\d{1,15}))?$"
)
_GAIN = re.compile(
    r"^(?P<gain>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)?(?:\((?P<baseline>[-+]?\d+(?:\.\d*)?)\))?(?:/(?P<unit>\S+))?$"
)
_TIME = re.compile(r"^(?P<h>\d{1,2}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2})(?:\.(?P<f>\d{1,6})\d*)?)?$")
_DATE = re.compile(r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})$")
_INTEGER = re.compile(r"^[-+]?[0-9]{1,18}$")
_COUNT = re.compile(r"^[0-9]{1,15}$")


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal of a record, as its header line describes it.

    ``gain`` is adu per ``unit``; 0 is uncalibrated.
    """

    file: str
    fmt: int
    samples_per_frame: int = 1
    skew: int = 0
    byte_offset: int = 0
    gain: float = 0.0
    baseline: float = 0.0
    unit: str | None = None
    initial: int = 0
    checksum: int | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a multi-segment record; ``~`` is a gap, a first one of length 0 is the layout."""

    name: str
    n_frames: int


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. ``fs`` is the frame rate in Hz, None where not stated; so with ``n_frames``."""

    path: Path
    name: str
    fs: float | None
    n_frames: int | None
    start: datetime | None
    signals: tuple[SignalLine, ...]
    segments: tuple[Segment, ...]
    comments: tuple[str, ...]
    warnings: tuple[str, ...]


def read_header(path: Path) -> Header:
    """Read a header file.

    Raises:
        FormatError: the file cannot be read as a header; the message names the line and quotes it.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path}: the header cannot be read ({error.strerror}). Check the path.") from error
    return parse_header(raw, path)


def parse_header(raw: bytes, path: Path) -> Header:
    """Parse the bytes of a header file; see ``read_header``."""
    if not raw.strip():
        raise FormatError(
            f"{path} is empty; a WFDB header has at least a record line such as '208 2 360 650000'."
        )
    lines: list[tuple[int, str]] = []
    comments: list[str] = []
    for number, line in enumerate(decode(raw).replace("\x00", "").splitlines(), start=1):
        line = line.strip()
        if line.startswith("#"):
            comments.append(line[1:].strip())
        elif line:
            lines.append((number, line))
    if not lines:
        raise FormatError(
            f"{path} holds only comments; a WFDB header needs a record line such as '208 2 360 650000'."
        )
    return _Parser(path, lines, comments).parse()


class _Parser:
    """Holds what every message needs: the file, and the line at hand."""

    def __init__(self, path: Path, lines: list[tuple[int, str]], comments: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.comments = comments
        self.warnings: list[str] = []

    def fail(self, number: int, line: str, problem: str) -> FormatError:
        return FormatError(f"{self.path}, line {number}: {problem}. The line reads: {line!r}")

    def parse(self) -> Header:
        number, line = self.lines[0]
        fields = line.split()
        match = _RECORD_NAME.match(fields[0])
        if match is None:
            raise self.fail(number, line, f"{fields[0]!r} is not a record name")
        n_segments = int(match["segments"]) if match["segments"] is not None else None
        if len(fields) < 2 or not _COUNT.match(fields[1]):
            raise self.fail(
                number, line, "a record line needs the number of signals in second place, as in '208 2 360'"
            )
        n_signals = int(fields[1])
        if n_segments == 0:
            raise self.fail(number, line, "the record has 0 segments; at least 1 is needed")
        if n_signals == 0:
            raise self.fail(number, line, "the record has 0 signals; an ECG needs at least 1 lead")
        fs = self._rate(number, line, fields)
        n_frames = None
        if len(fields) > 3:
            if not _COUNT.match(fields[3]):
                raise self.fail(number, line, f"{fields[3]!r} is not a number of samples")
            n_frames = int(fields[3]) or None
        start = self._start(fields[4:6])
        body = self.lines[1:]
        wanted, kind = (n_signals, "signal") if n_segments is None else (n_segments, "segment")
        if len(body) < wanted:
            raise self.fail(number, line, f"{wanted} {kind} lines are announced, but {len(body)} follow")
        if len(body) > wanted:
            extra = body[wanted]
            self.warnings.append(
                f"{self.path.name}: {len(body) - wanted} line(s) more than the {wanted} {kind}s announced "
                f"were ignored, the first being line {extra[0]}: {extra[1]!r}."
            )
        body = body[:wanted]
        signals = tuple(self._signal(*entry) for entry in body) if n_segments is None else ()
        segments = tuple(self._segment(*entry) for entry in body) if n_segments is not None else ()
        return Header(
            self.path,
            match["name"],
            fs,
            n_frames,
            start,
            signals,
            segments,
            tuple(self.comments),
            tuple(self.warnings),
        )

    def _rate(self, number: int, line: str, fields: list[str]) -> float | None:
        if len(fields) < 3:
            return None
        match = _RATE.match(fields[2])
        if match is None:
            raise self.fail(number, line, f"{fields[2]!r} is not a sampling rate in Hz")
        fs = float(match["fs"])
        if fs <= 0:
            raise self.fail(number, line, "the sampling rate is 0 Hz; it must be positive")
        return fs

    def _start(self, fields: list[str]) -> datetime | None:
        """Date and time of the first sample; a time of day without a date says nothing absolute."""
        if not fields:
            return None
        time = _TIME.match(fields[0])
        date = _DATE.match(fields[1]) if len(fields) > 1 else None
        if time is None or (len(fields) > 1 and date is None):
            self.warnings.append(
                f"{self.path.name}: start {' '.join(fields)!r} is not HH:MM:SS DD/MM/YYYY; ignored."
            )
            return None
        if date is None:
            return None
        try:
            return datetime(
                int(date["y"]), int(date["m"]), int(date["d"]),
                int(time["h"]), int(time["m"]), int(time["s"] or 0), int((time["f"] or "0").ljust(6, "0")),
            )  # fmt: skip
        except ValueError as error:
            self.warnings.append(
                f"{self.path.name}: start {' '.join(fields)!r} does not exist ({error}); ignored."
            )
            return None

    def _signal(self, number: int, line: str) -> SignalLine:
        fields = line.split(maxsplit=8)
        if len(fields) < 2:
            raise self.fail(number, line, "a signal line needs a file name and a format, as in '208.dat 212'")
        form = _FORMAT.match(fields[1])
        if form is None:
            raise self.fail(number, line, f"{fields[1]!r} is not a signal format such as 212, 16x2 or 16+24")
        gain, unit, stated_baseline = 0.0, None, None
        if len(fields) > 2:
            match = _GAIN.match(fields[2])
            if match is None:
                raise self.fail(
                    number, line, f"{fields[2]!r} is not a gain such as 200, 1000/mV or 1716(6)/mV"
                )
            gain = float(match["gain"] or 0)
            unit = match["unit"]
            stated_baseline = float(match["baseline"]) if match["baseline"] else None
        # ADC resolution, ADC zero, initial value, checksum, block size
        numbers: list[int | None] = [None] * 5
        for place, text in enumerate(fields[3:8]):
            if not _INTEGER.match(text):
                raise self.fail(number, line, f"{text!r} is not a whole number")
            numbers[place] = int(text)
        adc_zero = numbers[1] or 0
        return SignalLine(
            file=fields[0],
            fmt=int(form["fmt"]),
            samples_per_frame=int(form["spf"] or 1) or 1,
            skew=int(form["skew"] or 0),
            byte_offset=int(form["offset"] or 0),
            gain=gain,
            baseline=float(adc_zero) if stated_baseline is None else stated_baseline,
            unit=unit,
            initial=adc_zero if numbers[2] is None else numbers[2],
            checksum=numbers[3],
            description=fields[8].strip() if len(fields) > 8 else "",
        )

    def _segment(self, number: int, line: str) -> Segment:
        fields = line.split()
        if len(fields) < 2 or not _COUNT.match(fields[1]):
            raise self.fail(
                number, line, "a segment line needs a record name and a number of samples, as in '208_1 1000'"
            )
        return Segment(fields[0], int(fields[1]))


def inside(folder: Path, name: str, header: Path) -> Path:
    """Return ``folder / name``, refusing a name that leads out of ``folder``.

    A header comes from a stranger: it must not make the reader open ``/etc/passwd`` or follow a link there.

    Raises:
        FormatError: the name is absolute, climbs up, or is a link to another place.
    """
    outside = FormatError(
        f"{header} points to {name!r}, which is outside its own folder; allowed are files beside the header. "
        "The header is refused."
    )
    if "\\" in name or ":" in name or Path(name).is_absolute() or ".." in Path(name).parts:
        raise outside
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise outside
    return path


def existing(folder: Path, name: str, header: Path) -> Path:
    """Return the file ``name`` beside ``header``, whatever the case of its letters.

    Raises:
        FormatError: outside the folder, or not there.
    """
    path = inside(folder, name, header)
    if path.is_file():
        return path
    for other in path.parent.glob("*") if path.parent.is_dir() else ():
        if other.name.lower() == path.name.lower() and other.is_file():
            return inside(folder, str(other.relative_to(folder)), header)
    raise FormatError(f"{header} names the file {name!r}, which is not there. Put it beside the header.")
