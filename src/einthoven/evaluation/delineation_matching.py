"""What became of each annotated boundary: found, and how far off; missed; and boundaries that are extra."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.datasets.ludb import MISSING, WAVES, DelineatedRecord, LeadWaves
from einthoven.evaluation.matching import match_beats
from einthoven.signal.delineation import Delineation

Float64 = npt.NDArray[np.float64]

TOLERANCE_S = 0.150
POINTS = ("onset", "peak", "end")
BOUNDARIES = tuple(f"{wave}_{point}" for wave in WAVES for point in POINTS)
_OURS = {
    f"{wave}_{point}": f"{wave.lower()}_{'offset' if point == 'end' else point}"
    for wave in WAVES
    for point in POINTS
}


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """One boundary of one lead of one record; positions in samples.

    Attributes:
        reference: positions of annotated boundaries that were found, shape ``(n_found,)``.
        detected: the positions found for them.
        missed: annotated boundaries without a partner.
        extra: boundaries found in the annotated stretch without a partner.
        error_ms: detected minus annotated, shape ``(n_found,)``.
    """

    reference: Float64
    detected: Float64
    missed: Float64
    extra: Float64
    error_ms: Float64


def compare(record: DelineatedRecord, found: Delineation) -> list[dict[str, Outcome]]:
    """Pair what was found with what is annotated, for each lead and each of ``BOUNDARIES``.

    Positions are paired one to one within 150 ms, boundary by boundary (as EC57 pairs beats, and as papers on
    LUDB do). What is found outside the stretch between a lead's first and last annotation counts for nothing:
    waves are there, but not annotated. Neither does what lies in a stretch whose annotation is damaged.
    """
    fs = record.recording.fs
    return [
        {
            name: _outcome(
                lead, name, np.asarray(getattr(found, _OURS[name])[row], dtype=np.float64), found, row, fs
            )
            for name in BOUNDARIES
        }
        for row, lead in enumerate(record.leads)
    ]


def _outcome(
    lead: LeadWaves, name: str, detected: Float64, found: Delineation, row: int, fs: float
) -> Outcome:
    wave, point = name.split("_")
    annotated = lead.waves[wave][:, POINTS.index(point)]
    annotated = annotated[annotated != MISSING].astype(np.float64)
    onset = getattr(found, f"{wave.lower()}_onset")[row]
    end = getattr(found, f"{wave.lower()}_offset")[row]
    there = np.isfinite(detected)
    detected, onset, end = detected[there], onset[there], end[there]
    order = np.argsort(detected)
    detected, onset, end = detected[order], onset[order], end[order]
    # Whole samples are what can be matched; errors keep the fractions.
    matches = match_beats(annotated, np.maximum.accumulate(detected), TOLERANCE_S * fs)
    pairs = matches.pairs
    extra = matches.extra
    first, last = lead.stretch
    counts = (onset[extra] >= first) & (end[extra] <= last)
    for begin, stop in lead.unclear.tolist():
        margin = TOLERANCE_S * fs
        counts &= (detected[extra] < begin - margin) | (detected[extra] > stop + margin)
    reference, partner = annotated[pairs[:, 0]], detected[pairs[:, 1]]
    return Outcome(
        reference=reference,
        detected=partner,
        missed=annotated[matches.missed],
        extra=detected[extra][counts],
        error_ms=(partner - reference) * (1000.0 / fs),
    )
