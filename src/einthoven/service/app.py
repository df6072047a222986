"""The application, put together: middleware, errors, routes, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from einthoven._version import __version__
from einthoven.analysis_document import DISCLAIMER
from einthoven.service import pages, problems
from einthoven.service.guard import Guard
from einthoven.service.problems import Problem, responses
from einthoven.service.routes import analyses, catalogue, exports, live, operation, review, signals
from einthoven.service.service import Service
from einthoven.service.settings import Settings

_DESCRIPTION = f"""\
ECG recordings in, analyses out. Every error is a problem document (RFC 9457).

{DISCLAIMER}
"""


ROUTERS = (
    analyses.router,
    signals.router,
    review.router,
    exports.router,
    catalogue.router,
    live.router,
    operation.router,
)


def make_app(settings: Settings) -> FastAPI:
    """Return the application; the worker is a process of its own (`einthoven.service.worker`).

    Raises:
        EinthovenError: the database cannot be used, or tokens are needed and there is none.
    """
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await service.watcher.close()
        service.close()

    app = FastAPI(
        title="Einthoven",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=responses(401, 403, 422),
    )
    app.state.service = service
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router, prefix="/v1")
    app.include_router(operation.health)
    app.include_router(pages.router)
    app.add_middleware(Guard, service=service)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document; errors are problem documents in it, as they are in life."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        app.openapi_schema = document
    return app.openapi_schema
