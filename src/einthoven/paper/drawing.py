"""One description of a drawing, in millimetres, that every backend paints alike.

x runs to the right and y runs down from the upper left corner. Items are painted in their order.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

Float64 = npt.NDArray[np.float64]

INK = "#16161a"
QUIET = "#6b6468"  # 5.4:1 on the pink paper

# Okabe & Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/: told apart with any colour
# vision. N is a quiet grey. Letters always stand beside the colour, so that colour is never the only cue.
CLASS_COLOUR = {"N": QUIET, "S": "#0072B2", "V": "#D55E00", "F": "#009E73", "Q": "#CC79A7"}
# The letter on a chip of that colour: whichever of black and white has the higher contrast (all above 4.5:1).
CLASS_INK = {"N": "#ffffff", "S": "#ffffff", "V": "#000000", "F": "#000000", "Q": "#000000"}
CLASS_NAME = {
    "N": "normal or bundle branch block",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion",
    "Q": "paced or unclassifiable",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """Colours of a sheet: ground, 1 mm lines, 5 mm lines."""

    ground: str
    minor: str
    major: str


PAPERS = {
    "pink": Paper("#fffaf9", "#f9dddb", "#eeaeab"),
    "blue": Paper("#fafcff", "#dbe6f4", "#a9c3e2"),
    "green": Paper("#fafdf9", "#dcecd8", "#a8cfa0"),
    "grey": Paper("#ffffff", "#e6e6e6", "#bdbdbd"),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """Lines every ``minor_x``/``minor_y`` mm (0: none), heavier ones every ``major_x``/``major_y`` mm."""

    x: float
    y: float
    width: float
    height: float
    minor_x: float = 1.0
    minor_y: float = 1.0
    major_x: float = 5.0
    major_y: float = 5.0


@dataclass(frozen=True, slots=True)
class Trace:
    """Runs of points, each float64 of shape ``(n_points, 2)``; nothing is drawn between runs."""

    runs: tuple[Float64, ...]
    width: float = 0.28
    colour: str = INK


@dataclass(frozen=True, slots=True)
class Bar:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """Vertical lines from ``y0`` to ``y1`` at each of ``xs``."""

    xs: Float64
    y0: float
    y1: float
    width: float
    colour: str


@dataclass(frozen=True, slots=True)
class Letters:
    """The same short text centred on each of ``xs``, base line at ``y``; ``size`` is the font size in mm."""

    xs: Float64
    y: float
    text: str
    size: float
    colour: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A rounded label of class ``letter``'s colour, from ``x`` over ``width``."""

    x: float
    y: float
    width: float
    height: float
    text: str
    letter: str


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text with its base line at ``y``; ``size`` is the font size in mm."""

    x: float
    y: float
    text: str
    size: float = 2.8
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = INK
    bold: bool = False


Item = Grid | Trace | Bar | Ticks | Letters | Chip | Text


@dataclass(slots=True)
class Drawing:
    """A sheet of ``width`` x ``height`` mm and what is on it. ``label`` tells those who cannot see it."""

    width: float
    height: float
    paper: Paper
    label: str = ""
    items: list[Item] = field(default_factory=list)

    def add(self, *items: Item) -> None:
        self.items.extend(items)


def moved(item: Item, down: float) -> Item:
    """Return an item ``down`` mm further down."""
    match item:
        case Trace():
            return replace(item, runs=tuple(run + np.array([0.0, down]) for run in item.runs))
        case Ticks():
            return replace(item, y0=item.y0 + down, y1=item.y1 + down)
        case _:
            return replace(item, y=item.y + down)


def blend(colour: str, ground: str, share: float) -> str:
    """Return ``share`` of ``colour`` over ``ground``, both ``#rrggbb``."""
    pairs = [(int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * top + (1 - share) * below):02x}" for top, below in pairs)
