"""Traces of a vector page into rows, their lead names, and the time at which each piece begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from einthoven.paper.vector_paths import Float64, Word
from einthoven.recording import STANDARD_LEADS

_ORDER = {  # names of a page that prints none, row by row
    (3, 4): ("I", "aVR", "V1", "V4", "II", "aVL", "V2", "V5", "III", "aVF", "V3", "V6"),
    (6, 2): ("I", "V1", "II", "V2", "III", "V3", "aVR", "V4", "aVL", "V5", "aVF", "V6"),
    (12, 1): STANDARD_LEADS,
}


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of one lead: its points in mm, its row (0 the uppermost) and that row's middle, y in mm.

    ``later`` is the width in mm of the rows that came before (a strip that goes on in the next row);
    ``column`` and ``n_columns`` say where it stands in its row.
    """

    lead: str
    points: Float64
    row: int
    row_middle: float
    column: int = 0
    n_columns: int = 1
    later: float = 0.0

    @property
    def box(self) -> tuple[float, float, float, float]:
        (left, top), (right, bottom) = self.points.min(axis=0), self.points.max(axis=0)
        return float(left), float(top), float(right), float(bottom)


def arrange(
    traces: Sequence[Float64], labels: Sequence[tuple[str, Word]]
) -> tuple[list[Piece], tuple[str, ...]]:
    """Return the pieces of all leads, row by row, and notes on names that were assumed.

    An empty list means: no lead name is printed and there are not twelve leads, so that nothing can be named.
    """
    rows = _rows(traces)
    middles = [float(np.median(np.concatenate([trace[:, 1] for trace in row]))) for row in rows]
    named = _assign(rows, middles, labels)
    notes: tuple[str, ...] = ()
    if not named:
        shape = Counter(len(row) for row in rows).most_common(1)[0][0]
        order = _ORDER.get((sum(len(row) == shape for row in rows), shape))
        if order is None:
            return [], ()
        notes = ("No lead names are printed as text; the usual order of leads was assumed.",)
        cells = [(at, column) for at, row in enumerate(rows) if len(row) == shape for column in range(shape)]
        return [
            Piece(lead, rows[at][column], at, middles[at], column, shape)
            for lead, (at, column) in zip(order, cells, strict=True)
        ], notes
    pieces: list[Piece] = []
    for at, (row, middle) in enumerate(zip(rows, middles, strict=True)):
        pieces += _cut(row, at, middle, named.get(at, []))
    return _in_time(pieces), notes


def layout_name(pieces: Sequence[Piece]) -> str:
    """Return ``3x4+1``, ``12x1``, ``strip`` … from rows and columns."""
    columns = Counter({piece.row: piece.n_columns for piece in pieces}.values())
    several = [count for count in columns if count > 1]
    if not several:
        repeated = any(piece.later for piece in pieces)
        return "strip" if repeated or columns[1] < 6 else f"{columns[1]}x1"
    widest = max(several, key=lambda count: columns[count])
    return f"{columns[widest]}x{widest}" + (f"+{columns[1]}" if columns[1] else "")


def _rows(traces: Sequence[Float64]) -> list[list[Float64]]:
    """Sort traces into rows by their median height; two that lie over each other are never in one row."""
    rows: list[list[Float64]] = []
    for trace in sorted(traces, key=lambda points: float(np.median(points[:, 1]))):
        middle = float(np.median(trace[:, 1]))
        for row in rows:
            apart = all(trace[0, 0] > other[-1, 0] - 1.0 or other[0, 0] > trace[-1, 0] - 1.0 for other in row)
            if apart and abs(middle - np.mean([np.median(other[:, 1]) for other in row])) < 8.0:
                row.append(trace)
                break
        else:
            rows.append([trace])
    for row in rows:
        row.sort(key=lambda points: float(points[0, 0]))
    return sorted(rows, key=lambda row: float(np.median(np.concatenate([part[:, 1] for part in row]))))


