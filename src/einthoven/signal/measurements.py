"""Intervals, axes, amplitudes and ST levels, each with a confidence, or empty with the reason.

Intervals are global: from the earliest onset to the latest end over the leads (CSE Working Party, European
Heart Journal 6:815, 1985, doi 10.1093/oxfordjournals.eurheartj.a061763). Deviations, because a delineator
that errs in one lead of twelve must not set the interval: in each lead the median over the beats of the
ruling kind is taken first; leads far from the others are left out; of six leads or more the second earliest
and second latest count.

Corrected QT: Bazett, Heart 7:353, 1920; Fridericia, Acta Medica Scandinavica 53:469, 1920; Framingham: Sagie
et al., American Journal of Cardiology 70:797, 1992 (doi 10.1016/0002-9149(92)90562-D); RR is the mean over
the stretch.

Axes are those of the net area of the wave in the frontal plane, by least squares over the limb leads there
are (two or more), each with its direction and, for aVR, aVL and aVF, its gain of √3/2; with I and aVF this is
``atan2(2 aVF / √3, I)``. 0 degrees points left, 90 down.

Amplitudes are of the median beat: Q, R, S, T and ST against the level of the 20 ms before the QRS complex, P
against that before the P wave. ST is the mean of 8 ms around 60 ms after the latest QRS end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.recording import Int64, Recording
from einthoven.signal.measurements_leads import lead_measurements
from einthoven.signal.measurements_values import Landmarks, Measurement, empty, landmarks
from einthoven.signal.typical_beat import TypicalBeat, ruling_beats, typical_beat

if TYPE_CHECKING:
    from einthoven.signal.delineation import Delineation

__all__ = ["Measurement", "Measurements", "measure"]

OVERALL = {
    "heart_rate": ("Heart rate", "/min"),
    "p_duration": ("P duration", "ms"),
    "pr": ("PR interval", "ms"),
    "qrs": ("QRS duration", "ms"),
    "qt": ("QT interval", "ms"),
    "qtc_bazett": ("QTc (Bazett)", "ms"),
    "qtc_fridericia": ("QTc (Fridericia)", "ms"),
    "qtc_framingham": ("QTc (Framingham)", "ms"),
    "axis_p": ("P axis", "deg"),
    "axis_qrs": ("QRS axis", "deg"),
    "axis_t": ("T axis", "deg"),
}
# Direction in degrees and gain of each limb lead in the frontal plane.
_LIMB = {
    "I": (0, 1.0), "II": (60, 1.0), "III": (120, 1.0),
    "aVR": (-150, 0.75**0.5), "aVL": (-30, 0.75**0.5), "aVF": (90, 0.75**0.5),
}  # fmt: skip
_SMALLEST_AREA = 0.1  # of the wave's own size; a vector smaller than that has no direction


@dataclass(frozen=True, slots=True)
class Measurements:
    """What was measured on one recording.

    Attributes:
        overall: heart rate, intervals, axes: the codes of ``OVERALL`` in that order.
        leads: for each lead ``p_amplitude, q_amplitude, r_amplitude, s_amplitude, t_amplitude, st_j60`` (mV).
        n_beats: beats of the ruling kind that were measured.
        stretch: begin and end of what was measured, seconds; the whole recording unless it is longer than 60
            s.
    """

    overall: tuple[Measurement, ...]
    leads: dict[str, tuple[Measurement, ...]]
    n_beats: int
    stretch: tuple[float, float]


def measure(
    recording: Recording,
    r_peaks: npt.ArrayLike,
    delineation: Delineation,
    usable: Sequence[bool] | None = None,
) -> Measurements:
    """Measure a recording with any set of leads.

    Args:
        recording: of any length; of more than 60 s the stretch that ``delineation`` chose is measured.
        r_peaks: positions in samples, increasing.
        delineation: of the same recording.
        usable: one verdict a lead; False leaves it out. None takes all.

    Raises:
        SignalError: ``usable`` or ``delineation`` is not of this recording's leads.
    """
    n_leads, fs = recording.n_leads, recording.fs
    if delineation.qrs_onset.shape[0] != n_leads:
        raise SignalError(
            f"The delineation is of {delineation.qrs_onset.shape[0]} leads, the recording has {n_leads}."
        )
    if usable is not None and len(usable) != n_leads:
        raise SignalError(f"{len(usable)} verdicts for {n_leads} leads; give one for each lead.")
    chosen = np.ones(n_leads, dtype=bool) if usable is None else np.asarray(usable, dtype=bool)
    start, stop = delineation.stretch
    stretch = (start / fs, stop / fs)
    peaks = np.asarray(r_peaks, dtype=np.int64)
    peaks = peaks[(peaks >= start) & (peaks < stop)]
    beats = delineation.r_peaks
    reason = "No lead is usable." if not chosen.any() else "No beats were found." if not len(beats) else ""
    if reason:
        return Measurements(
            tuple(empty(code, *OVERALL[code], reason) for code in OVERALL),
            {lead: lead_measurements(None, row, None, reason) for row, lead in enumerate(recording.leads)},
            0,
            stretch,
        )
    low, high = max(start - round(fs), 0), min(stop + round(fs), recording.n_samples)
    signals = recording.signals[:, low:high]
    rules = ruling_beats(signals[chosen], fs, beats - low)
    found = landmarks(delineation, fs, rules, chosen)
    qrs_onset = found.first("qrs_onset")
    beat = typical_beat(signals, fs, beats[rules] - low, -50.0 if qrs_onset is None else qrs_onset)
    leads = {
        lead: lead_measurements(
            beat, row, found, "" if chosen[row] else "The lead is not usable.",
        )
        for row, lead in enumerate(recording.leads)
    }  # fmt: skip
    values = [_heart_rate(peaks, fs), *_intervals(found)]
    values += _corrected(values[4], values[0])
    values += _axes(recording.leads, chosen, beat, found)
    return Measurements(tuple(values), leads, int(np.count_nonzero(rules)), stretch)


def _heart_rate(peaks: Int64, fs: float) -> Measurement:
    code = "heart_rate"
    if len(peaks) < 2:
        return empty(code, *OVERALL[code], "One beat alone: a rate takes two.")
    rate = 60 * fs * (len(peaks) - 1) / float(peaks[-1] - peaks[0])
    return Measurement(code, *OVERALL[code][:1], rate, OVERALL[code][1], min(1.0, 0.5 + 0.1 * len(peaks)))


def _intervals(found: Landmarks) -> list[Measurement]:
    ends = {
        "p_duration": ("p_onset", "p_offset"),
        "pr": ("p_onset", "qrs_onset"),
        "qrs": ("qrs_onset", "qrs_offset"),
        "qt": ("qrs_onset", "t_offset"),
    }
    out = []
    for code, (begin, end) in ends.items():
        label, unit = OVERALL[code]
        first = found.first(begin)
        last = found.first(end) if end == "qrs_onset" else found.last(end)
        if first is None or last is None:
            out.append(empty(code, label, unit, found.why_not(begin if first is None else end)))
        elif last <= first:
            out.append(empty(code, label, unit, "The leads contradict each other."))
        else:
            sure = min(found.confidence(begin), found.confidence(end))
            out.append(Measurement(code, label, last - first, unit, sure))
    return out


def _corrected(qt: Measurement, rate: Measurement) -> list[Measurement]:
    codes = ("qtc_bazett", "qtc_fridericia", "qtc_framingham")
    if qt.value is None or rate.value is None:
        reason = qt.reason if qt.value is None else rate.reason
        return [empty(code, *OVERALL[code], reason) for code in codes]
    rr = 60 / rate.value
    values = (qt.value / rr**0.5, qt.value / rr ** (1 / 3), qt.value + 154 * (1 - rr))
    return [
        Measurement(code, OVERALL[code][0], value, OVERALL[code][1], qt.confidence)
        for code, value in zip(codes, values, strict=True)
    ]


def _axes(
    leads: Sequence[str], chosen: npt.NDArray[np.bool_], beat: TypicalBeat, found: Landmarks
) -> list[Measurement]:
    rows = [(row, *_LIMB[lead]) for row, lead in enumerate(leads) if lead in _LIMB and chosen[row]]
    out = []
    for wave in ("p", "qrs", "t"):
        code = f"axis_{wave}"
        label, unit = OVERALL[code]
        begin, end = found.first(f"{wave}_onset"), found.last(f"{wave}_offset")
        if len(rows) < 2:
            out.append(empty(code, label, unit, f"An axis takes two limb leads; usable: {len(rows)}."))
            continue
        if begin is None or end is None or end <= begin:
            out.append(empty(code, label, unit, found.why_not(f"{wave}_onset")))
            continue
        areas, sizes = [], []
        for row, _, _ in rows:
            part = beat.between(row, begin, end).astype(np.float64)
            part -= beat.level(row, begin) if wave != "t" else 0.0
            areas.append(float(part.sum()))
            sizes.append(float(np.abs(part).sum()))
        if not np.isfinite(areas).all():
            out.append(empty(code, label, unit, "Samples are missing in a limb lead."))
            continue
        turn = np.deg2rad([degrees for _, degrees, _ in rows])
        gain = np.array([gain for _, _, gain in rows])
        view = gain[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        vector = np.linalg.lstsq(view, np.array(areas), rcond=None)[0]
        length = float(np.hypot(*vector))
        share = length / max(max(sizes), 1e-9)
        if share < _SMALLEST_AREA:
            out.append(
                empty(code, label, unit, "Areas above and below the line cancel out: no axis in this plane.")
            )
            continue
        sure = min(found.confidence(f"{wave}_onset"), found.confidence(f"{wave}_offset")) * min(
            1.0, 2 * share
        )
        out.append(Measurement(code, label, float(np.rad2deg(np.arctan2(vector[1], vector[0]))), unit, sure))
    return out
