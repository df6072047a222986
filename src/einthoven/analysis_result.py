"""What an analysis says: `Analysis` and its parts. Data only; how they come about is in `analysis.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from einthoven.recording import Beats, Float32, Recording

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from einthoven.models.card import Card
    from einthoven.paper.files import PageResult
    from einthoven.signal.hrv import HRV
    from einthoven.signal.measurements import Measurements
    from einthoven.signal.quality import LeadQuality
    from einthoven.signal.rhythm import HeartRate, Rhythm, RRIntervals

Decision = Literal["absent", "borderline", "present", "refused"]

# Codes of findings → where the network looked, float32 (n_leads, n_samples), 0 to 1.
Explainer = Callable[[Sequence[str]], dict[str, Float32]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer about the whole recording.

    Attributes:
        code: for machines, ``ectopy_V``.
        label: for people.
        probability: 0 to 1, or None where the answer is refused. For ectopy: the calibrated probability of
            the surest beat of that kind, a lower bound on the probability that there is at least one.
        threshold: where ``present`` begins.
        decision: ``absent``, ``borderline``, ``present`` or ``refused``.
        detail: a sentence with the figures, or why it is refused.
        interval: how often answers with about this probability came true for held-out patients, 95 %
            (`einthoven.models.figures.interval_of`); None where that was not measured: with fewer than twelve
            leads, with leads shown for a part of the time, for beats.
        decided_by: the person who decided, after review; "" where nobody did.
    """

    code: str
    label: str
    probability: float | None
    threshold: float
    decision: Decision
    detail: str = ""
    interval: tuple[float, float] | None = None
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Intervals:
    """Heart rate (beats per minute), RR intervals and its variability (ms); None where beats are too few."""

    heart_rate: HeartRate | None
    rr: RRIntervals | None
    hrv: HRV


@dataclass(frozen=True, slots=True)
class Provenance:
    """What made this analysis, so that it can be made again."""

    einthoven: str
    model: str
    model_version: str
    model_sha256: str
    source: str
    analysed_at: datetime
    settings: dict[str, str | float | list[str] | None]


@dataclass(frozen=True, eq=False, slots=True)
class Answers:
    """What review may change: beats, what is counted in them, and findings."""

    beats: Beats
    rhythm: Rhythm
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class BeatChange:
    """What a person said of a beat: its class (None: no beat), and the model's (None: it was added)."""

    sample: int
    letter: str | None
    model_letter: str | None

    @property
    def kind(self) -> Literal["confirmed", "relabelled", "added", "removed"]:
        """What it comes to."""
        if self.model_letter is None:
            return "added"
        if self.letter is None:
            return "removed"
        return "confirmed" if self.letter == self.model_letter else "relabelled"


@dataclass(frozen=True, eq=False, slots=True)
class Review:
    """What people said about an analysis, and what the model had said.

    Attributes:
        model: the model's own answer, unchanged.
        changes: each beat that a person settled, in time order.
        settled: whether a person settled it, for each of the analysis's beats.
        authors: who said so.
        last_at: when the last of it was said.
    """

    model: Answers
    changes: tuple[BeatChange, ...]
    settled: npt.NDArray[np.bool_]
    authors: tuple[str, ...]
    last_at: datetime | None

    def count(self, kind: str) -> int:
        """Return how many beats were ``confirmed``, ``relabelled``, ``added`` or ``removed``."""
        return sum(change.kind == kind for change in self.changes)


@dataclass(frozen=True, eq=False)
class Analysis:
    """What Einthoven says about one recording. Research software, not a medical device.

    Attributes:
        recording: the recording as it was read.
        quality: one verdict a lead, in the order of ``recording.leads``.
        beats: R peaks with AAMI classes and calibrated probabilities; empty where none were found.
        rhythm: what can be counted in the beats.
        findings: answers about the whole recording.
        model: the card of the model that classified the beats.
        warnings: sentences on what the reader of this result should know.
        refusal: why no answer is given, or "" where one is.
        provenance: what made this analysis.
        measurements: intervals, axes, amplitudes and ST levels, or None where nothing was measured.
        explainer: computes ``evidence``; None where no model can be asked.
        further_models: cards of the models besides ``model`` that findings come from.
        page: what was read on the page, where the recording was digitised.
        review: where people reviewed it: what they said, and what the model alone had said. Beats, rhythm and
            findings are those after review then.
    """

    recording: Recording
    quality: tuple[LeadQuality, ...]
    beats: Beats
    rhythm: Rhythm
    findings: tuple[Finding, ...]
    model: Card
    warnings: tuple[str, ...]
    refusal: str
    provenance: Provenance
    measurements: Measurements | None = None
    explainer: Explainer | None = field(default=None, repr=False)
    further_models: tuple[Card, ...] = ()
    page: PageResult | None = field(default=None, repr=False)
    review: Review | None = field(default=None, repr=False)

    @property
    def decision(self) -> Literal["analysed", "refused"]:
        """``refused`` where no honest answer exists; ``refusal`` says why."""
        return "refused" if self.refusal else "analysed"

    @property
    def intervals(self) -> Intervals:
        """Heart rate, RR intervals, heart rate variability."""
        return Intervals(self.rhythm.heart_rate, self.rhythm.rr, self.rhythm.hrv)

    @cached_property
    def evidence(self) -> dict[str, Float32]:
        """Where the networks looked, for each present or borderline finding that they can explain.

        Finding code → float32, shape ``(n_leads, n_samples)``, 0 to 1. Computed when first asked for: it
        runs the network some hundred times, which JSON and tables need not wait for.
        """
        codes = [finding.code for finding in self.findings if _can_be_explained(finding)]
        if self.review is not None:  # a network can show why it said something, not why a person did
            its_own = {finding.code for finding in self.review.model.findings if _can_be_explained(finding)}
            codes = [code for code in codes if code in its_own]
        return self.explainer(codes) if self.explainer is not None and codes else {}

    def to_dict(self) -> dict[str, Any]:
        """Return the ``einthoven.analysis/1`` document as plain types; None where nothing can be said."""
        from einthoven.analysis_document import to_document

        return to_document(self).model_dump(mode="json", by_alias=True)

    def to_json(self) -> str:
        """Return the ``einthoven.analysis/1`` document as JSON, in one line."""
        from einthoven.analysis_document import to_document

        return to_document(self).model_dump_json(by_alias=True)

    def plot(self, start: float = 0.0, seconds: float | None = None) -> Image:
        """Return a picture on ECG paper with every beat's class; a notebook shows it by itself.

        Args:
            start: first moment, seconds from the start of the recording.
            seconds: how much; default: one page.
        """
        from einthoven.paper.render import render

        return render(self.recording, start=start, seconds=seconds, beats=self.beats, format="png")

    def save(self, path: str | Path) -> Path:
        """Write a report; the ending picks it: ``.html .png .json .csv .atr .fhir.json``. Return its path."""
        from einthoven.report import save

        return Path(save(self, path))


def _can_be_explained(finding: Finding) -> bool:
    return finding.decision in ("present", "borderline")
