"""Dividing beats into the folds of a cross-validation."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from einthoven.recording import Int64

Over = Literal["beats", "patients"]


def folds_of(
    classes: Int64, patients: npt.NDArray[np.str_], n_folds: int, over: Over, seed: int = 0
) -> Int64:
    """Return the fold of each beat, from 0.

    Over beats, those of a class are dealt out at random. Over patients, whole patients go, those with most
    beats first, to the fold that has fewest beats of their classes so far, weighted by how rare these are.

    Args:
        classes: class number of each beat, shape ``(n,)``.
        patients: whose each is, shape ``(n,)``.
        n_folds: how many.
        over: ``beats`` or ``patients``.
        seed: of chance.

    Returns:
        shape ``(n,)``.
    """
    chance = np.random.default_rng((seed, 5))
    folds = np.full(len(classes), -1, dtype=np.int64)
    if over == "beats":
        for kind in np.unique(classes).tolist():
            members = chance.permutation(np.flatnonzero(classes == kind))
            folds[members] = (np.arange(len(members)) + chance.integers(n_folds)) % n_folds
        return folds
    n_classes = int(classes.max()) + 1
    whole = np.bincount(classes, minlength=n_classes)
    names = np.unique(patients)
    each = np.stack([np.bincount(classes[patients == name], minlength=n_classes) for name in names])
    shares = each / np.maximum(whole, 1)
    filled = np.zeros((n_folds, n_classes))
    for which in np.argsort(-shares.sum(axis=1), kind="stable").tolist():
        cost = ((filled + shares[which]) ** 2 - filled**2).sum(axis=1)
        fold = int(np.argmin(cost))
        filled[fold] += shares[which]
        folds[patients == names[which]] = fold
    return folds
