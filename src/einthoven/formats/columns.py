"""What the columns of a table mean: time, leads, units; and the sampling rate from a time column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats.channels import is_millivolt
from einthoven.recording import Int64
from einthoven.wording import plain

_BRACKETED = re.compile(r"^(?P<name>.*?)\s*[(\[{]\s*(?P<unit>[^)\]}]+?)\s*[)\]}]$")
_SUFFIX = re.compile(
    r"^(?P<name>.+?)[_\s/]+(?P<unit>[nuµμmM]?[vV]|(?:micro|milli|nano)?volts?)$", re.IGNORECASE
)
_OTHER_UNITS = frozenset(
    [
        "nu",
        "adu",
        "mmhg",
        "bpm",
        "%",
        "pm",
        "ohm",
        "g",
        "l/min",
        "a.u.",
        "au",
        "°c",
        "c",
        "degc",
        "raw",
        "counts",
        "lsb",
        "ms",
        "s",
        "hz",
        "l",
        "ml",
    ]
)
_TIME_WORDS = frozenset(
    [
        "time",
        "timestamp",
        "elapsed",
        "sec",
        "secs",
        "second",
        "seconds",
        "ms",
        "msec",
        "millisecond",
        "milliseconds",
        "t",
    ]
)
_INDEX_WORDS = frozenset(["index", "idx", "sample", "samples", "row", "unnamed"])
_SECONDS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e-3, "msec": 1e-3, "millisecond": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9,
}  # fmt: skip
CLOCK = re.compile(rb"^(?:\d+:){1,2}\d{1,2}(?:[.,]\d+)?$")
_MAX_STRETCH = 20


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table, by number.

    Attributes:
        time: the time or index column, or None.
        seconds: seconds per unit of the time column; None where it is not stated, 0 where it counts
            samples.
        leads: label of every column, without its unit.
        units: unit of every column, None where not stated.
        ignored: columns that are neither time nor signal.
    """

    time: int | None
    seconds: float | None
    leads: tuple[str, ...]
    units: tuple[str | None, ...]
    ignored: tuple[int, ...] = ()

    @property
    def signal_columns(self) -> list[int]:
        """The columns that hold signals."""
        return [k for k in range(len(self.leads)) if k != self.time and k not in self.ignored]


def split_label(label: str) -> tuple[str, str | None]:
    """Split ``II (mV)``, ``II_uV`` or ``II [µV]`` into name and unit.

    The unit is None where none is stated.
    """
    label = label.strip().strip("'\"").strip()
    match = _BRACKETED.match(label)
    if match is not None and (is_millivolt(match["unit"]) or match["unit"].lower() in _OTHER_UNITS):
        return match["name"].strip() or label, match["unit"]
    match = _SUFFIX.match(label)
    # A lone v may be anything ("ecg_v"); volts are written with a capital.
    if match is not None and match["unit"] != "v":
        return match["name"], match["unit"]
    return label, None


def _time_unit(label: str) -> tuple[bool, float | None]:
    """Whether a label names time or a sample number, and the seconds per unit.

    0 seconds: it counts samples; None: not stated.
    """
    words = [word for word in re.split(r"[^a-zµμ]+", label.lower()) if word]
    if "clock" in words or re.search(r"h+:m+:s+", label.lower()):
        return True, 1.0
    if any(word in _TIME_WORDS for word in words):
        return True, next((_SECONDS[word] for word in reversed(words) if word in _SECONDS), None)
    if any(word in _INDEX_WORDS for word in words) and not re.search(r"[(\[]\s*m?v", label.lower()):
        return True, 0.0
    return False, None


def understand_columns(labels: Sequence[str], units: Sequence[str] | None) -> Columns:
    """Tell time from leads by the labels of a header.

    Args:
        labels: the header, one label a column.
        units: a second header line of units as PhysioNet's rdsamp writes it, or None.
    """
    time: int | None = None
    seconds: float | None = None
    names: list[str] = []
    stated: list[str | None] = []
    ignored: list[int] = []
    for index, label in enumerate(labels):
        extra = units[index].strip().strip("'\"()[] ") if units is not None else ""
        is_time, scale = _time_unit(f"{label} {extra}" if extra and not is_millivolt(extra) else label)
        name, unit = split_label(label)
        if extra and not is_time:
            unit = extra
        names.append(name)
        stated.append(None if is_time else unit)
        if not is_time:
            continue
        # Of two time columns the one with a unit says more than a running number.
        if time is None or (not seconds and scale):
            if time is not None:
                ignored.append(time)
            time, seconds = index, scale
        else:
            ignored.append(index)
    return Columns(time, seconds, tuple(names), tuple(stated), tuple(ignored))


