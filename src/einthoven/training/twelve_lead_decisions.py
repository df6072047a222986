"""From answers on validation records to calibration, thresholds and bands, and how well these carry over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.recording import Float32, Int64
from einthoven.training.calibration import PlattScaling, fit_platt_scaling

ALPHA = 0.1  # of the records with, and of those without a class, so many may be told wrong
FOLDS = 5

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decisions:
    """What turns logits into answers, class by class.

    Attributes:
        calibration: logits to probabilities.
        thresholds: from which probability on a class counts as answered; best F1 on validation.
        bands: below the first a class is absent, above the second present, between them not sure.
    """

    calibration: PlattScaling
    thresholds: tuple[float, ...]
    bands: tuple[tuple[float, float], ...]


def decide(logits: Float32, targets: Flags) -> Decisions:
    """Fit all three on validation records.

    Bands are conformal by class (Vovk 2012, arXiv 1209.2673, "Mondrian"): of the records with a class at most
    `ALPHA` lie below a band, of those without at most `ALPHA` above. Deviation: where the two borders would
    cross, so that both errors are rarer than that, they are put at the threshold instead.
    """
    calibration = fit_platt_scaling(logits, targets)
    probabilities = calibration(logits)
    thresholds, bands = [], []
    for column in range(targets.shape[1]):
        positive, values = targets[:, column], probabilities[:, column]
        threshold = best_threshold(positive, values)
        low = conformal_border(values[positive], ALPHA)
        high = 1 - conformal_border(1 - values[~positive], ALPHA)
        thresholds.append(threshold)
        bands.append((round(min(low, threshold), 4), round(max(high, threshold), 4)))
    return Decisions(calibration, tuple(thresholds), tuple(bands))


def best_threshold(positive: Flags, probabilities: Floats) -> float:
    """Return the hundredth from which on calling a class gives the best F1; of equals the middle one."""
    grid = np.arange(0.02, 0.99, 0.01)
    called = probabilities[:, None] >= grid
    hits = (called & positive[:, None]).sum(axis=0)
    scores = 2 * hits / np.maximum(1, called.sum(axis=0) + positive.sum())
    best = np.flatnonzero(scores >= scores.max() - 1e-12)
    return round(float(grid[best[len(best) // 2]]), 2)


def conformal_border(values: Floats, alpha: float) -> float:
    """Return the value below which a new record of the same kind lies with a probability of at most alpha."""
    place = int(np.floor(alpha * (len(values) + 1)))
    return 0.0 if place < 1 else float(np.sort(values)[place - 1])


def crossed(logits: Float32, targets: Flags, patients: Int64) -> tuple[Floats, Flags, Floats]:
    """Answer each validation record by decisions that were fitted on other patients.

    Returns:
        probabilities; whether each passes its threshold; -1 below, 0 within, 1 above its band; all of shape
        ``(n, n_classes)``.
    """
    _, whose = np.unique(patients, return_inverse=True)
    fold = np.random.default_rng(0).permutation(whose.max() + 1)[whose] % FOLDS
    probabilities = np.zeros(logits.shape)
    called, sides = np.zeros(logits.shape, np.bool_), np.zeros(logits.shape)
    for held_out in range(FOLDS):
        here = fold == held_out
        fitted = decide(logits[~here], targets[~here])
        values = fitted.calibration(logits[here])
        probabilities[here] = values
        called[here] = values >= np.array(fitted.thresholds)
        low, high = np.array(fitted.bands).T
        sides[here] = (values > high).astype(float) - (values < low)
    return probabilities, called, sides
