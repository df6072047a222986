"""Review: corrections of beats and findings, undo, comparison with the model, export for a laboratory."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Response
from fastapi import Path as PathParameter

from einthoven._version import __version__
from einthoven.analysis_document import AamiClass
from einthoven.recording import AAMI_CLASSES
from einthoven.report import file_stem
from einthoven.service.problems import ServiceError, conflict, not_found, responses
from einthoven.service.results import Results
from einthoven.service.reviewed import facts_after
from einthoven.service.routes.common import AnalysisId
from einthoven.service.schemas.analyses import ID
from einthoven.service.schemas.review import (
    BeatCorrection,
    Correction,
    CorrectionView,
    FindingCorrection,
    Review,
    ReviewedFinding,
)
from einthoven.service.security import LOCAL, Principal, Reader, Reviewer
from einthoven.service.service import Here
from einthoven.service.store.review import add_correction, corrections_of, undo
from einthoven.service.store.tables import CorrectionRow
from einthoven.service.windows import NOT_OF_THE_MODEL, ReviewedBeats, reviewed_beats

router = APIRouter(prefix="/analyses/{analysis_id}/corrections", tags=["review"])

CorrectionId = Annotated[str, PathParameter(pattern=r"^[0-9a-f]{32}$", examples=[ID])]
LETTERS: tuple[AamiClass, ...] = ("N", "S", "V", "F", "Q")
_KINDS = {
    "wfdb": ("application/octet-stream", ".atr"),
    "csv": ("text/csv", ".csv"),
    "json": ("application/json", ".json"),
}


def _view(row: CorrectionRow) -> CorrectionView:
    return CorrectionView.model_validate(row, from_attributes=True)


@router.get("", responses=responses(404, 409), summary="All corrections, and how they compare with the model")
def get_review(service: Here, principal: Reader, analysis_id: AnalysisId) -> Review:
    """Return corrections in order, undone ones too, and the agreement of model and people."""
    results = service.results(analysis_id)
    rows = corrections_of(service.store, analysis_id)
    beats = reviewed_beats(results, rows)
    of_model = beats.model_classes != NOT_OF_THE_MODEL
    matrix = np.zeros((len(LETTERS), len(LETTERS)), np.int64)
    np.add.at(matrix, (beats.model_classes[of_model], beats.classes[of_model]), 1)
    said = {row.code: row for row in rows if row.subject == "finding" and row.undone_at is None}
    return Review(
        corrections=[_view(row) for row in rows],
        agreement={a: {b: int(matrix[i, j]) for j, b in enumerate(LETTERS)} for i, a in enumerate(LETTERS)},
        n_beats=len(beats.samples),
        n_reviewed=int(beats.corrected.sum()),
        n_added=int((~of_model).sum()),
        n_removed=len(results.samples) - int(of_model.sum()),
        findings=[
            ReviewedFinding(
                code=finding["code"],
                label=finding["label"],
                model_decision=finding["decision"],
                decision=said[finding["code"]].after if finding["code"] in said else None,  # type: ignore[arg-type]
                author=said[finding["code"]].author if finding["code"] in said else None,
            )
            for finding in results.document()["findings"]
        ],
    )


@router.post("", status_code=201, responses=responses(404, 409), summary="Correct or confirm")
def correct(
    service: Here, principal: Reviewer, analysis_id: AnalysisId, correction: Correction
) -> CorrectionView:
    """Record what a person says about a beat or a finding; the model's answer stays beside it."""
    results = service.results(analysis_id)
    if isinstance(correction, FindingCorrection):
        row = _about_finding(results, correction)
    else:
        row = _about_beat(
            reviewed_beats(results, corrections_of(service.store, analysis_id)), results, correction
        )
    row.analysis_id = analysis_id
    row.note = correction.note
    row.author = _author(principal, correction.reviewer)
    return _view(add_correction(service.store, row, partial(facts_after, results)))


@router.post("/undo", responses=responses(404, 409), summary="Undo the last correction")
def undo_last(service: Here, principal: Reviewer, analysis_id: AnalysisId) -> CorrectionView:
    """Undo the last correction that stands; it stays in the list, marked."""
    facts = partial(facts_after, service.results(analysis_id))
    row = undo(service.store, analysis_id, None, principal.name, facts)
    if row is None:
        raise conflict("There is no correction that could be undone.")
    return _view(row)


@router.post("/{correction_id}/undo", responses=responses(404, 409), summary="Undo one correction")
def undo_one(
    service: Here, principal: Reviewer, analysis_id: AnalysisId, correction_id: CorrectionId
) -> CorrectionView:
    """Undo one correction; those after it stay."""
    rows = corrections_of(service.store, analysis_id)
    if not any(row.id == correction_id for row in rows):
        service.analysis(analysis_id)
        raise not_found(f"correction {correction_id}")
    facts = partial(facts_after, service.results(analysis_id))
    row = undo(service.store, analysis_id, correction_id, principal.name, facts)
    if row is None:
        raise conflict("The correction is undone already.")
    return _view(row)


