"""Straight lines on the drawing of a beat: frames, axes and grids are found and taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]  # first and last column and row: x0, y0, x1, y1

LONG = 0.7  # of the ink's extent, from which a run in one row is no part of a curve
_BRIDGED = 7  # px: gaps of dashed lines
_LEAST_INK = 0.5  # of a line's length, where it is dashed
_RAGGED = 0.3  # of the length beside a line that may have ink; the flat part of a curve has more
_EMPTY = 0.15  # of the columns that may be without ink once the lines are gone
_BESIDE = 0.12  # of a line's length: marks and numbers at its end
_SLACK = 3  # px, within which lines meet at a corner


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line along the rows ``first`` to ``last`` from column ``begin`` to column ``end``."""

    first: int
    last: int
    begin: int
    end: int
    ragged: float


def without_straight_lines(mask: Flags) -> tuple[Flags, Box | None]:
    """Return the ink without long straight lines, and the box that frames or axes enclose, if any do.

    Where the curve crosses a line, it is kept. A line without which too little of a curve would be left is
    the curve itself, which was flat there.

    Args:
        mask: bool, shape ``(height, width)``: where there is ink.
    """
    levels = [line for line in _lines(mask) if line.ragged < _RAGGED]
    rest = mask
    for line in sorted(levels, key=lambda line: line.ragged):
        without = _without(rest, line)
        if _empty(without, line.begin, line.end) > _EMPTY + _empty(mask, line.begin, line.end):
            levels.remove(line)
        else:
            rest = without
    walls = _walls(mask, levels)
    turned = rest.T
    for line in walls:
        turned = _without(turned, line)
    if len(levels) + len(walls) == 1 and _columns(turned.T) < 0.4 * _columns(mask):
        return mask, None
    return turned.T, _box(levels, walls, mask.shape)


def _walls(mask: Flags, levels: list[Line]) -> list[Line]:
    """Return the vertical lines; ``first`` and ``last`` are columns, ``begin`` and ``end`` rows.

    A steep wave is long and vertical as well. So a vertical line must meet the end of a horizontal one, or
    reach from the highest to the lowest of them, or be one of four or more that are all as long.
    """
    lines = [line for line in _lines(np.ascontiguousarray(mask.T)) if line.ragged < _RAGGED]
    if not lines:
        return []
    found = []
    for line in lines:
        corner = any(
            (_near_end(line.first - level.begin, level) or _near_end(level.end - line.last, level))
            and (_near_end(line.end - level.last, line) or _near_end(level.first - line.begin, line))
            for level in levels
        )
        across = (
            len(levels) > 1
            and abs(line.begin - min(level.first for level in levels)) <= _SLACK
            and abs(line.end - max(level.last for level in levels)) <= _SLACK
            and line.last - line.first <= max(level.last - level.first for level in levels) + 1
        )
        alike = sum(
            abs(line.begin - other.begin) <= _SLACK and abs(line.end - other.end) <= _SLACK for other in lines
        )
        if corner or across or alike >= 4:
            found.append(line)
    return found


def _near_end(inwards: int, level: Line) -> bool:
    """Whether something is at a line's end, which marks beside an axis may lengthen."""
    return -_SLACK <= inwards <= max(_SLACK, _BESIDE * (level.end - level.begin))


def _lines(mask: Flags) -> list[Line]:
    """Return the long horizontal lines, top to bottom."""
    there = np.flatnonzero(mask.any(axis=0))
    if not len(there):
        return []
    runs = _long_runs(mask, max(8, int(LONG * (there[-1] - there[0] + 1))))
    lines = []
    for rows in _groups(np.flatnonzero(runs.any(axis=1)).tolist()):
        at = np.flatnonzero(runs[rows].any(axis=0))
        begin, end = _solid(np.asarray(mask[rows].any(axis=0)), int(at[0]), int(at[-1]))
        first, last = rows[0], rows[-1]
        # A line that was drawn smoothly, or compressed, has fainter rows beside it.
        for _ in range(2):
            if first > 0 and mask[first - 1, begin : end + 1].mean() > 0.5:
                first -= 1
            if last < len(mask) - 1 and mask[last + 1, begin : end + 1].mean() > 0.5:
                last += 1
        sides = [mask[row, begin : end + 1].mean() for row in (first - 2, last + 2) if 0 <= row < len(mask)]
        lines.append(Line(first, last, begin, end, float(min(sides)) if len(sides) > 1 else 0.0))
    return lines


def _solid(inked: npt.NDArray[np.bool_], begin: int, end: int) -> tuple[int, int]:
    """Return the ends of the longest run without gaps, which letters beside an axis are not part of.

    Of a dashed line, where there is no such run, they stay as they are.
    """
    edges = np.flatnonzero(
        np.diff(np.concatenate([[False], inked[begin : end + 1], [False]]).astype(np.int8))
    )
    starts, stops = edges[::2], edges[1::2]
    which = int(np.argmax(stops - starts))
    if stops[which] - starts[which] < 0.6 * (end + 1 - begin):
        return begin, end
    return begin + int(starts[which]), begin + int(stops[which]) - 1


def _without(mask: Flags, line: Line) -> Flags:
    """Return the ink without a line, but for where something crosses it."""
    top, bottom = max(0, line.first - 1), min(len(mask) - 1, line.last + 1)
    at = slice(max(0, line.begin - 1), line.end + 2)
    nothing = np.zeros_like(mask[0, at])
    above = mask[top, at] & mask[top - 1, at] if top > 0 else nothing
    below = mask[bottom, at] & mask[bottom + 1, at] if bottom < len(mask) - 1 else nothing
    rest = mask.copy()
    rest[top : bottom + 1, at] &= above | below
    return rest


def _long_runs(mask: Flags, length: int) -> Flags:
    """Return where runs along the rows are at least ``length`` long, gaps of dashes closed."""
    import cv2

    picture = np.ascontiguousarray(mask, dtype=np.uint8)
    if int(picture.sum(axis=1, dtype=np.int32).max()) < _LEAST_INK * length:
        return np.zeros_like(mask)
    closed = cv2.morphologyEx(picture, cv2.MORPH_CLOSE, np.ones((1, _BRIDGED), dtype=np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, length), dtype=np.uint8))
    return np.asarray(opened, dtype=np.bool_)


def _groups(places: list[int]) -> list[list[int]]:
    """Return runs of neighbouring numbers."""
    groups: list[list[int]] = []
    for place in places:
        if groups and place - groups[-1][-1] <= 1:
            groups[-1].append(place)
        else:
            groups.append([place])
    return groups


def _empty(mask: Flags, begin: int, end: int) -> float:
    return 1 - float(mask[:, begin : end + 1].any(axis=0).mean())


def _columns(mask: Flags) -> int:
    return int(mask.any(axis=0).sum())


def _box(levels: list[Line], walls: list[Line], shape: tuple[int, ...]) -> Box | None:
    if not levels and not walls:
        return None
    height, width = shape
    x0, x1, y0, y1 = 0, width - 1, 0, height - 1
    if levels:
        x0, x1 = min(line.begin for line in levels), max(line.end for line in levels)
    if walls:
        y0, y1 = min(line.begin for line in walls), max(line.end for line in walls)
        first, last = min(line.last for line in walls), max(line.first for line in walls)
        x0 = first if first < 0.3 * width else x0
        x1 = last if last > 0.7 * width else x1
    elif levels:
        # A line at the bottom alone has its numbers below.
        lowest = max(line.last for line in levels)
        y1 = lowest if lowest > 0.6 * height else y1
    return x0, y0, x1, y1
