"""From samples to the points of a trace: scaling, thinning without losing a peak, clipping, gaps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.paper.drawing import Float64


def trace_runs(
    values: npt.NDArray[np.floating],
    fs: float,
    *,
    x: float,
    baseline: float,
    speed: float,
    gain: float,
    top: float,
    bottom: float,
    first: float = 0.0,
    resolution: float = 0.05,
) -> tuple[Float64, ...]:
    """Return the runs of points that draw ``values``, in mm.

    Args:
        values: millivolt, shape ``(n_samples,)``; NaN is missing and leaves no ink.
        fs: sampling rate in Hz.
        x: where time 0 stands, mm. Sample ``i`` stands at ``x + (first + i / fs) * speed``.
        baseline: where 0 mV stands, mm (y runs down).
        speed: mm/s.
        gain: mm/mV.
        top: upper border of the strip, mm; what lies above is cut off there.
        bottom: lower border, mm.
        first: time of the first sample after ``x``, seconds.
        resolution: columns of this width, mm, keep their lowest and highest point (M4-like thinning;
            Jugel et al., VLDB 2014, doi 10.14778/2732951.2732953, without the columns' first and last
            points): a peak moves by at most this much in time and not at all in height.

    Returns:
        runs, each float64 of shape ``(n_points, 2)`` with at least one point.
    """
    points = _thin(np.asarray(values, dtype=np.float64), speed / fs, resolution)
    xs = x + first * speed + points[0]
    ys = baseline - points[1] * gain
    xs, ys = _cut(xs, ys, top, keep_below=True)
    xs, ys = _cut(xs, ys, bottom, keep_below=False)
    return _runs(xs, ys)


def _thin(values: Float64, step: float, resolution: float) -> tuple[Float64, Float64]:
    """Return x in mm from the first sample, and values, with two points at most in each column."""
    n = len(values)
    xs = np.arange(n, dtype=np.float64) * step
    if n == 0 or step * 2 >= resolution:
        return xs, values
    columns = (xs / resolution).astype(np.int64)
    starts = np.concatenate(([0], np.flatnonzero(np.diff(columns)) + 1))
    low = np.fmin.reduceat(values, starts)
    high = np.fmax.reduceat(values, starts)
    last = values[np.concatenate((starts[1:], [n])) - 1]
    falling = values[starts] > last
    thinned = np.column_stack((np.where(falling, high, low), np.where(falling, low, high)))
    middle = (columns[starts] + 0.5) * resolution
    return np.repeat(middle, 2), thinned.ravel()


def _cut(xs: Float64, ys: Float64, border: float, *, keep_below: bool) -> tuple[Float64, Float64]:
    """Cut lines at ``y = border``: a point is put where a line crosses it, points beyond become NaN."""
    outside = ys < border if keep_below else ys > border
    if not outside.any():
        return xs, ys
    crossing = np.flatnonzero((outside[1:] != outside[:-1]) & np.isfinite(ys[1:]) & np.isfinite(ys[:-1]))
    share = (border - ys[crossing]) / (ys[crossing + 1] - ys[crossing])
    at = xs[crossing] + share * (xs[crossing + 1] - xs[crossing])
    kept = np.where(outside, np.nan, ys)
    return np.insert(xs, crossing + 1, at), np.insert(kept, crossing + 1, border)


def _runs(xs: Float64, ys: Float64) -> tuple[Float64, ...]:
    """Split at NaN."""
    present = np.isfinite(ys)
    if not present.any():
        return ()
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    points = np.column_stack((xs, ys))
    return tuple(points[a:b] for a, b in edges.reshape(-1, 2))
