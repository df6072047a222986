"""``rectify``: a picture of ECG paper → the same paper flat, upright, evenly lit, at 8 px/mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from einthoven.errors import PageError
from einthoven.paper.grid_lattice import Float32, contrast, find_lattices, paper_light
from einthoven.paper.grid_map import Float64, GridMap, apply, inverse, simplest, warp
from einthoven.paper.grid_phase import Laid, Phases, fit, lay_out, measure, sharpen
from einthoven.paper.grid_pitch import with_exact_pitch
from einthoven.paper.grid_scale import GridScale, decide, fundamental, halves_alike, line_strengths
from einthoven.paper.sheet import sheet_box

UInt8 = NDArray[np.uint8]

PX_PER_MM = 8.0
WORK = 1600  # px: the longer side of the picture in which the lattice is looked for
GUESSED_PX = 1100  # px: of the picture in which its first guesses are compared
SHEET_PX = 400  # px: of the picture in which the sheet is followed
# What is kept at least around the lattice of a photograph: headers and footers, margins. Where the lattice
# was followed is no border of the ECG: the rest of its sheet is kept too, and of a drawing or scan all.
HEAD_MM, SIDE_MM = 45.0, 15.0
MOST_MM = (560.0, 400.0)  # 10 s at 50 mm/s and margins
# How the lattice is looked for until it is plain: share of the working size, level of `contrast`.
ATTEMPTS = ((1.0, 95.0), (1.0, 84.0), (0.5, 95.0))
# Found beyond doubt: share of the picture over which both families of lines are followed, and how far these
# stand out of the noise. Rows of equal beats pass for a faint lattice: lines fainter than the least strength
# count only where most tiles of the picture agreed on them.
PLAIN_SHARE, PLAIN_STRENGTH = 0.3, 1.0
FLAT_MM = 0.15  # a page that departs from its plane, or a plane from a drawing, by less is one
LEAST_SHARE, LEAST_SCORE, LEAST_STRENGTH, MANY_VOTES = 0.06, 0.05, 0.8, 0.5


@dataclass(frozen=True, eq=False)
class Rectified:
    """A page laid flat.

    Attributes:
        page: the picture that was given, RGB, uint8.
        pixels: RGB, (h, w, 3) uint8; light flattened, paper near white. With a lattice, pixel (8 x, 8 y)
            is x, y millimetres from a crossing of major lines, so these run along 0, 40, 80 ...
        px_per_mm: 8.0; nan where the scale is not known.
        to_page: function from pixels of ``pixels`` (n, 2) to pixels of the page that was given, (n, 2).
        from_page: the way back.
        to_page_matrix: its projective part, 3 x 3 (all of it where the paper is plane).
        grid_found: whether a lattice was found.
        scale_known: whether ``px_per_mm`` holds: by the lattice, or by ``mm_per_px``.
        confidence: 0..1, how far lattice and scale can be believed.
        minor_seen, major_seen: whether 1 mm and 5 mm lines (or dots) were told apart.
        period_px: mean length of 5 mm in the page's pixels; nan without a lattice.
        grid_box: left, top, right, bottom of the lattice in ``pixels``; all of them without one.
        rotation_deg: by which the paper is turned clockwise in the page.
        bend_mm: largest departure of the paper from a plane, as far as it was followed.
        factor: pixels of ``pixels`` for one of the page, in the middle.
        reason: what was found, in words.
    """

    page: UInt8
    pixels: UInt8
    px_per_mm: float
    to_page: Callable[[Any], Float64]
    from_page: Callable[[Any], Float64]
    to_page_matrix: Float64
    grid_found: bool
    scale_known: bool
    confidence: float
    minor_seen: bool
    major_seen: bool
    period_px: float
    grid_box: tuple[float, float, float, float]
    rotation_deg: float
    bend_mm: float
    factor: float
    reason: str

    def quarter_turned(self, turns: int) -> Rectified:
        """Return the page turned clockwise by as many quarter turns; its major lines lie elsewhere then."""
        height, width = self.pixels.shape[:2]
        back = _unturned(turns, width, height)
        left, top, right, low = self.grid_box
        x, y = np.sort(apply(inverse(back), np.array([[left, top], [right, low]])), axis=0).T
        return replace(
            self,
            pixels=np.ascontiguousarray(np.rot90(self.pixels, -turns)),
            to_page=lambda points: self.to_page(apply(back, np.asarray(points, dtype=np.float64))),
            from_page=lambda points: apply(inverse(back), self.from_page(points)),
            to_page_matrix=self.to_page_matrix @ back,
            grid_box=(float(x[0]), float(y[0]), float(x[1]), float(y[1])),
        )


@dataclass(frozen=True, eq=False)
class _Found:
    grid: GridMap  # millimetres → pixels of the picture searched
    phases: Phases
    scale: GridScale
    strength: float  # of the lattice's lines over the noise between them, log10
    votes: float  # of the tiles that gave the first guess

    @property
    def score(self) -> float:
        return self.phases.share * self.strength

    @property
    def believable(self) -> bool:
        agreed = self.votes > MANY_VOTES and self.strength > LEAST_STRENGTH / 2
        clear = (self.strength > LEAST_STRENGTH or agreed) and self.scale.certainty > 0
        return clear and self.phases.share > LEAST_SHARE and self.score > LEAST_SCORE

    @property
    def plain(self) -> bool:
        return self.phases.share > PLAIN_SHARE and self.strength > PLAIN_STRENGTH


def rectify(pixels: NDArray[Any], mm_per_px: float | None = None) -> Rectified:
    """Lay a picture of ECG paper flat, upright and at 8 pixels a millimetre, by the lattice printed on it.

    Args:
        pixels: RGB or grey, (h, w, 3) or (h, w) uint8: a drawing, scan or photo, turned by at most about 20°.
        mm_per_px: millimetres of one pixel, where known. Decides for paper without a visible lattice, and
            which lines are 1 mm apart where that is open.

    Returns:
        The page laid flat. Without a lattice ``grid_found`` is False; the picture is turned upright by its
        own lines, and without ``mm_per_px`` the scale stays unknown.

    Raises:
        PageError: not a picture, or a scale that no paper has.
    """
    page = _checked(pixels, mm_per_px)
    shrink = min(1.0, WORK / max(page.shape[:2]))
    found: _Found | None = None
    for smaller, level in ATTEMPTS:
        small, search = _reduced(page, shrink * smaller)
        if smaller < 1.0 and max(small.shape[:2]) < 500:
            continue
        seen = _search(small, level, shrink * smaller, mm_per_px)
        if seen is not None and seen.believable and (found is None or seen.score > found.score):
            found = replace(seen, grid=seen.grid.in_pixels(search))
        if found is not None and found.plain:
            break
    if found is None:
        from einthoven.paper.rectify_plain import lay_plain

        return lay_plain(page, mm_per_px)
    return _laid_flat(page, replace(found, grid=_plainest(found)))


def _plainest(found: _Found) -> GridMap:
    support, unit = found.phases.support, found.scale.unit_mm
    nodes = np.stack([found.phases.u[support], found.phases.v[support]], axis=1) * unit
    return simplest(found.grid, nodes, FLAT_MM)


def _checked(pixels: NDArray[Any], mm_per_px: float | None) -> UInt8:
    page = np.asarray(pixels)
    if page.ndim == 2:
        page = np.repeat(page[..., None], 3, axis=2)
    if page.ndim != 3 or page.shape[2] != 3 or page.dtype != np.uint8 or not page.size:
        raise PageError(
            f"A picture of shape {np.shape(pixels)} and type {page.dtype} cannot be laid flat; "
            "allowed: (height, width, 3) or (height, width) of uint8."
        )
    if mm_per_px is not None and not (np.isfinite(mm_per_px) and 0.005 <= mm_per_px <= 2.0):
        raise PageError(f"A scale of {mm_per_px!r} mm a pixel is not possible; allowed: 0.005 to 2.")
    return page


def _unturned(turns: int, width: int, height: int) -> Float64:
    """Return the matrix from pixels of a picture turned clockwise to those of the picture as it was."""
    quarter = turns % 4
    w, h = width - 1.0, height - 1.0
    return np.array(
        [
            [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]],
            [[0.0, 1, 0], [-1, 0, h], [0, 0, 1]],
            [[-1.0, 0, w], [0, -1, h], [0, 0, 1]],
            [[0.0, -1, w], [1, 0, 0], [0, 0, 1]],
        ][quarter]
    )


def _reduced(picture: UInt8, factor: float) -> tuple[UInt8, Float64]:
    """Return the picture made smaller and the matrix from its pixels to the picture's."""
    import cv2

    height, width = picture.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if size == (width, height):
        return picture, np.eye(3)
    sx, sy = width / size[0], height / size[1]
    matrix = np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1]])
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8), matrix


