"""A rectified page → what is on it: rows of traces, words, pulses, column marks, scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

import numpy as np

from einthoven.errors import PageError
from einthoven.paper.arrangement import Arrangement, arrange
from einthoven.paper.column_marks import column_marks, spikes_taken_for_marks, waves_taken_for_marks
from einthoven.paper.column_runs import ColumnRuns, column_runs
from einthoven.paper.columns import even_columns
from einthoven.paper.crossings import separate
from einthoven.paper.drawing import Float64
from einthoven.paper.ink import InkMaps, ink_maps
from einthoven.paper.lettering import Word, gain_in, lines_of_text, read_words, speed_in
from einthoven.paper.line_ends import page_darkness
from einthoven.paper.pen import PER_COLUMN, led_to_tips, pen_line, runs
from einthoven.paper.pulses import SPEEDS, Pulse, ends_taken_for_pulses, find_pulses
from einthoven.paper.rectify import Rectified
from einthoven.paper.stroke_gaps import strokes_joined
from einthoven.paper.timing import with_exact_times
from einthoven.paper.tracing import RowTrace, find_base_lines, follow
from einthoven.recording import Float32

USUAL_SPEED, USUAL_GAIN = 25.0, 10.0  # mm/s, mm/mV
_LEAST_ROW = 0.3  # a row's trace is at least this share as long as the longest one
_LEAST_MM = 20.0  # and this long
_IN_COLUMN_MM = 2.0  # pulses below each other begin within this
_LEAST_PULSES = 3  # below each other, which tell rows apart
_OFF_FOOT = 0.25  # of the distance of rows: a row's base line is no further from the foot of its pulse
_SAME_ROW = 0.6  # ... and another row's no nearer
_BEFORE, _AFTER, _BAND = 4, 8, 5.0  # columns before and after the first ink, radii above and below it
_ABUT = 1.0  # px between leads that stand side by side
_COARSE = 1.5  # px of the page as it is read for one of the picture: with more, tips are hardly seen
_NO_TIP = 12  # columns beside a border or an end
_PATCH = 3  # px: shorter breaks of a trace are bridged


@dataclass(frozen=True, eq=False)
class PageReading:
    """What was read on a page.

    Attributes:
        rectified: the page laid flat, 8 px/mm.
        rows: traces from above.
        lines: y px of each row's pen line at columns 0, 0.5, 1 …
        arrangement: which lead is where.
        words, pulses: as found.
        speed, gain: mm/s and mm/mV.
        doubts: in words, what was not seen but taken as usual.
    """

    rectified: Rectified
    rows: tuple[RowTrace, ...]
    lines: tuple[Float64, ...]
    arrangement: Arrangement
    words: tuple[Word, ...]
    pulses: tuple[Pulse, ...]
    speed: float
    gain: float
    doubts: tuple[str, ...]


def read_page(rectified: Rectified, speed: float | None = None, gain: float | None = None) -> PageReading:
    """Read a rectified page.

    Args:
        rectified: 8 px/mm.
        speed: mm/s where the caller knows it.
        gain: mm/mV where the caller knows it.

    Raises:
        PageError: no trace is found.
    """
    scale = rectified.px_per_mm
    maps = ink_maps(rectified.pixels)
    pulses = find_pulses(maps.pulse, scale)
    ends = ends_taken_for_pulses(maps.pulse, maps.trace, pulses, scale)
    maps = replace(maps, trace=np.minimum(maps.trace + ends, 1.0), pulse=maps.pulse - ends)
    waves = waves_taken_for_marks(maps.separator, scale)
    maps = replace(maps, trace=np.minimum(maps.trace + waves, 1.0), separator=maps.separator - waves)
    coarse = rectified.factor > _COARSE
    if coarse:
        maps = replace(maps, trace=strokes_joined(maps.trace, scale))
    ink = column_runs(maps.trace)
    zeros = rows_by_pulses(find_base_lines(ink, maps.trace.shape[0], scale), pulses, scale)
    followed = _long_enough(follow(ink, zeros), scale)
    rows = separate(maps.trace, followed)
    if not rows:
        raise PageError("No trace was found on the page. Give a sharper or larger picture of an ECG.")
    words = read_words(maps.text)
    radius = pen_radius(rows, scale)
    begin = partial(_line_begin, maps.trace, radius)
    marks = column_marks(maps.separator)
    arrangement = arrange(rows, words, marks, scale, begin)
    left_out: list[str] = []
    while len(shown := sorted({cell.row for cell in arrangement.cells})) < len(rows):
        left_out += [
            f"a line {row.zero / scale:.0f} mm below the upper edge fits no layout and was left out"
            for k, row in enumerate(rows)
            if k not in shown
        ]
        followed = [followed[row] for row in shown]
        rows = separate(maps.trace, followed)  # what was no row has taken ink of its neighbours
        arrangement = arrange(rows, words, marks, scale, begin)
    speed, speed_doubt = _speed(speed, words, pulses, _page_mm(arrangement, scale))
    gain, gain_doubt = _gain(gain, words, pulses)
    arrangement = even_columns(arrangement, speed * scale)
    dark = page_darkness(rectified, maps.trace)
    arrangement = with_exact_times(arrangement, rows, dark, radius, speed * scale, marks)
    rows, borders = _followed_again(maps, ink, rows, arrangement, scale)
    lines = [row_line(*each, radius) for each in zip(rows, borders, strict=True)]
    if coarse:
        lines = [_to_the_tips(*each, radius) for each in zip(lines, rows, borders, strict=True)]
    return PageReading(
        rectified,
        tuple(rows),
        tuple(lines),
        arrangement,
        tuple(words),
        tuple(pulses),
        speed,
        gain,
        (*speed_doubt, *gain_doubt, *arrangement.doubts, *left_out),
    )


def _followed_again(
    maps: InkMaps, ink: ColumnRuns, rows: list[RowTrace], arrangement: Arrangement, scale: float
) -> tuple[list[RowTrace], list[list[float]]]:
    """Follow the rows once more, now that it is known where columns begin; return them and their borders.

    At first a lead that begins or ends in the middle of a wave, far from its neighbour, costs a jump that is
    dearer than to leave the wave out. And what stands upright within a column is no mark.
    """
    borders = [borders_of(arrangement, k) for k in range(len(rows))]
    every = sorted({x for cell in arrangement.cells for x in (cell.x0, cell.x1)})
    spikes = spikes_taken_for_marks(maps.separator, maps.trace, every, scale)
    if not any(borders) and not spikes.any():
        return rows, borders
    trace = np.minimum(maps.trace + spikes, 1.0)
    followed = follow(column_runs(trace) if spikes.any() else ink, [row.zero for row in rows], borders)
    return separate(trace, followed, borders), borders


def rows_by_pulses(zeros: list[float], pulses: list[Pulse], scale: float) -> list[float]:
    """Return the base lines without those that a row has besides the one on which its pulse stands.

    A row that wanders runs level at several heights. Pulses stand below each other, one in front of each row.

    Args:
        zeros: y of the base lines found, px, from above.
        pulses: on the page; fewer than three below each other say nothing.
        scale: px a mm.
    """
    columns = [[p.foot for p in pulses if abs(p.x - first.x) <= _IN_COLUMN_MM * scale] for first in pulses]
    feet = np.sort(max(columns, key=len, default=[]))
    if len(feet) < _LEAST_PULSES or not zeros:
        return zeros
    spacing = float(np.median(np.diff(feet)))
    own = [min(zeros, key=lambda zero: abs(zero - foot)) for foot in feet.tolist()]
    if max(abs(zero - foot) for zero, foot in zip(own, feet.tolist(), strict=True)) > _OFF_FOOT * spacing:
        return zeros
    return [zero for zero in zeros if zero in own or min(abs(zero - of) for of in own) > _SAME_ROW * spacing]


def ink_of(rectified: Rectified) -> InkMaps:
    """Return the maps from which a page is read, for pictures of how it was done."""
    return ink_maps(rectified.pixels)


def _long_enough(rows: list[RowTrace], scale: float) -> list[RowTrace]:
    lengths = [int(row.present.sum()) for row in rows]
    least = max(_LEAST_MM * scale, _LEAST_ROW * max(lengths, default=0))
    return [row for row, length in zip(rows, lengths, strict=True) if length >= least]


def pen_radius(rows: list[RowTrace], scale: float) -> float:
    """Half the height of the ink where traces are level."""
    heights = np.concatenate([(row.lower - row.upper)[row.present] for row in rows])
    return float(np.clip(np.percentile(heights, 25) / 2, 0.5, 0.6 * scale))


def _line_begin(trace: Float32, radius: float, column: int, row: RowTrace) -> float:
    """Return where in the first columns of a trace its line begins, px, from how far the ink covers them.

    The ink begins about a pen's radius before the line, whose end is round or square.
    """
    y = float(row.upper[column] + row.lower[column]) / 2
    band = slice(max(0, round(y - _BAND * radius)), round(y + _BAND * radius) + 1)
    ink = trace[band, max(0, column - _BEFORE) : column + _AFTER].sum(axis=0)
    level = float(np.median(ink[-_AFTER // 2 :]))
    if len(ink) < _BEFORE + _AFTER or level <= 0 or ink[0] > 0.2 * level:
        return float(column)
    edge = column + _AFTER - 0.5 - float(np.minimum(ink / level, 1.0).sum())
    return edge + 0.8 * radius - 0.05


def borders_of(arrangement: Arrangement, row: int) -> list[float]:
    """Return x where one lead of a row ends and the next begins without paper between them, px."""
    cells = sorted((cell for cell in arrangement.cells if cell.row == row), key=lambda cell: cell.x0)
    return [after.x0 for before, after in pairwise(cells) if after.x0 - before.x1 < _ABUT]


def row_line(row: RowTrace, borders: Sequence[float], radius: float) -> Float64:
    """Return the line of a row as `pen_line` does, leads that stand at different heights each by itself."""
    upper, lower = _patched(row)
    middle = (upper + lower) / 2
    cuts = []
    for border in borders:
        first, last = int(np.floor(border - radius)), int(np.ceil(border + radius))
        if first < 1 or last + 2 > len(middle):
            continue
        if not abs(middle[last + 1] - middle[first - 1]) <= 2 * radius:  # or not both known
            cuts.append(border)
    line = np.full(PER_COLUMN * (len(middle) - 1) + 1, np.nan)
    inner = [round(border) for border in cuts]
    for begin, end in pairwise([0, *inner, len(middle)]):
        part = slice(PER_COLUMN * begin, PER_COLUMN * (end - 1) + 1)
        line[part] = pen_line(upper[begin:end], lower[begin:end], radius)
    for border, at in zip(cuts, inner, strict=True):
        own = int(np.ceil(PER_COLUMN * border))
        left, right = min(own - 1, PER_COLUMN * (at - 1)), max(own, PER_COLUMN * at)
        before, after = line[left] - line[left - 1], line[right + 1] - line[right]
        line[left + 1 : own] = line[left] + before * np.arange(1, own - left)
        line[own:right] = line[right] - after * np.arange(right - own, 0, -1)
    return line


def _to_the_tips(line: Float64, row: RowTrace, borders: Sequence[float], radius: float) -> Float64:
    """Return the line of a row led to the tips of its ink, but beside borders, where marks may stand."""
    upper, lower = _patched(row)
    line = line.copy()
    for begin, end in pairwise([0, *(round(border) for border in borders), len(upper)]):
        for first, last in runs(np.isfinite(upper[begin:end])):
            inner = slice(begin + first + _NO_TIP, begin + last - _NO_TIP)
            if inner.stop - inner.start > _NO_TIP:
                part = slice(PER_COLUMN * inner.start, PER_COLUMN * (inner.stop - 1) + 1)
                line[part] = led_to_tips(line[part], upper[inner], lower[inner], radius)
    return line


def _patched(row: RowTrace) -> tuple[Float64, Float64]:
    """The edges with short breaks bridged."""
    edges = []
    for edge in (row.upper, row.lower):
        filled = edge.copy()
        for first, last in runs(np.isnan(edge)):
            if first and last < len(edge) and last - first <= _PATCH:
                filled[first:last] = np.linspace(edge[first - 1], edge[last], last - first + 2)[1:-1]
        edges.append(filled)
    return edges[0], edges[1]


def _page_mm(arrangement: Arrangement, scale: float) -> float | None:
    """Width of what should be 10 s; None where the page may show any time."""
    return None if arrangement.layout == "strip" else (arrangement.x1 - arrangement.x0) / scale


def _speed(
    stated: float | None, words: list[Word], pulses: list[Pulse], width_mm: float | None
) -> tuple[float, list[str]]:
    if stated is not None:
        return stated, []
    printed = {value for text in lines_of_text(words) if (value := speed_in(text)) is not None}
    if len(printed) == 1:
        return printed.pop(), []
    by_pulse = [pulse.speed for pulse in pulses if pulse.speed is not None]
    likely = float(np.median(by_pulse)) if by_pulse else None
    # A page shows 10 s as a rule. A pulse of 10 mm means 50 mm/s; a narrow one may also be a short one.
    options = {speed: abs(np.log((width_mm or 10 * USUAL_SPEED) / speed / 10.0)) for speed in SPEEDS}
    options[USUAL_SPEED] -= 0.3
    if likely is not None:
        options[likely] -= 1.0 if likely >= USUAL_SPEED else 0.3
    speed = min(options, key=lambda value: options[value])
    if speed == likely:
        return speed, []
    return speed, [f"paper speed not seen on the page, {speed:g} mm/s taken; state speed if it is another"]


def _gain(stated: float | None, words: list[Word], pulses: list[Pulse]) -> tuple[float, list[str]]:
    if stated is not None:
        return stated, []
    by_pulse = [pulse.gain for pulse in pulses if pulse.gain is not None]
    if by_pulse:
        return float(np.median(by_pulse)), []
    printed = {value for text in lines_of_text(words) if (value := gain_in(text)) is not None}
    if len(printed) == 1:
        return printed.pop(), []
    return USUAL_GAIN, [f"gain not seen on the page, {USUAL_GAIN:g} mm/mV taken; state gain if it is another"]
