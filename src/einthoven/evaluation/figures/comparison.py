"""Several models on the same rows: their figures, and paired differences to the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from einthoven.evaluation.figures.style import (
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    RED,
    new_figure,
    panel_letter,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = (INK, BLUE, ORANGE, GREEN, RED, PURPLE)
_MARKERS = ("s", "o", "D", "^", "v", "P")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, each from 0 to 1 (of a difference: -1 to 1), or None."""

    value: float | None
    interval: tuple[float, float] | None


@styled
def comparison_figure(
    models: Sequence[str],
    figures: Mapping[str, Sequence[Estimate]],
    differences: Mapping[str, Sequence[Estimate]],
) -> Figure:
    """Return each model's figures (A) and what each adds to or takes from the first's (B), in percent.

    Args:
        models: their names, the first being the one the others are compared with.
        figures: name of a figure → its value for each model.
        differences: the same figures → difference of each model but the first to the first.
    """
    height = 0.9 + len(figures) * max(0.26, 0.105 * len(models) + 0.06) + 0.13 * (len(models) > 3)
    figure = new_figure(DOUBLE, height)
    left, right = figure.subplots(1, 2, sharey=True)
    for i, model in enumerate(models):
        _points(left, [row[i] for row in figures.values()], i, len(models), model)
        if i > 0:
            _points(right, [row[i - 1] for row in differences.values()], i, len(models), model)
    right.axvline(0, color=GREY, linewidth=0.7)
    left.set_yticks(range(len(figures)), list(figures))
    left.set_ylim(len(figures) - 0.45, -0.55)
    for axes in (left, right):
        axes.tick_params(axis="y", length=0)
        for border in np.arange(len(figures) - 1) + 0.5:
            axes.axhline(border, color="#EEEEEE", linewidth=0.6, zorder=0)
    left.set_xlabel("% (95 % interval)")
    right.set_xlabel(f"Difference to {models[0]}, percentage points")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=min(len(models), 4))
    panel_letter(left, "A")
    panel_letter(right, "B")
    return figure


def _points(axes: Axes, estimates: Sequence[Estimate], i: int, n: int, label: str) -> None:
    """Draw one model's points, a little above or below the line of each figure."""
    known = [(row, e) for row, e in enumerate(estimates) if e.value is not None]
    at = np.array([row for row, _ in known]) + (i - (n - 1) / 2) * min(0.22, 0.7 / n)
    values = np.array([e.value for _, e in known], dtype=np.float64)
    ends = np.array([e.interval or (e.value, e.value) for _, e in known], dtype=np.float64).reshape(-1, 2)
    reach = np.maximum(0.0, [values - ends[:, 0], ends[:, 1] - values])
    axes.errorbar(
        100 * values,
        at,
        xerr=100 * reach,
        fmt=_MARKERS[i % len(_MARKERS)],
        color=_COLOURS[i % len(_COLOURS)],
        markersize=3.5,
        elinewidth=0.9,
        label=label,
    )
