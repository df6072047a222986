"""What people said about an analysis, laid over it: beats, rhythm and findings anew, the model's kept beside.

The same functions that made the model's answer make the one after review: `describe_rhythm` counts in the
beats that stand now, `ectopy_findings` reads them. What a network reads in the signal itself (12-lead
findings, measurements of waves) does not lean on beat classes and stays, unless a person decided it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from einthoven.analysis_findings import ectopy_findings
from einthoven.analysis_result import Analysis, Answers, BeatChange, Decision, Finding, Review
from einthoven.recording import AAMI_CLASSES, Beats, Int64

ADDED = -1  # place among the model's beats of a beat that a person added


@dataclass(frozen=True, eq=False, slots=True)
class Statements:
    """What people said about an analysis, as it stands; nothing in it was undone.

    Attributes:
        samples: R peaks after review, in time order, shape ``(n_beats,)``.
        classes: AAMI class letters after review, ``<U1``.
        rows: place of each among the model's beats, ``ADDED`` where a person added it.
        settled: whether a person said something about the beat.
        decisions: code of a finding → decision and who decided.
        authors: everybody who said something that stands.
        last_at: when the last of it was said.
    """

    samples: Int64
    classes: npt.NDArray[np.str_]
    rows: Int64
    settled: npt.NDArray[np.bool_]
    decisions: Mapping[str, tuple[Decision, str]] = field(default_factory=dict)
    authors: tuple[str, ...] = ()
    last_at: datetime | None = None


def lay_over(analysis: Analysis, said: Statements) -> Analysis:
    """Return the analysis as it stands after review; ``review`` holds what the model alone said."""
    from einthoven.signal.quality import unusable_stretches

    model = Answers(analysis.beats, analysis.rhythm, analysis.findings)
    fs, duration = analysis.recording.fs, analysis.recording.duration
    after = answers_after(model, said, fs, duration, unusable_stretches(analysis.quality), analysis.refusal)
    return replace(
        analysis,
        beats=after.beats,
        rhythm=after.rhythm,
        findings=after.findings,
        review=review_of(model, said),
    )


def answers_after(
    model: Answers,
    said: Statements,
    fs: float,
    duration_s: float,
    gaps: Sequence[tuple[float, float]],
    refusal: str,
) -> Answers:
    """Return beats, rhythm and findings as they stand after review.

    Args:
        model: what the model said.
        said: what people said.
        fs: rate of the R peaks, Hz.
        duration_s: length of the recording, seconds.
        gaps: stretches in which no beat can be seen, seconds.
        refusal: why the model gave no answer, or "".
    """
    from einthoven.signal.rhythm import describe_rhythm

    beats = beats_after(model.beats, said)
    rhythm = describe_rhythm(beats, fs, duration_s, gaps=gaps)
    return Answers(beats, rhythm, _findings_after(model, beats, said, refusal))


def beats_after(model: Beats, said: Statements) -> Beats:
    """Return the beats after review.

    Probabilities are the model's. Of a beat that a person settled they are 1 for the class that was said: no
    doubt of the model's is left in it.
    """
    if model.probabilities is None:
        return Beats(said.samples, said.classes)
    probabilities = np.zeros((len(said.samples), len(AAMI_CLASSES)), np.float32)
    of_model = said.rows != ADDED
    probabilities[of_model] = model.probabilities[said.rows[of_model]]
    for column, letter in enumerate(AAMI_CLASSES):
        probabilities[said.settled, column] = said.classes[said.settled] == letter
    return Beats(said.samples, said.classes, probabilities=probabilities)


def review_of(model: Answers, said: Statements) -> Review:
    """Return what was said, beat by beat, and the model's own answer."""
    kept = said.rows[said.rows != ADDED]
    gone = np.setdiff1d(np.arange(len(model.beats)), kept)
    changes = [
        BeatChange(int(sample), str(letter), None if row == ADDED else str(model.beats.classes[row]))
        for sample, letter, row in zip(
            said.samples[said.settled], said.classes[said.settled], said.rows[said.settled], strict=True
        )
    ]
    changes += [
        BeatChange(int(model.beats.samples[row]), None, str(model.beats.classes[row]))
        for row in gone.tolist()
    ]
    changes.sort(key=lambda change: change.sample)
    return Review(model, tuple(changes), said.settled, said.authors, said.last_at)


def _findings_after(model: Answers, beats: Beats, said: Statements, refusal: str) -> tuple[Finding, ...]:
    thresholds = {f.code.removeprefix("ectopy_"): f.threshold for f in model.findings}
    touched = bool(said.settled.any()) or len(beats) != len(model.beats)
    read = {f.code: f for f in ectopy_findings(beats, thresholds, refusal, said.settled)} if touched else {}
    after = []
    for finding in model.findings:
        now = read.get(finding.code, finding)
        if finding.code in said.decisions:
            decision, author = said.decisions[finding.code]
            told = f"As {author} says; the model: {finding.decision}."
            now = replace(now, decision=decision, decided_by=author, detail=told)
        after.append(now)
    return tuple(after)
