"""Reports and exports of a finished analysis."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel

from einthoven.report import EXTENSIONS, file_stem
from einthoven.service.pictures import MEDIA, find_picture, list_pictures
from einthoven.service.problems import ServiceError, not_found, responses
from einthoven.service.results import EXPORTS
from einthoven.service.reviewed import mark, messages
from einthoven.service.routes.common import AnalysisId, Answer
from einthoven.service.security import Reader
from einthoven.service.service import Here
from einthoven.service.store.review import corrections_of

router = APIRouter(prefix="/analyses/{analysis_id}", tags=["exports"])

Format = Literal["html", "pdf", "png", "json", "csv", "wfdb", "fhir"]
_MEDIA: dict[str, str] = {
    "html": "text/html", "pdf": "application/pdf", "png": "image/png", "json": "application/json",
    "csv": "text/csv", "wfdb": "application/octet-stream", "fhir": "application/fhir+json",
}  # fmt: skip
# A report's own style and script run, in a page of no origin: it cannot ask the service for anything.
_REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; frame-ancestors 'self'; sandbox allow-scripts allow-downloads allow-modals"
)


class ExportFormats(BaseModel):
    """Formats that a report can be had in."""

    formats: list[Format]


@router.get("/exports", responses=responses(404, 409), summary="Formats of the report")
def list_exports(service: Here, principal: Reader, analysis_id: AnalysisId) -> ExportFormats:
    """Return the formats that a report of this analysis can be had in."""
    service.finished(analysis_id)
    return ExportFormats(formats=[kind for kind in _MEDIA if kind in EXTENSIONS])  # type: ignore[misc]


@router.get(
    "/exports/{format}",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The report",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}} for media in _MEDIA.values()
            },
        },
        **responses(404, 409),
    },
    summary="A report or export",
)
def get_export(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    format: Format,
    inline: Annotated[bool, Query(description="to be shown rather than saved")] = False,
    answer: Answer = "reviewed",
) -> FileResponse:
    """Return the report: HTML, PDF or picture for people; JSON, CSV, WFDB annotations or FHIR for programs.

    It is made when first asked for, and says whether it shows the model's answer or the one after review;
    `answer=model` gives the former. What a laboratory trains on is at `corrections/export`.
    """
    row, folder = service.finished(analysis_id)
    if format not in EXTENSIONS:
        raise ServiceError(
            422, "no-such-format", "Not in this version",
            f"Reports as {format} are not in this version; there are {', '.join(EXTENSIONS)}.",
        )  # fmt: skip
    said = messages(corrections_of(service.store, analysis_id)) if answer == "reviewed" else []
    name = f"reviewed-{mark(said)}" if said else "report"
    path = folder / EXPORTS / f"{name}{EXTENSIONS[format]}"
    if not path.exists():
        service.ask_desk("export", row, folder, format=format, out=str(path), said=said)
    return FileResponse(
        path,
        media_type=_MEDIA[format],
        filename=f"{file_stem(row.name)}{'-reviewed' if said else ''}{EXTENSIONS[format]}",
        content_disposition_type="inline" if inline else "attachment",
        headers={"Content-Security-Policy": _REPORT_POLICY} if format == "html" else None,
    )


class PictureList(BaseModel):
    """Names of the pictures: `original`, `overlay`, then `stage_…` in order."""

    names: list[str]


@router.get("/pictures", responses=responses(404, 409), summary="Pictures of a digitised page")
def list_page_pictures(service: Here, principal: Reader, analysis_id: AnalysisId) -> PictureList:
    """Return which pictures there are of the page; none where the recording is no page."""
    return PictureList(names=list_pictures(service.finished(analysis_id)[1]))


@router.get(
    "/pictures/{name}",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The picture",
            "content": {
                media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()
            },
        },
        **responses(404, 409),
    },
    summary="A picture of a digitised page",
)
def get_page_picture(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    name: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9_-]{1,60}$", examples=["overlay"])],
) -> FileResponse:
    """Return the page as it came, what was read on it, or a stage of its preprocessing."""
    folder = service.finished(analysis_id)[1]
    path = find_picture(folder, name)
    if path is None:
        raise not_found(f"picture {name!r} of this analysis")
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(path, media_type=MEDIA[path.suffix], headers=headers)
