"""Columns of a page last round times: multiples of half a second."""

from __future__ import annotations

ROUND_S = 0.5
WITHIN = 0.012  # of a round time


def round_length(length: float, px_per_s: float, within: float = WITHIN) -> float | None:
    """Return the length, px, of the round time that a column of this length lasts; None where it lasts none.

    Args:
        length: of the column, px.
        px_per_s: px a second.
        within: share of the round time by which the length may differ from it.
    """
    step = ROUND_S * px_per_s
    nearest = round(length / step) * step
    return nearest if nearest and abs(length / nearest - 1) <= within else None
