"""Heart rate variability in the time domain, on intervals between adjacent normal beats (NN intervals)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from einthoven.recording import Beats
from einthoven.signal.gaps import check_fs

FEWEST_INTERVALS = 10
FEWEST_FOR_TRIANGULAR = 1000
SHORTEST_NN_S, LONGEST_NN_S = 0.25, 3.0
_SEGMENT_S = 300.0
_BIN_S = 1 / 128

Gaps = Sequence[tuple[float, float]]
Float64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class HRV:
    """Time-domain measures; None where there are too few intervals (the minimum stands beside each).

    Source: Task Force of the ESC and NASPE, Circulation 1996;93:1043-1065,
    doi 10.1161/01.CIR.93.5.1043, table 1.

    Attributes:
        n_nn: NN intervals used.
        n_differences: pairs of NN intervals that share a beat; RMSSD and pNN50 are means over these.
        n_segments: 5-minute segments at least half full of NN intervals; SDANN and SDNN index are over these.
        mean_nn_ms: mean NN interval, ms; at least 2 intervals.
        sdnn_ms: standard deviation of NN intervals, ms; at least 10 intervals.
        rmssd_ms: root mean square of differences of neighbouring NN intervals, ms; at least 10 differences.
        pnn50: share of those differences above 50 ms, percent; at least 10 differences.
        sdann_ms: standard deviation of the segments' mean NN, ms; at least 2 segments.
        sdnn_index_ms: mean of the segments' SDNN, ms; at least 2 segments.
        triangular_index: number of NN intervals over the height of their histogram with bins of 1/128 s;
            at least 1000 intervals (the Task Force asks for 20 minutes).
    """

    n_nn: int
    n_differences: int
    n_segments: int
    mean_nn_ms: float | None
    sdnn_ms: float | None
    rmssd_ms: float | None
    pnn50: float | None
    sdann_ms: float | None
    sdnn_index_ms: float | None
    triangular_index: float | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def heart_rate_variability(beats: Beats, fs: float, *, gaps: Gaps = ()) -> HRV:
    """Return the time-domain measures of the Task Force (1996) on NN intervals.

    An NN interval lies between two adjacent beats of class N, spans no gap, and is 0.25 to 3 s long: outside
    that it is a fault of detection or a pause, which the rhythm facts report. No other correction is made; a
    missed or false beat therefore shows, most of all in RMSSD.

    Args:
        beats: positions and AAMI classes.
        fs: sampling rate of the positions, Hz.
        gaps: (start, stop) in seconds where beats could not be seen.
    """
    nn, is_nn, onset = nn_intervals(beats, fs, gaps)
    differences = np.diff(nn)[is_nn[1:] & is_nn[:-1]] if nn.size > 1 else np.zeros(0)
    used = nn[is_nn]
    many = used.size >= FEWEST_INTERVALS
    means, deviations = _segments(used, onset[is_nn])
    enough = differences.size >= FEWEST_INTERVALS
    triangular = None
    if used.size >= FEWEST_FOR_TRIANGULAR:
        triangular = float(used.size / np.bincount((used / _BIN_S).astype(np.int64)).max())
    return HRV(
        n_nn=int(used.size),
        n_differences=int(differences.size),
        n_segments=int(means.size),
        mean_nn_ms=1000 * float(used.mean()) if used.size >= 2 else None,
        sdnn_ms=1000 * float(used.std(ddof=1)) if many else None,
        rmssd_ms=1000 * float(np.sqrt(np.mean(differences**2))) if enough else None,
        # Positions are whole samples: a difference of just 50 ms must not pass by rounding of the last bit.
        pnn50=100 * float(np.mean(np.abs(differences) > 0.05 + 1e-9)) if enough else None,
        sdann_ms=1000 * float(means.std(ddof=1)) if means.size >= 2 else None,
        sdnn_index_ms=1000 * float(deviations.mean()) if means.size >= 2 else None,
        triangular_index=triangular,
    )


def nn_intervals(beats: Beats, fs: float, gaps: Gaps = ()) -> tuple[Float64, Bools, Float64]:
    """Return all RR intervals (s), which of them are NN, and their onsets (s), each ``(n_beats - 1,)``."""
    seconds = beats.samples / check_fs(fs)
    rr = np.diff(beats.samples) / fs  # of whole numbers, so that rounding does not depend on the time of day
    normal = beats.classes == "N"
    in_range = (rr >= SHORTEST_NN_S) & (rr <= LONGEST_NN_S)
    is_nn = normal[1:] & normal[:-1] & in_range & ~spans_gap(seconds, gaps)
    return rr, is_nn, seconds[:-1]


def spans_gap(seconds: Float64, gaps: Gaps) -> Bools:
    """Tell for each interval between neighbouring ``seconds`` whether a gap lies in it, even in part."""
    count = max(seconds.size - 1, 0)
    if not len(gaps):
        return np.zeros(count, dtype=bool)
    ordered = np.array(sorted((float(start), float(stop)) for start, stop in gaps))
    latest_stop = np.maximum.accumulate(ordered[:, 1])
    before = np.searchsorted(ordered[:, 0], seconds[1:], side="left") - 1
    return np.asarray((before >= 0) & (latest_stop[np.maximum(before, 0)] > seconds[:-1]))


def _segments(nn: Float64, onset: Float64) -> tuple[Float64, Float64]:
    """Return mean and SD of the NN intervals of each 5-minute segment that is at least half full."""
    segment = (onset / _SEGMENT_S).astype(np.int64)
    count = np.bincount(segment).astype(np.float64)
    total = np.bincount(segment, weights=nn)
    full = (total >= _SEGMENT_S / 2) & (count >= FEWEST_INTERVALS)
    mean = total / np.maximum(count, 1)
    squares = np.bincount(segment, weights=(nn - mean[segment]) ** 2) if nn.size else total
    return mean[full], np.sqrt(squares[full] / (count[full] - 1))
