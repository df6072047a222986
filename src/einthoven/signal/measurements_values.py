"""One measured value, and where the waves of the typical beat begin and end over all leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from einthoven.signal.delineation import Delineation

Float64 = npt.NDArray[np.float64]

BOUNDARIES = ("p_onset", "p_offset", "qrs_onset", "qrs_offset", "t_onset", "t_offset")
_NAMES = {"p": "P waves", "qrs": "QRS complexes", "t": "T waves"}
# Leads further from the median of the leads than this, in ms, are left out.
_AGREE_MS = dict(zip(BOUNDARIES, (30.0, 30.0, 25.0, 35.0, 80.0, 60.0), strict=True))
# Scatter over the leads that halves the confidence, ms.
_SPREAD_MS = dict(zip(BOUNDARIES, (40.0, 40.0, 25.0, 25.0, 80.0, 60.0), strict=True))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured value.

    Attributes:
        code: such as ``qt`` or ``st_j60``.
        label: what people call it.
        value: None where it cannot be measured.
        unit: ``ms``, ``/min``, ``deg`` or ``mV``.
        confidence: 0 to 1, or None without a value.
        reason: why there is no value.
    """

    code: str
    label: str
    value: float | None
    unit: str
    confidence: float | None
    reason: str = ""


def empty(code: str, label: str, unit: str, reason: str) -> Measurement:
    """Return a value that could not be measured."""
    return Measurement(code, label, None, unit, None, reason)


@dataclass(frozen=True, eq=False, slots=True)
class Landmarks:
    """Boundaries of the typical beat in each lead, milliseconds after the R peak.

    Attributes:
        leads: boundary → float64, shape ``(n_leads,)``, NaN where most beats have none.
        sure: boundary → 0 to 1, shape ``(n_leads,)``.
        shares: boundary → share of the beats in which it was found, in the lead with most, 0 to 1.
        n_beats: how many beats there are.
    """

    leads: dict[str, Float64]
    sure: dict[str, Float64]
    shares: dict[str, float]
    n_beats: int

    def first(self, boundary: str) -> float | None:
        """The earliest over the leads, ms; the second earliest of six or more; None where there is none."""
        values = self._agreeing(boundary)
        return None if not len(values) else float(values[1 if len(values) >= 6 else 0])

    def last(self, boundary: str) -> float | None:
        """The latest over the leads, ms; the second latest of six or more; None where there is none."""
        values = self._agreeing(boundary)
        return None if not len(values) else float(values[-2 if len(values) >= 6 else -1])

    def confidence(self, boundary: str) -> float:
        """Mean confidence of the leads that have it, less where they scatter; 0 to 1."""
        there = np.isfinite(self.leads[boundary])
        if not there.any():
            return 0.0
        scatter = float(
            np.median(np.abs(self.leads[boundary][there] - np.median(self.leads[boundary][there])))
        )
        return float(self.sure[boundary][there].mean() / (1 + (scatter / _SPREAD_MS[boundary]) ** 2))

    def why_not(self, boundary: str) -> str:
        """Say why a boundary is not there."""
        what = _NAMES[boundary.split("_")[0]]
        seen = round(self.shares[boundary] * self.n_beats)
        if not seen:
            return f"No {what} were found."
        return f"{what} were found in {seen} of {self.n_beats} beats only."

    def _agreeing(self, boundary: str) -> Float64:
        values = self.leads[boundary]
        values = np.sort(values[np.isfinite(values)])
        if values.size < 3:
            return values
        return values[np.abs(values - np.median(values)) <= _AGREE_MS[boundary]]


def landmarks(
    delineation: Delineation, fs: float, rules: npt.NDArray[np.bool_], usable: npt.NDArray[np.bool_]
) -> Landmarks:
    """Take the median over beats of each boundary in each lead.

    A lead has a boundary if half or more of the beats have it there.

    Args:
        delineation: of the recording.
        fs: its rate in Hz.
        rules: which beats count, shape ``(n_beats,)``.
        usable: which leads count.
    """
    n_beats = int(np.count_nonzero(rules))
    leads, sure, shares = {}, {}, {}
    for boundary in BOUNDARIES:
        position = getattr(delineation, boundary)[:, rules]
        after = (position - delineation.r_peaks[rules]) * (1000.0 / fs)
        found = np.isfinite(after) & usable[:, None]
        share = found.mean(axis=1)
        there = share >= 0.5
        leads[boundary] = np.array(
            [
                np.median(row[known]) if keep else np.nan
                for row, known, keep in zip(after, found, there, strict=True)
            ]
        )
        sure[boundary] = (
            np.where(found, delineation.confidence[boundary][:, rules], 0).mean(axis=1).astype(float)
        )
        shares[boundary] = float(share.max(initial=0.0))
    return Landmarks(leads, sure, shares, n_beats)
