"""Fonts for printed letters: Pillow's own, and TrueType fonts where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from einthoven.paper.canvas_png import printable

if TYPE_CHECKING:
    from PIL import ImageFont

SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
# Families that devices and programs print with; symbol fonts and decorative ones are left out.
_FAMILIES = (
    "liberation",
    "dejavu",
    "arial",
    "times",
    "helvetica",
    "courier",
    "verdana",
    "noto",
    "cmr",
    "stix",
)
_NOT_LETTERS = (
    "italic",
    "oblique",
    "condensed",
    "extralight",
    "symbol",
    "emoji",
    "math",
    "tex",
    "size",
    "nonuni",
    "display",
    "five",
    "cmmi",
    "cmsy",
    "cmex",
)


@lru_cache(maxsize=8)
def find_fonts(folders: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return TrueType files of plain families in ``folders`` and the system's own folders, sorted.

    Empty where there are none: Pillow's own font is then used.
    """
    found = set()
    for folder in (*folders, *SYSTEM_FOLDERS):
        root = Path(folder)
        if not root.is_dir():
            continue
        for path in root.rglob("*.ttf"):
            stem = path.stem.lower()
            if stem.startswith(_FAMILIES) and not any(word in stem for word in _NOT_LETTERS):
                found.add(str(path))
    return tuple(sorted(found, key=lambda path: (Path(path).name, path)))


@lru_cache(maxsize=256)
def load_font(path: str, pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return a font of this height in pixels; Pillow's own where the file cannot be read."""
    from PIL import ImageFont

    if path:
        try:
            return ImageFont.truetype(path, pixels)
        except OSError:  # gone or no font: letters in another face are as true as in this one
            return ImageFont.load_default(pixels)
    return ImageFont.load_default(pixels)


def text_size(text: str, path: str, pixels: int) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom of the ink in pixels from the left end of the base line."""
    box = load_font(path, pixels).getbbox(printable(text), anchor="ls")
    return float(box[0]), float(box[1]), float(box[2]), float(box[3])


def choose_font(fonts: Sequence[str], pick: float) -> str:
    """Return one of the fonts, or empty for Pillow's own; ``pick`` is from 0 to 1."""
    index = int(pick * (len(fonts) + 1))
    return fonts[index] if index < len(fonts) else ""
