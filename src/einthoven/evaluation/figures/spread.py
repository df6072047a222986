"""How figures differ from patient to patient, which a mean over beats hides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from einthoven.evaluation.figures.style import (
    BLUE,
    DOUBLE,
    GREY,
    ORANGE,
    PALE,
    SMALL,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMED = 80  # more patients than this, and only the worst are named
_WORST = 5


@styled
def spread_figure(
    names: Sequence[str],
    series: Mapping[str, npt.ArrayLike],
    *,
    whole: Mapping[str, float | None],
    what: str = "Patient",
) -> Figure:
    """Return every patient's figures, the worst first, with median, quartiles and the figure over all beats.

    Args:
        names: of the patients or records.
        series: one or two figures, name → values from 0 to 1, shape ``(n,)``, NaN where there is none. The
            first one gives the order, and has its quartiles shaded.
        whole: each figure over all beats, None where there is none.
        what: whom a point stands for.
    """
    figure = new_figure(DOUBLE, 2.7)
    axes = figure.subplots()
    values = {name: np.asarray(numbers, dtype=np.float64) for name, numbers in series.items()}
    first = next(iter(values.values()))
    order = np.argsort(first, kind="stable")
    places = np.arange(len(order))
    known = first[np.isfinite(first)]
    if len(known):
        low, median, high = 100 * np.percentile(known, (25, 50, 75))
        band = f"its quartiles {_text(low)} and {_text(high)}"
        axes.axhspan(low, high, color=PALE, alpha=0.6, linewidth=0, label=band)
        axes.axhline(median, color=GREY, linewidth=0.8, label=f"median {next(iter(series))} {_text(median)}")
    for (name, numbers), colour, marker, size in zip(
        values.items(), (BLUE, ORANGE), ("o", "D"), (3.6, 3.0), strict=False
    ):
        total = whole.get(name)
        label = name if total is None else f"{name} ({_text(100 * total)} over all beats)"
        look: dict[str, Any] = {"color": colour, "marker": marker, "markersize": size, "linestyle": "none"}
        if marker == "D":  # open, so that what lies behind is seen
            look |= {"markerfacecolor": "none", "markeredgewidth": 1.0}
        axes.plot(places, 100 * numbers[order], label=label, clip_on=False, zorder=3, **look)
    lowest = min((float(np.nanmin(v)) for v in values.values() if np.isfinite(v).any()), default=0.0)
    margin = max(0.05, 6 * (1 - lowest))
    axes.set(
        xlim=(-0.8, len(order) - 0.2), ylim=(max(0.0, 100 * lowest - margin), 100 + margin / 8), ylabel="%"
    )
    named = places if len(order) <= _NAMED else places[:_WORST]
    small: dict[str, Any] = {"rotation": 90, "fontsize": 6 if len(order) > 30 else SMALL}
    axes.set_xticks(named, [names[order[place]] for place in named], **small)
    axes.set_xlabel(f"{what}, by {next(iter(series))}")
    handles, labels = axes.get_legend_handles_labels()
    order_of = [*range(2, len(handles)), 1, 0] if len(known) else range(len(handles))
    figure.legend(
        [handles[i] for i in order_of],
        [labels[i] for i in order_of],
        loc="outside upper right",
        ncols=len(handles),
        handletextpad=0.4,
        columnspacing=1.2,
        handlelength=1.6,
    )
    return figure


def _text(percent: float) -> str:
    """Return a figure with as many places as tell good ones apart."""
    return f"{percent:.2f}" if 99 <= percent < 100 else f"{percent:.1f}"
