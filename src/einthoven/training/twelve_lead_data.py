"""The records of a 12-lead recipe in memory: signals at 100 Hz, what to answer, folds and patients."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from einthoven.datasets.ptb_xl import PtbXlRecord, labels
from einthoven.datasets.ptb_xl_store import Store, open_store, store_folder
from einthoven.errors import DataError
from einthoven.models.twelve_lead import RATE, SAMPLES
from einthoven.recording import Float32, Int64
from einthoven.signal.resample import resample
from einthoven.training.twelve_lead_recipe import Auxiliary, RecordsPart

_OLDEST = 95.0  # later versions of PTB-XL write 300 for all above 89
_MICROVOLT = 1000.0


@dataclass(frozen=True, eq=False)
class Records:
    """Records with signals and targets.

    Attributes:
        signals: int16 microvolt at 100 Hz, shape ``(n_sources, n, 12, 1000)``: as many versions of a record
            as there are rates.
        present: whether a record is there in a version, shape ``(n_sources, n)``; at least in one.
        targets: of ``classes``, 0 or 1, NaN where the record has no label of the set; ``(n, n_classes)``.
        auxiliary: the same for what is learnt beside; ``(n, n_auxiliary)``.
        classes: names of the columns of ``targets``.
        ecg_ids: int64, shape ``(n,)``.
        patients: int64, shape ``(n,)``.
    """

    signals: npt.NDArray[np.int16]
    present: npt.NDArray[np.bool_]
    targets: Float32
    auxiliary: Float32
    classes: tuple[str, ...]
    ecg_ids: Int64
    patients: Int64

    def __len__(self) -> int:
        return len(self.ecg_ids)

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        """Whether each record has a label of the set, shape ``(n,)``."""
        return np.asarray(np.isfinite(self.targets).all(axis=1))

    def version(self, choice: npt.NDArray[np.int64], rows: Int64) -> Float32:
        """Return millivolt, the mean of each lead taken off, shape ``(len(rows), 12, 1000)``.

        Args:
            choice: which version of each row is wanted; one that is there is taken where that is not.
            rows: which records.
        """
        there = self.present[choice, rows]
        source = np.where(there, choice, self.present[:, rows].argmax(axis=0))
        values = self.signals[source, rows].astype(np.float32) / np.float32(_MICROVOLT)
        values -= values.mean(axis=2, keepdims=True)
        return values

    def take(self, rows: Int64) -> Records:
        """Return some of the records."""
        return Records(
            self.signals[:, rows],
            self.present[:, rows],
            self.targets[rows],
            self.auxiliary[rows],
            self.classes,
            self.ecg_ids[rows],
            self.patients[rows],
        )

    def taught(self, answers: Float32, share: float) -> Records:
        """Return the records with targets that are in part what others answered.

        Binary cross-entropy is linear in its target, so this is the sum of both losses by their shares.

        Args:
            answers: probabilities of ``classes``, shape ``(n, n_classes)``.
            share: of the answers; labels have the rest. Where no label is known there is none afterwards.
        """
        targets = ((1 - share) * self.targets + share * answers).astype(np.float32)
        return replace(self, targets=targets)

    def sha256(self) -> str:
        """Return a SHA-256 over signals and targets."""
        digest = hashlib.sha256(np.ascontiguousarray(self.signals).tobytes())
        for array in (self.present, self.targets, self.auxiliary):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def load_records(
    options: RecordsPart, auxiliary: Auxiliary | None, tell: Callable[[str], None] = lambda what: None
) -> tuple[Records, Records]:
    """Read the prepared stores; return the records to learn from and those to choose and calibrate by.

    Raises:
        DataError: a store was not prepared, a part has no labelled record, or a class no example.
    """
    stores = []
    for rate in options.rates:
        folder = store_folder(rate)
        if not folder.is_dir():
            raise DataError(
                f"{folder} is not there: {options.source} was not prepared at {rate} Hz. Prepare it: "
                f"einthoven data prepare {options.source} --rate {rate}. Or leave this rate out: "
                f"--set data.rates=[{options.rates[0]}]"
            )
        stores.append(open_store(folder))
    everything: dict[int, PtbXlRecord] = {}
    for store in stores:
        everything |= {
            record.ecg_id: record for record in store.records if record.ecg_id not in store.duplicates
        }
    kept = [everything[ecg_id] for ecg_id in sorted(everything)]
    ecg_ids = np.array([record.ecg_id for record in kept], dtype=np.int64)
    signals = np.zeros((len(stores), len(kept), 12, SAMPLES), np.int16)
    present = np.zeros((len(stores), len(kept)), np.bool_)
    for source, store in enumerate(stores):
        tell(f"reading {len(store):,} records at {store.rate} Hz")
        _read(store, ecg_ids, signals[source], present[source])
    targets, classes = _targets(stores, options.labels, ecg_ids)
    records = Records(
        signals,
        present,
        targets,
        _auxiliary(stores, auxiliary, kept, options.training),
        classes,
        ecg_ids,
        np.array([record.patient for record in kept], dtype=np.int64),
    )
    folds = np.array([record.fold for record in kept])
    training, validation = (
        records.take(np.flatnonzero(np.isin(folds, part))) for part in (options.training, options.validation)
    )
    if auxiliary is None:
        training = training.take(np.flatnonzero(training.labelled))
    validation = validation.take(np.flatnonzero(validation.labelled))
    for name, part in (("training", training), ("validation", validation)):
        _require_both_answers(part, name)
    return training, validation


def _read(
    store: Store, ecg_ids: Int64, signals: npt.NDArray[np.int16], present: npt.NDArray[np.bool_]
) -> None:
    """Write what a store has into ``signals`` ``(n, 12, 1000)``, and what that is into ``present``."""
    places = np.searchsorted(ecg_ids, store.ecg_ids)
    for row, (place, ecg_id) in enumerate(zip(places.tolist(), store.ecg_ids.tolist(), strict=True)):
        if place >= len(ecg_ids) or ecg_ids[place] != ecg_id:  # a duplicate
            continue
        values = store.read([row])[0]
        if store.rate != RATE:
            values = resample(values, store.rate, RATE)
        scaled = np.rint(np.nan_to_num(values) * _MICROVOLT)
        signals[place] = np.clip(scaled, -32767, 32767).astype(np.int16)
        present[place] = True


def _targets(stores: Sequence[Store], task: str, ecg_ids: Int64) -> tuple[Float32, tuple[str, ...]]:
    sets = [labels(store.ptb_xl, task) for store in stores]
    targets = np.full((len(ecg_ids), len(sets[0].classes)), np.nan, np.float32)
    for found in sets:
        kept = np.isin(found.ecg_ids, ecg_ids)
        targets[np.searchsorted(ecg_ids, found.ecg_ids[kept])] = found.targets[kept]
    return targets, sets[0].classes


def _auxiliary(
    stores: Sequence[Store],
    options: Auxiliary | None,
    records: Sequence[PtbXlRecord],
    training_folds: Sequence[int],
) -> Float32:
    if options is None:
        return np.zeros((len(records), 0), np.float32)
    ecg_ids = np.array([record.ecg_id for record in records], dtype=np.int64)
    columns = []
    for task in ("superclass", "all"):
        values = np.nan_to_num(_targets(stores, task, ecg_ids)[0])
        learnt = np.isin([record.fold for record in records], training_folds)
        columns.append(values[:, values[learnt].sum(axis=0) >= options.least])
    if options.age_and_sex:
        ages = [np.nan if r.age is None else min(r.age, _OLDEST) / 100 for r in records]
        sexes = [np.nan if r.sex is None else float(r.sex == "female") for r in records]
        columns.append(np.array([ages, sexes], np.float32).T)
    return np.concatenate(columns, axis=1)


def _require_both_answers(records: Records, name: str) -> None:
    answers = records.targets[records.labelled]
    for column, of_class in enumerate(records.classes):
        positive = int(answers[:, column].sum())
        if not 0 < positive < len(answers):
            raise DataError(
                f"Of {len(answers)} {name} records with a label {positive} have {of_class}: what has no "
                "example, or no counter-example, cannot be learnt. Take other folds (data.training, "
                "data.validation), or prepare more records."
            )
