"""Figures for papers, one a file, PNG and SVG; Matplotlib is loaded when the first is drawn."""

from __future__ import annotations

from einthoven.evaluation.figures.calibration import calibration_diagram
from einthoven.evaluation.figures.comparison import comparison_figure
from einthoven.evaluation.figures.confusion import confusion_matrices
from einthoven.evaluation.figures.curves import class_curves
from einthoven.evaluation.figures.multilabel import multilabel_calibration, multilabel_curves
from einthoven.evaluation.figures.spread import spread_figure
from einthoven.evaluation.figures.style import HOW_TO_INSTALL, can_draw, save
from einthoven.evaluation.figures.training import training_curves

__all__ = [
    "HOW_TO_INSTALL",
    "calibration_diagram",
    "can_draw",
    "class_curves",
    "comparison_figure",
    "confusion_matrices",
    "multilabel_calibration",
    "multilabel_curves",
    "save",
    "spread_figure",
    "training_curves",
]
