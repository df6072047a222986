"""Heart rate variability in the time domain, on intervals between adjacent normal beats (NN intervals)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HRV:
    """Time-domain measures; None where there are too few intervals (the minimum stands beside each).

    Source: Task Force of the ESC and NASPE, Circulation 1996;93:1043-1065,
    doi 10.1161/01.CIR.93.5.1043, table 1.

    Attributes:
        n_nn: NN intervals used.
        n_differences: pairs of NN intervals that share a beat; RMSSD and pNN50 are means over these.
        n_segments: 5-minute segments with enough NN intervals; SDANN and SDNN index are taken over these.
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
