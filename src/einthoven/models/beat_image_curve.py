"""From the drawing of a beat to its curve, whatever the look: ground, line, axes, grid and text told apart.

A drawing is reduced to one stretch a column: where the line's centre is highest and lowest. That is all a
drawn signal holds, and it is the same for every line width, colour, size and frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError
from einthoven.models.beat_image_lines import without_straight_lines
from einthoven.recording import Float32

UInt8 = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

N_COLUMNS = 128
CHANNELS = ("centre", "extent", "present")
SMALLEST, LARGEST = 16, 512  # px: of the shorter side to be readable, of the longer one while reading
_FAINT = 24  # of 255: contrast of what may be ground or the noise of compression
_GROUND = 0.5  # share of the picture that must be even ground
_RIM = 0.3  # of the picture's rim that is ground, unless axes have a ground of their own
_WIDE = 0.45  # of the widest curve, from which another one beside it is a second curve
_MAX_INKS = 3


@dataclass(frozen=True, eq=False)
class Curve:
    """What was read of a drawing.

    Attributes:
        high: row of the line's centre where it is highest in each column, float32, NaN where no line is.
        low: the same where it is lowest (``low >= high``, rows count downwards).
        left: column of the picture that the first one is, in pixels of the picture as it was given.
        scale: pixels of the picture as it was given for one column or row here.
    """

    high: Float32
    low: Float32
    left: float
    scale: float

    def features(self, n_columns: int = N_COLUMNS) -> Float32:
        """Return the curve as networks take it, float32, shape ``(3, n_columns)``.

        From its left to its right end, and from its lowest (0) to its highest point (1): centre and extent
        of the line in each column, and whether a line is there at all (1) or was lost, clipped as a rule,
        and drawn straight here (0).
        """
        return columns_of(self.high, self.low, n_columns)


def columns_of(high: Float32, low: Float32, n_columns: int = N_COLUMNS) -> Float32:
    """Return `Curve.features` of rows (downwards) by column, NaN where no line is."""
    there = np.isfinite(high)
    at = np.flatnonzero(there)
    n = len(high)
    places = np.arange(n)
    top, bottom = (np.interp(places, at, rows[at]) for rows in (high, low))
    # Each new column takes what lies within it; where it is narrower than an old one, it is interpolated.
    fine = max(n, n_columns) * 4
    x = np.linspace(0, n - 1, fine)
    top, bottom = np.interp(x, places, top), np.interp(x, places, bottom)
    kept = np.interp(x, places, there.astype(np.float64))
    edges = (np.arange(n_columns) * fine) // n_columns
    top, bottom = np.minimum.reduceat(top, edges), np.maximum.reduceat(bottom, edges)
    present = np.add.reduceat(kept, edges) / np.diff(np.append(edges, fine))
    highest, lowest = top.min(), bottom.max()
    span = max(lowest - highest, 1e-6)
    centre = (lowest - (top + bottom) / 2) / span
    return np.stack([centre, (bottom - top) / span, present]).astype(np.float32)


def read_curve(pixels: UInt8) -> Curve:
    """Find the curve in the drawing of a beat.

    Args:
        pixels: grey ``(height, width)`` or RGB ``(height, width, 3)``, uint8.

    Returns:
        The curve, from the first to the last column in which there is a line.

    Raises:
        SignalError: there is none, or more than one; the message says what was seen.
    """
    channels = _channels(pixels)
    scale = max(1.0, max(pixels.shape[:2]) / LARGEST)
    contrast = _contrast(channels, scale)
    strength = contrast[0] if len(contrast) == 1 else contrast.max(axis=0)
    if int(strength.max()) < 2 * _FAINT:
        raise SignalError("The picture is blank: nothing on it differs from its ground.")
    inside = _axes_of(strength < _FAINT)
    strength, contrast = strength[inside], contrast[:, *inside]
    even = float(np.count_nonzero(strength < _FAINT) / strength.size)
    if even < _GROUND:
        raise SignalError(
            f"No drawing of a beat: {100 * even:.0f} % of the picture is of one colour; a line on even "
            f"ground leaves {100 * _GROUND:.0f} % or more."
        )
    faults: list[str] = []
    best: tuple[float, Curve] | None = None
    for ink in _inks(contrast, strength):
        try:
            quality, high, low, left = _trace(ink)
        except SignalError as fault:
            faults.append(str(fault))
            continue
        if best is None or quality > best[0]:
            best = quality, Curve(high, low, (left + inside[1].start) * scale, scale)
    if best is None:
        raise SignalError(faults[0])
    return best[1]


def _channels(pixels: UInt8) -> list[UInt8]:
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] != 3):
        raise SignalError(
            f"Pixels are {pixels.dtype} of shape {pixels.shape}; allowed: uint8, (height, width) or "
            "(height, width, 3) RGB."
        )
    if min(pixels.shape[:2]) < SMALLEST:
        raise SignalError(
            f"The picture is {pixels.shape[1]} x {pixels.shape[0]} pixels; allowed: {SMALLEST} or more each "
            "way."
        )
    if pixels.ndim == 2:
        return [pixels]
    red, green, blue = (np.ascontiguousarray(pixels[:, :, i]) for i in range(3))
    if np.array_equal(red, green) and np.array_equal(green, blue):
        return [red]
    return [red, green, blue]


def _contrast(channels: list[UInt8], scale: float) -> UInt8:
    """Return how far each pixel is from the ground, the commonest colour, ``(n_channels, height, width)``.

    Reduced by ``scale``.
    """
    import cv2

    codes = np.zeros(channels[0].shape, dtype=np.int64)
    for channel in channels:
        codes = codes << 4 | channel >> 4
    flat = codes.ravel()
    is_ground = codes == int(np.bincount(flat).argmax())
    parts = []
    for channel in channels:
        counts = np.bincount(channel[is_ground], minlength=256).cumsum()
        ground = int(np.searchsorted(counts, counts[-1] / 2))
        if scale > 1:
            size = (max(1, round(channel.shape[1] / scale)), max(1, round(channel.shape[0] / scale)))
            channel = np.asarray(cv2.resize(channel, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        parts.append(cv2.absdiff(channel, np.full_like(channel, ground)))
    return np.stack(parts)


def _axes_of(ground: Flags) -> tuple[slice, slice]:
    """Return the rows and columns of axes that lie on a ground of their own in a picture of another colour.

    Args:
        ground: where the commonest colour is, shape ``(height, width)``; axes fill most of a picture.
    """
    whole = slice(0, ground.shape[0]), slice(0, ground.shape[1])
    rim = np.concatenate([ground[0], ground[-1], ground[:, 0], ground[:, -1]])
    if rim.mean() > _RIM:
        return whole
    rows, columns = (np.flatnonzero(ground.mean(axis=axis) > _RIM) for axis in (1, 0))
    if len(rows) < 0.3 * ground.shape[0] or len(columns) < 0.3 * ground.shape[1]:
        return whole
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _inks(contrast: UInt8, strength: UInt8) -> list[Float32]:
    """Return what may be the line's ink, one picture of coverage (0 to 1) each, likelier ones first.

    A pixel that a line covers in part lies between ground and ink, so inks differ in direction from the
    ground: each direction that many pixels share is an ink. The first answer is all inks together.
    """
    full = _level(strength, strength >= _FAINT)
    inks = [np.minimum(strength * np.float32(1 / full), np.float32(1))]
    if len(contrast) == 1:
        return inks
    clear = strength >= max(40, 0.3 * full)
    directions = contrast[:, clear].astype(np.float32)
    directions /= directions.max(axis=0)
    codes = np.array([16, 4, 1]) @ (directions * 3.99).astype(np.int64)
    counts = np.bincount(codes, minlength=64)
    common = [code for code in np.argsort(-counts)[:_MAX_INKS].tolist() if counts[code] > 0.1 * len(codes)]
    if len(common) > 1:
        for code in common:
            of_it = np.zeros(strength.shape, dtype=np.bool_)
            of_it[clear] = codes == code
            layer = np.minimum(strength * np.float32(1 / _level(strength, of_it)), np.float32(1))
            inks.append(np.where(of_it, layer, np.float32(0)))
    return inks


def _level(strength: UInt8, chosen: Flags) -> float:
    """Return what full ink is: the contrast that 5 % of the pixels chosen exceed."""
    counts = np.bincount(strength[chosen], minlength=256).cumsum()
    return max(float(np.searchsorted(counts, 0.95 * counts[-1])), 2.0 * _FAINT)


def _trace(ink: Float32) -> tuple[float, Float32, Float32, int]:
    """Return how like a curve it is, the line's highest and lowest row by column, and its first column."""
    kept, thickness = _curve_pixels(ink)
    columns = np.flatnonzero(kept.any(axis=0))
    if len(columns) < 8:
        raise SignalError("No curve was found: what is drawn is not a line from left to right.")
    left, right = int(columns[0]), int(columns[-1])
    covered = len(columns) / (right - left + 1)
    if right - left + 1 < 0.2 * ink.shape[1] or covered < 0.4:
        raise SignalError(
            f"No curve was found: the longest line spans {right - left + 1} of {ink.shape[1]} columns and is "
            f"there in {100 * covered:.0f} % of them."
        )
    kept, coverage = kept[:, left : right + 1], np.where(kept, ink, 0)[:, left : right + 1]
    rows = np.arange(len(kept), dtype=np.float32)[:, np.newaxis]
    there = kept.any(axis=0)
    first = np.argmax(kept, axis=0)
    last = len(kept) - 1 - np.argmax(kept[::-1], axis=0)
    # A pixel that is covered in part tells where within it the line ends.
    weight = np.maximum(coverage.sum(axis=0), 1e-6)
    mean = (coverage * rows).sum(axis=0) / weight
    short = last - first + 1 <= thickness + 2
    half = np.maximum(0.0, (last - first + 1 - thickness) / 2)
    middle = np.where(short, mean, (first + last) / 2)
    high, low = middle - np.where(short, 0, half), middle + np.where(short, 0, half)
    high, low = (np.where(there, edge, np.nan).astype(np.float32) for edge in (high, low))
    span = float(np.nanmax(low) - np.nanmin(high))
    if span < max(3.0, 0.02 * len(ink)):
        raise SignalError("No beat was found: the line is flat.")
    filled = kept.sum(axis=0)[there] / (last - first + 1)[there]
    single = float(np.mean(filled > 0.7))
    if single < 0.5:
        raise SignalError(
            f"No drawing of one beat: in {100 * (1 - single):.0f} % of the columns there are several lines."
        )
    # Axes alone are flat for the most part, and go up or down at their ends.
    flat = float(np.mean(np.abs(middle[there] - np.median(middle[there])) < 1.5))
    return (1 - flat**2) * covered * single * (right - left + 1) / ink.shape[1], high, low, left


