"""Which axis of an array or a data frame is time: what is evident is taken, what is not is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from einthoven.errors import FormatError
from einthoven.recording import STANDARD_LEADS, normalise_lead

MOST_LEADS = 32  # on one axis without names; no recording is that short, and few have that many leads

Array = np.ndarray[Any, np.dtype[Any]]


def orient(values: Array, leads: tuple[str, ...] | None) -> tuple[Array, tuple[str, ...]]:
    """Put the leads of an array on the first axis.

    With lead names, the axis of as many entries is that of the leads. Without, it is the one of at most 32
    entries where the other has more, or the one of a single entry.

    Returns:
        The array (a view), shape ``(n_leads, n_samples)``; what to tell the user.

    Raises:
        FormatError: neither one nor two axes, or both axes could be either.
    """
    if values.ndim == 1:
        values = values[np.newaxis, :]
    if values.ndim != 2:
        raise FormatError(
            f"The array has shape {values.shape}; allowed: (n_leads, n_samples) or (n_samples,)."
        )
    rows, columns = values.shape
    if leads is not None:
        return _by_names(values, leads), ()
    if rows == columns == 1 or min(rows, columns) == 0:
        return values, ()
    by_rows, by_columns = _could_be_leads(rows, columns), _could_be_leads(columns, rows)
    if by_rows and not by_columns:
        return values, ()
    if by_columns and not by_rows:
        told = f"The array of shape {values.shape} is read as {columns} leads in columns of {rows} samples."
        return values.T, (told,)
    raise FormatError(
        f"The array has shape {values.shape}: it is not evident which axis holds the leads. Name them, "
        "leads=['I', 'II'], or build Recording(signals, fs, leads) yourself."
    )


def _could_be_leads(n: int, of_other: int) -> bool:
    return n == 1 or (n <= MOST_LEADS and of_other > 1)


def _by_names(values: Array, leads: tuple[str, ...]) -> Array:
    rows, columns = values.shape
    if len(leads) not in (rows, columns):
        raise FormatError(
            f"{len(leads)} lead names, but the array has shape {values.shape}; one axis must have that "
            "length."
        )
    if rows == columns and rows > 1:
        raise FormatError(
            f"The array has shape {values.shape}: {len(leads)} lead names match both axes, so it is not "
            "evident which one is time. Pass more samples, or build Recording(signals, fs, leads) yourself."
        )
    return values if len(leads) == rows else values.T


def orient_frame(frame: Any, leads: tuple[str, ...] | None) -> tuple[Any, tuple[str, ...]]:
    """Put the leads of a DataFrame in columns.

    Columns with names of their own are leads (or time), as in a CSV file. A frame made of an array has only
    numbers there: its leads are in rows where the rows carry lead names, or as many as ``leads`` names, or
    where there are more than 32 columns and no more than 32 rows.

    Returns:
        The frame, or its transpose; what to tell the user.

    Raises:
        FormatError: both could be.
    """
    n_rows, n_columns = frame.shape
    if min(n_rows, n_columns) == 0 or not _only_numbers(frame.columns):
        return frame, ()
    told = f"The DataFrame of shape {frame.shape} is read as {n_rows} leads in rows of {n_columns} samples."
    if any(normalise_lead(str(label)) in STANDARD_LEADS for label in frame.index[: MOST_LEADS + 1]):
        return frame.T, (told,)
    if leads is not None and len(leads) in (n_rows, n_columns) and n_rows != n_columns:
        return (frame, ()) if len(leads) == n_columns else (frame.T, ())
    in_rows, in_columns = _could_be_leads(n_rows, n_columns), _could_be_leads(n_columns, n_rows)
    if in_columns and not in_rows:
        return frame, ()
    if in_rows and not in_columns:
        return frame.T, (told,)
    raise FormatError(
        f"The DataFrame has shape {frame.shape} and no names: it is not evident whether its leads are in "
        "rows or columns. Give each lead a column and name the columns: frame.columns = ['I', 'II']."
    )


def _only_numbers(labels: Any) -> bool:
    return all(isinstance(label, int | np.integer) for label in labels)
