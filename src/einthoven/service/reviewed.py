"""An analysis as it stands after review: its document, its facts for the list, its reports."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from einthoven.analysis_document import AnalysisDocument, reviewed_document
from einthoven.analysis_result import Analysis, Answers
from einthoven.analysis_review import Statements, answers_after, lay_over, review_of
from einthoven.service.results import Results, answer_facts, classes_of
from einthoven.service.store.tables import CorrectionRow
from einthoven.service.windows import lay_corrections, reviewed_beats, statements


def messages(corrections: Sequence[CorrectionRow]) -> list[dict[str, Any]]:
    """Return the corrections that stand as plain types, for `analysis_after`."""
    return [
        {
            "subject": each.subject, "action": each.action, "sample": each.sample, "code": each.code,
            "after": each.after, "author": each.author, "created_at": each.created_at.isoformat(),
        }
        for each in corrections
        if each.undone_at is None
    ]  # fmt: skip


def mark(said: list[dict[str, Any]]) -> str:
    """Return a word that changes with what was said: a report made of it is good for as long."""
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def analysis_after(analysis: Analysis, said: Sequence[dict[str, Any]]) -> Analysis:
    """Return a whole analysis with corrections, as `messages` made them, laid over."""
    corrections = [
        CorrectionRow(**one | {"created_at": datetime.fromisoformat(one["created_at"])}) for one in said
    ]
    beats = lay_corrections(analysis.beats.samples, classes_of(analysis.beats), corrections)
    stand = statements(beats, corrections)
    return analysis if stand is None else lay_over(analysis, stand)


def document_after(results: Results, corrections: Sequence[CorrectionRow]) -> AnalysisDocument | None:
    """Return the document after review, or None where nothing that was said stands."""
    beats = reviewed_beats(results, corrections)
    stand = statements(beats, corrections)
    if stand is None:
        return None
    document = AnalysisDocument.model_validate(results.document())
    after = _answers(results, stand, document.refusal)
    return reviewed_document(document, after, review_of(results.answers, stand), results.signals.fs)


def without_beats(document: AnalysisDocument) -> AnalysisDocument:
    """Return a document with its lists of beats left empty, for a day's recording."""
    none: dict[str, Any] = {"samples": [], "times_s": [], "classes": [], "probabilities": None}
    return document.model_copy(update={"beats": document.beats.model_copy(update=none)})


def facts_after(results: Results, corrections: Sequence[CorrectionRow]) -> dict[str, Any]:
    """Return what the list of analyses shows of the beats, rhythm and findings that stand."""
    stand = statements(reviewed_beats(results, corrections), corrections)
    if stand is None:
        return answer_facts(results.answers) | {"reviewed": False}
    return answer_facts(_answers(results, stand, results.document()["refusal"])) | {"reviewed": True}


def _answers(results: Results, stand: Statements, refusal: str) -> Answers:
    fs = results.signals.fs
    return answers_after(results.answers, stand, fs, results.signals.n_samples / fs, results.gaps, refusal)