def _curve_pixels(ink: Float32) -> tuple[Flags, float]:
    """Return the pixels of the curve, and the thickness of its line."""
    import cv2

    # From the stronger half of the ink outwards to whatever touches it.
    strong, weak = ink >= 0.5, ink >= 0.25
    mask, box = without_straight_lines(weak)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        raise SignalError("No curve was found: there are straight lines alone.")
    alive = np.zeros(count, dtype=np.bool_)
    alive[np.unique(labels[strong & mask])] = True
    alive[0] = False
    x, y, width, height = (stats[:, i] for i in range(4))
    if box is not None:
        # Outside the axes there is text alone.
        x0, y0, x1, y1 = box
        alive &= (
            (x + width / 2 >= x0) & (x + width / 2 <= x1) & (y + height / 2 >= y0) & (y + height / 2 <= y1)
        )
    if not alive.any():
        raise SignalError("No curve was found: there are straight lines and text alone.")
    order = np.argsort(-np.where(alive, width + 0.5 * height, -1))
    order = order[: int(alive.sum())]
    reach = int(width[order[0]])
    rows, columns = ink.shape
    taken = np.zeros(columns, dtype=np.bool_)
    chosen: list[int] = []
    for which in order.tolist():
        w, h = int(width[which]), int(height[which])
        at = slice(int(x[which]), int(x[which]) + w)
        overlap = float(taken[at].mean())
        if overlap > 0.5 and w > 3:
            if chosen and w >= _WIDE * reach and overlap > 0.8 and w > 0.25 * columns:
                raise SignalError("No drawing of one beat: there are several curves one above the other.")
            continue
        if chosen and not _belongs(w, h, reach, rows, columns):
            continue
        chosen.append(which)
        taken[at] = True
    kept = np.isin(labels, chosen)
    runs = kept.sum(axis=0)
    thickness = float(np.percentile(np.where(kept, ink, 0).sum(axis=0)[runs > 0], 25))
    return kept, max(1.0, thickness)


def _belongs(width: int, height: int, reach: int, rows: int, columns: int) -> bool:
    """Whether a piece beside the longest is one of the curve, which was cut, and no letter or mark."""
    return width >= max(4, 0.04 * columns) or height >= 0.15 * rows or (width >= 3 and reach < 0.3 * columns)
