"""Lines and words of a PDF page as PDFium sees them, in millimetres of the page as it is shown."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.paper.pdf_pages import MM_PER_POINT

if TYPE_CHECKING:
    import pypdfium2  # type: ignore[import-untyped]

Float64 = npt.NDArray[np.float64]

MOST_POINTS = 3_000_000  # of a page; a page with more is a drawing of something else
_DEEPEST = 8  # forms within forms
_BEZIER_STEPS = np.array([0.25, 0.5, 0.75, 1.0])


@dataclass(frozen=True, eq=False)
class Polyline:
    """One line: ``points`` in mm, shape ``(n, 2)``, x right, y down; ``look`` is the pen."""

    points: Float64
    look: tuple[float, ...]
    closed: bool = False
    stroked: bool = True


@dataclass(frozen=True)
class Word:
    """Letters that stand together; the box in mm, y down."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, eq=False)
class VectorContent:
    """All that is drawn as vectors on a page of ``width`` x ``height`` mm, in the order it is drawn."""

    width: float
    height: float
    lines: list[Polyline] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    text: str = ""


def vector_content(page: pypdfium2.PdfPage) -> VectorContent | None:
    """Return lines and words of a page; None where there are more points than any ECG has."""
    view = _View(page)
    lines: list[Polyline] = []
    budget = MOST_POINTS
    for path, matrix in _paths(page):
        budget -= _count_segments(path)
        if budget < 0:
            return None
        lines += _polylines(path, matrix, view)
    words, text = _words(page, view)
    return VectorContent(view.width, view.height, _joined(lines), words, text)


