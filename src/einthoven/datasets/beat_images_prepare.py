"""Prepare the beats of a database for drawing: written whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from einthoven._version import __version__
from einthoven.datasets.beat_images import COLUMNS, DOCUMENT, FILES, INDEX, SCHEMA, SIGNALS, store_folder
from einthoven.datasets.catalogue import CATALOGUE, find
from einthoven.datasets.database import Database, open_database
from einthoven.datasets.whole_folder import refuse_others, written_whole
from einthoven.errors import DataError
from einthoven.models.beat_image_classes import CLASSES, SYMBOLS
from einthoven.recording import AAMI_OF_SYMBOL

OnState = Callable[[str, int, int], None]  # what is done, how many are done, of how many
_LARGEST_MV = 32.767


def prepare_beat_images(
    source: str = "mitdb", out: Path | None = None, on_state: OnState | None = None
) -> tuple[Path, dict[str, Any]]:
    """Write first leads and annotated beats of what is here of a database.

    A beat's neighbours are the annotated beats and flutter waves before and after it; a record's first and
    last beat have no window and are left out, as are beats with missing samples in it.

    Args:
        source: name of a data set with reference beats.
        out: folder to write; default: `store_folder`.
        on_state: is told what is being done, how much of it is done, and of how much.

    Returns:
        The folder, and what its ``prepared.json`` holds.

    Raises:
        DataError: nothing of the source is here, it has no beats of these classes, ``out`` holds other files,
            or cannot be written.
        FormatError: a file of the source is damaged.
    """
    data_set = find(source)
    if not data_set.has_beats:
        named = ", ".join(name for name, other in CATALOGUE.items() if other.has_beats)
        raise DataError(
            f"{source} comes without records with reference beats; those of {named} can be drawn."
        )
    database = open_database(source)
    folder = (out or store_folder(source)).expanduser().absolute()
    refuse_others(folder, FILES)
    signals, rows, begin = [], [], 0
    names = [name for name in database.records if name not in data_set.unannotated]
    for done, name in enumerate(names):
        if on_state is not None:
            on_state(f"reading {source} {name}", done, len(names))
        signal, beats = _beats_of(database, name)
        patient = database.patient(name)
        rows += [
            (name, patient, at, title, begin + at, begin + before, begin + after, begin, begin + len(signal))
            for at, title, before, after in beats
        ]
        signals.append(signal)
        begin += len(signal)
    if not rows:
        raise DataError(f"{database.folder} holds no beats to draw. Get records: einthoven data get mitdb")
    titles = [row[3] for row in rows]
    document = {
        "schema": SCHEMA,
        "einthoven": __version__,
        "source": data_set.name,
        "source_version": data_set.version,
        "licence": data_set.licence,
        "citations": list(data_set.citations),
        "rate_hz": data_set.fs,
        "records": names,
        "n_patients": len({row[1] for row in rows}),
        "n_beats": len(rows),
        "counts": {title: titles.count(title) for title in CLASSES},
    }
    with written_whole(folder) as partial:
        np.save(partial / SIGNALS, np.concatenate(signals))
        with (partial / INDEX).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(COLUMNS)
            writer.writerows(rows)
        document["sha256"] = {name: _sha256(partial / name) for name in (SIGNALS, INDEX)}
        text = json.dumps(document, indent=2, ensure_ascii=False)
        (partial / DOCUMENT).write_text(text + "\n", encoding="utf-8")
    return folder, document


def _beats_of(
    database: Database, name: str
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int16]], list[tuple[int, str, int, int]]]:
    """Return the first lead in microvolt and each beat's position, class, and neighbours' positions."""
    from einthoven.formats import read, read_annotations

    recording = read(database.folder / f"{name}.hea")
    lead = recording.signals[0]
    gaps = np.concatenate([[0], np.cumsum(~np.isfinite(lead))])
    signal = np.round(np.clip(np.nan_to_num(lead), -_LARGEST_MV, _LARGEST_MV) * 1000).astype(np.int16)
    annotations = read_annotations(database.folder / f"{name}.atr")
    fs = database.data_set.fs
    places = annotations.samples
    if annotations.fs is not None and annotations.fs != fs:
        places = np.round(places * (fs / annotations.fs)).astype(np.int64)
    symbols = [str(symbol) for symbol in annotations.symbols]
    waves = [i for i, symbol in enumerate(symbols) if symbol in AAMI_OF_SYMBOL or symbol in SYMBOLS]
    beats = []
    for k in range(1, len(waves) - 1):
        before, at, after = (int(places[i]) for i in waves[k - 1 : k + 2])
        title = SYMBOLS.get(symbols[waves[k]])
        if title is None or not before < at < after or after > len(signal) or gaps[after] > gaps[before]:
            continue
        beats.append((at, title, before, after))
    return signal, beats


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
