"""Coverage of pixels by lines, boxes and letters, exact below a pixel.

Pixel centres are integers. A coverage is float32 from 0 (paper) to 1 (ink).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from einthoven.paper.canvas_png import printable
from einthoven.paper.drawing import Float64
from einthoven.paper.specimen_fonts import load_font
from einthoven.recording import Float32

SUBCOLUMNS = 4  # of a pixel, in which a trace is painted


def cover_trace(layer: Float32, xs: Float64, ys: Float64, width: float, top: float, bottom: float) -> None:
    """Paint a curve ``y(x)`` with a round pen onto ``layer``, in place.

    In each column the ink of a round pen that follows a continuous ``y(x)`` is one interval: from the lowest
    to the highest of ``y(t) ± sqrt(w²/4 - (x - t)²)``. Its share of each pixel is painted, so that the middle
    of the ink in a column is exact where the curve is smooth.

    Args:
        layer: shape ``(height, width)``.
        xs: increasing, pixels. ys: pixels; NaN leaves no ink.
        width: of the pen in pixels.
        top: rows above are left free. bottom: rows below are left free.
    """
    height, n_columns = layer.shape
    present = np.isfinite(ys)
    if not present.any():
        return
    radius = max(width, 0.3) / 2.0
    first = max(0, int(np.floor(xs[0] - radius)) - 1)
    last = min(n_columns, int(np.ceil(xs[-1] + radius)) + 2)
    if last <= first:
        return
    at = first - 0.5 + (np.arange((last - first) * SUBCOLUMNS) + 0.5) / SUBCOLUMNS
    low, high = _envelope(at, xs, ys, present)
    low, high = _pen(low, high, radius)
    low, high = np.maximum(low, top), np.minimum(high, bottom)
    inked = high > low
    if not inked.any():
        return
    upper = max(0, int(np.floor(low[inked].min())))
    lower = min(height, int(np.ceil(high[inked].max())) + 2)
    if lower <= upper:
        return
    rows = np.arange(upper, lower, dtype=np.float32)[:, None]
    share = np.minimum(high.astype(np.float32), rows + 0.5)
    share -= np.maximum(low.astype(np.float32), rows - 0.5)
    np.clip(share, 0.0, 1.0, out=share)
    part = share.reshape(lower - upper, last - first, SUBCOLUMNS).mean(axis=2)
    _lay(layer[upper:lower, first:last], part)


def _envelope(
    at: Float64, xs: Float64, ys: Float64, present: npt.NDArray[np.bool_]
) -> tuple[Float64, Float64]:
    """Return the lowest and highest y of the curve within each sub-column; inf, -inf where there is none."""
    half = 0.5 * (at[1] - at[0])
    low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], present, [False])).astype(np.int8)))
    for begin, end in edges.reshape(-1, 2):
        x, y = xs[begin:end], ys[begin:end]
        inside = (at >= x[0] - half) & (at <= x[-1] + half)
        for shift in (-half, 0.0, half):
            value = np.interp(at[inside] + shift, x, y)
            low[inside] = np.minimum(low[inside], value)
            high[inside] = np.maximum(high[inside], value)
        index = np.clip(np.rint((x - at[0]) / (2 * half)).astype(np.int64), 0, len(at) - 1)
        on = np.abs(at[index] - x) <= half * 1.001
        np.minimum.at(low, index[on], y[on])
        np.maximum.at(high, index[on], y[on])
    return low, high


def _pen(low: Float64, high: Float64, radius: float) -> tuple[Float64, Float64]:
    """Widen each interval by a round pen."""
    reach = int(np.floor(radius * SUBCOLUMNS))
    thin_low, thick_high = low - radius, high + radius
    for step in range(1, reach + 1):
        up = float(np.sqrt(max(0.0, radius**2 - (step / SUBCOLUMNS) ** 2)))
        thin_low[step:] = np.minimum(thin_low[step:], low[:-step] - up)
        thin_low[:-step] = np.minimum(thin_low[:-step], low[step:] - up)
        thick_high[step:] = np.maximum(thick_high[step:], high[:-step] + up)
        thick_high[:-step] = np.maximum(thick_high[:-step], high[step:] + up)
    return thin_low, thick_high


def span_share(n: int, begin: float, end: float) -> Float32:
    """Return how much of each of ``n`` pixels lies between two positions."""
    pixels = np.arange(n)
    share = np.minimum(end, pixels + 0.5) - np.maximum(begin, pixels - 0.5)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def lines_share(n: int, first: float, step: float, width: float) -> Float32:
    """Return how much of each of ``n`` pixels is covered by lines around ``first + k * step``."""
    # The integral of the pattern from -inf to x, taken at both edges of each pixel.
    edges = np.arange(n + 1) - 0.5 - first + width / 2.0
    whole = np.floor(edges / step)
    integral = whole * width + np.minimum(edges - whole * step, width)
    return np.asarray(np.clip(np.diff(integral), 0.0, 1.0), dtype=np.float32)


def cover_box(layer: Float32, x0: float, y0: float, x1: float, y1: float) -> None:
    """Paint an upright box with exact edges."""
    height, width = layer.shape
    left, right = max(0, int(np.floor(x0))), min(width, int(np.ceil(x1)) + 2)
    upper, lower = max(0, int(np.floor(y0))), min(height, int(np.ceil(y1)) + 2)
    if right <= left or lower <= upper:
        return
    across = span_share(right - left, x0 - left, x1 - left)
    down = span_share(lower - upper, y0 - upper, y1 - upper)
    _lay(layer[upper:lower, left:right], down[:, None] * across[None, :])


def cover_text(layer: Float32, x: float, y: float, text: str, font: str, pixels: int, bold: bool) -> None:
    """Paint letters whose base line begins at ``x``, ``y``."""
    from PIL import Image, ImageDraw

    face = load_font(font, pixels)
    outline = max(1, round(pixels * 0.03)) if bold else 0
    box = face.getbbox(printable(text), anchor="ls", stroke_width=outline)
    left, upper = int(np.floor(x + box[0])) - 2, int(np.floor(y + box[1])) - 2
    wide, tall = int(box[2] - box[0]) + 6, int(box[3] - box[1]) + 6
    image = Image.new("L", (wide, tall), 0)
    ImageDraw.Draw(image).text(
        (x - left, y - upper), printable(text), fill=255, font=face, anchor="ls", stroke_width=outline
    )
    part = np.asarray(image, dtype=np.float32) / 255.0
    height, width = layer.shape
    rows = slice(max(0, upper), min(height, upper + tall))
    columns = slice(max(0, left), min(width, left + wide))
    if rows.stop <= rows.start or columns.stop <= columns.start:
        return
    _lay(
        layer[rows, columns],
        part[rows.start - upper : rows.stop - upper, columns.start - left : columns.stop - left],
    )


def _lay(layer: Float32, part: Float32) -> None:
    """Ink over ink is not darker than ink: the larger share stays."""
    np.maximum(layer, part, out=layer)