def _search(picture: UInt8, level: float, shrink: float, mm_per_px: float | None) -> _Found | None:
    """Find the lattice of a picture that is ``shrink`` times as large as the page."""
    if min(picture.shape[:2]) < 64:
        return None
    dark = contrast(picture, level)
    try:
        first = _first_map(dark)
        return None if first is None else _followed(dark, first, shrink, mm_per_px)
    except np.linalg.LinAlgError:  # what was followed lies on one line: no lattice
        return None


def _first_map(dark: Float32) -> tuple[GridMap, float] | None:
    """Return the map of the guess whose lines can be followed farthest, and that guess's votes."""
    best: tuple[float, GridMap, float] | None = None
    for place, guess in enumerate(find_lattices(dark)):
        matrix = np.eye(3)
        matrix[0, :2], matrix[1, :2] = guess.gx, guess.gy
        flat = GridMap(inverse(matrix))
        for factor in (1.0, 0.5) if place == 0 else (1.0,):
            if min(guess.periods) * factor < 2.3:
                continue
            grid = flat.rescaled(1 / factor)
            phases = _measured(lay_out(dark, grid, most=GUESSED_PX))
            if phases.support.sum() >= 12 and (best is None or phases.share > 1.3 * best[0]):
                best = phases.share, fit(phases, grid, bend=False), guess.votes
            if best is not None and best[0] > PLAIN_SHARE:
                return best[1:]
    return None if best is None else best[1:]


