"""Training curves: loss, validation figures and learning rate, epoch by epoch."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from einthoven.errors import DataError
from einthoven.evaluation.figures.style import (
    BLUE,
    DOUBLE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    new_figure,
    panel_letter,
    styled,
)
from einthoven.evaluation.metrics import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("epoch", "train_loss", "val_loss", "val_accuracy", "val_macro_f1", "learning_rate")
_DASHED = (0, (4, 1.5))


@styled
def training_curves(source: str | Path | Sequence[Mapping[str, Any]]) -> Figure:
    """Return loss (A), validation accuracy and macro F1 (B) and learning rate (C) by epoch.

    The epoch with the best macro F1 (without one: the least validation loss) is marked. What was not
    measured, a column or a cell, is left out.

    Args:
        source: a CSV file, or its rows, with columns ``epoch`` and any of ``train_loss``, ``val_loss``,
            ``val_accuracy``, ``val_macro_f1`` and ``learning_rate``; empty cells allowed.

    Raises:
        DataError: the file cannot be read, has no epochs, or a cell is not a number.
    """
    values = _columns(source)
    epochs = values["epoch"]
    figure = new_figure(DOUBLE, 2.3)
    loss, figures, rate = figure.subplots(1, 3)
    marker = {"marker": "o", "markersize": 2.5} if len(epochs) < 3 else {}

    def line(axes: Axes, column: str, label: str, colour: str, dash: Any = "-", times: float = 1.0) -> None:
        if np.isfinite(values[column]).any():
            measured = np.isfinite(values[column])
            look = {"color": colour, "linestyle": dash, **marker}
            axes.plot(epochs[measured], times * values[column][measured], label=label, **look)

    line(loss, "train_loss", "training", BLUE)
    line(loss, "val_loss", "validation", ORANGE, _DASHED)
    line(figures, "val_accuracy", "accuracy", BLUE, times=100)
    line(figures, "val_macro_f1", "macro F1", GREEN, _DASHED, times=100)
    line(rate, "learning_rate", "learning rate", PURPLE)
    loss.set_ylabel("Loss")
    figures.set_ylabel("Validation (%)")
    rate.set_ylabel("Learning rate")
    if np.nanmin(values["learning_rate"], initial=np.inf) > 0 and len(rate.lines):
        rate.set_yscale("log")
    best = _best(values)
    for axes, letter in zip((loss, figures, rate), "ABC", strict=True):
        axes.set_xlabel("Epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if best is not None:
            axes.axvline(epochs[best], color=GREY, linewidth=0.6, linestyle=(0, (1, 1.5)), zorder=0)
        if axes is not rate and axes.get_legend_handles_labels()[0]:
            axes.legend()
        panel_letter(axes, letter)
    if best is not None:
        figures.annotate(
            f"best: epoch {epochs[best]:.0f}",
            (epochs[best], 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(-2, 2),
            textcoords="offset points",
            rotation=90,
            ha="right",
            fontsize=6,
            color=GREY,
        )
    return figure


def _best(values: Mapping[str, Floats]) -> int | None:
    if np.isfinite(values["val_macro_f1"]).any():
        return int(np.nanargmax(values["val_macro_f1"]))
    if np.isfinite(values["val_loss"]).any():
        return int(np.nanargmin(values["val_loss"]))
    return None


def _columns(source: str | Path | Sequence[Mapping[str, Any]]) -> dict[str, Floats]:
    name = str(source) if isinstance(source, str | Path) else "training curves"
    rows = _rows(Path(source)) if isinstance(source, str | Path) else source
    if not rows or "epoch" not in rows[0]:
        raise DataError(f"{name}: no epochs to draw; needed is a column 'epoch' and at least one row.")
    values = {}
    for column in COLUMNS:
        cells = [row.get(column) for row in rows]
        try:
            values[column] = np.array([np.nan if cell in (None, "") else float(cell) for cell in cells])
        except (TypeError, ValueError) as error:
            raise DataError(f"{name}: column {column!r} holds what is not a number ({error}).") from error
    if not np.isfinite(values["epoch"]).all():
        raise DataError(f"{name}: column 'epoch' has empty cells; number every row.")
    return values


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path}: cannot be read ({reason}).") from error
