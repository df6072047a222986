"""Figures of a model on held-out data, as numbers to draw: ``figures.json`` beside a bundle's card."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

FILE = "figures.json"
_FEWEST_ANSWERS = 20
_Z = 1.959964  # 95 % of a normal distribution lie within


class Line(BaseModel):
    """A curve, thinned: lists of equal length, each value 0 … 1."""

    x: list[float]
    y: list[float]


class ClassCurves(BaseModel):
    """One class against all others, over all thresholds."""

    name: str
    n: int = Field(description="how many are of this class")
    auroc: float
    average_precision: float
    roc: Line = Field(description="x: 1 - specificity, y: sensitivity")
    precision_recall: Line = Field(description="x: sensitivity, y: ppv")


class Bins(BaseModel):
    """Calibration: what was promised and what came, in bins of which each holds something."""

    of: Literal["likeliest class", "each class"]
    promised: list[float]
    came: list[float]
    n: list[int]


class Decided(BaseModel):
    """One class of several that a recording can have at once, at the card's threshold."""

    name: str
    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


class Spread(BaseModel):
    """One figure of each patient or record."""

    figure: str = Field(examples=["V sensitivity"])
    names: list[str]
    values: list[float]


class FigureSet(BaseModel):
    """Answers of a model about one data set that it did not learn from."""

    data: str
    protocol: str
    what: Literal["beats", "rows", "records", "drawings"]
    n: int
    classes: list[str]
    confusion_matrix: list[list[int]] | None = Field(
        description="rows are true, columns answered; null where classes do not exclude each other"
    )
    decided: list[Decided] = Field(description="where classes do not exclude each other")
    curves: list[ClassCurves]
    calibration: Bins | None
    spread: list[Spread]


class ModelFigures(BaseModel):
    """What ``figures.json`` holds; it belongs to one network and to no other."""

    format: Literal["einthoven.figures/1"] = "einthoven.figures/1"
    onnx_sha256: str
    sets: list[FigureSet]


def read_figures(folder: Path, onnx_sha256: str) -> list[FigureSet]:
    """Return the figures of a bundle; none where it has none, or has those of another network."""
    path = folder / FILE
    if not path.is_file():
        return []
    found = ModelFigures.model_validate_json(path.read_text(encoding="utf-8"))
    return found.sets if found.onnx_sha256 == onnx_sha256 else []


def interval_of(sets: Sequence[FigureSet], probability: float) -> tuple[float, float] | None:
    """Return the 95 % interval of how often held-out answers with about this probability came true.

    Answers are those of the calibration bins nearest to ``probability``, as many bins as hold 20 answers
    together, of all classes of the model. The interval is Wilson's (J. Am. Stat. Assoc. 22:209, 1927).
    Deviations, which make it too narrow: answers are taken for independent, and where the patients are those
    of a validation fold (the figures' protocol says it) the calibration was fitted on them too.

    Args:
        sets: of a bundle, as `read_figures` returns them.
        probability: 0 to 1.

    Returns:
        low and high; None where calibration of the classes one by one is not among the figures.
    """
    near = sorted(
        (abs(promised - probability), n, came * n)
        for bins in (found.calibration for found in sets)
        if bins is not None and bins.of == "each class"
        for promised, came, n in zip(bins.promised, bins.came, bins.n, strict=True)
    )
    answers, true = 0, 0.0
    for _, n, came in near:
        if answers >= _FEWEST_ANSWERS:
            break
        answers, true = answers + n, true + came
    if not answers:
        return None
    share, z2 = true / answers, _Z**2
    middle = (share + z2 / (2 * answers)) / (1 + z2 / answers)
    half = _Z * sqrt(share * (1 - share) / answers + z2 / (4 * answers**2)) / (1 + z2 / answers)
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)
