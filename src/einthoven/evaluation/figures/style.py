"""One look for all figures: journal widths, 8 pt type, colours that colour-blind readers can tell apart.

Colours are those of Okabe and Ito (Color Universal Design, 2008). No figure depends on colour alone: lines
differ in dash, points in shape or place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from einthoven.errors import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

P = ParamSpec("P")
R = TypeVar("R")

SINGLE, DOUBLE = 3.4, 7.0  # inches: one and two columns of a journal page
DPI = 300
SMALL = 7  # pt; the smallest type in a figure is 6 pt

BLUE, ORANGE, GREEN, RED, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
INK, GREY, PALE = "#222222", "#777777", "#DDDDDD"
CLASS_COLOURS = {"N": BLUE, "S": ORANGE, "V": RED, "F": GREEN, "Q": PURPLE}
CLASS_DASHES: dict[str, Any] = {
    "N": "-",
    "S": (0, (5, 1.5)),
    "V": (0, (1, 1)),
    "F": (0, (4, 1.2, 1, 1.2)),
    "Q": (0, (8, 1.5, 1, 1.5)),
}
HOW_TO_INSTALL = "pip install 'einthoven[train]'"

_STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same figure on every machine
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.2,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "figure.dpi": 100,
    "savefig.dpi": DPI,
    "svg.fonttype": "path",
    "svg.hashsalt": "einthoven",  # the same data give the same file
    "path.simplify_threshold": 0.2,
}


def can_draw() -> bool:
    """Return whether Matplotlib is installed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def styled(draw: Callable[P, R]) -> Callable[P, R]:
    """Draw in the house's style, whatever the settings of the program around are, and leave those alone.

    Raises:
        DataError: Matplotlib is not installed.
    """

    @wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> R:
        if not can_draw():
            raise DataError(f"Figures need Matplotlib, which is not installed: {HOW_TO_INSTALL}")
        import matplotlib

        settings: Any = dict(matplotlib.rcParamsDefault) | {"backend": "agg"} | _STYLE
        with matplotlib.rc_context(settings):
            return draw(*args, **kwargs)

    return in_style


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of that many inches; no window, no global state."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


@styled
def save(figure: Figure, folder: str | Path, name: str) -> list[Path]:
    """Write a figure as ``NAME.png`` (300 dpi) and ``NAME.svg``.

    Args:
        figure: from one of this package's functions.
        folder: made if it is not there.
        name: of the files, without a suffix.

    Returns:
        the two paths.

    Raises:
        DataError: they cannot be written.
    """
    folder = Path(folder)
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}). Choose another folder.") from error
    return paths


def panel_letter(axes: Axes, letter: str) -> None:
    """Put a panel's letter above its upper left corner."""
    axes.set_title(letter, loc="left")
