"""Which stretches of a long recording are worth a true-scale strip, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from einthoven.analysis_result import Analysis
from einthoven.paper.geometry import clock
from einthoven.paper.marks import UNSURE_BELOW
from einthoven.recording import AAMI_CLASSES
from einthoven.signal.rhythm import RhythmFact

STRIP_S = 10.0
MOST_STRIPS = 24
LEAD_IN_S = 2.0
MARGIN_S = 0.3  # a beat this near the border of a strip is not shown well
LEAST_CERTAIN = 4

# What to show of each kind of fact, the most telling first.
_KINDS = (
    ("run_V", ("longest", "fastest", "first")),
    ("pause", ("longest", "first")),
    ("run_S", ("longest", "fastest", "first")),
    ("couplet_V", ("first", "fastest")),
    ("bigeminy_V", ("longest",)),
    ("couplet_S", ("first", "fastest")),
    ("tachycardia", ("fastest",)),
    ("bradycardia", ("slowest",)),
    ("trigeminy_V", ("longest",)),
    ("bigeminy_S", ("longest",)),
    ("trigeminy_S", ("longest",)),
)


@dataclass(frozen=True, slots=True)
class Highlight:
    """A stretch of ``STRIP_S`` seconds from ``start`` and why it is shown."""

    start: float
    reasons: tuple[str, ...]


def choose_highlights(analysis: Analysis, most: int = MOST_STRIPS) -> list[Highlight]:
    """Return the most telling stretches, in time order.

    Taken in this order until there are ``most``: runs, pauses, couplets, bigeminy, fast and slow stretches;
    the surest and the first beat of each class; the least certain beats. What falls into a strip that is
    already there becomes one more reason to show it.
    """
    chosen: list[tuple[float, list[str]]] = []
    total = analysis.recording.duration
    latest = max(0.0, total - STRIP_S)
    for onset, length, reason in _candidates(analysis):
        end = min(total, onset + min(length, STRIP_S - LEAD_IN_S) + MARGIN_S)
        begin = max(0.0, onset - MARGIN_S)
        home = next((c for c in chosen if c[0] <= begin and end <= c[0] + STRIP_S + 0.05), None)
        if home is not None:
            home[1].append(reason)
        elif len(chosen) < most:
            before = LEAD_IN_S if length > STRIP_S / 2 else (STRIP_S - length) / 2
            chosen.append((float(np.floor(10 * min(latest, max(0.0, onset - before))) / 10), [reason]))
    return [Highlight(start, tuple(dict.fromkeys(reasons))) for start, reasons in sorted(chosen)]


def _candidates(analysis: Analysis) -> Iterator[tuple[float, float, str]]:
    """Yield onset, duration and reason, the most telling first."""
    for code, ways in _KINDS:
        facts = [fact for fact in analysis.rhythm.of(code) if fact.onset_s is not None]
        shown: list[RhythmFact] = []
        for way in ways:
            if facts and (fact := extreme(facts, way)) not in shown:
                shown.append(fact)
                rank = f" ({way} of {len(facts)})" if len(facts) > 1 else ""
                yield fact.onset_s or 0.0, fact.duration_s or 0.0, f"{fact.label}{rank}: {fact.detail}"
    yield from _beats_of_each_class(analysis)
    yield from _least_certain(analysis)


def extreme(facts: list[RhythmFact], way: str) -> RhythmFact:
    """Return the ``longest``, ``fastest``, ``slowest`` or ``first`` fact."""
    match way:
        case "longest":
            return max(facts, key=lambda fact: (fact.n_beats, fact.duration_s or 0.0))
        case "fastest":
            return max(facts, key=lambda fact: fact.rate_bpm or 0.0)
        case "slowest":
            return min(facts, key=lambda fact: fact.rate_bpm or np.inf)
        case _:
            return facts[0]


def _beats_of_each_class(analysis: Analysis) -> Iterator[tuple[float, float, str]]:
    beats, fs = analysis.beats, analysis.recording.fs
    for letter in ("V", "S", "F", "Q", "N"):
        members = np.flatnonzero(beats.classes == letter)
        if not members.size:
            continue
        review = analysis.review
        asked = members if review is None else members[~review.settled[members]]
        if beats.probabilities is not None and asked.size:
            chances = beats.probabilities[asked, AAMI_CLASSES.index(letter)]
            surest = int(asked[int(chances.argmax())])
            yield beats.samples[surest] / fs, 0.0, f"Surest {letter} beat (probability {chances.max():.2f})"
        if letter != "N":
            yield beats.samples[members[0]] / fs, 0.0, f"First {letter} beat"


def _least_certain(analysis: Analysis) -> Iterator[tuple[float, float, str]]:
    beats, fs = analysis.beats, analysis.recording.fs
    if beats.probabilities is None or not len(beats):
        return
    best = beats.probabilities.max(axis=1)
    for beat in np.argsort(best, kind="stable")[:LEAST_CERTAIN].tolist():
        if best[beat] < UNSURE_BELOW:
            at = beats.samples[beat] / fs
            text = f"{beats.classes[beat]} with probability {best[beat]:.2f}"
            yield at, 0.0, f"Uncertain beat at {clock(at)}: {text}"
