"""Dealing beats out to folds."""

from __future__ import annotations

import numpy as np

from einthoven.training.folds import folds_of


def test_folds_are_balanced_over_beats_and_keep_patients_whole() -> None:
    chance = np.random.default_rng(0)
    classes = np.repeat([0, 1, 2], [200, 40, 20])
    patients = np.array([f"p{i}" for i in chance.integers(0, 12, len(classes))])
    over_beats = folds_of(classes, patients, 5, "beats")
    counts = np.array([np.bincount(classes[over_beats == fold], minlength=3) for fold in range(5)])
    assert np.ptp(counts, axis=0).max() <= 1
    over_patients = folds_of(classes, patients, 4, "patients")
    for patient in np.unique(patients):
        assert len(set(over_patients[patients == patient].tolist())) == 1
    assert set(over_patients.tolist()) == {0, 1, 2, 3}
