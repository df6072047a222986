"""Reading back what an evaluation wrote: ``metrics.json`` and ``predictions.csv`` of one model."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from einthoven.errors import DataError
from einthoven.recording import AAMI_CLASSES, Int64

KEYS = {"heartbeat": ("row", "record", "patient"), "beats": ("record", "sample")}
NONE = len(AAMI_CLASSES)  # the number of "no class": a missed beat, an extra detection


@dataclass(frozen=True, eq=False, slots=True)
class Predictions:
    """One model's answers on some rows.

    Attributes:
        folder: where they were read.
        model: name and version.
        task: ``heartbeat`` or ``beats``.
        data: what was evaluated on, as ``metrics.json`` calls it.
        keys: what tells the rows apart, such as record and sample; str, shape ``(n, n_keys)``.
        true: true class numbers, shape ``(n,)``; 5 for an extra detection.
        predicted: predicted ones; 5 for a missed beat.
        units: whose each row is, for intervals: patients, else records; empty where not known.
        units_are: ``patients``, ``records`` or ``rows``.
    """

    folder: Path
    model: str
    task: str
    data: str
    keys: npt.NDArray[np.str_]
    true: Int64
    predicted: Int64
    units: npt.NDArray[np.str_]
    units_are: str

    def __len__(self) -> int:
        return len(self.true)


def read_predictions(folder: Path) -> Predictions:
    """Read the output folder of ``evaluate heartbeat`` or ``evaluate beats``.

    Raises:
        DataError: a file is absent or is not what those commands write; says which, and which line.
    """
    metrics_path, path = folder / "metrics.json", folder / "predictions.csv"
    for needed in (metrics_path, path):
        if not needed.is_file():
            raise DataError(
                f"{needed} is not there. Name folders that einthoven evaluate heartbeat (or beats) wrote "
                "with --out."
            )
    try:
        metrics = json.loads(metrics_path.read_text(encoding="utf-8"))
        task, model = metrics["task"], metrics["model"]
        name = f"{model['name']} {model['version']}"
        data = str(metrics["data"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{metrics_path}: not the metrics of one model ({error!r}). Evaluate again."
        ) from error
    if task not in KEYS:
        raise DataError(f"{metrics_path}: the task is {task!r}; allowed: {', '.join(sorted(KEYS))}.")
    header, rows = _read_table(path)
    expected = [*KEYS[task], "true", "predicted"]
    if header[: len(expected)] != expected:
        raise DataError(f"{path}: columns are {','.join(header)}; allowed: {','.join(expected)} and p_….")
    n_keys = len(KEYS[task])
    table = np.array([row[: n_keys + 2] for row in rows], dtype=np.str_).reshape(-1, n_keys + 2)
    owners = table[:, KEYS[task].index("patient" if task == "heartbeat" else "record")]
    known = bool(np.all(owners != ""))
    units_are = ("patients" if task == "heartbeat" else "records") if known else "rows"
    return Predictions(
        folder=folder,
        model=name,
        task=task,
        data=data,
        keys=table[:, :n_keys],
        true=_numbers(table[:, n_keys], path, "true"),
        predicted=_numbers(table[:, n_keys + 1], path, "predicted"),
        units=owners,
        units_are=units_are,
    )


def require_same_rows(first: Predictions, other: Predictions) -> None:
    """Refuse to compare answers to different questions.

    Raises:
        DataError: names the first row that differs.
    """
    pair = f"{first.folder} and {other.folder}"
    again = "Evaluate both models on the same file."
    if first.task != other.task:
        raise DataError(f"{pair}: one is of task {first.task}, the other of {other.task}. {again}")
    n = min(len(first), len(other))
    names = KEYS[first.task]
    differ = np.any(first.keys[:n] != other.keys[:n], axis=1)
    if np.any(differ):
        i = int(np.argmax(differ))
        seen, found = (
            ", ".join(f"{name} {str(value)!r}" for name, value in zip(names, answers.keys[i], strict=True))
            for answers in (first, other)
        )
        raise DataError(
            f"{pair} are of different rows: line {i + 2} is {seen} in the one, {found} in the other. {again}"
        )
    differ = first.true[:n] != other.true[:n]
    if np.any(differ):
        i = int(np.argmax(differ))
        seen, found = ((*AAMI_CLASSES, "no beat")[answers.true[i]] for answers in (first, other))
        raise DataError(
            f"{pair} disagree on what is true: line {i + 2} is {seen} in the one, {found} in the other. "
            f"{again}"
        )
    if len(first) != len(other):
        raise DataError(f"{pair} have {len(first)} and {len(other)} rows. {again}")


def _read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            header, *rows = csv.reader(stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({error}). Evaluate again.") from error
    except ValueError as error:
        raise DataError(f"{path} is empty. Evaluate again.") from error
    for i, row in enumerate(rows):
        if len(row) != len(header):
            raise DataError(
                f"{path}: line {i + 2} has {len(row)} cells, the header {len(header)}. Evaluate again."
            )
    if not rows:
        raise DataError(f"{path} holds no rows: there is nothing to compare.")
    return header, rows


def _numbers(cells: npt.NDArray[np.str_], path: Path, column: str) -> Int64:
    allowed = np.array([*AAMI_CLASSES, ""])
    numbers = np.full(len(cells), -1, dtype=np.int64)
    for i, label in enumerate(allowed):
        numbers[cells == label] = i
    if np.any(numbers < 0):
        i = int(np.argmax(numbers < 0))
        raise DataError(
            f"{path}: line {i + 2}, {column} is {str(cells[i])!r}; allowed: {' '.join(AAMI_CLASSES)} or "
            "nothing."
        )
    return numbers
