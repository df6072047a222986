"""A stand-in for the beat model with known answers, so that what surrounds the model can be tested alone."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from einthoven.recording import AAMI_CLASSES, Beats, Recording


def classify_beats(recording: Recording, r_peaks: Any, bundle: Any, usable: Any = None) -> Beats:
    """Call every fourth beat V with probability 0.8, all others N."""
    classes = np.where(np.arange(len(r_peaks)) % 4 == 3, "V", "N")
    probabilities = np.full((len(r_peaks), len(AAMI_CLASSES)), 0.05, np.float32)
    for i, letter in enumerate(AAMI_CLASSES):
        probabilities[classes == letter, i] = 0.8
    return Beats(np.asarray(r_peaks), classes, probabilities=probabilities)


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the stand-in where the analysis looks for the model."""
    monkeypatch.setitem(sys.modules, "einthoven.models.beats", SimpleNamespace(classify_beats=classify_beats))
