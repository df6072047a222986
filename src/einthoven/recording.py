"""The shared vocabulary: `Recording`, `Beats`, `Event`, `Patient`, lead names, units, AAMI classes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from einthoven.errors import MissingInformationError, SignalError, did_you_mean

Float32 = npt.NDArray[np.float32]
Int64 = npt.NDArray[np.int64]

STANDARD_LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")

AAMI_CLASSES = ("N", "S", "V", "F", "Q")

# ANSI/AAMI EC57: members of each class by MIT-BIH annotation code. Other codes are not beats.
AAMI_MEMBERS = {"N": "NLRej", "S": "AaJS", "V": "VE", "F": "F", "Q": "/fQ"}
AAMI_OF_SYMBOL = {symbol: aami for aami, members in AAMI_MEMBERS.items() for symbol in members}

MILLIVOLT_PER_UNIT = {"V": 1000.0, "mV": 1.0, "uV": 0.001, "nV": 1e-6}

_UNIT_ALIASES = {
    "v": "V", "volt": "V", "volts": "V",
    "mv": "mV", "millivolt": "mV", "millivolts": "mV",
    "uv": "uV", "µv": "uV", "μv": "uV", "microvolt": "uV", "microvolts": "uV",
    "nv": "nV", "nanovolt": "nV", "nanovolts": "nV",
}  # fmt: skip

_STEPS = re.compile(r"(\d+(?:\.\d*)?(?:e[+-]?\d+)?)?\s*(.*)", re.DOTALL)

_LEAD_ALIASES = {lead.lower(): lead for lead in STANDARD_LEADS} | {
    "mlii": "MLII", "mli": "MLI", "mliii": "MLIII", "d1": "I", "d2": "II", "d3": "III",
    "l1": "I", "l2": "II", "l3": "III", "1": "I", "2": "II", "3": "III",
    "v7": "V7", "v8": "V8", "v9": "V9", "v3r": "V3R", "v4r": "V4R", "v5r": "V5R", "v6r": "V6R",
    "x": "X", "y": "Y", "z": "Z", "vx": "X", "vy": "Y", "vz": "Z",
}  # fmt: skip

_LEAD_DECORATION = re.compile(
    r"^(mdc[_ ]ecg[_ ]lead[_ ]|(ecg|ekg|lead|channel|derivation)[\s_:\-.]*)+", re.IGNORECASE
)
_REMARK = re.compile(r"\s*\([^()]*\)$")  # "I (Einthoven)"
_BARE_NUMBER = re.compile(r"^\d+$")


def normalise_lead(label: str) -> str:
    """Return the standard name of a lead (``AVR``, ``Lead aVR``, ``MDC_ECG_LEAD_AVR`` → ``aVR``).

    A label that is no standard lead (``ECG1``, ``Resp``) comes back as it was, stripped: never guessed.
    A bare number stands for a limb lead only behind a word that says so (``Lead 2``, not ``ECG2`` or ``2``).
    """
    label = label.strip()
    bare = _REMARK.sub("", _LEAD_DECORATION.sub("", label)).strip()
    if _BARE_NUMBER.match(bare) and not re.match(r"^lead[\s_]", label, re.IGNORECASE):
        return label
    return _LEAD_ALIASES.get(bare.lower().replace(" ", ""), label)


def millivolt_factor(unit: str) -> float:
    """Return the factor that turns ``unit`` into millivolt.

    Args:
        unit: a voltage, or a number of them, which is what one step of an analogue-to-digital converter is
            worth: ``"mV"``, ``"4.88 uV"``.

    Raises:
        MissingInformationError: the unit is unknown; the message lists those that are known.
    """
    number, word = _STEPS.match(unit.strip().lower()).groups()  # type: ignore[union-attr]  # matches anything
    known = _UNIT_ALIASES.get(word)
    steps = float(number) if number else 1.0
    if known is None or not 0 < steps < math.inf:
        allowed = tuple(MILLIVOLT_PER_UNIT)
        raise MissingInformationError(
            f"Unit {unit!r} is not known; allowed: {', '.join(allowed)}, or what one step of the converter "
            f"is worth, as in '4.88 uV'.{did_you_mean(unit, allowed)}",
            "unit",
            "mV",
        )
    return steps * MILLIVOLT_PER_UNIT[known]


@dataclass(frozen=True, slots=True)
class Patient:
    """Who was recorded, as far as the file says. Empty strings and None mean that it does not say."""

    id: str = ""
    name: str = ""
    age: float | None = None  # years
    sex: str = ""  # "female", "male" or ""


@dataclass(frozen=True, slots=True)
class Event:
    """A stretch with a remark: a rhythm change, a technician's note, an EDF+ annotation.

    ``onset`` and ``duration`` are seconds from the start of the recording; duration 0 is a moment.
    """

    onset: float
    duration: float
    text: str


@dataclass(frozen=True, eq=False)
class Beats:
    """Beats of one recording, in time order.

    Attributes:
        samples: R-peak positions, int64, shape ``(n_beats,)``, in the recording's own rate.
        classes: AAMI class letters ``N S V F Q``, ``<U1``, shape ``(n_beats,)``.
        symbols: the source's own annotation codes (``L``, ``/`` …), ``<U1``, shape ``(n_beats,)``;
            None where beats come from a model.
        probabilities: float32, shape ``(n_beats, 5)`` in the order of ``AAMI_CLASSES``; None for annotations.
    """

    samples: Int64
    classes: npt.NDArray[np.str_]
    symbols: npt.NDArray[np.str_] | None = None
    probabilities: Float32 | None = None

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.int64)
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "classes", np.asarray(self.classes, dtype="<U1"))
        if self.symbols is not None:
            object.__setattr__(self, "symbols", np.asarray(self.symbols, dtype="<U1"))
        if self.probabilities is not None:
            object.__setattr__(self, "probabilities", np.asarray(self.probabilities, dtype=np.float32))
        for name, values in (
            ("classes", self.classes),
            ("symbols", self.symbols),
            ("probabilities", self.probabilities),
        ):
            if values is not None and len(values) != len(samples):
                raise SignalError(
                    f"{len(samples)} beat positions but {len(values)} {name}; give one for each beat."
                )
        if samples.ndim != 1 or np.any(np.diff(samples) < 0):
            raise SignalError("Beat positions must be one increasing list of sample numbers.")
        unknown = sorted(set(self.classes.tolist()) - set(AAMI_CLASSES))
        if unknown:
            raise SignalError(
                f"Beat classes {unknown} are not AAMI classes; allowed: {' '.join(AAMI_CLASSES)}."
            )

    def __len__(self) -> int:
        return len(self.samples)

    @classmethod
    def from_symbols(cls, samples: npt.ArrayLike, symbols: npt.ArrayLike) -> Beats:
        """Build beats from MIT-BIH annotation codes; codes that are no beats (``+ ~ |`` …) are left out."""
        codes = np.asarray(symbols, dtype="<U1")
        keep = np.array([code in AAMI_OF_SYMBOL for code in codes.tolist()], dtype=bool)
        codes = codes[keep]
        classes = np.array([AAMI_OF_SYMBOL[code] for code in codes.tolist()], dtype="<U1")
        return cls(np.asarray(samples, dtype=np.int64)[keep], classes, codes)


@dataclass(frozen=True, eq=False)
class Recording:
    """One ECG recording.

    Attributes:
        signals: millivolt, float32, shape ``(n_leads, n_samples)``; missing samples are NaN, never 0.
        fs: sampling rate in Hz.
        leads: one name a lead, standard where the label is known (``normalise_lead``), else the file's own.
        name: short name for people and file names (a record name, a file's stem).
        source: where it came from (a path, a URL, ``"array"``, ``"simulator"``).
        start: when the first sample was taken, if the file says.
        patient: who was recorded, if the file says.
        beats: annotations that came with the file, or None.
        events: rhythm changes and remarks that came with the file, in time order.
        warnings: sentences on whatever the reader had to repair or leave out.
    """

    signals: Float32
    fs: float
    leads: tuple[str, ...]
    name: str = ""
    source: str = ""
    start: datetime | None = None
    patient: Patient = field(default_factory=Patient)
    beats: Beats | None = None
    events: tuple[Event, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        signals = np.asarray(self.signals, dtype=np.float32)
        if signals.ndim != 2:
            raise SignalError(
                f"Signals have shape {signals.shape}; allowed: (n_leads, n_samples). "
                "A single lead is signals[np.newaxis, :]."
            )
        if len(self.leads) != signals.shape[0]:
            raise SignalError(
                f"{len(self.leads)} lead names for {signals.shape[0]} signals of {signals.shape[1]} samples; "
                "give one name for each lead. If leads are in columns, transpose the array."
            )
        if not (np.isfinite(self.fs) and self.fs > 0):
            raise MissingInformationError(
                f"Sampling rate {self.fs!r} Hz is not a positive number.", "fs", "360"
            )
        object.__setattr__(self, "signals", signals)
        object.__setattr__(self, "fs", float(self.fs))
        object.__setattr__(self, "leads", tuple(self.leads))

    @property
    def n_leads(self) -> int:
        return int(self.signals.shape[0])

    @property
    def n_samples(self) -> int:
        return int(self.signals.shape[1])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.n_samples / self.fs
