"""Analyses: upload, list, change, follow, cancel, retry, delete."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from einthoven.analysis_document import AamiClass, AnalysisDocument
from einthoven.service import upload as uploads
from einthoven.service.problems import ServiceError, conflict, not_found, responses
from einthoven.service.reread import read_again
from einthoven.service.results import DOCUMENT, EXPORTS, open_results, short_document
from einthoven.service.reviewed import document_after, without_beats
from einthoven.service.routes.common import AnalysisId, Answer
from einthoven.service.schemas.analyses import (
    AnalysisChange,
    AnalysisList,
    AnalysisView,
    Decision,
    ModelName,
    Name,
    Options,
    Progress,
    Rate,
    Samples,
    Status,
    TagCount,
    TagList,
    Unit,
    Word,
)
from einthoven.service.security import Reader, Reviewer
from einthoven.service.service import Here, Service
from einthoven.service.store import analyses, jobs
from einthoven.service.store.analyses import Accepted, Filter
from einthoven.service.store.review import corrections_of
from einthoven.service.store.tables import CANCELLED, FAILED, FINISHED, AnalysisRow, TagRow
from einthoven.service.views import analysis_view

router = APIRouter(prefix="/analyses", tags=["analyses"])

Wait = Annotated[
    float | None, Query(ge=0, le=30, allow_inf_nan=False, description="longest wait for the answer, seconds")
]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="the same key again gives the same analysis",
    ),
]
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": AnalysisView, "description": "Accepted; it takes longer than the wait"}
}


def _names(text: str | None, of: Any) -> list[str] | None:
    """Split names at commas and check each."""
    if text is None or not text.strip():
        return None
    words = [word.strip() for word in text.split(",") if word.strip()]
    try:
        return list(TypeAdapter(list[of]).validate_python(words))
    except ValidationError as error:
        raise ServiceError(
            422, "invalid-request", "The request is not valid", f"{text[:80]!r}: {error.errors()[0]['msg']}"
        ) from error


@router.post(
    "", status_code=201, responses=_ACCEPTED | responses(413, 415), summary="Upload files of one recording"
)
async def upload(
    service: Here,
    principal: Reviewer,
    response: Response,
    files: Annotated[list[UploadFile], File(description="files that belong together, or one zip of them")],
    name: Annotated[Name, Form(description="for people; default: the file's")] = "",
    fs: Annotated[Rate | None, Form()] = None,
    unit: Annotated[Unit | None, Form()] = None,
    leads: Annotated[str | None, Form(max_length=1000, description="names separated by commas")] = None,
    tags: Annotated[str | None, Form(max_length=1000, description="words separated by commas")] = None,
    model: Annotated[ModelName | None, Form()] = None,
    twelve_lead: Annotated[
        str | None, Form(max_length=300, description="names separated by commas, or none")
    ] = None,
    wait: Wait = None,
    key: Key = None,
) -> AnalysisView:
    """Take a recording of any format and analyse it.

    The answer is 201 with the finished analysis where that takes no longer than ``wait`` seconds (default 5),
    else 202; either way the recording is safe on the disk by then. A recording that cannot be analysed gives
    an analysis whose status is ``failed``, with the reason.
    """
    from einthoven.service.schemas.analyses import LeadName

    options = Options(
        fs=fs,
        unit=unit,
        leads=_names(leads, LeadName),
        model=model,
        twelve_lead=[] if twelve_lead == "none" else _names(twelve_lead, ModelName),
    )
    check_models(options)

    def accept() -> Accepted:
        return uploads.accept_files(
            service,
            [(file.filename or "", file.file) for file in files],
            name=name,
            options=options.model_dump(),
            tags=_names(tags, Word) or [],
            created_by=principal.name,
            request_key=None if key is None else f"{principal.name}/{key}",
        )

    return await answer(service, await run_sync(accept), wait, response)


@router.post(
    "/samples", status_code=201, responses=_ACCEPTED | responses(413), summary="Send a recording as numbers"
)
async def send_samples(
    service: Here,
    principal: Reviewer,
    response: Response,
    samples: Samples,
    wait: Wait = None,
    key: Key = None,
) -> AnalysisView:
    """Take samples as JSON and analyse them; answers as an upload does."""
    check_models(Options(model=samples.model, twelve_lead=samples.twelve_lead))

    def accept() -> Accepted:
        return uploads.accept_samples(
            service,
            samples,
            created_by=principal.name,
            request_key=None if key is None else f"{principal.name}/{key}",
        )

    return await answer(service, await run_sync(accept), wait, response)


def check_models(options: Options) -> None:
    """Refuse models that are not there, before anything is stored.

    Raises:
        BundleError: names those that are.
    """
    from einthoven.errors import BundleError, did_you_mean
    from einthoven.models.bundle import list_bundles

    names = list_bundles()
    for name in (options.model, *(options.twelve_lead or ())):
        if name is not None and name not in names:
            raise BundleError(
                f"There is no model {name!r}; allowed: {', '.join(names)}.{did_you_mean(name, names)}"
            )


async def answer(
    service: Service, accepted: Accepted, wait: float | None, response: Response
) -> AnalysisView:
    """Wait a little for an accepted analysis, then say how far it is."""
    seconds = service.settings.wait_seconds if wait is None else wait
    await service.watcher.ended(accepted.id, seconds)
    view = analysis_view(await run_sync(service.analysis, accepted.id))
    response.status_code = 201 if view.status in FINISHED else 202
    response.headers["Location"] = f"/v1/analyses/{accepted.id}"
    return view


@router.get("", summary="List, search and filter analyses")
def list_analyses(
    service: Here,
    principal: Reader,
    search: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00]*$", description="words in name, note or file names"),
    ] = None,
    status: Annotated[list[Status] | None, Query()] = None,
    decision: Decision | None = None,
    tag: Annotated[list[Word] | None, Query(description="all of these")] = None,
    created_after: AwareDatetime | None = None,
    created_before: AwareDatetime | None = None,
    min_duration_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None,
    max_duration_s: Annotated[float | None, Query(ge=0, allow_inf_nan=False)] = None,
    beats_of: Annotated[
        list[AamiClass] | None,
        Query(description="beats of all these classes were found, corrections applied"),
    ] = None,
    after: Annotated[
        str | None, Query(pattern=r"^[0-9a-f]{32}$", description="`next` of the page before")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AnalysisList:
    """Return analyses, the newest first, a page at a time."""
    wanted = Filter(
        search, None if status is None else list(status), decision, tag, created_after, created_before,
        min_duration_s, max_duration_s, None if beats_of is None else list(beats_of),
    )  # fmt: skip
    rows, total, further = analyses.find(service.store, wanted, after, limit)
    return AnalysisList(items=[analysis_view(row) for row in rows], total=total, next=further)


@router.get("/tags", summary="List tags")
def list_tags(service: Here, principal: Reader) -> TagList:
    """Return all tags in use, the most frequent first."""
    return TagList(items=[TagCount(tag=tag, n=n) for tag, n in analyses.count_tags(service.store)])


@router.get("/{analysis_id}", responses=responses(404), summary="One analysis")
def get_analysis(service: Here, principal: Reader, analysis_id: AnalysisId) -> AnalysisView:
    """Return how far an analysis is and what was found in short."""
    return analysis_view(service.analysis(analysis_id))


@router.get(
    "/{analysis_id}/document",
    response_model=AnalysisDocument,
    responses=responses(404, 409),
    summary="The einthoven.analysis/1 document",
)
def get_document(
    service: Here,
    principal: Reader,
    analysis_id: AnalysisId,
    beats: Annotated[
        bool, Query(description="false: leave the lists of beats empty, for a day's recording")
    ] = True,
    answer: Answer = "reviewed",
) -> Response:
    """Return everything that the analysis says, as the command line and the package do.

    Where people reviewed it, beats, rhythm, intervals and findings are those after review, and `review` says
    what was said and what the model alone had said; `answer=model` gives the model's document as it was.
    """
    _, folder = service.finished(analysis_id)
    if answer == "reviewed" and (rows := corrections_of(service.store, analysis_id)):
        document = document_after(open_results(folder), rows)
        if document is not None:
            if not beats:
                document = without_beats(document)
            return Response(document.model_dump_json(by_alias=True), media_type="application/json")
    path = folder / DOCUMENT if beats else short_document(folder)
    return FileResponse(path, media_type="application/json")


@router.patch("/{analysis_id}", responses=responses(404), summary="Rename, tag, annotate")
def change_analysis(
    service: Here, principal: Reviewer, analysis_id: AnalysisId, change: AnalysisChange
) -> AnalysisView:
    """Change an analysis's name, note or tags; what is left out stays."""
    with service.store.write() as session:
        row = session.get(AnalysisRow, analysis_id)
        if row is None:
            raise not_found(f"analysis {analysis_id}")
        if change.name is not None and row.result is not None:  # reports bear the name
            shutil.rmtree(service.results_folder / row.result.folder / EXPORTS, ignore_errors=True)
        row.name = row.name if change.name is None else change.name
        row.note = row.note if change.note is None else change.note
        if change.tags is not None:
            row.tags = []
            session.flush()
            row.tags = [TagRow(tag=tag) for tag in dict.fromkeys(change.tags)]
        row.search = analyses.searchable(row.name, row.note, [file.name for file in row.files])
    return analysis_view(service.analysis(analysis_id))