def _measured(laid: Laid) -> Phases:
    """Return the phases, by wider windows where the lines are faint."""
    phases = measure(laid)
    if phases.share > PLAIN_SHARE:
        return phases
    wide = measure(laid, reach=1.6)
    return wide if wide.share > 1.2 * phases.share else phases


def _followed(
    dark: Float32, first: tuple[GridMap, float], shrink: float, mm_per_px: float | None
) -> _Found | None:
    """Phases, which lines are which, phases again."""
    grid, votes = first
    grid = fit(_measured(lay_out(dark, grid)), grid, bend=True)
    laid = lay_out(dark, grid)
    strengths = line_strengths(laid)
    factor = fundamental(strengths, halves_alike(laid))
    if factor != 1.0:
        grid = grid.rescaled(1 / factor)
        laid = lay_out(dark, grid)
        strengths = line_strengths(laid)
    phases = _measured(laid)
    if phases.support.sum() < 12:
        return None
    grid = fit(phases, grid, bend=True) if factor != 1.0 else sharpen(phases, grid)
    squares = max(np.ptp(phases.u[phases.support]), np.ptp(phases.v[phases.support])) + 1
    scale = decide(strengths, float(squares), 1 / (_density(grid, phases) * shrink), mm_per_px)
    if scale.unit_mm == 5.0 and scale.minor and laid.scale / 5 >= 2.4:
        laid = lay_out(dark, grid)
        phases = _measured(laid)
        fine = measure(laid, 5, near=_calm(phases))
        if fine.support.sum() > 0.4 * phases.support.sum():
            grid = sharpen(fine, grid)
    seen = [strengths[float(k)] for k in range(1, 6) if float(k) in strengths]
    strength = float(np.mean(seen)) if seen else 0.0
    return _Found(grid.rescaled(scale.unit_mm), phases, scale, strength, votes)


def _calm(phases: Phases) -> Float64:
    """Return the shifts smoothed, zero where nothing was followed."""
    import cv2

    good = (phases.weight > 0).astype(np.float64)
    summed = cv2.GaussianBlur(phases.shift * good, (0, 0), 2.0)
    return np.asarray(summed / np.maximum(cv2.GaussianBlur(good, (0, 0), 2.0), 1e-3))


def _density(grid: GridMap, phases: Phases) -> float:
    """Return units a pixel in the middle of the support."""
    middle = np.array([phases.u[phases.support].mean(), phases.v[phases.support].mean()])
    corner = grid.to_px(np.stack([middle, middle + (1, 0), middle + (0, 1)]))
    return float(1 / np.sqrt(abs(np.linalg.det(corner[1:] - corner[0]))))