def _assign(
    rows: list[list[Float64]], middles: list[float], labels: Sequence[tuple[str, Word]]
) -> dict[int, list[tuple[float, str]]]:
    """Return for each row its labels as (left edge, name).

    Labels stand at the same height over (or under) their row all over a page: of all such heights the one
    that brings most labels to rows, and the nearest, is taken.
    """
    left = min(row[0][0, 0] for row in rows) - 20.0
    right = max(row[-1][-1, 0] for row in rows)
    beside = [
        (name, word.left, (word.top + word.bottom) / 2) for name, word in labels if left <= word.left <= right
    ]
    if not beside:
        return {}
    heights = np.array([height for *_, height in beside])
    lines = np.array(middles)
    room = float(np.median(np.diff(lines))) if len(lines) > 1 else 40.0
    best: tuple[float, float] = (np.inf, 0.0)
    for offset in np.unique(np.round(heights[:, np.newaxis] - lines, 1)):
        if abs(offset) <= 0.8 * room:
            rest = np.abs(heights[:, np.newaxis] - offset - lines).min(axis=1)
            # The small share of the offset itself decides between rows that fit alike: the nearer one.
            best = min(best, (float(np.minimum(rest, 0.3 * room).sum()) + 0.05 * abs(offset), float(offset)))
    named: dict[int, list[tuple[float, str]]] = {}
    others = []
    for name, at, height in beside:
        rest = np.abs(height - best[1] - lines)
        if rest.min() <= 0.3 * room:
            named.setdefault(int(rest.argmin()), []).append((at, name))
        else:
            others.append((name, at, height))
    for name, at, height in others:  # a rhythm strip often has its name at another place: in the margin
        row = int(np.abs(height - lines).argmin())
        if row not in named and abs(height - lines[row]) <= 0.6 * room:
            named[row] = [(at, name)]
    return {row: sorted(found) for row, found in named.items()}


def _cut(row: list[Float64], at: int, middle: float, labels: list[tuple[float, str]]) -> list[Piece]:
    """Give the traces of one row their names, cutting a trace that runs through several leads."""
    if not labels:
        return []
    begins, ends = float(row[0][0, 0]), float(row[-1][-1, 0])
    starts = np.array([place for place, _ in labels])
    if len(labels) > 1 and len(row) < len(labels):
        # Labels stand a little before or behind the border; columns are of equal width.
        width = (ends - begins) / len(labels)
        equal = begins + width * np.arange(len(labels))
        if np.all(np.abs(starts - equal) < 0.4 * width):
            starts = equal
        row = [part for trace in row for part in _split(trace, starts[1:])]
    pieces = []
    for trace in row:
        # A label may stand up to a third of a column inside its trace, or anywhere left of it.
        reach = trace[0, 0] + max(6.0, 0.35 * float(np.ptp(trace[:, 0])))
        before = np.flatnonzero(starts <= reach)
        column = int(before[-1]) if before.size else 0
        pieces.append(Piece(labels[column][1], trace, at, middle, column, len(labels)))
    return pieces


def _split(trace: Float64, borders: Float64) -> list[Float64]:
    at = np.searchsorted(trace[:, 0], borders)
    return [part for part in np.split(trace, at) if len(part) > 1]


def _in_time(pieces: list[Piece]) -> list[Piece]:
    """Let rows that repeat all leads of a strip follow each other in time, in units of a row's width (mm)."""
    seen: Counter[str] = Counter()
    rows = {piece.row: piece.lead for piece in pieces}
    if any(piece.n_columns > 1 for piece in pieces) or len(set(rows.values())) == len(rows):
        return pieces
    turn: dict[int, int] = {}
    for row in sorted(rows):
        turn[row] = seen[rows[row]]
        seen[rows[row]] += 1
    start = min(piece.points[0, 0] for piece in pieces)
    width = max(piece.points[-1, 0] for piece in pieces) - start
    return [replace(piece, later=turn[piece.row] * width) for piece in pieces]
