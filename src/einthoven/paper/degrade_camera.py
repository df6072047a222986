"""What a camera or scanner adds: a desk, light, shadows, blur, noise, colours, compression."""

from __future__ import annotations

import numpy as np

from einthoven.paper.degrade_paper import smooth_noise
from einthoven.recording import Float32

_DESKS = (
    (150, 110, 75), (95, 65, 45), (205, 180, 150), (60, 60, 65), (30, 32, 36), (185, 185, 185),
    (235, 235, 232), (70, 95, 130), (45, 80, 70), (120, 30, 35), (215, 205, 190),
)  # fmt: skip


def desk(rng: np.random.Generator, height: int, width: int) -> Float32:
    """Return a surface beneath the page: plain, wooden, speckled, or with other sheets on it."""
    import cv2

    base = np.asarray(_DESKS[int(rng.integers(len(_DESKS)))], dtype=np.float32)
    picture = np.empty((height, width, 3), dtype=np.float32)
    picture[:] = base + rng.normal(0, 8, 3)
    kind = str(rng.choice(["plain", "wood", "speckle", "sheets"]))
    if kind == "wood":
        lines = rng.standard_normal((max(8, height // 3), max(2, width // 200 + 2))).astype(np.float32)
        veins = cv2.resize(lines, (width, height), interpolation=cv2.INTER_CUBIC)
        veins = cv2.GaussianBlur(veins, (0, 0), 1.5)
        picture *= (1.0 + 0.10 * veins)[:, :, None]
    elif kind == "speckle":
        dots = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), 1.3) * 3.0
        picture *= (1.0 + 0.08 * dots)[:, :, None]
    elif kind == "sheets":
        for _ in range(int(rng.integers(1, 4))):
            box = (
                (float(rng.uniform(0, width)), float(rng.uniform(0, height))),
                (float(rng.uniform(0.3, 0.9) * width), float(rng.uniform(0.3, 0.9) * height)),
                float(rng.uniform(0, 90)),
            )
            corners = np.rint(cv2.boxPoints(box)).astype(np.int32)
            cv2.fillPoly(picture, [corners], tuple(float(v) for v in rng.uniform(150, 250, 3)), cv2.LINE_AA)
    picture *= (1.0 + 0.05 * smooth_noise(rng, height, width, 4.0))[:, :, None]
    return picture


def drop_shadow(picture: Float32, page: Float32, rng: np.random.Generator, px_per_mm: float) -> None:
    """The page darkens the desk beside it. ``page`` is its coverage, 0 to 1."""
    import cv2

    soft = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.5, 3.0) * px_per_mm)
    across, down = np.rint(rng.normal(0.0, 1.0, 2) * px_per_mm).astype(int)
    soft = np.roll(soft, (down, across), (0, 1))
    picture *= (1.0 - rng.uniform(0.2, 0.6) * soft)[:, :, None]


def uneven_light(height: int, width: int, rng: np.random.Generator, strength: float) -> Float32:
    """Return the light on the scene: a slope, a lamp, and clouds; its mean is about 1."""
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    xs, ys = xs / width - 0.5, ys / height - 0.5
    turn = rng.uniform(0, 2 * np.pi)
    light = np.float32(rng.uniform(0.2, 1.0)) * (
        xs * np.float32(np.cos(turn)) + ys * np.float32(np.sin(turn))
    )
    x, y, wide = rng.uniform(-0.6, 0.6), rng.uniform(-0.6, 0.6), rng.uniform(0.4, 1.0)
    light += np.float32(rng.uniform(0.0, 0.8)) * (
        np.exp(-((xs - x) ** 2 + (ys - y) ** 2) / (2 * wide**2)) - 0.6
    )
    light += np.float32(0.12) * smooth_noise(rng, height, width, 2.5)
    return np.asarray(np.clip(1.0 + strength * light, 0.25, 1.6), dtype=np.float32)


def hand_shadow(height: int, width: int, rng: np.random.Generator, depth: float) -> Float32:
    """Return the light left by a soft shadow: a hand with a telephone, an arm, or the edge of something."""
    import cv2

    shape = np.zeros((height, width), dtype=np.float32)
    size = max(height, width)
    kind = str(rng.choice(["hand", "arm", "edge"]))
    at = np.array((rng.uniform(0, width), rng.uniform(0, height)))
    if kind == "edge":
        turn = rng.uniform(0, 2 * np.pi)
        along, away = np.array((np.cos(turn), np.sin(turn))), np.array((-np.sin(turn), np.cos(turn)))
        corners = np.array([at - along * 3 * size, at + along * 3 * size])
        corners = np.vstack((corners, corners[::-1] + away * 3 * size))
        cv2.fillPoly(shape, [np.rint(corners).astype(np.int32)], 1.0)
    else:
        towards = rng.uniform(0, 2 * np.pi)
        palm = size * rng.uniform(0.06, 0.14)
        direction = np.array((np.cos(towards), np.sin(towards)))
        thick = int(palm * (1.2 if kind == "hand" else 1.8))
        cv2.line(shape, _point(at), _point(at - direction * 2 * size), 1.0, max(1, thick))
        cv2.circle(shape, _point(at), max(1, int(palm)), 1.0, -1)
        if kind == "hand":
            for spread in np.linspace(-0.7, 0.7, 4) + rng.normal(0, 0.08, 4):
                finger = np.array((np.cos(towards + spread), np.sin(towards + spread)))
                end = at + finger * palm * rng.uniform(1.6, 2.6)
                cv2.line(shape, _point(at), _point(end), 1.0, max(1, int(palm * 0.42)))
    soft = _big_blur(shape, size * rng.uniform(0.006, 0.05))
    return np.asarray(1.0 - depth * soft, dtype=np.float32)


