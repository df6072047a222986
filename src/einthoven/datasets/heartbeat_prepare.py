"""Prepare the heartbeat rows of a database as files: written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from einthoven._version import __version__
from einthoven.datasets.catalogue import CATALOGUE, find
from einthoven.datasets.database import Database, open_database
from einthoven.datasets.heartbeat import (
    LENGTH,
    OVERLAP,
    HeartbeatRows,
    build_rows,
    prepared_folder,
    row_rate,
    row_step,
    split_rows,
    write_rows,
)
from einthoven.datasets.heartbeat_match import GENUINE_SOURCE, genuine_rows, match
from einthoven.datasets.roots import data_root
from einthoven.datasets.whole_folder import refuse_others, written_whole
from einthoven.errors import DataError
from einthoven.recording import AAMI_CLASSES

SEED = 0
TEST_SHARE = 0.2
SCHEMA = "einthoven.heartbeat-rows/1"
FILES = ("train.csv", "train.origin.csv", "test.csv", "test.origin.csv", "prepared.json")

OnState = Callable[[str, int, int], None]  # what is done, how many are done, of how many


def prepare_heartbeat(
    source: str = "mitdb", out: Path | None = None, on_state: OnState | None = None, *, compare: bool = True
) -> tuple[Path, dict[str, Any]]:
    """Cut rows from what is here of a database, divide them over beats, write them.

    Args:
        source: name of a data set with reference beats.
        out: folder to write; default: `prepared_folder`.
        on_state: is told what is being done, how much of it is done, and of how much.
        compare: say how closely the rows agree with genuine ones, if some are under `data_root` (``mitdb``
            alone: the genuine ones were cut from it).

    Returns:
        The folder, and what its ``prepared.json`` holds.

    Raises:
        DataError: nothing of the source is here, ``out`` holds other files, or it cannot be written.
        FormatError: a file of the source is damaged.
    """
    told: OnState = on_state or (lambda *_: None)
    data_set = find(source)
    if not data_set.has_beats:
        named = ", ".join(name for name, other in CATALOGUE.items() if other.has_beats)
        what = "comes without reference beats" if data_set.records else "is rows already"
        raise DataError(f"{source} {what}; rows are cut from records with beats, those of {named}.")
    database = open_database(source)
    folder = (out or prepared_folder(source)).expanduser().absolute()
    refuse_others(folder, FILES)
    rows = build_rows(database, _counter(told, f"cutting rows from {source}", len(database.records)))
    training, test = (rows.take(index) for index in split_rows(rows, "beats", TEST_SHARE, SEED))
    document = _describe(database, rows, training, test)
    document["match"] = _compare(database, rows, told) if compare else None
    with written_whole(folder) as partial:
        train, tested = partial / "train.csv", partial / "test.csv"
        write_rows(training, train, lambda n_done: told(f"writing {train.name}", n_done, len(training)))
        write_rows(test, tested, lambda n_done: told(f"writing {tested.name}", n_done, len(test)))
        document["sha256"] = {name: _sha256(partial / name) for name in FILES[:-1]}
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (partial / "prepared.json").write_text(text + "\n", encoding="utf-8")
    return folder, document


def _counter(told: OnState, what: str, n_all: int) -> Callable[[str], None]:
    n_begun = 0

    def begin(name: str) -> None:
        nonlocal n_begun
        told(f"{what} {name}", n_begun, n_all)
        n_begun += 1

    return begin


def _compare(database: Database, rows: HeartbeatRows, told: OnState) -> dict[str, Any] | None:
    if database.data_set.name != GENUINE_SOURCE:
        return None
    files, genuine = genuine_rows(data_root())
    if not files:
        return None
    told("comparing with genuine rows", 0, 1)
    figures = match(
        genuine, rows, database, _counter(told, "looking for genuine rows in", len(database.records))
    )
    return {"files": {path.name: _sha256(path) for path in files}, **figures}


def _describe(
    database: Database, rows: HeartbeatRows, training: HeartbeatRows, test: HeartbeatRows
) -> dict[str, Any]:
    data_set = database.data_set
    names = sorted(set(rows.records.tolist()), key=database.records.index)
    return {
        "schema": SCHEMA,
        "einthoven": __version__,
        "source": data_set.name,
        "source_version": data_set.version,
        "licence": data_set.licence,
        "citations": list(data_set.citations),
        "records": names,
        "records_absent": [
            name
            for name in data_set.records
            if name not in database.records and name not in data_set.unannotated
        ],
        "n_patients": len(set(rows.patients.tolist())),
        "n_rows": len(rows),
        "counts": {part: _counts(of) for part, of in (("all", rows), ("train", training), ("test", test))},
        "parameters": {
            "length": LENGTH,
            "step": row_step(data_set.fs),
            "rate_hz": row_rate(data_set.fs),
            "overlap": OVERLAP,
            "split": {"over": "beats", "test_share": TEST_SHARE, "seed": SEED},
        },
        "source_sha256": {
            file: _sha256(database.folder / file) for name in names for file in data_set.files_of(name)
        },
    }


def _counts(rows: HeartbeatRows) -> dict[str, int]:
    counts = np.bincount(rows.classes, minlength=len(AAMI_CLASSES)).tolist()
    return dict(zip(AAMI_CLASSES, counts, strict=True))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
