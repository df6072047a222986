"""What a model of report pages learns from: pages as networks take them, beats of PTB-XL beside."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.datasets.report_page_store import digitised_pages, store_folder
from einthoven.datasets.report_pages import ReportPage, find_report_pages, group_alike
from einthoven.datasets.roots import data_root
from einthoven.errors import DataError, PageError, SignalError
from einthoven.models.report_page_classes import CLASSES
from einthoven.models.report_page_input import page_input, typical_beat
from einthoven.recording import Float32, Int64
from einthoven.training.report_page_recipe import PagesPart, Statements

_SAID_EVERY = 30.0  # s


@dataclass(frozen=True, eq=False)
class Pages:
    """Pages as the network of signals takes them.

    Attributes:
        beats: shape ``(n, 12, 96)``; see `einthoven.models.report_page_input`.
        known: shape ``(n, 12)``.
        rhythm: shape ``(n, 11)``.
        classes: int64, shape ``(n,)``, indices into ``CLASSES``.
        groups: int64, shape ``(n,)``: pages that look as if they were of one person have one number.
        pages: the files.
        unread: names of files that could not be read, with the reason.
    """

    beats: Float32
    known: Float32
    rhythm: Float32
    classes: Int64
    groups: Int64
    pages: tuple[ReportPage, ...]
    unread: dict[str, str]

    def __len__(self) -> int:
        return len(self.classes)

    def sha256(self) -> str:
        """Return a SHA-256 over all that is learnt from."""
        return _sha256(self.beats, self.known, self.rhythm, self.classes, self.groups)


@dataclass(frozen=True, eq=False)
class LeadPictures:
    """Pages as networks of pictures take them.

    Attributes:
        values: uint8, shape ``(n, 13, 150, 150)``.
        classes: int64, shape ``(n,)``.
        groups: as of `Pages`.
        pages: the files.
        unread: names of files that could not be read, with the reason.
    """

    values: npt.NDArray[np.uint8]
    classes: Int64
    groups: Int64
    pages: tuple[ReportPage, ...]
    unread: dict[str, str]

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, eq=False)
class StatementBeats:
    """Typical beats of PTB-XL.

    Attributes:
        beats: float32, shape ``(n, 12, 96)``.
        targets: 0 or 1, NaN where not known, shape ``(n, n_statements)``.
    """

    beats: Float32
    targets: Float32

    def __len__(self) -> int:
        return len(self.beats)

    def sha256(self) -> str:
        """Return a SHA-256 over all that is learnt from."""
        return _sha256(self.beats, self.targets)


def load_pages_of(options: PagesPart, tell: Callable[[str], None] = lambda what: None) -> Pages:
    """Digitise the pages (or read what was digitised before) and reduce them to what the network sees.

    Raises:
        DataError: there are no pages, or a class has none that can be read.
    """
    say = _now_and_then(tell)
    found = digitised_pages(_found(options), on_page=lambda done, n: say("pages digitised", done, n))
    inputs, kept, unread = [], [], {}
    for digitised in found:
        try:
            if digitised.recording is None:
                raise SignalError(digitised.reason)
            inputs.append(page_input(digitised.recording))
            kept.append(digitised.page)
        except SignalError as fault:
            unread[digitised.page.path.name] = str(fault)
    beats = np.array([page.beats for page in inputs], np.float32).reshape(-1, 12, 96)
    classes = _classes(kept)
    return Pages(
        beats,
        np.array([page.known for page in inputs], np.float32),
        np.array([page.rhythm for page in inputs], np.float32),
        classes,
        group_alike(beats),
        tuple(kept),
        unread,
    )


def load_lead_pictures(options: PagesPart, tell: Callable[[str], None] = lambda what: None) -> LeadPictures:
    """Cut the pages into binary pictures of leads; those that look alike have one group.

    Raises:
        DataError: there are no pages, or a class has none that can be read.
    """
    from einthoven.paper.pages import load_pages
    from einthoven.paper.report_page_stages import page_stages

    say = _now_and_then(tell)
    values, kept, unread = [], [], {}
    pages = _found(options)
    for done, page in enumerate(pages):
        say("pages cut", done, len(pages))
        try:
            values.append(page_stages(load_pages(page.path)[0].pixels).leads)
            kept.append(page)
        except PageError as fault:
            unread[page.path.name] = str(fault)
    classes = _classes(kept)
    pictures = np.array(values, np.uint8)
    # Ink in coarse cells: what pages of one person have in common as pictures.
    coarse = pictures.reshape(len(pictures), 13, 15, 10, 15, 10).mean(axis=(3, 5)) / 255.0
    coarse = coarse.reshape(len(pictures), 13, -1)
    groups = group_alike((coarse - coarse.mean(axis=0)).astype(np.float32))
    return LeadPictures(pictures, classes, groups, tuple(kept), unread)


def load_statement_beats(
    options: Statements, tell: Callable[[str], None] = lambda what: None
) -> tuple[StatementBeats, StatementBeats]:
    """Return typical beats of the training and the validation records of PTB-XL, official folds 1-8 and 9.

    Raises:
        DataError: PTB-XL was not prepared.
    """
    from einthoven.training.twelve_lead_data import load_records
    from einthoven.training.twelve_lead_recipe import Auxiliary, RecordsPart

    auxiliary = Auxiliary(least=options.least, age_and_sex=False)
    training, validation = load_records(RecordsPart(labels="superclass"), auxiliary, tell)
    say = _now_and_then(tell)
    parts = []
    for name, records in (("training", training), ("validation", validation)):
        path = store_folder() / f"ptb-xl-beats-{name}-{records.sha256()[:16]}.npz"
        if path.is_file():
            with np.load(path, allow_pickle=False) as stored:
                parts.append(StatementBeats(stored["beats"].astype(np.float32), stored["targets"]))
            continue
        beats, rows = _beats_of(records, partial(say, f"beats of {name} records"))
        part = StatementBeats(beats, records.auxiliary[rows])
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, beats=beats.astype(np.float16), targets=part.targets)
        parts.append(StatementBeats(beats.astype(np.float16).astype(np.float32), part.targets))
    return parts[0], parts[1]


def folds_of(classes: Int64, groups: Int64, n_folds: int, seed: int) -> Int64:
    """Return the fold of each page: groups stay together, classes are spread evenly.

    Groups are taken class by class in random order, large ones first, each to the fold that has fewest pages
    of its class (of equals: fewest pages at all).
    """
    chance = np.random.default_rng((seed, len(classes), n_folds))
    fold = np.full(len(classes), -1, dtype=np.int64)
    counts = np.zeros((n_folds, int(classes.max()) + 1), dtype=np.int64)
    names, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = np.lexsort((chance.random(len(names)), -sizes, classes[first]))
    for place in order.tolist():
        members = groups == names[place]
        label = int(classes[first[place]])
        ranks = np.lexsort((chance.random(n_folds), counts.sum(axis=1), counts[:, label]))
        best = int(ranks[0])
        fold[members] = best
        np.add.at(counts[best], classes[members], 1)
    return fold


def _found(options: PagesPart) -> list[ReportPage]:
    root = Path(options.folder)
    return find_report_pages(root if root.is_absolute() else data_root() / root)


def _classes(pages: list[ReportPage]) -> Int64:
    classes = np.array([CLASSES.index(page.label) for page in pages], dtype=np.int64)
    missing = [name for i, name in enumerate(CLASSES) if not (classes == i).any()]
    if missing:
        raise DataError(f"No page of {', '.join(missing)} can be read: what is never seen cannot be learnt.")
    return classes


def _beats_of(records: Any, on_record: Callable[[int, int], None]) -> tuple[Float32, Int64]:
    """Return the typical beats of records that show three beats or more, and which records those are."""
    from einthoven.signal.rpeaks import detect_r_peaks

    beats, rows = [], []
    for row in range(len(records)):
        on_record(row, len(records))
        signals = records.version(np.zeros(1, np.int64), np.array([row]))[0]
        r_peaks = detect_r_peaks(signals[1:2], 100.0)  # in lead II, as on most pages
        found = [typical_beat(lead, r_peaks) for lead in signals] if len(r_peaks) >= 3 else [None]
        if all(beat is not None for beat in found):
            beats.append(np.array(found, np.float32))
            rows.append(row)
    return np.array(beats, np.float32), np.array(rows, dtype=np.int64)


def _now_and_then(tell: Callable[[str], None]) -> Callable[[str, int, int], None]:
    last = [time.monotonic()]

    def say(what: str, done: int, n: int) -> None:
        if time.monotonic() - last[0] > _SAID_EVERY:
            last[0] = time.monotonic()
            tell(f"{what}: {done:,} of {n:,}")

    return say


def _sha256(*arrays: npt.NDArray[Any]) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
