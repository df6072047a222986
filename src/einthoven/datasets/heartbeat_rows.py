"""A heartbeat row: 187 samples of one beat and its class, with whose beat it is where that is known."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64

LENGTH = 187
FS = 125.0  # Hz, as published; what rows from 360 Hz records have in truth is 120 (`heartbeat.row_rate`)


@dataclass(frozen=True, eq=False, slots=True)
class HeartbeatRows:
    """Rows in the layout of the Kaggle heartbeat set (Kachuee et al. 2018, arXiv:1805.00794).

    Attributes:
        values: float32, shape ``(n, 187)``: the beat from its annotated position on, scaled to [0, 1],
            zeros behind its end.
        classes: int64, shape ``(n,)``: indices into ``AAMI_CLASSES``.
        records: shape ``(n,)``: name of the record, ``""`` where not known.
        patients: shape ``(n,)``: ``SET/PERSON``, unique over all data sets, ``""`` where not known.
        samples: int64, shape ``(n,)``: annotated position in the record's own rate, -1 where not known.
    """

    values: Float32
    classes: Int64
    records: npt.NDArray[np.str_]
    patients: npt.NDArray[np.str_]
    samples: Int64

    def __len__(self) -> int:
        return len(self.classes)

    def take(self, index: npt.ArrayLike) -> HeartbeatRows:
        """Return the rows at ``index`` (positions, a slice's worth, or a boolean mask), in that order."""
        chosen = np.asarray(index)
        if chosen.dtype != np.bool_:
            chosen = chosen.astype(np.int64)
        return HeartbeatRows(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @property
    def patients_known(self) -> bool:
        """Whether each row says whose beat it is."""
        return bool(np.all(self.patients != ""))


def joined(parts: list[HeartbeatRows]) -> HeartbeatRows:
    """Return the rows of all parts, one after the other; of none: no rows."""
    if not parts:
        none = np.empty(0, dtype="<U1")
        no_numbers = np.empty(0, dtype=np.int64)
        return HeartbeatRows(np.empty((0, LENGTH), np.float32), no_numbers, none, none, no_numbers)
    return HeartbeatRows(
        *(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(HeartbeatRows))
    )
