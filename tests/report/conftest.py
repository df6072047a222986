"""Analyses with known beats, without a model: the report is tested alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from einthoven.analysis_result import Analysis, Finding, Provenance
from einthoven.models.card import Card
from einthoven.recording import AAMI_CLASSES, Beats, Recording
from einthoven.signal.quality import assess_quality
from einthoven.signal.rhythm import describe_rhythm

NO_BEATS = Beats(np.zeros(0, np.int64), np.zeros(0, "<U1"), probabilities=np.zeros((0, 5), np.float32))

CARD = {
    "name": "known", "version": "1.2", "task": "beats", "classes": list(AAMI_CLASSES),
    "input": {
        "rate_hz": 100.0, "window": {"samples": 16, "anchor": 8}, "leads": {}, "normalisation": "none",
        "inputs": [{"name": "beat", "shape": ["batch", 16]}],
        "outputs": [{"name": "probabilities", "shape": ["batch", 5], "kind": "probabilities"}],
    },
    "recipe": {"name": "known.yaml", "sha256": "0" * 64},
    "data": [{"name": "mitdb", "version": "1.0.0", "records": [str(i) for i in range(101, 123)]}],
    "patient_split": "no patient is on both sides",
    "metrics": [
        {"name": "V F1", "data": "mitdb", "protocol": "folds", "value": 0.91, "ci95": [0.85, 0.96]},
    ],
    "calibration": {"method": "temperature", "ece": 0.013},
    "intended_use": "tests of <reports>", "limits": ["knows & says nothing"], "licence": "MIT",
    "onnx_sha256": "0" * 64, "parameters": 80,
}  # fmt: skip

MakeAnalysis = Callable[..., Analysis]


def with_probabilities(beats: Beats, surest: float = 0.95) -> Beats:
    probabilities = np.full((len(beats), 5), (1 - surest) / 4, np.float32)
    for column, letter in enumerate(AAMI_CLASSES):
        probabilities[beats.classes == letter, column] = surest
    return Beats(beats.samples, beats.classes, probabilities=probabilities)


@pytest.fixture(scope="session")
def make_analysis() -> MakeAnalysis:
    """Return a function from a recording (and beats; default: its own) to an analysis."""
    card = Card.model_validate(CARD)

    def make(
        recording: Recording, beats: Beats | None = None, *, refusal: str = "", warnings: tuple[str, ...] = ()
    ) -> Analysis:
        if beats is None:
            beats = with_probabilities(recording.beats) if recording.beats is not None else NO_BEATS
        return Analysis(
            recording=recording,
            quality=assess_quality(recording) if recording.n_samples else (),
            beats=beats,
            rhythm=describe_rhythm(beats, recording.fs, recording.duration),
            findings=(
                Finding("ectopy_V", "Ventricular ectopic beats", 0.95, 0.5, "present", "12 of 70 beats"),
            ),
            model=card,
            warnings=warnings,
            refusal=refusal,
            provenance=Provenance(
                "0.0", "known", "1.2", "0" * 64, recording.source, datetime(2024, 5, 1, 12, tzinfo=UTC), {}
            ),
        )

    return make
