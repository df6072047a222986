"""Where the ink of a row's line begins and ends, to a small part of a pixel.

A drawing is measured in its own pixels: laid flat it is interpolated, which spreads an end over its
neighbours and moved it by a tenth of a pixel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.paper.drawing import Float64
from einthoven.paper.grid_map import apply, inverse
from einthoven.paper.rectify import Rectified
from einthoven.paper.tracing import RowTrace
from einthoven.recording import Float32

UInt8 = npt.NDArray[np.uint8]

# In pixels of the page laid flat.
_OUTSIDE = 6.0  # columns outside the end of a line that are looked at
_BARE = 2.0  # outermost of these, bare but for the grid
_EDGE = 3.0  # columns inside that the end of a line may leave white in part
_LEVEL = 4.0  # columns behind them, which tell how thick the line is
_TOUCHED = 0.2  # of the line's ink, in bare columns: other ink
_INKED = 0.9  # coverage of pixels that a trace certainly covers
_PAPER = 90.0  # percentile of the brightness of a page that is its bare paper
_LEAST_DARK = 80.0  # of ink that is black rather than coloured
_BAND = 3.0  # radii above and below it
_INK_ITSELF = 0.8  # darkness that no line of a grid has
_STRAIGHT = 2e-3  # by which the map of a drawing may turn


@dataclass(frozen=True, eq=False)
class Darkness:
    """How dark each pixel of a picture is, and where its pixels lie on the page laid flat.

    Attributes:
        values: float32, shape ``(height, width)``: 0 for paper, 1 for the median of the traces.
        matrix: 3 x 3, affine, from pixels of the page laid flat to those of the picture: hardly turned.
    """

    values: Float32
    matrix: Float64

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels for one of the page laid flat, across and down."""
        return float(self.matrix[0, 0]), float(self.matrix[1, 1])

    def to_px(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the page laid flat lies."""
        (point,) = apply(self.matrix, np.array([[x, y]]))
        return float(point[0]), float(point[1])

    def to_flat(self, x: float, y: float) -> tuple[float, float]:
        """The way back."""
        (point,) = apply(inverse(self.matrix), np.array([[x, y]]))
        return float(point[0]), float(point[1])


def page_darkness(rectified: Rectified, trace: Float32) -> Darkness:
    """Return the darkness of a drawing in its own pixels, of any other page as it was laid flat.

    Args:
        rectified: the page.
        trace: coverage by traces, 0 to 1, shape of ``rectified.pixels``.
    """
    matrix = rectified.to_page_matrix
    aside = np.abs(matrix - np.diag(np.diag(matrix)))[:2, :2].max()
    upright = bool(matrix[0, 0] > 0 and matrix[1, 1] > 0 and aside < _STRAIGHT * matrix[0, 0])
    if rectified.bend_mm > 0 or matrix[2, :2].any() or not upright:
        return Darkness(darkness(rectified.pixels, trace > _INKED), np.eye(3))
    rows, columns = np.nonzero(trace > _INKED)
    x, y = np.rint(apply(matrix, np.column_stack((columns, rows)).astype(np.float64))).astype(int).T
    height, width = rectified.page.shape[:2]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    inked = np.zeros((height, width), dtype=np.bool_)
    inked[y[inside], x[inside]] = True
    return Darkness(darkness(rectified.page, inked), matrix)


def darkness(pixels: UInt8, inked: npt.NDArray[np.bool_]) -> Float32:
    """Return how dark each pixel is, the median of the traces being 1: the picture says best where ink ends.

    In the brightest of the three colours tinted grids fade, and black ink does not.

    Args:
        pixels: RGB, shape ``(height, width, 3)``.
        inked: where a trace certainly is, shape ``(height, width)``.

    Returns:
        float32, shape ``(height, width)``: 0 for paper, 1 for ink.
    """
    red, green, blue = (pixels[..., channel] for channel in range(3))
    for brightness in (lambda: np.maximum(np.maximum(red, green), blue), lambda: pixels.mean(axis=2)):
        each = brightness().astype(np.float32)
        dark = np.float32(np.percentile(each[::4, ::4], _PAPER)) - each
        level = float(np.median(dark[inked])) if inked.any() else 0.0
        if level > _LEAST_DARK:
            break
    relative: Float32 = np.maximum(dark / np.float32(max(level, 1.0)), np.float32(0.0))
    return relative


def line_ends(
    dark: Darkness, rows: Sequence[RowTrace], radius: float
) -> list[tuple[LineEnd | None, LineEnd | None]]:
    """Return where the ink of each row begins and ends, by how thick the pen is where lines end level.

    Args:
        dark: of the page.
        rows: its traces.
        radius: of the pen, px: a line of less ink is none.
    """
    both = [(row, first) for row in rows for first in (True, False)]
    alone = [line_end(dark, row, radius, first=first) for row, first in both]
    pens = [end.pen for end in alone if end is not None]
    pen = float(np.percentile(pens, 25)) if pens else None
    ends = [line_end(dark, row, radius, pen, first=first) for row, first in both]
    return list(zip(ends[::2], ends[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class LineEnd:
    """Where the ink of a line begins or ends.

    Attributes:
        x: px.
        pen: thickness of the ink there, px.
    """

    x: float
    pen: float


def line_end(
    dark: Darkness, row: RowTrace, radius: float, pen: float | None = None, *, first: bool
) -> LineEnd | None:
    """Return where the ink of a row begins or ends; None where other ink or the picture's edge touches it.

    Args:
        dark: of the page.
        row: the trace.
        radius: of the pen, px: a line of less ink is none.
        pen: thickness of a level line, px; None: the row's own near its end.
        first: its beginning rather than its end.
    """
    present = np.flatnonzero(row.present)
    near = present[:4] if first else present[-4:]
    height = float(np.median((row.upper[near] + row.lower[near]) / 2))
    x, y = dark.to_px(float(present[0 if first else -1]), height)
    across, down = dark.scale
    outside, bare, edge, level_at = (
        math.ceil(across * width) + 1 for width in (_OUTSIDE, _BARE, _EDGE, _LEVEL)
    )
    step = 1 if first else -1
    columns = round(x) + step * np.arange(-outside, edge + level_at)
    seen = (columns >= 0) & (columns < dark.values.shape[1])
    if not seen[outside - bare :].all():
        return None
    picture = dark.values[:, np.clip(columns, 0, dark.values.shape[1] - 1)]
    ink = _ink(picture, y, radius * down, np.flatnonzero(seen)[:bare])
    if ink is None:
        return None
    level = pen * down if pen else float(np.percentile(ink[-level_at:], 25))  # steep parts have more ink
    if level < radius * down or ink[seen][:bare].max() > _TOUCHED * level:
        return None
    outer = np.clip(ink[: outside + edge] / level, 0.0, 1.0)
    inked = float(outer[seen[: len(outer)]].sum())
    flat, _ = dark.to_flat(float(columns[len(outer) - 1] + step * (0.5 - inked)), y)
    return LineEnd(flat, level / down)


def _ink(picture: Float32, y: float, radius: float, bare: npt.NDArray[np.intp]) -> Float64 | None:
    """Return the ink of each column near a height, without the grid; None where other ink touches it.

    Args:
        picture: darkness of the columns, from outside to inside.
        y: of the line.
        radius: of the pen.
        bare: columns that show what lies along the line.
    """
    top, bottom = max(0, round(y - _BAND * radius)), round(y + _BAND * radius) + 1
    reach = bottom - top
    around = np.concatenate((picture[max(0, top - reach) : top], picture[bottom : bottom + reach]))
    across = np.median(around, axis=0) if len(around) else np.zeros(picture.shape[1])
    near = picture[top:bottom]
    along = np.median(near[:, bare], axis=1)
    if along.max(initial=0.0) > _INK_ITSELF:
        return None
    grid = np.minimum(np.maximum(across[np.newaxis], along[:, np.newaxis]), _INK_ITSELF)
    over = np.maximum((near - grid) / (1.0 - grid), 0.0)  # ink hides what it is drawn on
    ink: Float64 = over.sum(axis=0, dtype=np.float64)
    return ink
