"""Confusion matrices: counts and shares of each true class, one model or several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.figures.style import DOUBLE, GREY, INK, SINGLE, new_figure, styled
from einthoven.recording import AAMI_CLASSES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DARK = 0.55  # share from which type is white


@styled
def confusion_matrices(matrices: Mapping[str, npt.ArrayLike], labels: Sequence[str] = AAMI_CLASSES) -> Figure:
    """Return a figure with one panel a matrix.

    Each cell shows the share of its row (the true class) in percent and, below, the count; its shade is that
    share. One panel is one column wide, more share the width of a page.

    Args:
        matrices: title → counts, rows true and columns predicted, shape ``(n, n)``; or ``(n + 1, n + 1)``
            with missed beats in the last column and extra detections in the last row, shown if there are any.
        labels: the ``n`` classes.

    Raises:
        ValueError: no matrix is given, or one is of another shape.
    """
    if not matrices:
        raise ValueError("no matrix is given")
    across = min(len(matrices), 3)
    down = -(-len(matrices) // across)
    width = SINGLE if len(matrices) == 1 else DOUBLE
    size = width / across * (0.94 if len(matrices) == 1 else 1.02)
    figure = new_figure(width, size * down)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes, (title, counts) in zip(panels, matrices.items(), strict=False):
        _panel(axes, np.asarray(counts), labels, title)
    for axes in panels[len(matrices) :]:
        axes.remove()
    return figure


def _panel(axes: Axes, counts: npt.NDArray[np.int64], labels: Sequence[str], title: str) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    n = len(labels)
    if counts.shape not in {(n, n), (n + 1, n + 1)}:
        raise ValueError(f"{counts.shape} counts for {n} classes; allowed: ({n}, {n}) or one more of each")
    rows, columns = list(labels), list(labels)
    if counts.shape[0] > n:
        rows += ["extra"] * bool(counts[n, :n].any())
        columns += ["missed"] * bool(counts[:n, n].any())
        counts = counts[: len(rows), : len(columns)]
    of_row = counts.sum(axis=1, keepdims=True)
    share = counts / np.where(of_row > 0, of_row, 1)
    share[n:] = 0.0  # extra detections are of no class: they have no share
    shades = LinearSegmentedColormap.from_list("blues", ["#FFFFFF", "#9CC9E2", "#0072B2", "#00416A"])
    axes.imshow(share, cmap=shades, vmin=0, vmax=1, aspect="auto")
    for i, j in np.ndindex(counts.shape):
        if (i, j) == (n, n):
            continue
        colour = "white" if share[i, j] >= _DARK else INK if counts[i, j] else "#BBBBBB"
        if i < n and counts[i, j]:
            axes.text(j, i, _percent(float(share[i, j])), ha="center", va="bottom", color=colour, fontsize=8)
            axes.text(j, i + 0.06, f"{counts[i, j]:,}", ha="center", va="top", color=colour, fontsize=6)
        else:
            axes.text(
                j, i, f"{counts[i, j]:,}", ha="center", va="center", color=colour, fontsize=6 if i == n else 8
            )
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(np.arange(len(columns) - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="#E8E8E8", linewidth=0.5)
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("Predicted class")
    axes.set_ylabel("True class (% of its beats)")
    axes.spines[:].set_visible(True)
    axes.spines[:].set(color=GREY, linewidth=0.5)
    if title:
        axes.set_title(title)


def _percent(share: float) -> str:
    percent = 100 * share
    if percent in (0.0, 100.0):
        return f"{percent:.0f}"
    # Never rounded to nothing or to everything.
    return "<0.1" if percent < 0.05 else ">99.9" if percent >= 99.95 else f"{percent:.1f}"
