"""From wave probabilities to boundaries: which wave belongs to which beat, and where it begins and ends.

All positions here are samples of the network's rate, fractions included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32

Float64 = npt.NDArray[np.float64]

P, QRS, T = 0, 1, 2

# Seconds; the longest and shortest that hearts do, with room.
_QRS_REACH = 0.24
_LONGEST_PR = 0.42
_LONGEST_QT = 0.75
_SMOOTH = (0.05, 0.03, 0.09)  # of P, QRS, T: about half of a short wave
_THRESHOLD = (0.45, 0.15, 0.30)  # smallest score of a wave; a QRS complex is known to be there
_OWN_SHARE = 0.5  # of a lead's own probability in its score; the rest is the leads' common opinion
_SILENT = 0.10  # a lead whose own probability stays below it takes the others' boundaries
_BRIDGE_S = (0.0, 0.0, 0.06)  # a shorter dip in the middle of a T wave of two humps does not end it
_BLUR_S = 0.04  # width of a boundary that halves its confidence


@dataclass(frozen=True, eq=False, slots=True)
class Boundaries:
    """Onset and end of one kind of wave for each lead and beat, NaN where there is none.

    Attributes:
        onset, end: network samples, float64, shape ``(n_leads, n_beats)``.
        sure_onset, sure_end: 0 to 1, float32; 0 where there is none.
    """

    onset: Float64
    end: Float64
    sure_onset: Float32
    sure_end: Float32

    @classmethod
    def empty(cls, n_leads: int, n_beats: int) -> Boundaries:
        """No wave anywhere yet."""
        shape = (n_leads, n_beats)
        return cls(
            np.full(shape, np.nan),
            np.full(shape, np.nan),
            np.zeros(shape, np.float32),
            np.zeros(shape, np.float32),
        )


def find_waves(p: Float32, r_peaks: Float64, rate: float) -> tuple[Boundaries, Boundaries, Boundaries]:
    """Return P waves, QRS complexes and T waves of each beat, in this order.

    For each beat the QRS complex is sought around the R peak, the T wave from its end to the next complex,
    and the P wave from the T wave before to its onset: so P < QRS < T whatever the network thinks. Whether a
    wave is there is decided by the lead's own probability and that of all leads together. A boundary is where
    the probability crosses half of its maximum: the median of where the network thinks it may be.

    Args:
        p: probabilities of P, QRS, T, shape ``(n_leads, 3, n)``.
        r_peaks: increasing, shape ``(n_beats,)``.
        rate: of ``p``, in Hz.
    """
    n_leads, _, n = p.shape
    found = tuple(Boundaries.empty(n_leads, len(r_peaks)) for _ in range(3))
    if not n_leads or not len(r_peaks):
        return found[P], found[QRS], found[T]
    smooth = [_box(p[:, kind], round(_SMOOTH[kind] * rate)) for kind in range(3)]
    between = np.concatenate(([0.0], (r_peaks[1:] + r_peaks[:-1]) / 2, [float(n)]))
    for beat, r in enumerate(r_peaks.tolist()):
        low = max(r - _QRS_REACH * rate, between[beat], 0)
        high = min(r + _QRS_REACH * rate, between[beat + 1], n)
        _seek(
            found[QRS], p[:, QRS], smooth[QRS], QRS, beat, np.full(n_leads, low), np.full(n_leads, high), rate
        )
    qrs = found[QRS]
    floor = np.zeros(n_leads)
    for beat, r in enumerate(r_peaks.tolist()):
        begin, stop = _or(qrs.onset[:, beat], r), _or(qrs.end[:, beat], r)
        low = np.maximum(floor, r - _LONGEST_PR * rate)
        _seek(found[P], p[:, P], smooth[P], P, beat, low, begin, rate)
        following = (
            _or(qrs.onset[:, beat + 1], r_peaks[beat + 1]) if beat + 1 < len(r_peaks) else np.full(n_leads, n)
        )
        high = np.minimum(following, r + _LONGEST_QT * rate)
        _seek(found[T], p[:, T], smooth[T], T, beat, stop, high, rate)
        floor = np.maximum(stop, _or(found[T].end[:, beat], 0.0))
    return found[P], found[QRS], found[T]


def _seek(
    found: Boundaries,
    p: Float32,
    smooth: Float32,
    kind: int,
    beat: int,
    low: Float64,
    high: Float64,
    rate: float,
) -> None:
    """Look for one wave of one beat in all leads, between ``low`` and ``high`` of each."""
    n = p.shape[1]
    first, last = max(int(np.ceil(low.min())), 0), min(int(high.max()) + 1, n)
    if last - first < 3:
        return
    at = np.arange(first, last)
    inside = (at >= low[:, None]) & (at <= high[:, None])
    own = np.where(inside, p[:, first:last], 0)
    evident = np.where(inside, smooth[:, first:last], 0)
    common = evident.mean(axis=0)
    # A lead's own wave overlaps the common one; without this, noise elsewhere in the window could win.
    weighed = evident * (0.25 + common / max(float(common.max()), 1e-6))
    crests = weighed.argmax(axis=1)
    score = _OWN_SHARE * evident.max(axis=1) + (1 - _OWN_SHARE) * float(common.max())
    silent, half, bridge = [], _BLUR_S * rate, round(_BRIDGE_S[kind] * rate)
    for lead in range(p.shape[0]):
        if score[lead] < _THRESHOLD[kind]:
            continue
        q, top = own[lead], int(crests[lead])
        height = float(q[max(top - 2, 0) : top + 3].max())
        if height < _SILENT:
            silent.append(lead)
            continue
        onset, blur_onset = _crossing(q[: top + 1][::-1], height, bridge)
        end, blur_end = _crossing(q[top:], height, bridge)
        found.onset[lead, beat], found.end[lead, beat] = first + top - onset, first + top + end
        found.sure_onset[lead, beat] = score[lead] / (1 + blur_onset / half)
        found.sure_end[lead, beat] = score[lead] / (1 + blur_end / half)
    told = np.isfinite(found.onset[:, beat])
    if silent and told.any():
        found.onset[silent, beat] = np.median(found.onset[told, beat])
        found.end[silent, beat] = np.median(found.end[told, beat])
        found.sure_onset[silent, beat] = found.sure_end[silent, beat] = 0.5 * score[silent]


def _crossing(q: Float32, height: float, bridge: int) -> tuple[float, float]:
    """Steps to where ``q`` falls through half of ``height``; and steps from 3/4 to 1/4 of it."""
    blur = _falls(q, 0.25 * height, bridge) - _falls(q, 0.75 * height, bridge)
    return _falls(q, 0.5 * height, bridge), max(blur, 0.0)


def _falls(q: Float32, level: float, bridge: int) -> float:
    """Steps from the first sample to where ``q`` falls below ``level`` for longer than ``bridge``."""
    above = np.flatnonzero(q >= level)
    if not above.size:
        return 0.0
    breaks = np.flatnonzero(np.diff(above) > bridge + 1)
    k = int(above[breaks[0]] if breaks.size else above[-1]) + 1
    if k >= q.size:
        return float(q.size - 1)
    return k - 1 + float((q[k - 1] - level) / max(float(q[k - 1] - q[k]), 1e-9))


def _box(p: Float32, width: int) -> Float32:
    """Moving average over an odd number of samples."""
    side = width // 2
    total = np.zeros((p.shape[0], p.shape[1] + 2 * side + 1))
    np.cumsum(np.pad(p, ((0, 0), (side, side))), axis=1, out=total[:, 1:])
    mean: Float32 = ((total[:, 2 * side + 1 :] - total[:, : -2 * side - 1]) / (2 * side + 1)).astype(
        np.float32
    )
    return mean


def _or(values: Float64, instead: float) -> Float64:
    return np.where(np.isfinite(values), values, instead)
