"""Samples that are in memory already: numpy arrays and data frames."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from einthoven.errors import FormatError, MissingInformationError
from einthoven.formats.channels import check_rate
from einthoven.formats.columns import Columns, place_in_time, understand_columns
from einthoven.formats.orientation import orient, orient_frame
from einthoven.recording import Float32, Recording, millivolt_factor, normalise_lead


def from_array(
    array: Any, *, fs: float | None, unit: str | None, leads: tuple[str, ...] | None, name: str = "array"
) -> Recording:
    """Turn an array into a ``Recording``.

    Args:
        array: ``(n_leads, n_samples)``, or ``(n_samples,)`` for one lead; real numbers. ``(n_samples,
            n_leads)`` where that is evident, see `einthoven.formats.orientation`.
        fs: sampling rate in Hz, required.
        unit: ``V mV uV nV``, required.
        leads: names; without them the leads are called ``ECG1``, ``ECG2`` …
        name: name of the recording.

    Raises:
        MissingInformationError: rate or unit missing.
        FormatError: not an array of numbers, or its orientation is not evident.
    """
    if (
        not isinstance(array, np.ndarray)
        and not hasattr(array, "__array__")
        and not isinstance(array, list | tuple)
    ):
        raise FormatError(
            f"A source of type {type(array).__name__} is not supported; allowed are a path, an http(s) "
            "address, a numpy array, a DataFrame and a Recording."
        )
    values = np.asarray(array)
    if values.dtype.kind not in "iuf":
        raise FormatError(f"The array holds {values.dtype}, not real numbers; convert it to float32 first.")
    if fs is None:
        raise MissingInformationError("An array has no sampling rate (Hz).", "fs", "360")
    if unit is None:
        raise MissingInformationError("An array has no unit (allowed: V, mV, uV, nV).", "unit", "mV")
    oriented, told = orient(values, leads)
    if oriented.shape[1] == 0 or oriented.shape[0] == 0:
        raise FormatError(
            f"The array of shape {values.shape} holds no samples; at least 1 lead and 1 sample are needed."
        )
    signals = (oriented * millivolt_factor(unit)).astype(np.float32)
    signals, warnings = without_infinities(signals)
    names = (
        tuple(normalise_lead(lead) for lead in leads)
        if leads
        else tuple(f"ECG{k + 1}" for k in range(len(signals)))
    )
    return Recording(signals, fs, names, name=name, source="array", warnings=(*told, *warnings))


def without_infinities(signals: Float32) -> tuple[Float32, tuple[str, ...]]:
    """Replace infinite samples by NaN and say so."""
    infinite = np.isinf(signals)
    if not infinite.any():
        return signals, ()
    signals[infinite] = np.nan
    return signals, (f"{int(infinite.sum())} infinite samples are treated as missing.",)


def is_frame(source: Any) -> bool:
    """Whether ``source`` behaves like a pandas DataFrame; pandas itself is not imported."""
    return hasattr(source, "columns") and hasattr(source, "to_numpy") and hasattr(source, "__getitem__")


def from_frame(
    frame: Any,
    *,
    fs: float | None,
    unit: str | None,
    leads: tuple[str, ...] | None = None,
    overrule: bool = False,
) -> Recording:
    """Turn a DataFrame (a lead a column, time column optional) into a ``Recording``.

    Column names may state units as in a CSV file (``II (mV)``, ``time_ms``). Where the columns have no names,
    leads may be in rows if that is evident; ``leads`` helps to see it, but does not rename.

    Raises:
        MissingInformationError: rate or unit are stated nowhere.
        FormatError: a column holds no numbers, or it is not evident where the leads are.
    """
    frame, told = orient_frame(frame, leads)
    labels = [str(label) for label in frame.columns]
    columns = understand_columns(labels, None)
    table = []
    for index, label in enumerate(labels):
        values = np.asarray(frame.iloc[:, index].to_numpy())
        if values.dtype.kind in "mM" and index == columns.time:
            elapsed = (values - values[0]).astype("timedelta64[ns]").astype(np.float64) * 1e-9
            table.append(elapsed)
            columns = Columns(columns.time, 1.0, columns.leads, columns.units, columns.ignored)
        elif values.dtype.kind in "iuf":
            table.append(values.astype(np.float64))
        else:
            try:
                table.append(values.astype(np.float64))
            except (TypeError, ValueError) as error:
                raise FormatError(f"Column {label!r} of the DataFrame holds no numbers ({error}).") from error
    if not table or not len(table[0]):
        raise FormatError("The DataFrame holds no samples; at least 1 row is needed.")
    recording = build_recording(
        np.column_stack(table),
        labels,
        columns,
        fs=fs,
        unit=unit,
        stated_fs=None,
        what="The DataFrame",
        name="frame",
        overrule=overrule,
    )
    return replace(recording, warnings=(*told, *recording.warnings))


def build_recording(
    table: np.ndarray[Any, np.dtype[Any]],
    labels: list[str],
    columns: Columns,
    *,
    fs: float | None,
    unit: str | None,
    stated_fs: float | None,
    what: str,
    name: str,
    source: str = "array",
    overrule: bool = False,
) -> Recording:
    """Turn a table of numbers, a row a sample, into a ``Recording``; shared by CSV files and data frames.

    Args:
        table: shape ``(n_rows, n_columns)``.
        labels: the header's label of each column.
        columns: what they mean.
        fs, unit: what the caller states.
        stated_fs: what the file states outside its time column.
        what: the source, for messages.
        name, source: of the recording.
        overrule: ``unit`` goes before what the columns state.

    Raises:
        MissingInformationError: rate or unit are stated nowhere.
        FormatError: a contradiction between what is stated.
    """
    from einthoven.formats.channels import choose_channels

    try:
        channels, warnings = choose_channels(
            [columns.leads[index] for index in columns.signal_columns],
            [columns.units[index] for index in columns.signal_columns],
            unit=unit,
            what=what,
            overrule=overrule,
        )
    except MissingInformationError as error:
        if columns.time is not None or (stated_fs or fs) is not None:
            raise
        # Said now: else whoever states the unit is asked a second time.
        told = f"{error.message} It states no sampling rate (Hz) either."
        raise MissingInformationError(told, "unit", "mV") from error
    chosen = [columns.signal_columns[channel.index] for channel in channels]
    rows, rate, notes = place_in_time(table, columns, stated_fs, fs, what)
    warnings += notes
    if columns.ignored:
        warnings.append(f"Left out, no signal: {', '.join(labels[index] for index in columns.ignored)}.")
    if stated_fs is not None:
        check_rate(stated_fs, fs, what)
    n_samples = len(table) if rows is None else int(rows[-1]) + 1
    signals = np.full((len(chosen), n_samples), np.nan, dtype=np.float32)
    for row, (index, channel) in enumerate(zip(chosen, channels, strict=True)):
        values = table[:, index] * channel.factor
        if rows is None:
            signals[row] = values
        else:
            signals[row, rows] = values
    signals, infinities = without_infinities(signals)
    return Recording(
        signals, rate, tuple(normalise_lead(columns.leads[index]) for index in chosen), name=name,
        source=source, warnings=(*warnings, *infinities),
    )  # fmt: skip