@router.delete("/{analysis_id}", status_code=204, responses=responses(404), summary="Delete an analysis")
def delete_analysis(service: Here, principal: Reviewer, analysis_id: AnalysisId) -> None:
    """Delete an analysis, its corrections and results, and its files unless another one has them too."""
    service.analysis(analysis_id)
    folder = analyses.delete(service.store, service.files, analysis_id)
    if folder is not None:
        shutil.rmtree(service.results_folder / folder, ignore_errors=True)


@router.post("/{analysis_id}/cancel", responses=responses(404, 409), summary="Cancel a running analysis")
def cancel(service: Here, principal: Reviewer, analysis_id: AnalysisId) -> AnalysisView:
    """End an analysis that waits or runs; one that runs ends within a second or two."""
    with service.store.write() as session:
        found = jobs.cancel(session, analysis_id)
    if found is None:
        raise not_found(f"analysis {analysis_id}")
    if found in FINISHED:
        raise conflict(f"The analysis is {found} already.")
    return analysis_view(service.analysis(analysis_id))


@router.post("/{analysis_id}/retry", status_code=202, responses=responses(404, 409), summary="Analyse again")
def retry(
    service: Here, principal: Reviewer, analysis_id: AnalysisId, options: Options | None = None
) -> AnalysisView:
    """Begin a failed or cancelled analysis anew, with other options if any are sent (a rate, a unit)."""
    if options is not None:
        check_models(options)
    changed = {} if options is None else options.model_dump(exclude_unset=True)
    with service.store.write() as session:
        found = jobs.restart(session, analysis_id, changed)
    if found is None:
        raise not_found(f"analysis {analysis_id}")
    if found not in (FAILED, CANCELLED):
        raise conflict(f"The analysis is {found}; only a failed or cancelled one can be begun anew.")
    service.queue.send(analysis_id)
    return analysis_view(service.analysis(analysis_id))


