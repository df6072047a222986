"""Is it alive, is it ready, how does it fare; who am I, who did what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from einthoven._version import __version__
from einthoven.analysis_document import DISCLAIMER
from einthoven.service.problems import ServiceError, responses
from einthoven.service.security import COOKIE, Reader, Reviewer, Role
from einthoven.service.service import Here
from einthoven.service.store.jobs import count_by_state
from einthoven.service.store.tables import AuditRow

health = APIRouter(tags=["operation"])
router = APIRouter(tags=["operation"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = __version__


class Limits(BaseModel):
    """What an upload may be."""

    max_upload_bytes: int
    max_json_bytes: int
    max_files: int
    max_unpacked_bytes: int
    job_seconds: float


class About(BaseModel):
    """The service and who asks it."""

    version: str = __version__
    disclaimer: str = DISCLAIMER
    name: str = Field(description="who asks")
    role: Role
    tokens_needed: bool
    limits: Limits


class AuditEntry(BaseModel):
    """One thing that somebody did."""

    id: str
    at: datetime
    actor: str
    action: str = Field(examples=["DELETE /v1/analyses/{analysis_id}"])
    target: str = Field(description="the analysis it was done to, if it was done to one")
    status: int
    request_id: str


class AuditList(BaseModel):
    items: list[AuditEntry]
    next: str | None = Field(description="value of `after` for the next page; null on the last one")


class Login(BaseModel):
    token: str = Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")


@health.get("/healthz", summary="Alive?")
def alive() -> Health:
    """Answer whenever the process lives."""
    return Health()


@health.get("/readyz", responses=responses(503), summary="Ready?")
def ready(service: Here) -> Health:
    """Answer 200 when the database and the folder of files can be used."""
    try:
        service.store.ping()
        service.files.root.stat()
    except (SQLAlchemyError, OSError) as error:
        raise ServiceError(
            503,
            "not-ready",
            "Not ready",
            f"The database or the folder of files cannot be used ({type(error).__name__}).",
        ) from error
    return Health()


@health.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus's text format",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    summary="Figures for Prometheus",
)
def metrics(service: Here, principal: Reader) -> Response:
    """Return requests, times, analyses by state, and the length of the queue."""
    text = service.metrics.text(count_by_state(service.store), service.queue.length(), service.live_sessions)
    return Response(text, media_type="text/plain; version=0.0.4")


@router.get("/about", summary="The service, its limits, and who asks")
def about(service: Here, principal: Reader) -> About:
    """Return version, limits, and the name and role of the sender."""
    settings = service.settings
    return About(
        name=principal.name,
        role=principal.role,
        tokens_needed=settings.tokens_needed,
        limits=Limits(
            max_upload_bytes=settings.max_upload_mib << 20,
            max_json_bytes=settings.max_json_mib << 20,
            max_files=settings.max_files,
            max_unpacked_bytes=settings.max_unpacked_mib << 20,
            job_seconds=settings.job_seconds,
        ),
    )


@router.post("/session", status_code=204, responses=responses(401), summary="Log a browser in")
def log_in(service: Here, response: Response, login: Login) -> None:
    """Keep a token in a cookie that scripts cannot read, for a browser's events and live streams."""
    if service.tokens.find(login.token) is None:
        raise ServiceError(401, "unauthorized", "Not a good token", "The token is unknown or was revoked.")
    response.set_cookie(
        COOKIE,
        login.token,
        httponly=True,
        samesite="strict",
        secure=service.settings.secure_cookies,
        path="/",
    )


@router.delete("/session", status_code=204, summary="Log a browser out")
def log_out(response: Response) -> None:
    """Forget the cookie."""
    response.delete_cookie(COOKIE, path="/")


@router.get("/audit", responses=responses(403), summary="Who did what")
def list_audit(
    service: Here,
    principal: Reviewer,
    target: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$", description="an analysis")] = None,
    after: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditList:
    """Return the audit trail, the newest first: every change and every reading of a recording or report."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit + 1)
    if target is not None:
        query = query.where(AuditRow.target == target)
    if after is not None:
        query = query.where(AuditRow.id < after)
    with service.store.read() as session:
        rows = list(session.scalars(query))
    items = [
        AuditEntry(
            id=row.id, at=row.at, actor=row.actor, action=row.action, target=row.target, status=row.status,
            request_id=row.request_id,
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return AuditList(items=items, next=items[-1].id if len(rows) > limit else None)
