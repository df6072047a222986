"""The rows of a heartbeat recipe: to learn from, to compare epochs and calibrate by, and to measure on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from einthoven.datasets.heartbeat import HeartbeatRows, joined, prepared_folder, read_rows, split_rows
from einthoven.errors import DataError
from einthoven.recording import AAMI_CLASSES
from einthoven.training.batches import Rows
from einthoven.training.folds import folds_of
from einthoven.training.heartbeat_recipe import RowsPart


@dataclass(frozen=True, eq=False)
class Parts:
    """The three parts, none of which shares a row with another."""

    training: HeartbeatRows
    validation: HeartbeatRows
    test: HeartbeatRows


def load_parts(options: RowsPart, seed: int) -> Parts:
    """Read the prepared rows and split them as a recipe says.

    Raises:
        DataError: they were not prepared, or a class is missing in the training rows.
    """
    folder = prepared_folder(options.source)
    files = [folder / "train.csv", folder / "test.csv"][: 2 if options.fold is None else 1]
    absent = [file for file in files if not file.is_file()]
    if absent:
        raise DataError(
            f"{absent[0]} is not there: the rows were not prepared. Prepare them: "
            f"einthoven data prepare heartbeat --from {options.source}"
        )
    learning, *rest = (read_rows(file) for file in files)
    if options.fold is not None:
        folds = folds_of(learning.classes, learning.patients, options.fold.of, options.split, seed=0)
        held_out = folds == options.fold.number
        learning, test = learning.take(np.flatnonzero(~held_out)), learning.take(np.flatnonzero(held_out))
    elif options.split == "patients":
        everything = joined([learning, *rest])
        seen, unseen = split_rows(everything, "patients", options.test, seed)
        learning, test = everything.take(seen), everything.take(unseen)
    else:
        (test,) = rest
    training, validation = split_rows(learning, options.split, options.validation, seed)
    parts = Parts(learning.take(training), learning.take(validation), test)
    _require_all_classes(parts.training, folder.name)
    return parts


def as_training_rows(rows: HeartbeatRows) -> Rows:
    """Return rows as the trainer takes them: one lead."""
    return Rows(rows.values[:, np.newaxis], rows.classes, len(AAMI_CLASSES))


def _require_all_classes(rows: HeartbeatRows, source: str) -> None:
    counts = np.bincount(rows.classes, minlength=len(AAMI_CLASSES))
    missing = [letter for letter, count in zip(AAMI_CLASSES, counts, strict=True) if count == 0]
    if missing:
        told = ", ".join(f"{letter} {count:,}" for letter, count in zip(AAMI_CLASSES, counts, strict=True))
        raise DataError(
            f"The training rows of {source} have none of class {', '.join(missing)} ({told}): what is never "
            "seen cannot be learnt. Prepare the rows from more records, or split over beats."
        )
