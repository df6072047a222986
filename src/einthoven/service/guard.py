"""What every request passes before a route sees it: host, origin, size; and what every answer carries."""

from __future__ import annotations

import logging
import time
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from einthoven.service.problems import fault, note_fault, problem_response
from einthoven.service.service import Service
from einthoven.service.settings import MIB
from einthoven.service.store.tables import AuditRow, new_id

log = logging.getLogger("einthoven.access")

_SAFE = ("GET", "HEAD", "OPTIONS")
_FORM_OVERHEAD = MIB
_AUDITED_READS = ("/document", "/exports", "/pictures", "/corrections/export")  # what leaves the house
# No page of ours loads anything from elsewhere, and no other page may embed one.
_CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; media-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'; frame-src 'self'; frame-ancestors 'self'"
)
_HEADERS = {
    "content-security-policy": _CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        refusal = self._refusal(connection)
        if scope["type"] == "websocket":
            if refusal is None:
                try:
                    await self.app(scope, receive, send)
                except Exception as error:  # noqa: BLE001 - the server would log it, message and all
                    note_fault(error)
                    await send({"type": "websocket.close", "code": 1011, "reason": "a fault in the service"})
            else:
                await receive()
                await send({"type": "websocket.close", "code": 4403, "reason": refusal[1]})
            return
        await self._http(Request(scope, receive), refusal, receive, send)

    async def _http(
        self, request: Request, refusal: tuple[int, str] | None, receive: Receive, send: Send
    ) -> None:
        scope, began = request.scope, time.perf_counter()
        request.state.request_id = new_id()
        status, started = 500, False
        limit = self._limit(request)
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413, _too_large(limit))
            return message

        async def labelled(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                present = {name for name, _ in message["headers"]}
                extra = _HEADERS | {"x-request-id": request.state.request_id}
                if b"cache-control" not in present:
                    extra = extra | {"cache-control": "no-store"}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in extra.items() if k.encode() not in present),
                ]
            await send(message)

        stated = request.headers.get("content-length", "")
        try:
            if refusal is not None:
                kind = "unknown-host" if refusal[0] == 421 else "cross-origin"
                response = problem_response(refusal[0], kind, "Not from here", refusal[1], request=request)
                await response(scope, receive, labelled)
            elif stated.isdigit() and int(stated) > limit:
                response = problem_response(
                    413, "content-too-large", "Too large", _too_large(limit), request=request
                )
                await response(scope, receive, labelled)
            else:
                await self.app(scope, counted, labelled)
        except Exception as error:  # noqa: BLE001 - the server would log it, message and all
            response = fault(request, error)
            if not started:
                await response(scope, receive, labelled)
        finally:
            seconds = time.perf_counter() - began
            route = _template(scope)
            self.service.metrics.count(request.method, route, status, seconds)
            log.info(
                "%s %s %d %.0f ms %s", request.method, route, status, 1000 * seconds, request.state.request_id
            )
            if request.method not in _SAFE or any(part in route for part in _AUDITED_READS):
                await run_sync(self._audit, request, route, status)

    def _refusal(self, connection: HTTPConnection) -> tuple[int, str] | None:
        """Say why a request is not let in: it names another host, or another site's page sent it."""
        host = connection.headers.get("host", "")
        allowed = self.service.settings.host_names
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            name = ""
        if allowed and name not in allowed:
            return 421, f"The service is not called {name[:60]!r}; allowed: {', '.join(sorted(allowed))}."
        if connection.scope["type"] == "http" and connection.scope["method"] in _SAFE:
            return None
        origin = connection.headers.get("origin")
        if origin is not None and origin.partition("://")[2].lower() != host.lower():
            return 403, "The request comes from another site's page, which may not change anything here."
        if connection.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "The request comes from another site's page, which may not change anything here."
        return None

    def _limit(self, request: Request) -> int:
        settings = self.service.settings
        if request.headers.get("content-type", "").startswith("multipart/"):
            return settings.max_upload_mib * MIB + _FORM_OVERHEAD
        return settings.max_json_mib * MIB

    def _audit(self, request: Request, route: str, status: int) -> None:
        if route == "unknown":
            return
        row = AuditRow(
            actor=getattr(request.state, "actor", "unknown"),
            action=f"{request.method} {route}"[:60],
            target=str(request.scope.get("path_params", {}).get("analysis_id", ""))[:100],
            status=status,
            request_id=request.state.request_id,
        )
        try:
            with self.service.store.write() as session:
                session.add(row)
        except SQLAlchemyError as error:
            log.error("the audit trail cannot be written: %s", type(error).__name__)


def _template(scope: Scope) -> str:
    """Return the path of the route that answered, with names in place of values."""
    route: str = getattr(scope.get("route"), "path", "unknown")
    inside = scope["path"].startswith("/v1/") and not route.startswith("/v1/")
    return f"/v1{route}" if inside and route != "unknown" else route


def _too_large(limit: int) -> str:
    return (
        f"What was sent is larger than the {limit // MIB} MiB allowed here. Send a part, or change the limit."
    )