def place_in_time(
    table: npt.NDArray[Any], columns: Columns, stated: float | None, given: float | None, what: str
) -> tuple[Int64 | None, float, list[str]]:
    """Find the sampling rate, and where rows are missing.

    Args:
        table: shape ``(n_rows, n_columns)``.
        columns: their meaning.
        stated: rate the file states outside the time column, Hz, or None.
        given: rate the caller states, Hz, or None.
        what: the source, for messages.

    Returns:
        The sample number of each row (None: every row follows the one before), the rate in Hz, warnings.

    Raises:
        MissingInformationError: the rate is stated nowhere.
        FormatError: time goes back, is uneven, or contradicts a stated rate.
    """
    known = stated or given
    if columns.time is None:
        if known is None:
            raise MissingInformationError(
                f"{what} states no sampling rate (Hz) and has no time column such as time_s.", "fs", "360"
            )
        return None, known, []
    time = np.asarray(table[:, columns.time], dtype=np.float64)
    label = columns.leads[columns.time]
    if known is None and (not columns.seconds or len(time) < 2):
        why = "states no unit (name it time_s or time_ms)" if columns.seconds is None else "does not give it"
        raise MissingInformationError(
            f"{what} states no sampling rate (Hz), and its column {label!r} {why}.", "fs", "360"
        )
    if len(time) < 2:
        return None, known or 0.0, []
    step = np.diff(time)
    bad = np.flatnonzero(~(step > 0))
    if bad.size:
        row = int(bad[0]) + 1
        raise FormatError(
            f"{what}: column {label!r} does not increase at row {row + 1} ({plain(time[row - 1])}, then "
            f"{plain(time[row])}); time must increase from row to row."
        )
    middle = float(np.median(step))
    regular = step[step < 1.5 * middle + 1e-12]
    jitter = float(np.ptp(regular))
    typical = float(regular.mean())
    gaps = step > 1.5 * typical + jitter
    if columns.seconds and known is None:
        rate, notes = _rate(time, typical, jitter, bool(gaps.any()), columns.seconds, what)
    else:
        rate, notes = known or 0.0, []
        if columns.seconds:
            _agree(1.0 / (typical * columns.seconds), rate, jitter / typical / max(1, regular.size), what)
    if not gaps.any():
        drift = time - time[0] - np.arange(len(time)) * ((time[-1] - time[0]) / (len(time) - 1))
        # Rounded time stamps are off by less than a step; more is another rate.
        if float(np.abs(drift).max()) > 0.61 * typical:
            raise FormatError(
                f"{what}: column {label!r} is not evenly spaced (steps from {step.min():g} to "
                f"{step.max():g}); resample it to one rate first."
            )
        return None, rate, notes
    rows = np.concatenate([[0], np.cumsum(np.maximum(1, np.rint(step / typical)))]).astype(np.int64)
    lost = int(rows[-1]) + 1 - len(time)
    if rows[-1] > _MAX_STRETCH * len(time):
        raise FormatError(
            f"{what}: column {label!r} has gaps of {lost} samples around {len(time)} rows; split the file."
        )
    return (
        rows,
        rate,
        [*notes, f"{int(gaps.sum())} gaps in column {label!r}: {lost} samples are missing (NaN)."],
    )


def _rate(
    time: npt.NDArray[np.float64], typical: float, jitter: float, gaps: bool, seconds: float, what: str
) -> tuple[float, list[str]]:
    """Rate from the whole span where there is no gap.

    A whole number of hertz is taken where it lies within the rounding of the column.
    """
    span = typical if gaps else float(time[-1] - time[0])
    steps = 1 if gaps else len(time) - 1
    rate = steps / (span * seconds)
    uncertain = jitter / span if not gaps else jitter / (typical * np.sqrt(len(time)))
    nearest = round(rate)
    if nearest > 0 and abs(rate - nearest) <= rate * max(uncertain, 1e-6):
        return float(nearest), []
    notes = []
    if uncertain > 5e-3:
        notes.append(
            f"{what}: the time column is rounded, so the rate of {rate:.4g} Hz is known to "
            f"{100 * uncertain:.1f} % only."
        )
    return float(f"{rate:.9g}"), notes


def _agree(measured: float, known: float, uncertain: float, what: str) -> None:
    if abs(measured - known) > known * max(5e-3, uncertain):
        raise FormatError(
            f"{what}: the time column says {measured:.6g} Hz, but {known:g} Hz was stated. "
            "Leave the rate out, or correct the file."
        )
