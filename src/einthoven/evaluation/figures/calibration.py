"""The calibration (reliability) diagram: can a probability be taken at its word?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from einthoven.evaluation.curves import Flags, reliability
from einthoven.evaluation.figures.style import BLUE, GREY, SINGLE, new_figure, styled
from einthoven.evaluation.metrics import expected_calibration_error
from einthoven.recording import Float32

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Z95 = 1.959964


@styled
def calibration_diagram(probabilities: Float32, correct: Flags) -> Figure:
    """Return accuracy against confidence in 15 bins with 95 % intervals, and how many rows each bin has.

    Intervals are Wilson's (Journal of the American Statistical Association 22:209, 1927), which take beats as
    independent. The bins are those that the expected calibration error sums over.

    Args:
        probabilities: shape ``(n, 5)``; the confidence of a row is its largest.
        correct: shape ``(n,)``: whether the class with the largest probability is the true one.
    """
    bins = reliability(probabilities, correct)
    filled = bins.count > 0
    n, confidence, accuracy = bins.count[filled], bins.confidence[filled], bins.accuracy[filled]
    middle = (accuracy + _Z95**2 / (2 * n)) / (1 + _Z95**2 / n)
    half = _Z95 / (1 + _Z95**2 / n) * np.sqrt(accuracy * (1 - accuracy) / n + _Z95**2 / (4 * n**2))
    figure = new_figure(SINGLE, 3.8)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), label="perfect")
    reach = np.maximum(0, [accuracy - (middle - half), middle + half - accuracy])
    error = expected_calibration_error(probabilities, correct)
    label = f"model (ECE {error:.4f})" if len(n) else "model"
    look: dict[str, Any] = {"fmt": "o", "color": BLUE, "markersize": 3.5, "elinewidth": 0.8}
    above.errorbar(confidence, accuracy, yerr=reach, label=label, **look)
    above.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), ylabel="Accuracy")
    above.legend(loc="upper left")
    width = np.diff(bins.edges)
    below.bar(bins.edges[:-1], bins.count, width, align="edge", color=BLUE, edgecolor="white", linewidth=0.5)
    if len(n):
        below.set_yscale("log")
        below.set_ylim(0.7, bins.count.max() * 2)
    below.set(xlabel="Confidence (largest probability)", ylabel="Beats")
    return figure
