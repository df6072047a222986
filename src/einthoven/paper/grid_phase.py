"""The lattice to a fraction of a pixel: the phase of its lines, place by place.

As in Fourier transform profilometry (Takeda & Mutoh 1983, doi:10.1364/AO.22.003977): the picture is laid
out by the map known so far, multiplied with the lattice's own frequency and averaged over windows of about
two periods; the phase of what remains is how far the map is off. Phases are unwrapped outwards from where the
lattice is clearest, which also says how far it reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from einthoven.paper.grid_map import Float64, GridMap, apply, inverse, warp

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]

OFF = (0.64, 1.37)  # times the frequency: where a lattice has no line, for comparison
CLEAR = 1.8  # a line family stands out where it is this much stronger than there
MOST_NODES = 96
LEAP = 7  # nodes, over which phases are sought again behind a fold
BEHIND = 20  # nodes that must be clear there
ALIKE = 0.8  # of those nearest that must have the phase expected: of any others two fifths do
DOUBTS = 4.0  # a local bend must be twice its standard error to count
EDGE = 0  # cv2.BORDER_CONSTANT


@dataclass(frozen=True, eq=False)
class Phases:
    """What was seen at the nodes (rows, columns) of a picture laid out by a map.

    ``u``, ``v``: lattice coordinates of the nodes by the map; ``shift`` (rows, columns, 2): true minus
    mapped coordinate, unwrapped; ``weight`` (rows, columns, 2): 0 where a family was not followed; ``seen``:
    where the nodes lie in the picture.
    """

    u: Float64
    v: Float64
    shift: Float64
    weight: Float64
    seen: Bool

    @property
    def support(self) -> Bool:
        """Where both families were followed."""
        return np.asarray((self.weight > 0).all(axis=2))

    @property
    def share(self) -> float:
        """Share of the nodes in the picture at which the weaker family was followed."""
        return float((self.weight > 0).sum(axis=(0, 1)).min() / max(1, self.seen.sum()))


@dataclass(frozen=True, eq=False)
class Laid:
    """A contrast picture laid out in lattice units: ``picture`` with ``scale`` px a unit from (u0, v0) on."""

    picture: Float32
    seen: Float32
    scale: float
    u0: float
    v0: float


def lay_out(dark: Float32, grid: GridMap, *, finest: float = 40.0, most: int = 2200) -> Laid:
    """Return the picture as the map sees it, at about its own resolution."""
    height, width = dark.shape
    edge = np.linspace(0, 1, 12)
    x = np.concatenate([edge, edge, 0 * edge, 0 * edge + 1]) * (width - 1)
    y = np.concatenate([0 * edge, 0 * edge + 1, edge, edge]) * (height - 1)
    rim = grid.to_lattice(np.stack([x, y], axis=1))
    (u0, v0), (u1, v1) = np.floor(rim.min(axis=0)), np.ceil(rim.max(axis=0))
    middle = grid.to_lattice(
        [[width / 2, height / 2], [width / 2 + 1, height / 2], [width / 2, height / 2 + 1]]
    )
    density = abs(np.linalg.det(np.stack([middle[1] - middle[0], middle[2] - middle[0]])))
    scale = float(min(finest, 1 / np.sqrt(max(density, 1e-9)), most / max(u1 - u0, v1 - v0)))
    size = (max(2, round((u1 - u0) * scale)), max(2, round((v1 - v0) * scale)))

    def to_px(pixels: Float64) -> Float64:
        return grid.to_px(pixels / scale + (u0, v0))

    seen = warp(np.ones((height, width), np.float32), to_px, size)
    return Laid(warp(dark, to_px, size), seen, scale, float(u0), float(v0))


def measure(laid: Laid, harmonic: int = 1, near: Float64 | None = None, reach: float = 0.9) -> Phases:
    """Return the phases of both families at nodes one unit apart.

    Args:
        laid: the picture in lattice units.
        harmonic: which one to read: 1 the lattice's own, 5 the fivefold finer lines.
        near: (rows, columns, 2) shifts known roughly, to which a harmonic above 1 is unwrapped.
        reach: standard deviation of the windows, in units. Wider ones see fainter lines, less sharply.
    """
    height, width = laid.picture.shape
    columns, rows = _nodes(width / laid.scale), _nodes(height / laid.scale)
    wx, wy = _window(width, columns, laid.scale, reach), _window(height, rows, laid.scale, reach)
    share = wy @ laid.seen @ wx.T
    seen = share > 0.35 * share.max()
    level = (wy @ laid.picture @ wx.T) / np.maximum(share, 1e-6)
    import cv2

    flat = laid.picture - laid.seen * cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR)
    u, v = np.meshgrid(laid.u0 + columns, laid.v0 + rows)
    waves = []
    for family in (0, 1):
        length = width if family == 0 else height
        start = laid.u0 if family == 0 else laid.v0
        at = start + np.arange(length) / laid.scale
        if family == 0:
            first, window = wy @ flat, wx
        else:
            first, window = (flat @ wx.T).T, wy

        def read(
            frequency: float, first: Float32 = first, window: Float32 = window, at: Float64 = at
        ) -> NDArray[np.complex64]:
            turned = np.exp(-2j * np.pi * frequency * at).astype(np.complex64)
            parts = np.concatenate((first * turned.real, first * turned.imag)) @ window.T
            return np.asarray(parts[: len(first)] + 1j * parts[len(first) :], dtype=np.complex64)

        sign = read(float(harmonic))
        noise = np.mean([np.abs(read(harmonic - 1 + off)) for off in OFF], axis=0)
        clear = np.abs(sign) / np.maximum(noise, 1e-9 + 0.02 * np.abs(sign).max())
        if family == 1:
            sign, clear = sign.T, clear.T
        waves.append((sign, np.where(seen, clear, 0.0)))
    shift = np.zeros((*u.shape, 2))
    weight = np.zeros((*u.shape, 2))
    for family, (sign, clear) in enumerate(waves):
        phase = np.angle(sign).astype(np.float64) / (2 * np.pi * harmonic)
        if near is not None:
            phase = phase + np.round((near[..., family] - phase) * harmonic) / harmonic
            good = (np.abs(phase - near[..., family]) < 0.3 / harmonic) & (clear > CLEAR)
        else:
            phase, good = _unwrap(sign, phase, clear)
        shift[..., family] = phase
        weight[..., family] = np.where(good, np.minimum(clear, 8.0) - 1.0, 0.0)
    return Phases(u, v, shift, weight, np.asarray(seen))


def _nodes(units: float) -> Float64:
    count = max(3, int(min(MOST_NODES, units)))
    return np.asarray((np.arange(count) + 0.5) * units / count)


def _window(length: int, nodes: Float64, scale: float, reach: float) -> Float32:
    at = np.arange(length) / scale
    window = np.exp(-0.5 * ((at[None] - nodes[:, None]) / reach) ** 2)
    return np.asarray(window / scale, dtype=np.float32)


def _unwrap(sign: NDArray[np.complex64], phase: Float64, clear: Float64) -> tuple[Float64, Bool]:
    """Return phases in cycles without jumps and where they can be trusted, grown from the clearest place."""
    import cv2

    rows, columns = phase.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    strong = np.where(clear > CLEAR, np.minimum(clear, 8.0), 0.0)
    heap = cv2.blur(strong, (7, 7), borderType=cv2.BORDER_CONSTANT)
    row, column = np.unravel_index(int(np.argmax(heap)), heap.shape)
    near = (np.abs(y - row) <= 3) & (np.abs(x - column) <= 3)
    unit = np.where(strong > 0, sign / np.maximum(np.abs(sign), 1e-12), 0)
    patch = unit[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4]
    slope_x = np.angle((patch[:, 1:] * patch[:, :-1].conj()).sum()) / (2 * np.pi)
    slope_y = np.angle((patch[1:] * patch[:-1].conj()).sum()) / (2 * np.pi)
    ramp = slope_x * (x - column) + slope_y * (y - row)
    base = np.angle((unit * np.exp(-2j * np.pi * ramp))[near].sum()) / (2 * np.pi)
    region, model = near, base + ramp
    while True:  # the region grows each time, or this ends
        unwrapped, good = _flooded(phase, *_grown(phase, model, region, strong), strong)
        further = _beyond_folds(unwrapped, good, strong)
        if not (further & ~region).any():
            return unwrapped, good
        region, model = region | further, unwrapped


def _grown(phase: Float64, model: Float64, region: Bool, strong: Float64) -> tuple[Float64, Bool]:
    """Return a smooth surface and where phases follow it, grown from a region where ``model`` holds."""
    import cv2

    rows, columns = phase.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    trusted = np.zeros((rows, columns), dtype=bool)
    scale = max(rows, columns) / 2
    p, q = (x - columns / 2) / scale, (y - rows / 2) / scale
    powers = {(i, j): p**i * q**j for i in range(4) for j in range(4 - i)}
    for _ in range(60):
        whole = np.round(model - phase)
        good = region & (strong > 0) & (np.abs(phase + whole - model) < 0.24)
        if good.sum() < 4:
            break
        spread = min(np.ptp(x[good]), np.ptp(y[good]))
        degree = 1 if spread < 8 else 2 if spread < 16 else 3
        terms = [power for (i, j), power in powers.items() if i + j <= degree]
        design = np.stack([term[good] for term in terms], axis=1)
        weight = np.sqrt(strong[good])[:, None]
        ridge = 1e-3 * np.eye(len(terms)) * good.sum() / len(terms)
        ridge[0, 0] = 0
        target = (phase + whole)[good][:, None]
        normal = (design * weight).T @ (design * weight) + ridge * 1e-3
        answer = np.linalg.solve(normal, (design * weight).T @ (target * weight))[:, 0]
        model = sum((a * term for a, term in zip(answer, terms, strict=True)), np.zeros_like(p))
        if degree == 3 and (good == trusted).all():
            break
        grown = cv2.dilate(good.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        if (good == trusted).all() and (grown <= region).all():
            break
        trusted, region = good, grown
    return model, trusted


def _flooded(phase: Float64, model: Float64, trusted: Bool, strong: Float64) -> tuple[Float64, Bool]:
    """Follow what bends more sharply than the model from the trusted nodes on, neighbour by neighbour."""
    import cv2

    def share(good: Bool) -> Float64:
        return np.asarray(cv2.boxFilter(good.astype(np.float64), -1, (3, 3), None, (-1, -1), False, EDGE))

    whole = np.round(model - phase)
    good = trusted
    off = np.where(good, phase + whole - model, 0.0)
    for _ in range(40):
        count = share(good)
        near = cv2.boxFilter(off * good, -1, (3, 3), None, (-1, -1), False, EDGE) / np.maximum(count, 1)
        expected = model + near
        turns = np.round(expected - phase)
        fits = (strong > 0) & (count >= 2) & ~good & (np.abs(phase + turns - expected) < 0.27)
        if not fits.any():
            break
        whole = np.where(fits, turns, whole)
        good = good | fits
        off = np.where(good, phase + whole - model, 0.0)
    return phase + whole, good & (share(good) >= 4)


def _beyond_folds(unwrapped: Float64, good: Bool, strong: Float64) -> Bool:
    """Return where phases go on behind a fold: ``unwrapped`` is set to what they are there.

    On a fold paper is drawn together so sharply that no line can be followed, for up to 30 mm with windows of
    5 mm. What is clear behind it has the phase of what is before it, but for whole turns that a plane through
    the nodes around it tells.
    """
    import cv2

    rows, columns = good.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    places = np.stack((x, y, np.ones_like(x)), axis=-1)
    further = np.zeros_like(good)
    left = (strong > 0) & ~cv2.dilate(good.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(left.astype(np.uint8), connectivity=4)
    leap = np.ones((2 * LEAP + 1, 2 * LEAP + 1), np.uint8)
    close = cv2.dilate(good.astype(np.uint8), leap) > 0
    for label in range(1, count):
        if stats[label, cv2.CC_STAT_AREA] < BEHIND:
            continue
        shore = (labels == label) & close
        before = good & (cv2.dilate(shore.astype(np.uint8), leap) > 0)
        if shore.sum() < BEHIND / 2 or before.sum() < BEHIND:
            continue
        plane, *_ = np.linalg.lstsq(places[before], unwrapped[before], rcond=None)
        expected = places @ plane
        found = unwrapped + np.round(expected - unwrapped)
        fits = shore & (np.abs(found - expected) < 0.2)
        if fits.sum() > ALIKE * shore.sum():
            unwrapped[fits] = found[fits]
            further |= fits
    return further


def fit(phases: Phases, grid: GridMap, *, bend: bool) -> GridMap:
    """Return the map that agrees with the phases: a homography, and with ``bend`` a smooth rest."""
    nodes = np.stack([phases.u.ravel(), phases.v.ravel()], axis=1)
    pixels = grid.to_px(nodes)
    true = nodes + phases.shift.reshape(-1, 2)
    matrix = _homography(pixels, true, phases.weight.reshape(-1, 2))
    flat = GridMap(inverse(matrix))
    if not bend:
        return flat
    left = (true - apply(matrix, pixels)).reshape(phases.shift.shape)
    rest = np.stack([_smoothed(left[..., k], phases.weight[..., k]) for k in (0, 1)], axis=2)
    return _resampled(flat, phases, rest, float(phases.u[0, 1] - phases.u[0, 0]))


def sharpen(phases: Phases, grid: GridMap) -> GridMap:
    """Return the map with what the phases still show added to its rest: folds come out step by step."""
    more = np.stack([_local(phases.shift[..., k], phases.weight[..., k], (4.0, 1.0)) for k in (0, 1)], axis=2)
    nodes = np.stack([phases.u.ravel(), phases.v.ravel()], axis=1)
    rest = grid.bend(nodes).reshape(more.shape) + more
    return _resampled(GridMap(grid.matrix), phases, rest, float(phases.u[0, 1] - phases.u[0, 0]))


def _resampled(flat: GridMap, phases: Phases, rest: Float64, step: float) -> GridMap:
    """Put the rest on square nodes."""
    import cv2

    rows, columns = phases.u.shape
    down = float(phases.v[1, 0] - phases.v[0, 0])
    count = max(2, round((rows - 1) * down / step) + 1)
    at_x, at_y = np.meshgrid(np.arange(columns), np.arange(count) * step / down)
    even = cv2.remap(
        rest.astype(np.float32),
        at_x.astype(np.float32),
        at_y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return GridMap(flat.matrix, (float(phases.u[0, 0]), float(phases.v[0, 0])), step, even.astype(np.float64))


def _homography(pixels: Float64, true: Float64, weight: Float64) -> Float64:
    """Return the matrix from pixels to lattice by iterated, robustly weighted linear least squares."""
    used = (weight > 0).any(axis=1)
    pixels, true, weight = pixels[used], true[used], weight[used]
    centre, spread = pixels.mean(axis=0), max(float(pixels.std()), 1e-6)
    middle, size = true.mean(axis=0), max(float(true.std()), 1e-6)
    p, t = (pixels - centre) / spread, (true - middle) / size
    one, zero = np.ones(len(p)), np.zeros((len(p), 3))
    base = np.column_stack([p, one])
    robust, depth = weight.copy(), one
    matrix = np.eye(3)
    for _ in range(8):
        rows, sides = [], []
        for k in (0, 1):
            w = np.sqrt(robust[:, k]) / depth
            row = np.column_stack([base, zero] if k == 0 else [zero, base])
            rows.append(np.column_stack([row, -t[:, k : k + 1] * p]) * w[:, None])
            sides.append(t[:, k] * w)
        design, side = np.concatenate(rows), np.concatenate(sides)
        # A whisper of a prior against perspective, for pages with little support.
        normal = design.T @ design
        normal[[6, 7], [6, 7]] += 1e-6 * normal.trace()
        answer = np.linalg.solve(normal, design.T @ side)
        matrix = np.append(answer, 1.0).reshape(3, 3)
        depth = np.maximum(base @ matrix[2], 0.05)
        off = np.abs(apply(matrix, p) - t) * size
        robust = weight / (1 + (off / 0.05) ** 2)
    to = np.array([[1 / spread, 0, -centre[0] / spread], [0, 1 / spread, -centre[1] / spread], [0, 0, 1]])
    back = np.array([[size, 0, middle[0]], [0, size, middle[1]], [0, 0, 1]])
    whole = back @ matrix @ to
    return np.asarray(whole / whole[2, 2])


def _smoothed(values: Float64, weight: Float64) -> Float64:
    """Return a smooth surface through weighted values: a polynomial, and local averages where there are some.

    Beyond the support the polynomial keeps the value it has at the support's rim.
    """
    rows, columns = values.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    good = weight > 0
    if good.sum() < 12:
        return np.zeros_like(values)
    scale = max(rows, columns) / 2
    p, q = (x - columns / 2) / scale, (y - rows / 2) / scale
    filled = good.sum() / ((np.ptp(x[good]) + 1) * (np.ptp(y[good]) + 1))
    degree = 4 if filled > 0.7 else 3 if filled > 0.45 else 2
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    design = np.stack([p[good] ** i * q[good] ** j for i, j in powers], axis=1)
    target, robust = values[good], weight[good].copy()
    answer = np.zeros(len(powers))
    for _ in range(4):
        normal = (design * robust[:, None]).T @ design
        normal += 2e-4 * np.eye(len(powers)) * robust.sum()
        answer = np.linalg.solve(normal, design.T @ (robust * target))
        off = np.abs(design @ answer - target)
        robust = weight[good] / (1 + (off / max(0.01, 2 * float(np.median(off)))) ** 2)
    p = np.clip(p, p[good].min(), p[good].max())
    q = np.clip(q, q[good].min(), q[good].max())
    surface = np.zeros_like(values)
    for a, (i, j) in zip(answer, powers, strict=True):
        surface += a * p**i * q**j
    return surface + _local(np.where(good, values - surface, 0.0), weight, (5.0, 2.0))


def _local(values: Float64, weight: Float64, widths: tuple[float, ...]) -> Float64:
    """Return local averages of weighted values, wide ones first.

    They count as far as they stand out of the spread of what was averaged, so that a plane stays plane, and
    go to zero where little is known.
    """
    import cv2

    good = weight > 0
    answer = np.zeros_like(values)
    if not good.any():
        return answer
    usual = float(np.median(weight[good]))
    for sigma in widths:
        left = np.where(good, values - answer, 0.0)
        share = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=EDGE) + 0.1 * usual
        mean = cv2.GaussianBlur(weight * left, (0, 0), sigma, borderType=EDGE) / share
        square = cv2.GaussianBlur(weight * left**2, (0, 0), sigma, borderType=EDGE) / share
        doubt = np.maximum(square - mean**2, 0.0) / (4 * np.pi * sigma**2)
        answer = answer + mean * np.clip(1 - DOUBTS * doubt / np.maximum(mean**2, 1e-12), 0.0, 1.0)
    return answer
