"""Signal quality of each lead: what is wrong with it, where, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one lead that cannot be used.

    ``onset_s`` and ``duration_s`` are seconds from the start of the recording; ``reason`` is one of
    ``missing``, ``flat``, ``clipped``, ``noise``.
    """

    onset_s: float
    duration_s: float
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return {"onset_s": self.onset_s, "duration_s": self.duration_s, "reason": self.reason}


@dataclass(frozen=True, eq=False, slots=True)
class LeadQuality:
    """What one lead is worth.

    Attributes:
        lead: its name.
        usable: whether beats can be read from most of it.
        reasons: sentences for people: why it is unusable, and what else is worth knowing (hum, unit).
        flat_fraction: share of the present samples that do not move, 0 to 1.
        missing_fraction: share of samples that are NaN, 0 to 1.
        clipped_fraction: share of the present samples that sit on a rail, 0 to 1.
        snr_db: QRS against what is left between the QRS complexes above 15 Hz, median over windows, in dB;
            None where nothing could be measured.
        baseline_wander_mv: typical peak-to-peak movement of the base line within a window, millivolt.
        mains_hz: 50 or 60 where mains hum stands out of the spectrum, else None.
        mains_mv: amplitude of that hum, millivolt (0 without hum).
        amplitude_mv: typical peak-to-peak height of a QRS complex, millivolt; None if not measurable.
        suspected_unit: a unit that would explain an implausible amplitude (``uV``: the numbers look like
            microvolt declared as millivolt), else None.
        window_s: length of one window in seconds (the last one may be shorter).
        windows: bool, shape ``(n_windows,)``: whether each window is usable.
        stretches: runs of unusable windows with their reason, in time order.
    """

    lead: str
    usable: bool
    reasons: tuple[str, ...]
    flat_fraction: float
    missing_fraction: float
    clipped_fraction: float
    snr_db: float | None
    baseline_wander_mv: float | None
    mains_hz: int | None
    mains_mv: float
    amplitude_mv: float | None
    suspected_unit: str | None
    window_s: float
    windows: npt.NDArray[np.bool_]
    stretches: tuple[Stretch, ...]

    @property
    def usable_fraction(self) -> float:
        """Share of windows that are usable, 0 to 1."""
        return float(self.windows.mean()) if self.windows.size else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain types; ``windows`` is left out, ``stretches`` says the same in fewer words."""
        return {
            "lead": self.lead,
            "usable": self.usable,
            "usable_fraction": self.usable_fraction,
            "reasons": list(self.reasons),
            "flat_fraction": self.flat_fraction,
            "missing_fraction": self.missing_fraction,
            "clipped_fraction": self.clipped_fraction,
            "snr_db": self.snr_db,
            "baseline_wander_mv": self.baseline_wander_mv,
            "mains_hz": self.mains_hz,
            "mains_mv": self.mains_mv,
            "amplitude_mv": self.amplitude_mv,
            "suspected_unit": self.suspected_unit,
            "stretches": [stretch.to_dict() for stretch in self.stretches],
        }
