"""The OpenAPI document is what the service does: every route is asked anything, and keeps to its word."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from running_service import Running, ended
from schemathesis import checks
from sent_records import multipart, record

from einthoven.service.app import make_app
from einthoven.service.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLES = int(os.environ.get("EINTHOVEN_SCHEMATHESIS_EXAMPLES", "6"))
SECONDS = float(os.environ.get("EINTHOVEN_SCHEMATHESIS_SECONDS", "60"))


def test_the_document_in_the_repository_is_current(tmp_path: Path) -> None:
    """The web application gets its types from it; renew it with `python -m einthoven.service.openapi`."""
    path = ROOT / "web" / "openapi.json"
    if not path.exists():
        pytest.skip("web/ is not here: this is not the whole repository")
    written: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(make_app(Settings(data=tmp_path)).openapi()))


def test_every_operation_says_what_it_answers(tmp_path: Path) -> None:
    document = make_app(Settings(data=tmp_path)).openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            for status, answer in operation["responses"].items():
                if status in ("204",):
                    continue
                assert answer["content"], (method, path, status)
                if int(status) >= 400:
                    assert set(answer["content"]) == {"application/problem+json"}


def test_the_service_keeps_to_its_document(sqlite_service: Running) -> None:
    with sqlite_service.client() as client:
        made = ended(client, client.post("/v1/analyses", files=multipart(record())))
        assert made["status"] == "done"
        document = client.get("/openapi.json").json()
        _with_a_real_analysis(document, made["id"])
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=sqlite_service.url)
        operations = [found.ok() for found in schema.get_all_operations()]
        faults: list[str] = []
        for operation in operations:
            _ask(operation, time.monotonic() + SECONDS / len(operations), faults)
        assert not faults, "\n\n".join(faults)
        assert client.get("/readyz").status_code == 200


def _ask(operation: Any, until: float, faults: list[str]) -> None:
    """Call one operation with generated requests, once at least and not for ever."""
    asked, at_fault = 0, False
    settings = hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip

    @settings
    @hypothesis.given(case=operation.as_strategy())
    def call(case: Any) -> None:
        nonlocal asked, at_fault
        if at_fault or (asked and time.monotonic() > until):
            return
        if operation.path.endswith("/analyses") and operation.path.startswith("/v1/samples"):
            case.path_parameters["sample_id"] = (
                "simulated-n"  # public ones would be asked for over the network
            )
        if case.query is not None and "wait" in operation.query:
            case.query["wait"] = 0
        asked += 1
        try:
            response = case.call(timeout=60)
            case.validate_response(
                response, checks=(checks.not_a_server_error, checks.status_code_conformance,
                                  checks.content_type_conformance, checks.response_schema_conformance,
                                  checks.response_headers_conformance),
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - every kind of failure is what is looked for
            at_fault = True
            faults.append(f"{operation.method} {operation.path}: {type(error).__name__}: {error}"[:1500])

    call()
    assert asked, f"{operation.method} {operation.path} was not asked"


def _with_a_real_analysis(document: dict[str, Any], analysis_id: str) -> None:
    """Let half of the requests be about an analysis that is there, except those that would delete it."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                if parameter["name"] == "analysis_id" and method != "delete" and "cancel" not in path:
                    parameter["schema"] = {
                        "anyOf": [{"const": analysis_id}, {"type": "string", "pattern": "^[0-9a-f]{32}$"}]
                    }


def test_requests_are_answered_after_all_that(sqlite_service: Running) -> None:
    assert httpx.get(f"{sqlite_service.url}/healthz", timeout=30).json()["status"] == "ok"