def _laid_flat(page: UInt8, found: _Found) -> Rectified:
    grid, scale = found.grid, found.scale
    height, width = page.shape[:2]
    support = found.phases.support
    nodes = np.stack([found.phases.u[support], found.phases.v[support]], axis=1) * scale.unit_mm
    half = scale.unit_mm * float(found.phases.u[0, 1] - found.phases.u[0, 0]) / 2
    box = np.concatenate([nodes.min(axis=0) - half, nodes.max(axis=0) + half])
    rim = np.array([[x, y] for x in np.linspace(-0.5, width - 0.5, 15) for y in (-0.5, height - 0.5)])
    rim = np.concatenate(
        [rim, [[x, y] for y in np.linspace(-0.5, height - 0.5, 15) for x in (-0.5, width - 0.5)]]
    )
    shown = grid.to_lattice(rim)
    if grid.affine and scale.minor:
        grid = with_exact_pitch(
            page, grid, np.maximum(box[:2], shown.min(axis=0)), np.minimum(box[2:], shown.max(axis=0))
        )
    around_mm = MOST_MM if grid.affine else (SIDE_MM, HEAD_MM)
    kept = np.concatenate((box[:2] - around_mm, box[2:] + around_mm))
    if not grid.affine:
        small, larger = _reduced(page, min(1.0, SHEET_PX / max(page.shape[:2])))
        sheet = sheet_box(small, grid.in_pixels(inverse(larger)), nodes, MOST_MM)
        kept = np.concatenate((np.minimum(kept[:2], sheet[:2]), np.maximum(kept[2:], sheet[2:])))
    left_top = np.maximum(kept[:2], shown.min(axis=0))
    right_low = np.minimum(kept[2:], shown.max(axis=0))
    middle, most = (box[:2] + box[2:]) / 2, np.array(MOST_MM) / 2
    left_top, right_low = np.maximum(left_top, middle - most), np.minimum(right_low, middle + most)
    left_top = 5.0 * np.floor(left_top / 5.0)  # a line of the lattice at pixel 0, 40, 80 ...
    size_mm = np.maximum(right_low - left_top, 1.0)
    size = (max(1, round(size_mm[0] * PX_PER_MM)), max(1, round(size_mm[1] * PX_PER_MM)))
    flat = grid.moved(-left_top[0], -left_top[1]).rescaled(PX_PER_MM)
    corner = np.array(size) / 2.0
    reach = np.array(size) / 6
    steps = np.array([[0.0, 0], [1, 0], [0, 1]]) * reach
    around = flat.to_px(corner + steps) - flat.to_px(corner - steps)
    zoom = float(np.sqrt(4 * reach.prod() / max(abs(np.linalg.det(around[1:])), 1e-12)))
    source, enlarge = _reduced(page, zoom * 1.15) if zoom < 0.75 else (page, np.eye(3))
    into = flat.in_pixels(inverse(enlarge))
    evenly = flattened(source, PX_PER_MM / zoom * source.shape[1] / width)
    drawn = warp(evenly, into.to_px, size, fill=255, cubic=True)
    across = float(np.degrees(np.arctan2(around[1, 1], around[1, 0])))
    down = float(np.degrees(np.arctan2(-around[2, 0], around[2, 1])))
    bend = float(np.abs(grid.bend(nodes)).max()) if len(nodes) else 0.0
    confidence = float(np.clip(found.phases.share / 0.5, 0, 1) ** 0.5 * scale.certainty)
    grid_box = np.concatenate([(box[:2] - left_top), (box[2:] - left_top)]) * PX_PER_MM
    return Rectified(
        page=page,
        pixels=np.asarray(drawn, dtype=np.uint8),
        px_per_mm=PX_PER_MM,
        to_page=flat.to_px,
        from_page=flat.to_lattice,
        to_page_matrix=flat.matrix / flat.matrix[2, 2],
        grid_found=True,
        scale_known=True,
        confidence=confidence,
        minor_seen=scale.minor,
        major_seen=scale.major,
        period_px=5.0 * PX_PER_MM / zoom,
        grid_box=(float(grid_box[0]), float(grid_box[1]), float(grid_box[2]), float(grid_box[3])),
        rotation_deg=(across + down) / 2,
        bend_mm=bend,
        factor=zoom,
        reason=f"lattice found, 5 mm are {5.0 * PX_PER_MM / zoom:.1f} px: {scale.reason}",
    )


def flattened(picture: UInt8, px_per_mm: float) -> UInt8:
    """Return a picture divided by the light of its bare paper: shadows and tint are gone."""
    light: Float32 = paper_light(picture, max(1, round(px_per_mm)))
    bright = np.percentile(light[::8, ::8].reshape(-1, 3), 90, axis=0).astype(np.float32)
    light = np.maximum(light, 0.3 * bright)  # what is beside the paper stays dark
    return np.asarray(np.clip(picture / light * 250.0, 0, 255), dtype=np.uint8)


__all__ = ["PX_PER_MM", "Rectified", "flattened", "rectify"]
