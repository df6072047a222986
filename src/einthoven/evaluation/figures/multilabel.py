"""ROC and precision-recall curves and calibration of classes that can occur together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.curves import auroc, average_precision, curve
from einthoven.evaluation.figures.style import (
    BLUE,
    CLASS_COLOURS,
    CLASS_DASHES,
    DOUBLE,
    GREY,
    PALE,
    new_figure,
    panel_letter,
    styled,
)
from einthoven.evaluation.metrics import ECE_BINS
from einthoven.evaluation.multilabel import calibration_error
from einthoven.recording import Float32

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOKS = tuple(zip(CLASS_COLOURS.values(), CLASS_DASHES.values(), strict=True))
_FEWEST = 5  # records of a bin that is drawn: of fewer the share says nothing
_Z95 = 1.959964


@styled
def multilabel_curves(
    classes: Sequence[str], targets: npt.NDArray[np.bool_], probabilities: Float32
) -> Figure:
    """Return ROC curves (A) and precision-recall curves (B), areas in the legends.

    Args:
        classes: names of the columns.
        targets: bool, shape ``(n, n_classes)``.
        probabilities: shape ``(n, n_classes)``.
    """
    figure = new_figure(DOUBLE, 2.9)
    roc, precision = figure.subplots(1, 2)
    roc.plot([0, 1], [0, 1], color=PALE, linewidth=0.8)
    for column, name in enumerate(classes):
        positive, scores = targets[:, column], probabilities[:, column]
        points = curve(positive, scores)
        if points is None:
            continue
        colour, dash = _LOOKS[column % len(_LOOKS)]
        look: dict[str, Any] = {"color": colour, "linestyle": dash}
        area = f"{name}  {auroc(positive, scores):.3f}  ({int(positive.sum()):,})"
        roc.plot(points.false_positive_rate, points.sensitivity, label=area, **look)
        ppv = np.concatenate([points.ppv[1:2], points.ppv[1:]])
        area = f"{name}  {average_precision(positive, scores):.3f}"
        precision.plot(points.sensitivity, ppv, drawstyle="steps-pre", label=area, **look)
    roc.set(xlabel="False positive rate", ylabel="Sensitivity")
    precision.set(xlabel="Sensitivity", ylabel="Positive predictivity")
    for axes, letter, title in ((roc, "A", "AUROC (records)"), (precision, "B", "AP")):
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), box_aspect=1)
        panel_letter(axes, letter)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(
                title=title, title_fontsize=7, loc="center left", bbox_to_anchor=(1.02, 0.5), alignment="left"
            )
    return figure


@styled
def multilabel_calibration(
    classes: Sequence[str], targets: npt.NDArray[np.bool_], probabilities: Float32
) -> Figure:
    """Return, class by class, the share of records with the class against the probability it was given.

    Bins are those of `multilabel.calibration_error`; those of fewer than five records are not drawn.
    Intervals are Wilson's (Journal of the American Statistical Association 22:209, 1927), 95 %.

    Args:
        classes: names of the columns.
        targets: bool, shape ``(n, n_classes)``.
        probabilities: shape ``(n, n_classes)``.
    """
    n_columns = min(3, len(classes))
    n_rows = -(-len(classes) // n_columns)
    figure = new_figure(DOUBLE * n_columns / 3, 2.4 * n_rows)
    panels = np.atleast_1d(figure.subplots(n_rows, n_columns, squeeze=False)).ravel()
    for axes in panels[len(classes) :]:
        axes.set_axis_off()
    for column, name in enumerate(classes):
        axes = panels[column]
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        positive, values = targets[:, column], probabilities[:, column].astype(np.float64)
        place = np.clip(np.ceil(values * ECE_BINS).astype(np.int64) - 1, 0, ECE_BINS - 1)
        n = np.bincount(place, minlength=ECE_BINS)
        drawn = n >= _FEWEST
        mean = np.bincount(place, weights=values, minlength=ECE_BINS)[drawn] / n[drawn]
        share = np.bincount(place, weights=positive, minlength=ECE_BINS)[drawn] / n[drawn]
        low, high = _wilson(share, n[drawn])
        reach = np.maximum(0, [share - low, high - share])
        look: dict[str, Any] = {"fmt": "o", "color": BLUE, "markersize": 3, "elinewidth": 0.8}
        axes.errorbar(mean, share, yerr=reach, **look)
        error = calibration_error(positive, probabilities[:, column])
        axes.text(0.03, 0.97, f"{name}\nECE {error:.3f}", transform=axes.transAxes, va="top", fontsize=7)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), box_aspect=1)
        axes.set(xlabel="Probability", ylabel="Share with the class")
    return figure


def _wilson(
    share: npt.NDArray[np.float64], n: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    middle = (share + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * np.sqrt(share * (1 - share) / n + _Z95**2 / (4 * n**2))
    return middle - half, middle + half
