"""Whether an attribution tells of the network at all: the weight-randomisation check.

An attribution that looks alike for a trained network and for one with random weights shows the signal, not
the network (Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv 1810.03292).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.errors import SignalError

ALIKE_FROM = 0.5  # rank correlation from which two maps are called alike


@dataclass(frozen=True, slots=True)
class SanityCheck:
    """What the comparison says.

    Attributes:
        correlation: Spearman's rank correlation between the maps, averaged over the records.
        highest: the highest of them.
        passed: whether the average is below ``ALIKE_FROM`` (in absolute value): the maps differ.
    """

    correlation: float
    highest: float
    passed: bool


def rank_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Return Spearman's rank correlation of two maps, -1 to 1; ties share their mean rank.

    A map that is the same everywhere ranks nothing: its correlation is 0 with any other.

    Raises:
        SignalError: the maps differ in shape.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.shape != second.shape:
        raise SignalError(f"Maps have shapes {first.shape} and {second.shape}; compare maps of one shape.")
    ranks = [_ranks(values.ravel()) for values in (first, second)]
    centred = [rank - rank.mean() for rank in ranks]
    scale = float(np.sqrt((centred[0] ** 2).sum() * (centred[1] ** 2).sum()))
    return float((centred[0] * centred[1]).sum() / scale) if scale > 0 else 0.0


def compare_maps(trained: npt.ArrayLike, randomised: npt.ArrayLike) -> SanityCheck:
    """Compare attributions of the trained and of the randomised network, one pair of maps a record.

    Args:
        trained: maps, shape ``(n_records, …)``.
        randomised: the same records, the network with random weights, the same shape.

    Raises:
        SignalError: shapes differ, or there is no record.
    """
    ours, random = np.asarray(trained, dtype=np.float64), np.asarray(randomised, dtype=np.float64)
    if ours.shape != random.shape or not len(ours):
        raise SignalError(
            f"Maps have shapes {ours.shape} and {random.shape}; allowed: (n_records, …), one record or more."
        )
    each = [rank_correlation(a, b) for a, b in zip(ours, random, strict=True)]
    mean = float(np.mean(each))
    return SanityCheck(mean, float(np.max(each)), abs(mean) < ALIKE_FROM)


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middle = ends - (counts + 1) / 2
    return np.asarray(middle[index], dtype=np.float64)
