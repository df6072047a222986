"""Drawing single beats as pictures, in any look: what drawings of others may look like, for training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32

UInt8 = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]

_SHIFT = 4  # bits of a pixel's fraction


@dataclass(frozen=True, slots=True)
class Look:
    """How a drawing looks.

    Attributes:
        size: width and height in pixels.
        ground: colour, RGB.
        ink: colour of the line.
        width: of the line in pixels.
        smooth: whether edges are antialiased.
        margins: left, top, right, bottom, as shares of the size.
        frame: lines around the curve: none, all four, left and bottom, or bottom alone.
        grid: lines in the background.
        grid_colour: their colour.
        ticks: marks and numbers beside the frame.
        zero_line: a line across at 0 mV.
        title: text above.
        limits: mV at the bottom and the top, beyond which the curve is cut off; None: as high as the curve.
        quality: of JPEG compression; None: none.
        drawn_at: drawn so many times as large, then reduced.
    """

    size: tuple[int, int] = (128, 128)
    ground: Colour = (255, 255, 255)
    ink: Colour = (0, 0, 0)
    width: int = 1
    smooth: bool = True
    margins: tuple[float, float, float, float] = (0.06, 0.06, 0.06, 0.06)
    frame: Literal["none", "box", "axes", "bottom"] = "none"
    grid: Literal["none", "solid", "dashed", "dotted"] = "none"
    grid_colour: Colour = (200, 200, 200)
    ticks: bool = False
    zero_line: bool = False
    title: str = ""
    limits: tuple[float, float] | None = None
    quality: int | None = None
    drawn_at: int = 1


# Jun et al. 2018: 128 x 128, grey, the curve alone.
JUN_LOOK = Look()
# Line drawings 192 x 128 with the margins of a Matplotlib figure and fixed limits, as in public collections.
CLIPPED_LOOK = Look(size=(192, 128), margins=(0.125, 0.12, 0.1, 0.11), limits=(-1.8, 1.1))


def random_look(chance: np.random.Generator) -> Look:
    """Return a look of many possible ones; small and plain ones are common, as in public collections."""
    shorter = int(
        chance.choice([64, 96, 112, 128, 160, 192, 224, 288], p=[0.15, 0.1, 0.1, 0.25, 0.15, 0.1, 0.1, 0.05])
    )
    ratio = float(chance.choice([1.0, 1.0, 1.25, 4 / 3, 1.5, 1.5, 2.0, 0.75]))
    size = (round(shorter * max(1.0, ratio)), round(shorter * max(1.0, 1 / ratio)))
    dark = chance.random() < 0.2
    ground, ink = _colours(chance, dark)
    plain = chance.random() < 0.5
    tight = chance.random() < 0.35
    margins = (0.0,) * 4 if tight else tuple(float(chance.uniform(0.01, 0.16)) for _ in range(4))
    frame = (
        "none" if plain else str(chance.choice(["none", "box", "axes", "bottom"], p=[0.25, 0.5, 0.15, 0.1]))
    )
    grid = "none" if plain or chance.random() < 0.6 else str(chance.choice(["solid", "dashed", "dotted"]))
    if frame in ("box", "axes") and tight:
        margins = tuple(float(chance.uniform(0.08, 0.14)) for _ in range(4))
    between = chance.uniform(0.12, 0.4)
    grid_colour = tuple(round(g + (i - g) * between) for g, i in zip(ground, (128, 128, 128), strict=True))
    look = Look(
        size=size,
        ground=ground,
        ink=ink,
        width=int(chance.choice([1, 1, 1, 2, 2, 3, 4])) if shorter > 90 else int(chance.choice([1, 1, 2])),
        smooth=bool(chance.random() < 0.75),
        margins=margins,  # type: ignore[arg-type]
        frame=frame,  # type: ignore[arg-type]
        grid=grid,  # type: ignore[arg-type]
        grid_colour=grid_colour,  # type: ignore[arg-type]
        ticks=bool(frame != "none" and shorter > 90 and chance.random() < 0.5),
        zero_line=bool(not plain and chance.random() < 0.15),
        title="Beat 12" if not plain and shorter > 110 and not tight and chance.random() < 0.2 else "",
        quality=int(chance.integers(60, 96)) if chance.random() < 0.25 else None,
        drawn_at=int(chance.choice([1, 1, 1, 2, 3])),
    )
    return look if look.drawn_at == 1 or look.smooth else replace(look, drawn_at=1)


def random_limits(samples: Float32, chance: np.random.Generator) -> tuple[float, float] | None:
    """Return limits in mV that cut off a part of many beats, or None: as high as the curve."""
    if chance.random() < 0.5:
        return None
    low, high = float(samples.min()), float(samples.max())
    middle, span = float(np.median(samples)), max(high - low, 0.2)
    top = middle + float(chance.uniform(0.35, 1.6)) * max(high - middle, 0.25 * span)
    bottom = middle - float(chance.uniform(0.35, 1.8)) * max(middle - low, 0.25 * span)
    return bottom, top


def _colours(chance: np.random.Generator, dark: bool) -> tuple[Colour, Colour]:
    if chance.random() < 0.55:
        pair: tuple[Colour, Colour] = ((255, 255, 255), (0, 0, 0))
    else:
        ground = tuple(int(v) for v in chance.integers(225, 256, 3))
        ink = tuple(int(v) for v in chance.integers(0, 170, 3))
        if chance.random() < 0.4:
            ink = ((31, 119, 180), (200, 30, 30), (0, 110, 0), (0, 0, 200))[int(chance.integers(4))]
        pair = ground, ink  # type: ignore[assignment]
    return (pair[1], pair[0]) if dark else pair


def draw_beat(samples: Float32, look: Look) -> UInt8:
    """Draw a beat.

    Args:
        samples: mV, shape ``(n,)``, spread evenly from the left to the right end.
        look: how.

    Returns:
        RGB, shape ``(height, width, 3)``.
    """
    import cv2

    zoom = look.drawn_at
    width, height = look.size[0] * zoom, look.size[1] * zoom
    left, top, right, bottom = look.margins
    x0, y0 = round(left * width), round(top * height)
    x1, y1 = max(x0 + 8, round((1 - right) * width)), max(y0 + 8, round((1 - bottom) * height))
    picture = np.empty((height, width, 3), dtype=np.uint8)
    picture[:] = look.ground
    _draw_background(picture, (x0, y0, x1, y1), look)
    line = max(1, look.width * zoom)
    if look.limits is None:
        low, high = float(samples.min()), float(samples.max())
        # The line's own width must fit in.
        inner = 0.5 * line + (0.02 if max(look.margins) > 0 else 0.04) * (y1 - y0)
    else:
        low, high = look.limits
        inner = 0.0
    span = max(high - low, 1e-3)
    x = np.linspace(0.5 * line, x1 - x0 - 1 - 0.5 * line, len(samples))
    y = inner + (high - samples) / span * (y1 - y0 - 1 - 2 * inner)
    y = np.clip(y, -20 * height, 20 * height)
    points = np.round(np.stack([x, y], axis=1) * (1 << _SHIFT)).astype(np.int32)
    inside = np.ascontiguousarray(picture[y0:y1, x0:x1])
    cv2.polylines(inside, [points], False, look.ink, line, cv2.LINE_AA if look.smooth else cv2.LINE_8, _SHIFT)
    picture[y0:y1, x0:x1] = inside
    if zoom > 1:
        picture = np.asarray(cv2.resize(picture, look.size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if look.quality is not None:
        _, coded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, look.quality])
        picture = np.ascontiguousarray(
            np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[:, :, ::-1], np.uint8
        )
    return picture


def _draw_background(picture: UInt8, box: tuple[int, int, int, int], look: Look) -> None:
    import cv2

    x0, y0, x1, y1 = box
    zoom = look.drawn_at
    if look.grid != "none":
        step = {"solid": (1, 1), "dashed": (4 * zoom, 7 * zoom), "dotted": (zoom, 3 * zoom)}[look.grid]
        xs, ys = np.linspace(x0, x1 - zoom, 6).astype(int), np.linspace(y0, y1 - zoom, 5).astype(int)
        for x in xs.tolist():
            for y in range(y0, y1, step[1]):
                picture[y : min(y + step[0], y1), x : x + zoom] = look.grid_colour
        for y in ys.tolist():
            for x in range(x0, x1, step[1]):
                picture[y : y + zoom, x : min(x + step[0], x1)] = look.grid_colour
    frame = look.ink if look.grid == "none" else tuple(int(c) for c in np.subtract(255, look.ground))
    if look.zero_line:
        at = (y0 + y1) // 2
        picture[at : at + zoom, x0:x1] = look.grid_colour if look.grid != "none" else frame
    if look.frame != "none":
        picture[y1 - 1 : y1 - 1 + zoom, x0:x1] = frame
    if look.frame in ("box", "axes"):
        picture[y0:y1, x0 : x0 + zoom] = frame
    if look.frame == "box":
        picture[y0 : y0 + zoom, x0:x1] = frame
        picture[y0:y1, x1 - zoom : x1] = frame
    if look.ticks:
        size = 0.28 * zoom
        for i, x in enumerate(np.linspace(x0, x1 - 1, 5).astype(int).tolist()):
            picture[y1 : y1 + 3 * zoom, x : x + zoom] = frame
            cv2.putText(
                picture,
                str(40 * i),
                (x - 4 * zoom, y1 + 10 * zoom),
                cv2.FONT_HERSHEY_SIMPLEX,
                size,
                frame,
                zoom,
            )
        for i, y in enumerate(np.linspace(y0, y1 - 1, 4).astype(int).tolist()):
            picture[y : y + zoom, max(0, x0 - 3 * zoom) : x0] = frame
            cv2.putText(
                picture, f"{1 - 0.5 * i:.1f}", (max(0, x0 - 17 * zoom), y + 3 * zoom),
                cv2.FONT_HERSHEY_SIMPLEX, size, frame, zoom,
            )  # fmt: skip
    if look.title:
        cv2.putText(
            picture, look.title, (x0 + (x1 - x0) // 3, max(8 * zoom, y0 - 3 * zoom)),
            cv2.FONT_HERSHEY_SIMPLEX, 0.35 * zoom, frame, zoom,
        )  # fmt: skip


def nine_crops(picture: UInt8) -> list[UInt8]:
    """Return nine crops of three quarters of the width and height, resized to the whole size.

    The corners, the middles of the sides and the middle, as Jun et al. (section II-B) multiplied the classes
    other than normal: "left top, center top, right top, center left, center, center right, left bottom,
    center bottom, right bottom", 96 x 96 of 128 x 128.
    """
    import cv2

    height, width = picture.shape[:2]
    h, w = round(0.75 * height), round(0.75 * width)
    crops = []
    for top in (0, (height - h) // 2, height - h):
        for left in (0, (width - w) // 2, width - w):
            cut = np.ascontiguousarray(picture[top : top + h, left : left + w])
            crops.append(np.asarray(cv2.resize(cut, (width, height)), dtype=np.uint8))
    return crops
