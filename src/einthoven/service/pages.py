"""The web application's files, and the reference at ``/docs``; nothing here loads anything from elsewhere."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from einthoven._version import __version__
from einthoven.analysis_document import DISCLAIMER
from einthoven.service.problems import not_found

STATIC = Path(__file__).resolve().with_name("static")
STYLE = Path(__file__).with_name("pages.css")
_TEXT = {".html", ".js", ".css", ".svg", ".json", ".webmanifest", ".txt", ".map"}
_YEAR = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the reference of all routes."""
    return HTMLResponse(reference(request.app.openapi()))


@router.get("/docs.css")
def style() -> FileResponse:
    """Return the style of the pages made here."""
    return FileResponse(STYLE, media_type="text/css")


@router.get("/{path:path}")
def page(request: Request, path: str) -> Response:
    """Return a file of the web application; for an address within it, its one page."""
    if path.startswith(("v1/", "openapi")) or path == "v1" or "\0" in path:
        raise not_found(f"route /{path[:80]}")
    index = STATIC / "index.html"
    if not index.is_file():
        if path:
            raise not_found(f"page /{path[:80]}")
        return HTMLResponse(_unbuilt())
    wanted = (STATIC / path).resolve() if path else index
    if not wanted.is_relative_to(STATIC) or (not wanted.is_file() and wanted.suffix):
        raise not_found(f"file /{path[:80]}")
    if not wanted.is_file():
        wanted = index
    return _file(request, wanted)


def _file(request: Request, path: Path) -> Response:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    # Vite puts a hash into the names of what lies under assets.
    caching = _YEAR if path.parent.name == "assets" else "no-cache"
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    if path.suffix in _TEXT and "gzip" in request.headers.get("accept-encoding", ""):
        packed = _packed(path, path.stat().st_mtime_ns)
        return Response(packed, media_type=kind, headers=headers | {"Content-Encoding": "gzip"})
    return FileResponse(path, media_type=kind, headers=headers)


@lru_cache(maxsize=64)
def _packed(path: Path, changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9)


def _frame(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/docs.css"></head><body><main>{body}</main></body></html>'
    )


def _unbuilt() -> str:
    return _frame(
        "Einthoven",
        "<h1>Einthoven</h1><p>The service runs; the web application is not built here. With the source, "
        "<code>make serve</code> builds it (it takes Node 20 or newer), or: "
        "<code>cd web &amp;&amp; npm ci &amp;&amp; npm run build</code>.</p>"
        f'<p>The interface for programs is at <a href="/docs">/docs</a>.</p><p>{escape(DISCLAIMER)}</p>',
    )


def reference(document: dict[str, Any]) -> str:
    """Return the OpenAPI document as a page to read, without any script."""
    parts = [
        f"<h1>Einthoven {escape(__version__)}: interface</h1><p>{escape(DISCLAIMER)} For programs: "
        '<a href="/openapi.json">/openapi.json</a>. Errors are problem documents (RFC 9457).</p>'
    ]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            entries = by_tag.setdefault(operation.get("tags", ["other"])[0], [])
            entries.append(_operation(method, path, operation))
    for tag, entries in by_tag.items():
        parts.append(f"<h2>{escape(tag)}</h2>{''.join(entries)}")
    return _frame("Einthoven: interface", "".join(parts))


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = []
    for parameter in operation.get("parameters", []):
        need = ", required" if parameter.get("required") else ""
        told = parameter.get("description") or parameter["schema"].get("description", "")
        rows.append(
            f"<dt><code>{escape(parameter['name'])}</code> <small>{escape(parameter['in'])}, "
            f"{escape(_type(parameter['schema']))}{need}</small></dt><dd>{escape(told)}</dd>"
        )
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        rows.append(
            f"<dt>body <small>{escape(media)}</small></dt><dd>{escape(_type(content['schema']))}</dd>"
        )
    for status, answer in operation["responses"].items():
        kinds = "; ".join(
            f"{media} {_type(content.get('schema', {}))}"
            for media, content in answer.get("content", {}).items()
        )
        told = f"{escape(answer['description'])} <small>{escape(kinds)}</small>"
        rows.append(f"<dt>{escape(str(status))}</dt><dd>{told}</dd>")
    told = "".join(f"<p>{escape(text)}</p>" for text in operation.get("description", "").split("\n\n"))
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> "
        f"{escape(operation.get('summary', ''))}</summary>{told}<dl>{''.join(rows)}</dl></details>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(_type(one) for one in schema[several])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return str(schema.get("const", schema.get("type", "")))