def glare(picture: Float32, rng: np.random.Generator, strength: float) -> None:
    """A lamp's reflection washes out a part of the page."""
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    wide, tall = rng.uniform(0.06, 0.3) * width, rng.uniform(0.06, 0.3) * height
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    share = strength * np.exp(-0.5 * (((xs - x) / wide) ** 2 + ((ys - y) / tall) ** 2))
    picture += share[:, :, None].astype(np.float32) * (250.0 - picture)


def blur(picture: Float32, rng: np.random.Generator, defocus: float, motion: float) -> Float32:
    """Blur by a lens out of focus (``defocus``: standard deviation, px) and by a moving hand (length, px)."""
    import cv2

    if defocus > 0.15:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), defocus), dtype=np.float32)
    if motion > 1.0:
        n = 2 * int(np.ceil(motion / 2)) + 3
        turn, middle = rng.uniform(0, np.pi), (n - 1) / 2.0
        reach = motion / 2.0 * np.array((np.cos(turn), np.sin(turn)))
        path = np.linspace(-1.0, 1.0, 8 * n)[:, None] * reach + middle
        # Each point of the path is shared out to the four pixels around it.
        kernel = np.zeros((n + 1, n + 1))
        whole = np.floor(path).astype(int)
        part = path - whole
        for dx in (0, 1):
            for dy in (0, 1):
                weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
                np.add.at(kernel, (whole[:, 1] + dy, whole[:, 0] + dx), weight)
        kernel = kernel[:n, :n] / kernel[:n, :n].sum()
        picture = np.asarray(cv2.filter2D(picture, -1, kernel), dtype=np.float32)
    return picture


def moire(picture: Float32, rng: np.random.Generator, strength: float) -> None:
    """Stripes where the grid of a screen or print meets that of the sensor, different in each colour."""
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    turn, length = rng.uniform(0, np.pi), rng.uniform(4.0, 40.0)
    bend = smooth_noise(rng, height, width, 2.0) * np.float32(rng.uniform(0.0, 4.0))
    along = (xs * np.float32(np.cos(turn)) + ys * np.float32(np.sin(turn))) * np.float32(
        2 * np.pi / length
    ) + bend
    for channel in range(3):
        picture[:, :, channel] *= 1.0 + np.float32(strength) * np.sin(along + np.float32(rng.uniform(0, 2.5)))


def colours(picture: Float32, rng: np.random.Generator, cast: float, contrast: float) -> None:
    """White balance, gamma and contrast of a camera that did its best."""
    picture *= np.exp(rng.normal(0.0, cast, 3)).astype(np.float32)
    np.clip(picture, 0.0, 255.0, out=picture)
    gamma = np.float32(np.exp(rng.normal(0.0, contrast)))
    np.power(picture / 255.0, gamma, out=picture)
    picture *= 255.0
    picture -= 128.0
    picture *= np.float32(rng.uniform(1.0 - contrast, 1.0 + 0.5 * contrast))
    picture += np.float32(128.0 + rng.normal(0.0, 40.0 * contrast))


def noise(picture: Float32, rng: np.random.Generator, strength: float) -> None:
    """Noise of a sensor: more where it is dark (after gamma), partly coloured in coarser grains."""
    import cv2

    height, width = picture.shape[:2]
    bright = np.clip(picture.mean(axis=2), 0, 255) / 255.0
    each = strength * (1.3 - 0.6 * bright)
    picture += (each * rng.standard_normal((height, width), dtype=np.float32))[:, :, None]
    small = rng.standard_normal((height // 2 + 1, width // 2 + 1, 3), dtype=np.float32)
    grains = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    picture += np.float32(0.6 * strength) * grains


def resample(picture: Float32, share: float) -> Float32:
    """Make the picture smaller and large again, as messengers and word processors do."""
    import cv2

    height, width = picture.shape[:2]
    size = (max(8, round(width * share)), max(8, round(height * share)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def photocopy(picture: Float32, rng: np.random.Generator) -> None:
    """Grey, and harder than life: most of the paper white, the darkest ink black."""
    grey = picture @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    black, white = (float(level) for level in np.quantile(grey[::3, ::3], (0.002, 0.6)))
    span = max(20.0, white - black)
    black, white = black + rng.uniform(-0.1, 0.2) * span, white - rng.uniform(0.0, 0.2) * span
    picture[:] = np.clip((grey - black) / (white - black) * 255.0, 0, 255)[:, :, None]


def _point(at: np.ndarray) -> tuple[int, int]:
    return int(np.clip(at[0], -30000, 30000)), int(np.clip(at[1], -30000, 30000))


def _big_blur(shape: Float32, sigma: float) -> Float32:
    """Blur widely at a quarter of the size: the result is smooth anyway."""
    import cv2

    height, width = shape.shape
    if sigma < 8:
        return np.asarray(cv2.GaussianBlur(shape, (0, 0), max(0.5, sigma)), dtype=np.float32)
    small = cv2.resize(shape, (max(2, width // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / 4)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
