"""Canvas, ink, words and rulings for drawn pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from einthoven.paper.specimen_fonts import find_fonts, load_font

UInt8 = npt.NDArray[np.uint8]
Rng = np.random.Generator

_WORDS = [
    "the",
    "patient",
    "of",
    "and",
    "to",
    "in",
    "is",
    "was",
    "with",
    "for",
    "on",
    "report",
    "normal",
    "blood",
    "heart",
    "sinus",
    "rhythm",
    "rate",
    "date",
    "name",
    "result",
    "value",
    "mean",
    "total",
    "price",
    "order",
    "invoice",
    "page",
    "study",
    "figure",
    "table",
    "history",
    "examination",
    "plan",
    "therapy",
    "dose",
    "daily",
    "Monday",
    "Tuesday",
    "March",
    "April",
    "street",
    "number",
    "account",
    "payment",
    "amount",
    "due",
    "section",
    "chapter",
    "however",
    "therefore",
]


def new_canvas(rng: Rng, colour: Sequence[int] | None = None) -> UInt8:
    """Return an empty picture of any size, white, greyish or tinted."""
    height, width = int(rng.integers(300, 1000)), int(rng.integers(400, 1200))
    if colour is None:
        shade = int(rng.integers(225, 256))
        colour = (
            (shade, shade, shade) if rng.random() < 0.6 else tuple(int(v) for v in rng.integers(215, 256, 3))
        )
    return np.full((height, width, 3), colour, dtype=np.uint8)


def any_ink(rng: Rng, *, dark: bool = True) -> tuple[int, int, int]:
    """Return a colour to write with; ``dark``: one that stands out on white."""
    if rng.random() < 0.6 and dark:
        return (int(rng.integers(0, 70)),) * 3
    first, second, third = (int(v) for v in rng.integers(0, 170 if dark else 230, 3))
    return first, second, third


def write(
    canvas: UInt8, rng: Rng, lines: Sequence[tuple[int, int, str]], size: int, ink: Sequence[int]
) -> UInt8:
    """Return the canvas with lines of text ``(x, y, text)`` in any font of this machine."""
    from PIL import Image, ImageDraw

    fonts = find_fonts()
    font = load_font(str(rng.choice(fonts)) if fonts else "", size)
    image = Image.fromarray(canvas)
    draw = ImageDraw.Draw(image)
    for x, y, text in lines:
        draw.text((x, y), text, font=font, fill=tuple(ink))
    return np.array(image)


def sentence(rng: Rng, letters: int) -> str:
    """Return about so many letters of words."""
    words: list[str] = []
    while sum(map(len, words)) + len(words) < letters:
        words.append(str(rng.choice(_WORDS)))
    return " ".join(words)[:letters]


def draw_line(canvas: UInt8, points: npt.NDArray[np.float64], ink: Sequence[int], width: int = 1) -> None:
    """Draw through points ``(n, 2)``, pixels, in place."""
    import cv2

    fixed = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
    colour = tuple(int(value) for value in ink)
    cv2.polylines(canvas, [fixed], False, colour, width, cv2.LINE_AA, shift=4)


def draw_squares(
    canvas: UInt8, rng: Rng, step: float, colour: Sequence[int], every: int = 0, *, down: bool = True
) -> None:
    """Rule the canvas in place, every so many lines heavier."""
    height, width = canvas.shape[:2]
    heavy = tuple(int(value * 0.8) for value in colour)
    for at, x in enumerate(np.arange(rng.uniform(0, step), width, step)):
        draw_line(canvas, np.array([[x, 0], [x, height]]), heavy if every and at % every == 0 else colour)
    for at, y in enumerate(np.arange(rng.uniform(0, step), height, step) if down else []):
        draw_line(canvas, np.array([[0, y], [width, y]]), heavy if every and at % every == 0 else colour)


def ruling(rng: Rng) -> tuple[int, int, int]:
    """Return a colour that paper is ruled in."""
    options = ((240, 180, 185), (170, 195, 235), (180, 225, 185), (205, 205, 205), (240, 205, 160))
    return options[int(rng.integers(len(options)))]
