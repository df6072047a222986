"""What each lead alone says: the networks that read a recording as a whole, asked once a lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from einthoven.analysis_result import Analysis
    from einthoven.models.bundle import Bundle


def lead_answers(analysis: Analysis, readers: Sequence[Bundle]) -> dict[str, Any]:
    """Return for each lead the probability of each finding when the networks see this lead and no other.

    The networks were trained with leads left out, so they can be asked; they know less from one lead than
    from twelve, and their calibration is that of twelve. So nothing is decided here.
    """
    from einthoven.analysis_findings import twelve_lead_findings

    recording = analysis.recording
    of_page = _page_answers(analysis)
    leads = []
    for i, name in enumerate(recording.leads):
        alone = [i == k for k in range(recording.n_leads)]
        answers = twelve_lead_findings(recording, readers, alone, analysis.refusal)
        known = [answer for answer in answers if answer.probability is not None]
        leads.append(
            {
                "name": name,
                "findings": [
                    {"code": a.code, "label": a.label, "probability": round(float(a.probability or 0), 4)}
                    for a in known
                ]
                + of_page.get(name, []),
                "remark": "" if known or not answers else answers[0].detail,
            }
        )
    return {"leads": leads}


def _page_answers(analysis: Analysis) -> dict[str, list[dict[str, Any]]]:
    """Return for each lead of a report page the probability of each class from that lead and the rhythm."""
    labels = {f.code: f.label for f in analysis.findings if f.code.startswith("page_")}
    if not labels:
        return {}
    from einthoven.analysis import PAGE_MODEL
    from einthoven.models.bundle import load_bundle
    from einthoven.models.report_page import classify_recording

    answer = classify_recording(analysis.recording, load_bundle(PAGE_MODEL))
    return {
        lead: [
            {"code": code, "label": label, "probability": round(chances[code.removeprefix("page_")], 4)}
            for code, label in labels.items()
        ]
        for lead, chances in answer.leads.items()
    }
