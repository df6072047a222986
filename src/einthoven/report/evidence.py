"""Where the networks looked: for each finding the page with the paper tinted, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from einthoven.analysis_result import Analysis, Finding
from einthoven.explain.cells import PARTS, parts_of_beats
from einthoven.paper.drawing import PAPERS, QUIET, Bar, Drawing, Text, blend
from einthoven.paper.geometry import GUTTER, Scale, Source
from einthoven.paper.marks import RELEVANCE, RELEVANCE_LINE, RELEVANCE_STEPS
from einthoven.paper.render import FOOTER, describe, filtered, scale_text
from einthoven.paper.twelve_lead import PageLayout, draw_page
from einthoven.recording import Float32

# Hz, zero phase: fit for ST segments by AHA/ACCF/HRS 2007 (doi 10.1161/CIRCULATIONAHA.106.180200).
BAND = (0.5, 150.0)
PAGE_S = 10.0
FOUR_COLUMNS_S = 7.0  # below this, four columns would show less than two beats each: there are two
MOST_NAMED = 4
LEAST_SHARE = 0.05
METHOD = (
    "Each part of the heart beat was wiped out in each lead, the isoelectric line put in its place, and the "
    "network asked again: the more the answer lost, the deeper the tint. It shows what the network used, "
    "which is not always where the heart is ill."
)


@dataclass(frozen=True, eq=False)
class Evidence:
    """One finding, where its network looked, and the shares of leads and parts of the beat, highest first."""

    finding: Finding
    relevance: Float32
    leads: tuple[tuple[str, float], ...]
    parts: tuple[tuple[str, float], ...]

    @property
    def words(self) -> str:
        """The shares in a sentence."""
        if not self.leads:
            return "No single stretch of a lead mattered: wiping any of them out changed nothing."
        said = f"Leads: {_named(self.leads)}."
        return f"{said} Parts of the beat: {_named(self.parts)}." if self.parts else said


def gather(analysis: Analysis) -> list[Evidence]:
    """Return the evidence for each present or borderline finding that has any, in the findings' order."""
    recording, beats = analysis.recording, analysis.beats
    maps = analysis.evidence
    part = parts_of_beats(beats.samples, recording.n_samples, recording.fs) if len(beats) else None
    found = []
    for finding in analysis.findings:
        relevance = maps.get(finding.code)
        if relevance is None:
            continue
        total = float(relevance.sum())
        leads = _shares(recording.leads, relevance.sum(axis=1), total)
        parts: tuple[tuple[str, float], ...] = ()
        if part is not None:
            by_time = relevance.sum(axis=0, dtype=np.float64)
            of_part = np.array([by_time[part == code].sum() for code in range(len(PARTS))])
            parts = _shares(PARTS, of_part, total)
        found.append(Evidence(finding, relevance, leads, parts))
    return found


def page(analysis: Analysis, evidence: Evidence | None = None) -> Drawing:
    """Return the 12-lead page of the first 10 s, with beats marked, or tinted with evidence and a legend."""
    recording = analysis.recording
    seconds = min(PAGE_S, recording.duration)
    source = Source(recording, filtered(recording, BAND), None if evidence else analysis.beats)
    label = f"Where the network looked: {evidence.finding.label}" if evidence else "12-lead page"
    # A short record shares its time among the columns, so that no lead stays empty.
    scale = Scale(seconds=seconds, right=(PAGE_S - seconds) * Scale().speed)
    drawing = Drawing(Scale().width, 0.0, PAPERS["pink"], f"{label}. {describe(source, 0.0, seconds)}")
    layout = PageLayout(3, 4, 1) if seconds >= FOUR_COLUMNS_S else PageLayout(6, 2, 1)
    relevance = evidence.relevance if evidence else None
    y = draw_page(drawing, 0.0, source, layout, scale, 0.0, seconds, relevance)
    drawing.height = y + FOOTER
    text = scale_text(scale.speed, scale.gain, BAND, recording.fs)
    drawing.add(Text(drawing.width - 1.5, y + 4.2, text, 2.8, "end", QUIET))
    if evidence:
        _legend(drawing, y)
    return drawing


def _legend(drawing: Drawing, y: float) -> None:
    x = GUTTER
    drawing.add(Text(x, y + 4.2, "Weight for the finding:", 2.8, colour=QUIET))
    x += 33.0
    for i, ((low, share), word) in enumerate(
        zip(RELEVANCE_STEPS, ("some", "much", "most, underlined"), strict=True)
    ):
        drawing.add(Bar(x, y + 1.4, 7.0, 3.6, blend(RELEVANCE, drawing.paper.ground, share)))
        if i == len(RELEVANCE_STEPS) - 1:
            drawing.add(Bar(x, y + 4.0, 7.0, 1.0, RELEVANCE_LINE))
        text = f"{word} ({low:g} of the highest or more)" if i == 0 else f"{word} ({low:g})"
        drawing.add(Text(x + 8.5, y + 4.2, text, 2.8, colour=QUIET))
        x += 10.0 + 1.55 * len(text)


def _shares(
    names: tuple[str, ...], weights: npt.NDArray[np.floating], total: float
) -> tuple[tuple[str, float], ...]:
    if total <= 0:
        return ()
    order = np.argsort(-weights, kind="stable")
    return tuple((names[i], float(weights[i] / total)) for i in order.tolist() if weights[i] > 0)


def _named(shares: tuple[tuple[str, float], ...]) -> str:
    first = [share for share in shares[:MOST_NAMED] if share[1] >= LEAST_SHARE]
    return ", ".join(f"{name} {100 * share:.0f} %" for name, share in first)
