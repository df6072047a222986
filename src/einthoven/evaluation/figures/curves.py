"""ROC and precision-recall curves of each class against the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.curves import auroc, average_precision, curve
from einthoven.evaluation.figures.style import (
    CLASS_COLOURS,
    CLASS_DASHES,
    DOUBLE,
    PALE,
    new_figure,
    panel_letter,
    styled,
)
from einthoven.recording import AAMI_CLASSES, Float32

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CORNER = 0.1  # of each axis: shown enlarged, where good models differ


@styled
def class_curves(true: npt.NDArray[np.str_], probabilities: Float32) -> Figure:
    """Return ROC curves (A) and precision-recall curves (C), with their best corners enlarged (B, D).

    Areas stand in the legends, with the number of beats of each class. A class without beats, or without
    others, has no curve and is left out.

    Args:
        true: AAMI class of each row, shape ``(n,)``.
        probabilities: shape ``(n, 5)``.
    """
    figure = new_figure(DOUBLE, 5.1)
    grid = figure.subplots(2, 3, width_ratios=(1, 1, 0.55))
    for axes in grid[0, :2]:
        axes.plot([0, 1], [0, 1], color=PALE, linewidth=0.8)
    for i, label in enumerate(AAMI_CLASSES):
        positive, scores = true == label, probabilities[:, i]
        points = curve(positive, scores)
        if points is None:
            continue
        n = f"{int(positive.sum()):,}"
        look: dict[str, Any] = {"color": CLASS_COLOURS[label], "linestyle": CLASS_DASHES[label]}
        for axes in grid[0, :2]:
            area = f"{label}  {auroc(positive, scores):.4f}  ({n})"
            axes.plot(points.false_positive_rate, points.sensitivity, label=area, **look)
        # Steps: between two thresholds nothing is reached (see `average_precision`). Of no beats called
        # positive the ppv is a convention, and would be drawn as a line from the top.
        ppv = np.concatenate([points.ppv[1:2], points.ppv[1:]])
        for axes in grid[1, :2]:
            area = f"{label}  {average_precision(positive, scores):.4f}  ({n})"
            axes.plot(points.sensitivity, ppv, drawstyle="steps-pre", label=area, **look)
    low, high = (0.0, _CORNER), (1 - _CORNER, 1.0)
    _finish(grid[0], ("False positive rate", "Sensitivity"), low, "Class, AUROC (beats)", "AB")
    _finish(grid[1], ("Sensitivity", "Positive predictivity"), high, "Class, AP (beats)", "CD")
    return figure


def _finish(row: Any, names: tuple[str, str], corner: tuple[float, float], title: str, letters: str) -> None:
    """Set the limits of a row's two panels, and put their legend in the third place."""
    whole, enlarged, beside = row
    whole.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    margin = 0.01 * _CORNER
    enlarged.set_xlim(corner[0] - margin, corner[1] + margin)
    enlarged.set_ylim(1 - _CORNER - margin, 1 + margin)
    for axes, letter in zip((whole, enlarged), letters, strict=True):
        axes.set(xlabel=names[0], ylabel=names[1], box_aspect=1)
        panel_letter(axes, letter)
    beside.set_axis_off()
    handles, labels = whole.get_legend_handles_labels()
    if handles:
        beside.legend(
            handles,
            labels,
            title=title,
            title_fontsize=7,
            loc="center left",
            alignment="left",
            borderaxespad=0,
        )
