"""Amplitudes and ST level of one lead, from its typical beat."""

from __future__ import annotations

import numpy as np

from einthoven.recording import Float32
from einthoven.signal.measurements_values import Landmarks, Measurement, empty
from einthoven.signal.typical_beat import TypicalBeat

LEAD = {
    "p_amplitude": "P amplitude",
    "q_amplitude": "Q amplitude",
    "r_amplitude": "R amplitude",
    "s_amplitude": "S amplitude",
    "t_amplitude": "T amplitude",
    "st_j60": "ST level at J + 60 ms",
}
ST_MS = 60.0
_SMALLEST_MV = 0.02  # a smaller deflection is none
_BLUR_MV = 0.03  # a standard error that halves the confidence


def lead_measurements(
    beat: TypicalBeat | None, row: int, found: Landmarks | None, reason: str
) -> tuple[Measurement, ...]:
    """Return the values of one lead in the order of ``LEAD``; all empty where there is a ``reason``.

    Args:
        beat: the typical beat, or None.
        row: the lead's row in it.
        found: where the waves are, or None.
        reason: why the lead cannot be measured, or nothing.
    """
    if reason or beat is None or found is None:
        return tuple(empty(code, label, "mV", reason) for code, label in LEAD.items())
    values = {**_p_and_t(beat, row, found), **_qrs(beat, row, found)}
    out = []
    for code, label in LEAD.items():
        value, sure = values[code]
        if isinstance(value, str):
            out.append(empty(code, label, "mV", value))
        elif not np.isfinite(value):
            out.append(empty(code, label, "mV", "Samples are missing there."))
        else:
            noise = float(beat.noise[row])
            blur = 0.5 if not np.isfinite(noise) else 1 / (1 + noise / _BLUR_MV)
            out.append(Measurement(code, label, value, "mV", sure * blur))
    return tuple(out)


def _p_and_t(beat: TypicalBeat, row: int, found: Landmarks) -> dict[str, tuple[float | str, float]]:
    out: dict[str, tuple[float | str, float]] = {}
    for wave in ("p", "t"):
        begin, end = (float(found.leads[f"{wave}_{side}"][row]) for side in ("onset", "offset"))
        if not (np.isfinite(begin) and np.isfinite(end)):
            out[f"{wave}_amplitude"] = (f"No {wave.upper()} waves in most beats of this lead.", 0.0)
            continue
        level = beat.level(row, begin) if wave == "p" else 0.0
        sure = float(min(found.sure[f"{wave}_{side}"][row] for side in ("onset", "offset")))
        out[f"{wave}_amplitude"] = (_furthest(beat.between(row, begin, end) - np.float32(level)), sure)
    return out


def _qrs(beat: TypicalBeat, row: int, found: Landmarks) -> dict[str, tuple[float | str, float]]:
    """Q, R, S and ST of the typical beat.

    R is the highest deflection above the line, Q the lowest before it, S the lowest behind it. Without an R
    the complex is a QS, whose depth is given as Q.
    """
    begin, end = found.first("qrs_onset"), found.last("qrs_offset")
    if begin is None or end is None or end <= begin:
        reason = found.why_not("qrs_onset" if begin is None else "qrs_offset")
        return dict.fromkeys(("q_amplitude", "r_amplitude", "s_amplitude", "st_j60"), (reason, 0.0))
    own = [float(found.leads[f"qrs_{side}"][row]) for side in ("onset", "offset")]
    low, high = (mine if np.isfinite(mine) else all_ for mine, all_ in zip(own, (begin, end), strict=True))
    sure = float(min(found.sure[f"qrs_{side}"][row] for side in ("onset", "offset")))
    part = beat.between(row, low, high)
    nothing = {wave: (f"No {wave.upper()} wave.", 0.0) for wave in "qrs"}
    st = beat.near(row, end + ST_MS)
    out: dict[str, tuple[float | str, float]] = {f"{wave}_amplitude": why for wave, why in nothing.items()}
    out["st_j60"] = (st, found.confidence("qrs_offset"))
    if part.size < 3 or not np.isfinite(part).all():
        return out | {f"{wave}_amplitude": ("Samples are missing there.", 0.0) for wave in "qrs"}
    top = int(part.argmax())
    height = float(part[top])
    if height < _SMALLEST_MV:
        depth = float(part.min())
        if depth <= -_SMALLEST_MV:
            out["q_amplitude"] = (depth, sure)
            out["r_amplitude"] = out["s_amplitude"] = ("None: the complex is a QS.", 0.0)
        return out
    out["r_amplitude"] = (height, sure)
    for wave, side in (("q", part[: top + 1]), ("s", part[top:])):
        depth = float(side.min())
        if depth <= -_SMALLEST_MV:
            out[f"{wave}_amplitude"] = (depth, sure)
    return out


def _furthest(part: Float32) -> float:
    known = part[np.isfinite(part)]
    return float(known[np.abs(known).argmax()]) if known.size else float("nan")
