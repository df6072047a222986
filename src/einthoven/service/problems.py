"""Errors as problem documents (RFC 9457): what was seen, what is allowed, what to do next."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from einthoven.errors import (
    BundleError,
    DataError,
    EinthovenError,
    FormatError,
    MissingInformationError,
    PageError,
    SignalError,
    Statable,
)

MEDIA_TYPE = "application/problem+json"
_NAMESPACE = "urn:einthoven:problem:"

log = logging.getLogger("einthoven.service")


class FieldFault(BaseModel):
    """One field of the request that is wrong."""

    where: str = Field(examples=["query.width"])
    message: str = Field(examples=["Input should be greater than 0"])


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:einthoven:problem:missing-information",
                    "title": "Information is missing",
                    "status": 422,
                    "detail": "samples.csv states no sampling rate (Hz) and has no time column.",
                    "missing": "fs",
                }
            ]
        }
    )

    type: str = Field(description="what kind of problem, for machines")
    title: str = Field(description="the kind in words")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="what was seen, what is allowed, what to do next")
    instance: str | None = Field(default=None, description="the request it is about, as in X-Request-ID")
    errors: list[FieldFault] = Field(default=[], description="fields that are wrong, if it is about fields")
    missing: Statable | None = Field(default=None, description="the field that is to be stated, if one is")


class ServiceError(Exception):
    """An answer other than success; becomes a problem document."""

    def __init__(self, status: int, kind: str, title: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.title, self.detail = status, kind, title, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def not_found(what: str) -> ServiceError:
    """There is nothing of that name."""
    return ServiceError(404, "not-found", "Not found", f"There is no {what}. It may have been deleted.")


def conflict(detail: str) -> ServiceError:
    """The state of things does not allow it."""
    return ServiceError(409, "conflict", "Not possible now", detail)


def refused(detail: str, kind: str = "unacceptable-upload") -> ServiceError:
    """What was sent cannot be taken."""
    return ServiceError(422, kind, "Cannot be taken", detail)


_KINDS: tuple[tuple[type[EinthovenError], str, str], ...] = (
    (MissingInformationError, "missing-information", "Information is missing"),
    (FormatError, "unreadable", "The file cannot be read"),
    (SignalError, "signal", "The samples cannot answer this"),
    (BundleError, "model", "The model cannot be used"),
    (DataError, "data", "The data set cannot be had"),
    (PageError, "page", "The page cannot be read"),
)


def kind_of(error: EinthovenError) -> tuple[str, str]:
    """Return an error's kind for machines and its title for people."""
    for known, kind, title in _KINDS:
        if isinstance(error, known):
            return kind, title
    return "error", "It cannot be done"


def missing_of(error: EinthovenError) -> Statable | None:
    """Return the field that is to be stated before it can be done, if one is."""
    return error.missing if isinstance(error, MissingInformationError) else None


def problem_response(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    errors: list[FieldFault] | None = None,
    missing: Statable | None = None,
    request: Request | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return the response for a problem."""
    problem = Problem(
        type=_NAMESPACE + kind,
        title=title,
        status=status,
        detail=detail,
        errors=errors or [],
        missing=missing,
    )
    if request is not None:
        problem.instance = f"urn:einthoven:request:{getattr(request.state, 'request_id', '')}"
    content: dict[str, Any] = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of the application answer with a problem document."""

    @app.exception_handler(ServiceError)
    async def _service(request: Request, error: ServiceError) -> JSONResponse:
        return problem_response(
            error.status, error.kind, error.title, error.detail, request=request, headers=error.headers
        )

    @app.exception_handler(EinthovenError)
    async def _einthoven(request: Request, error: EinthovenError) -> JSONResponse:
        kind, title = kind_of(error)
        return problem_response(422, kind, title, error.message, missing=missing_of(error), request=request)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            FieldFault(where=".".join(str(part) for part in fault["loc"]), message=fault["msg"])
            for fault in error.errors()
        ]
        told = "; ".join(f"{fault.where}: {fault.message}" for fault in faults[:5])
        return problem_response(
            422, "invalid-request", "The request is not valid", told, errors=faults, request=request
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        phrase = HTTPStatus(error.status_code).phrase
        detail = {
            404: f"There is nothing at {request.url.path}. See /docs.",
            405: f"{request.method} is not allowed at {request.url.path}. See /docs.",
        }.get(error.status_code, str(error.detail))
        headers = dict(error.headers or {})
        kind = phrase.lower().replace(" ", "-")
        return problem_response(error.status_code, kind, phrase, detail, request=request, headers=headers)


def fault(request: Request, error: Exception) -> JSONResponse:
    """Note an error that nobody expected, and return the response for it.

    Its message may hold what a file says about its patient: the log gets type and place alone.
    """
    note_fault(error)
    return problem_response(
        500, "fault", "A fault in the service",
        "The service made a mistake; it is in its log under this request's number.", request=request,
    )  # fmt: skip


def note_fault(error: Exception) -> None:
    """Write type and place of an error into the log."""
    place, trace = "", error.__traceback__
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    log.error("unexpected %s at %s", type(error).__name__, place)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the entries of the OpenAPI document for problems with these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