@router.post(
    "/{analysis_id}/reread",
    status_code=201,
    responses=_ACCEPTED | responses(404, 409),
    summary="Read the files again by another rate or unit",
)
async def reread(
    service: Here,
    principal: Reviewer,
    response: Response,
    analysis_id: AnalysisId,
    options: Options,
    wait: Wait = None,
) -> AnalysisView:
    """Read the files of a finished analysis again, as another analysis; the first one stays with its review.

    What is stated takes the place of what was stated before and goes before what the file says; the new
    analysis has a warning that tells so. The same options again give the same analysis. Answers as an upload
    does.
    """
    check_models(options)
    accepted = await run_sync(read_again, service, analysis_id, options, principal.name)
    return await answer(service, accepted, wait, response)


@router.get(
    "/{analysis_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: `progress` at every change, `end` at last; data: Progress",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **responses(404),
    },
    summary="Follow an analysis (server-sent events)",
)
async def follow(service: Here, principal: Reader, analysis_id: AnalysisId) -> StreamingResponse:
    """Send progress as it comes, until the analysis has ended."""
    await run_sync(service.analysis, analysis_id)

    async def events() -> AsyncIterator[str]:
        async for snapshot in service.watcher.watch(analysis_id):
            state = "cancelled" if snapshot.state == "deleted" else snapshot.state
            data = Progress.model_validate(
                {"id": analysis_id, "status": state, "stage": snapshot.stage, "progress": snapshot.progress}
            )
            yield f"event: {'end' if snapshot.ended else 'progress'}\ndata: {data.model_dump_json()}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