class _View:
    """Points of the page → millimetres of the page as it is shown (its crop box, turned as it says)."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        left, bottom, right, top = page.get_cropbox()
        self.turn = int(page.get_rotation()) % 360
        wide, high = abs(right - left), abs(top - bottom)
        self.x0, self.y0 = min(left, right), min(bottom, top)
        self.points = (wide, high)
        shown = (wide, high) if self.turn in (0, 180) else (high, wide)
        self.width, self.height = (MM_PER_POINT * side for side in shown)

    def __call__(self, points: Float64) -> Float64:
        wide, high = self.points
        x, y = points[:, 0] - self.x0, points[:, 1] - self.y0
        seen = {0: (x, high - y), 90: (y, x), 180: (wide - x, y), 270: (high - y, wide - x)}[self.turn]
        return MM_PER_POINT * np.column_stack(seen)


def _paths(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, Float64]]:
    """Yield each path object with the matrix that takes its points to the page, through all forms."""
    import pypdfium2.raw as raw  # type: ignore[import-untyped]

    def walk(count: int, item_at: Any, outer: Float64, depth: int) -> Iterator[tuple[Any, Float64]]:
        for index in range(count):
            item = item_at(index)
            kind = raw.FPDFPageObj_GetType(item)
            if kind not in (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_FORM):
                continue
            values = raw.FS_MATRIX()
            own = np.eye(3)
            if raw.FPDFPageObj_GetMatrix(item, values):
                own = np.array([[values.a, values.b, 0], [values.c, values.d, 0], [values.e, values.f, 1]])
            matrix = own @ outer
            if kind == raw.FPDF_PAGEOBJ_PATH:
                yield item, matrix
            elif depth < _DEEPEST:
                inner = raw.FPDFFormObj_CountObjects(item)
                yield from walk(
                    inner, lambda at, form=item: raw.FPDFFormObj_GetObject(form, at), matrix, depth + 1
                )

    count = raw.FPDFPage_CountObjects(page.raw)
    yield from walk(count, lambda at: raw.FPDFPage_GetObject(page.raw, at), np.eye(3), 0)


def _count_segments(path: Any) -> int:
    import pypdfium2.raw as raw

    return max(0, int(raw.FPDFPath_CountSegments(path)))


def _polylines(path: Any, matrix: Float64, view: _View) -> list[Polyline]:
    """Return the pieces of one path, curves as four chords each, cut to the box that clips it."""
    import pypdfium2.raw as raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(path, fill, stroke)
    if not fill.value and not stroke.value:
        return []
    colour = [ctypes.c_uint() for _ in range(4)]
    if stroke.value:
        raw.FPDFPageObj_GetStrokeColor(path, *colour)
    else:
        raw.FPDFPageObj_GetFillColor(path, *colour)
    width = ctypes.c_float()
    raw.FPDFPageObj_GetStrokeWidth(path, width)
    pen = width.value * abs(np.linalg.det(matrix[:2, :2])) ** 0.5 * MM_PER_POINT
    look = (*(float(part.value) for part in colour), round(pen, 4))

    pieces: list[tuple[list[tuple[float, float]], bool]] = []
    bend: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(_count_segments(path)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO or not pieces:
            pieces.append(([point], False))
        elif kind == raw.FPDF_SEGMENT_BEZIERTO:
            bend.append(point)
            if len(bend) == 3:
                pieces[-1][0].extend(_chords(pieces[-1][0][-1], bend))
                bend = []
        else:
            pieces[-1][0].append(point)
        if raw.FPDFPathSegment_GetClose(segment):
            points = pieces[-1][0]
            pieces[-1] = (points + points[:1], True)

    lines = []
    clip = _clip_box(path, view)
    for points, closed in pieces:
        if len(points) < 2:
            continue
        flat = np.column_stack([np.array(points, dtype=np.float64), np.ones(len(points))]) @ matrix
        seen = view(flat[:, :2])
        if clip is not None and len(seen) > 8:
            inside = np.all((seen >= clip[0]) & (seen <= clip[1]), axis=1)
            # A reading line runs on beyond the frame that shows part of it; what is not shown is not read.
            within = np.flatnonzero(inside)
            seen = seen[within[0] : within[-1] + 1] if within.size > 1 else seen[:0]
        if len(seen) > 1:
            lines.append(Polyline(seen, look, closed, bool(stroke.value)))
    return lines


def _chords(start: tuple[float, float], bend: list[tuple[float, float]]) -> list[tuple[float, float]]:
    t = _BEZIER_STEPS[:, np.newaxis]
    p0, p1, p2, p3 = (np.array(point) for point in (start, *bend))
    curve = (1 - t) ** 3 * p0 + 3 * t * (1 - t) ** 2 * p1 + 3 * t**2 * (1 - t) * p2 + t**3 * p3
    return [(float(across), float(up)) for across, up in curve]


def _clip_box(path: Any, view: _View) -> Float64 | None:
    """Return the box ((left, top), (right, bottom)) mm of what clips a path, or None."""
    import pypdfium2.raw as raw

    clip = raw.FPDFPageObj_GetClipPath(path)
    if not clip:
        return None
    box: Float64 | None = None
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(max(0, raw.FPDFClipPath_CountPaths(clip))):
        count = raw.FPDFClipPath_CountPathSegments(clip, index)
        if not 2 <= count <= 64:
            continue
        corners = np.empty((count, 2))
        for at in range(count):
            segment = raw.FPDFClipPath_GetPathSegment(clip, index, at)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            corners[at] = x.value, y.value
        seen = view(corners)
        this = np.array([seen.min(axis=0) - 0.5, seen.max(axis=0) + 0.5])
        box = this if box is None else np.array([np.maximum(box[0], this[0]), np.minimum(box[1], this[1])])
    return box


def _joined(lines: list[Polyline]) -> list[Polyline]:
    """Join lines of one pen that begin where the one before ended: a trace drawn step by step."""
    joined: list[Polyline] = []
    chain: list[Polyline] = []

    def finish() -> None:
        if len(chain) == 1:
            joined.append(chain[0])
        elif chain:
            points = np.vstack([chain[0].points, *(line.points[1:] for line in chain[1:])])
            joined.append(Polyline(points, chain[0].look))
        chain.clear()

    for line in lines:
        fits = (
            chain
            and line.stroked
            and not line.closed
            and line.look == chain[-1].look
            and np.abs(line.points[0] - chain[-1].points[-1]).max() < 0.01
        )
        if not fits:
            finish()
        if line.stroked and not line.closed:
            chain.append(line)
        else:
            joined.append(line)
    finish()
    return joined


def _words(page: pypdfium2.PdfPage, view: _View) -> tuple[list[Word], str]:
    """Return words with their boxes: letters in reading order, parted by spaces and by wide gaps."""
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    words: list[Word] = []
    letters: list[str] = []
    boxes: list[Float64] = []

    def finish() -> None:
        if letters:
            corners = np.vstack(boxes)
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
            words.append(Word("".join(letters), float(left), float(top), float(right), float(bottom)))
        letters.clear()
        boxes.clear()

    sides = [ctypes.c_double() for _ in range(4)]
    count = min(textpage.count_chars(), 100_000)
    for index in range(count):
        letter = chr(raw.FPDFText_GetUnicode(textpage.raw, index) or 32)
        if letter.isspace() or not raw.FPDFText_GetCharBox(textpage.raw, index, *sides):
            finish()
            continue
        left, right, bottom, top = (side.value for side in sides)
        box = view(np.array([[left, bottom], [right, top]]))
        if boxes:
            gap = np.maximum(boxes[-1].min(axis=0) - box.max(axis=0), box.min(axis=0) - boxes[-1].max(axis=0))
            size = max(float(np.ptp(boxes[-1], axis=0).max()), float(np.ptp(box, axis=0).max()), 0.5)
            if float(gap.max()) > 0.8 * size:
                finish()
        letters.append(letter)
        boxes.append(box)
    finish()
    text = textpage.get_text_range() if count else ""
    textpage.close()
    return words, text