@router.get(
    "/export/{format}",
    response_class=Response,
    responses={
        200: {
            "description": "Beats after review",
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind, _ in _KINDS.values()
            },
        },
        **responses(404, 409),
    },
    summary="Beats after review, for a laboratory",
)
def export_review(
    service: Here, principal: Reader, analysis_id: AnalysisId, format: Literal["wfdb", "csv", "json"]
) -> Response:
    """Return beats after review as a WFDB annotation file, as a table, or as JSON with the corrections."""
    row, _ = service.finished(analysis_id)
    results = service.results(analysis_id)
    rows = corrections_of(service.store, analysis_id)
    beats = reviewed_beats(results, rows)
    content: bytes | str
    if format == "wfdb":
        content = _annotations(beats)
    elif format == "csv":
        content = _table(results, beats)
    else:
        content = _json(row.name, results, beats, rows)
    media, ending = _KINDS[format]
    name = f"{file_stem(row.name)}-reviewed{ending}".encode("ascii", "replace").decode().replace("?", "_")
    return Response(
        content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _author(principal: Principal, stated: str) -> str:
    return (stated or LOCAL.name) if principal == LOCAL else principal.name


def _about_finding(results: Results, correction: FindingCorrection) -> CorrectionRow:
    known = {finding["code"]: finding["decision"] for finding in results.document()["findings"]}
    if correction.code not in known:
        raise _wrong(f"There is no finding {correction.code!r}; there are {', '.join(known) or 'none'}.")
    return CorrectionRow(
        subject="finding",
        action="decide",
        code=correction.code,
        before=known[correction.code],
        after=correction.decision,
    )


def _about_beat(beats: ReviewedBeats, results: Results, correction: BeatCorrection) -> CorrectionRow:
    sample, action, letter = correction.sample, correction.action, correction.beat_class
    at = int(np.searchsorted(beats.samples, sample))
    there = at < len(beats.samples) and int(beats.samples[at]) == sample
    if action in ("relabel", "add") and letter is None:
        raise _wrong(f"To {action} a beat takes a class; allowed: {' '.join(AAMI_CLASSES)}.")
    if action in ("remove", "confirm") and letter is not None:
        raise _wrong(f"To {action} a beat takes no class; leave it out, or relabel.")
    if action == "add":
        if there:
            raise conflict(f"There is a beat at sample {sample} already; relabel it.")
        if sample >= results.signals.n_samples:
            raise _wrong(f"Sample {sample} lies beyond the recording's {results.signals.n_samples}.")
        return CorrectionRow(subject="beat", action=action, sample=sample, before=None, after=letter)
    if not there:
        near = f" The nearest is at {beats.samples[max(0, at - 1)]}." if len(beats.samples) else ""
        raise conflict(f"There is no beat at sample {sample}.{near}")
    before = AAMI_CLASSES[int(beats.classes[at])]
    after = {"relabel": letter, "confirm": before, "remove": None}[action]
    return CorrectionRow(subject="beat", action=action, sample=sample, before=before, after=after)


def _wrong(detail: str) -> ServiceError:
    return ServiceError(422, "invalid-request", "The request is not valid", detail)


def _annotations(beats: ReviewedBeats) -> bytes:
    from einthoven.formats.wfdb.annotations import encode_annotations

    letters = [AAMI_CLASSES[i] for i in beats.classes.tolist()]
    note = f"einthoven {__version__}, after review; AAMI classes N S V F Q"
    return encode_annotations([0, *beats.samples.tolist()], ['"', *letters], [note, *[""] * len(letters)])


def _table(results: Results, beats: ReviewedBeats) -> str:
    lines = ["sample,time_s,class,model_class,reviewed"]
    columns = (beats.samples, beats.classes, beats.model_classes, beats.corrected)
    for sample, letter, model, reviewed in zip(*(c.tolist() for c in columns), strict=True):
        of_model = "" if model == NOT_OF_THE_MODEL else AAMI_CLASSES[model]
        time = sample / results.signals.fs
        lines.append(f"{sample},{time:.4f},{AAMI_CLASSES[letter]},{of_model},{int(reviewed)}")
    return "\n".join(lines) + "\n"


def _json(name: str, results: Results, beats: ReviewedBeats, rows: list[CorrectionRow]) -> str:
    document: dict[str, Any] = {
        "schema": "einthoven.review/1",
        "name": name,
        "fs": results.signals.fs,
        "model": results.document()["model"]["name"],
        "beats": [
            {
                "sample": sample,
                "class": AAMI_CLASSES[letter],
                "model_class": None if model == NOT_OF_THE_MODEL else AAMI_CLASSES[model],
                "reviewed": reviewed,
            }
            for sample, letter, model, reviewed in zip(
                beats.samples.tolist(), beats.classes.tolist(), beats.model_classes.tolist(),
                beats.corrected.tolist(), strict=True,
            )
        ],
        "corrections": [_view(row).model_dump(mode="json") for row in rows],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False)
