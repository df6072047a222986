"""All beats as a table, one row a beat."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from einthoven.analysis_result import Analysis
from einthoven.recording import AAMI_CLASSES

COLUMNS = (
    "sample", "time_s", "class", *(f"probability_{letter}" for letter in AAMI_CLASSES),
    "rr_before_s", "rr_after_s",
)  # fmt: skip


def to_csv(analysis: Analysis) -> str:
    """Return the table: position (sample in the recording's own rate, and seconds), class, probabilities, RR.

    Empty where there is nothing to say: the first beat has no RR before it, annotated beats no probabilities.
    After review two columns follow: the model's class (empty: a person added the beat), and whether a person
    settled the beat (1) or not (0).
    """
    beats, fs = analysis.beats, analysis.recording.fs
    n = len(beats)
    rr = [f"{value:.4f}" for value in (np.diff(beats.samples) / fs).tolist()]
    if beats.probabilities is None:
        chances = ["," * (len(AAMI_CLASSES) - 1)] * n
    else:
        chances = [",".join(f"{p:.4f}" for p in row) for row in beats.probabilities.tolist()]
    rows = zip(
        beats.samples.tolist(), (beats.samples / fs).tolist(), beats.classes.tolist(), chances,
        ["", *rr][:n], [*rr, ""][:n], strict=True,
    )  # fmt: skip
    lines = [
        f"{sample},{time:.4f},{letter},{p},{before},{after}"
        for sample, time, letter, p, before, after in rows
    ]
    columns = COLUMNS
    if (review := analysis.review) is not None:
        columns += ("model_class", "reviewed")
        model = {change.sample: change.model_letter or "" for change in review.changes}
        lines = [
            f"{line},{model.get(sample, letter)},{int(settled)}"
            for line, sample, letter, settled in zip(
                lines, beats.samples.tolist(), beats.classes.tolist(), review.settled.tolist(), strict=True
            )
        ]
    return "\n".join([",".join(columns), *lines]) + "\n"


def write(analysis: Analysis, path: Path) -> Path:
    """Write the table as UTF-8 and return its path."""
    path.write_text(to_csv(analysis), encoding="utf-8", newline="\n")
    return path
