"""From the upper and lower edge of a drawn line to the line that the pen followed.

A round pen of radius ``r`` that follows ``y(x)`` leaves ink from
``U(x) = min_u [y(x + u) - sqrt(r^2 - u^2)]`` down to ``L(x) = max_u [y(x + u) + sqrt(r^2 - u^2)]``,
``|u| <= r``: erosion and dilation of the line by a disc (Serra, Image Analysis and Mathematical Morphology,
1982). The middle between the edges is the line where it is level or slants, but not at the tip of a wave
hardly wider than the pen, where the ink of both flanks runs together. So the line is sought whose ink has
the edges that are seen, and which is smooth where that leaves a choice.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from einthoven.paper.drawing import Float64
from einthoven.recording import Float32

if TYPE_CHECKING:
    import onnxruntime

WEIGHTS = Path(__file__).with_name("pen_network.onnx")
PER_COLUMN = 2  # points of the line for each column of pixels
FEATURES = 5
LEAST_COLUMNS = 8  # of a run that the network refines
_ROUNDS = 60
_STEP = 0.6
_SMOOTHNESS = 0.15
_TIP, _MISSED = 16.0, 6.0  # px that a tip stands out above its sides, and that a line ends below it


def pen_line(upper: Float64, lower: Float64, radius: float) -> Float64:
    """Return the line that a pen followed, from the edges of its ink in each column.

    Args:
        upper: y of the upper edge of the ink, px (y runs down), shape ``(n,)``; NaN where there is none.
        lower: y of the lower edge, NaN in the same columns.
        radius: of the pen, px.

    Returns:
        float64, shape ``(PER_COLUMN * (n - 1) + 1,)``: y of the line at columns 0, 0.5, 1 …; NaN where no
        ink is.
    """
    n = len(upper)
    line = np.full(PER_COLUMN * (n - 1) + 1, np.nan)
    for first, last in runs(np.isfinite(upper)):
        fitted = fit_line(upper[first:last], lower[first:last], radius)
        if last - first >= LEAST_COLUMNS:
            x = features(upper[first:last], lower[first:last], radius, fitted)
            (added,) = _session(WEIGHTS).run(None, {"x": x[None]})
            fitted = fitted + added[0].T.ravel()[: len(fitted)]
        line[PER_COLUMN * first : PER_COLUMN * (last - 1) + 1] = fitted
    return line


def led_to_tips(line: Float64, upper: Float64, lower: Float64, radius: float) -> Float64:
    """Return a line that reaches the tips of its ink.

    On small pictures a wave may be hardly wider than the pen, its ink two columns wide at the tip and ten mm
    high. There the smoothness of a fitted line costs up to half of its height.

    Args:
        line: of the ink, px, at columns 0, 0.5, 1 …, shape ``(PER_COLUMN * (n - 1) + 1,)``.
        upper: y of the upper edge of the ink, px, shape ``(n,)``.
        lower: y of the lower edge.
        radius: of the pen, px.
    """
    for sign, edge in ((1.0, upper), (-1.0, -lower)):
        line = sign * _led_up(sign * line, edge, radius)
    return line


def _led_up(line: Float64, edge: Float64, radius: float) -> Float64:
    reach = int(np.ceil(2 * radius)) + 1
    near = int(np.ceil(PER_COLUMN * radius))
    for tip in _tips(edge, reach):
        begin, end = max(0, PER_COLUMN * tip - near), PER_COLUMN * tip + near + 1
        top = begin + int(line[begin:end].argmin())
        missed = float(line[top] - edge[tip] - radius)
        if not missed >= _MISSED:  # or not known
            continue
        led = line.copy()
        for foot in (max(0, top - 2 * near), min(len(line) - 1, top + 2 * near)):
            side = slice(min(foot, top), max(foot, top) + 1)
            if line[foot] > line[top]:
                share = np.clip((line[foot] - line[side]) / (line[foot] - line[top]), 0.0, 1.0)
                led[side] = line[side] - share**2 * missed
        line = led
    return line


def _tips(edge: Float64, reach: int) -> list[int]:
    """Columns whose edge is the highest of ``reach`` on either side and stands out on both."""
    if len(edge) <= 2 * reach:
        return []
    around = np.lib.stride_tricks.sliding_window_view(edge, 2 * reach + 1)
    own = edge[reach : len(edge) - reach]
    out = np.minimum(around[:, 0], around[:, -1]) - own
    return (np.flatnonzero((own <= around.min(axis=1)) & (out > _TIP)) + reach).tolist()


def features(upper: Float64, lower: Float64, radius: float, fitted: Float64) -> Float32:
    """Return what the network sees, ``(FEATURES, n)``: slope and height of the ink, fitted line, pen."""
    middle = (upper + lower) / 2
    slope = np.diff(middle, append=middle[-1:])
    at = fitted[::PER_COLUMN] - middle
    between = np.append(fitted[1::PER_COLUMN] - (middle[:-1] + middle[1:]) / 2, 0.0)
    rows = (slope, lower - upper - 2 * radius, at, between)
    squeezed = [np.arcsinh(row) for row in rows]  # a few px matter, and so do a hundred
    return np.stack((*squeezed, np.full(len(upper), radius))).astype(np.float32)


def fit_line(upper: Float64, lower: Float64, radius: float) -> Float64:
    """Return the smooth line whose ink has these edges, px, at columns 0, 0.5, 1 …; no edge may be NaN."""
    n = len(upper)
    columns = np.arange(n)
    reach = int(np.floor(radius * PER_COLUMN))
    offsets = np.arange(-reach, reach + 1)
    sag = np.sqrt(np.maximum(radius**2 - (offsets / PER_COLUMN) ** 2, 0.0))
    line = np.interp(np.arange(PER_COLUMN * (n - 1) + 1) / PER_COLUMN, columns, (upper + lower) / 2)
    under_pen = np.clip(PER_COLUMN * columns[:, None] + offsets, 0, len(line) - 1)
    for _ in range(_ROUNDS):
        near = line[under_pen]
        highest, lowest = (near - sag).argmin(axis=1), (near + sag).argmax(axis=1)
        # What makes an edge is moved to where it makes the edge that is seen.
        at = np.concatenate((under_pen[columns, highest], under_pen[columns, lowest]))
        missing = np.concatenate(
            (near[columns, highest] - sag[highest] - upper, near[columns, lowest] + sag[lowest] - lower)
        )
        total = np.bincount(at, missing, len(line))
        count = np.bincount(at, minlength=len(line))
        line = line - _STEP * total / np.maximum(count, 1)
        line[1:-1] += _SMOOTHNESS / 2 * (line[:-2] + line[2:] - 2 * line[1:-1])
    return line


def runs(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[tuple[int, int]]:
    """First and last + 1 of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@lru_cache(maxsize=2)
def _session(path: Path) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
