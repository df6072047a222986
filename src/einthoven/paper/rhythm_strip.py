"""Which lead a rhythm strip repeats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from einthoven.paper.tracing import RowTrace

if TYPE_CHECKING:
    from einthoven.paper.arrangement import Cell

_ALIKE = 0.9  # correlation of a rhythm strip with the lead that it repeats
_OTHERWISE = 0.3  # less of it than with another lead: the name beside the strip was misread
_SAME, _NOT_SAME = 0.985, 0.1  # ... so it was where another lead is repeated exactly, and its own less
_ASIDE = 2  # px by which these may stand aside from each other ...
_HIDDEN = 1.5  # ... besides the free paper between columns that was seen, and this share of it that was not
_ASKEW = 20  # px: rows of a page that was not laid quite flat may be so far apart in time


def rhythm_lead(
    strip: RowTrace, rows: Sequence[RowTrace], cells: Sequence[Cell], printed: str | None = None
) -> str | None:
    """Return the lead whose cell runs like the strip does at the same time, if one clearly does.

    What was ``printed`` beside it, if anything, stands unless its cell runs quite otherwise. A strip has no
    free paper between columns: what stands below a cell comes after it by the cell's lag, or more where marks
    hide a part of the free paper.
    """
    middle = (strip.upper + strip.lower) / 2
    aside = _ASIDE if printed is None else _ASKEW
    alike: dict[str, float] = {}
    for cell in cells:
        first, last = round(cell.x0) + 4, round(cell.x1) - 4
        two = ((rows[cell.row].upper + rows[cell.row].lower) / 2)[first:last]
        for shift in range(round(cell.lag) - aside, round((1 + _HIDDEN) * cell.lag) + aside + 1):
            one = middle[max(0, first - shift) : last - shift]
            if len(one) != len(two):
                continue
            both = np.isfinite(one) & np.isfinite(two)
            if both.sum() < 40 or np.std(one[both]) == 0 or np.std(two[both]) == 0:
                continue
            likeness = float(np.corrcoef(one[both], two[both])[0, 1])
            alike[cell.lead] = max(likeness, alike.get(cell.lead, -1.0))
    if not alike or max(alike.values()) < _ALIKE:
        return None
    best = max(alike, key=lambda lead: alike[lead])
    if printed is not None:
        misread = alike.get(printed, 1.0) <= alike[best] - (_NOT_SAME if alike[best] > _SAME else _OTHERWISE)
        return best if misread else printed
    return "II" if alike.get("II", 0.0) > max(_ALIKE, alike[best] - 0.04) else best
