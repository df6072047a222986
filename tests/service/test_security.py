"""Who is let in, what is refused at the door, what stands in the logs. In this process, without a worker."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from running_service import in_process
from sent_records import multipart, record
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from einthoven.service.security import TokenError, Tokens
from einthoven.service.serving import ServeError, check_settings
from einthoven.service.settings import Settings, is_loopback
from einthoven.service.store.database import Store

NO_WAIT = {"wait": 0}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with in_process(Settings(data=tmp_path)) as (client, _):
        yield client


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[httpx.Client, Tokens]]:
    """A service that asks for tokens."""
    with in_process(Settings(data=tmp_path, require_tokens=True)) as (client, app):
        yield client, app.state.service.tokens


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the service wrote into its log, with all traces; the test's own client logs too."""
    own = [record for record in caplog.records if not record.name.startswith(("httpx", "uvicorn.access"))]
    return "\n".join(f"{record.getMessage()} {record.exc_info} {record.exc_text}" for record in own)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_loopback_is_this_machine_alone() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "127.8.8.8", "localhost", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "10.0.0.1", "", "example.org")))


def test_another_address_needs_a_token_to_start(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, host="0.0.0.0")
    with pytest.raises(ServeError, match="einthoven serve token add"):
        check_settings(settings)
    Tokens(Store.of(settings), tmp_path).add("ward 3", "reader")
    check_settings(settings)


def test_tokens_open_what_their_role_allows(guarded: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = guarded
    reader, reviewer = tokens.add("reader", "reader"), tokens.add("reviewer", "reviewer")
    for headers in ({}, bearer("ein_wrong"), {"Authorization": "Basic YTpi"}):
        answer = client.get("/v1/analyses", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get("/v1/about", headers=bearer(reader)).json()["role"] == "reader"
    files = multipart(record())
    assert client.post("/v1/analyses", files=files, params=NO_WAIT, headers=bearer(reader)).status_code == 403
    made = client.post("/v1/analyses", files=files, params=NO_WAIT, headers=bearer(reviewer))
    assert made.status_code == 202
    assert made.json()["created_by"] == "reviewer"
    assert client.get("/v1/audit", headers=bearer(reader)).status_code == 403
    tokens.revoke("reader")
    assert client.get("/v1/about", headers=bearer(reader)).status_code == 401


def test_health_is_for_all_and_figures_are_not(guarded: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = guarded
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 401
    text = client.get("/metrics", headers=bearer(tokens.add("prometheus", "reader"))).text
    assert 'einthoven_requests_total{method="GET",route="/healthz",status="200"}' in text


def test_a_browser_keeps_its_token_where_scripts_cannot_read_it(guarded: tuple[httpx.Client, Tokens]) -> None:
    client, tokens = guarded
    assert client.post("/v1/session", json={"token": "ein_wrong"}).status_code == 401
    answer = client.post("/v1/session", json={"token": tokens.add("screen", "reader")})
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/v1/about").json()["name"] == "screen"
    client.delete("/v1/session")
    assert client.get("/v1/about").status_code == 401


def test_tokens_are_kept_as_keyed_hashes(tmp_path: Path) -> None:
    store = Store.of(Settings(data=tmp_path))
    store.migrate()
    tokens = Tokens(store, tmp_path)
    token = tokens.add("one", "reader")
    with pytest.raises(TokenError, match="already"):
        tokens.add("one", "reader")
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("einthoven.sqlite3*"))
    assert token.encode() not in kept
    if os.name != "nt":
        assert stat.S_IMODE((tmp_path / "pepper").stat().st_mode) == 0o600
    (tmp_path / "other").mkdir()
    assert Tokens(store, tmp_path).find(token) is not None
    assert Tokens(store, tmp_path / "other").find(token) is None  # the database alone is not enough


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[::1", ""])
def test_other_names_are_not_answered(client: httpx.Client, host: str) -> None:
    answer = client.get("/v1/analyses", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_sites_pages_change_nothing(client: httpx.Client) -> None:
    files = multipart(record())
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
    ):
        assert client.post("/v1/analyses", files=files, params=NO_WAIT, headers=headers).status_code == 403
    assert client.get("/v1/analyses").json()["total"] == 0
    own = client.post(
        "/v1/analyses", files=files, params=NO_WAIT, headers={"Origin": str(client.base_url).rstrip("/")}
    )
    assert own.status_code == 202


@pytest.mark.parametrize("path", ["/v1/live/simulated", "/v1/live?fs=250&leads=I"])
def test_other_sites_pages_open_no_stream(client: httpx.Client, path: str) -> None:
    address = f"ws://127.0.0.1:{client.base_url.port}{path}"
    with pytest.raises(InvalidStatus) as told, connect(address, origin=Origin("https://evil.example")):
        pass
    assert told.value.response.status_code == 403


def test_every_answer_keeps_pages_in(client: httpx.Client) -> None:
    for path in ("/", "/docs", "/v1/analyses", "/nowhere.js", "/v1/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-request-id"]


def test_pages_name_nothing_elsewhere(client: httpx.Client) -> None:
    for path in ("/", "/docs"):
        assert "//" not in client.get(path).text.replace("<!doctype html>", "").replace("://127", "")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nowhere", 404),
        ("DELETE", "/v1/analyses", 405),
        ("GET", "/v1/analyses/nonsense", 422),
        ("GET", f"/v1/analyses/{'0' * 32}", 404),
        ("GET", "/..%2f..%2fetc%2fpasswd", 404),
        ("GET", "/%00", 404),
    ],
)
def test_errors_are_problem_documents(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:einthoven:problem:")
    assert problem["title"]
    assert problem["detail"]
    assert answer.headers["x-request-id"] in problem["instance"]


def test_a_fault_tells_nothing_about_the_patient(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Jane Doe, 12.3.1951")

    monkeypatch.setattr("einthoven.service.store.analyses.find", broken)
    with caplog.at_level(logging.INFO):
        answer = client.get("/v1/analyses")
    assert answer.status_code == 500
    assert "Jane" not in answer.text
    assert "Jane" not in logged(caplog)
    assert "unexpected RuntimeError at" in logged(caplog)


def test_logs_and_audit_name_no_file_and_no_search(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        made = client.post("/v1/analyses", files=multipart(record("Doe_Jane")), params=NO_WAIT).json()
        client.get("/v1/analyses", params={"search": "Doe_Jane"})
        client.delete(f"/v1/analyses/{made['id']}")
    assert "POST /v1/analyses 202" in logged(caplog)
    assert "Doe" not in logged(caplog)
    entries = client.get("/v1/audit").json()["items"]
    assert [entry["action"] for entry in entries] == [
        "DELETE /v1/analyses/{analysis_id}",
        "POST /v1/analyses",
    ]
    assert entries[0]["target"] == made["id"]
    assert "Doe" not in str(entries)
    assert client.get("/v1/audit", params={"target": made["id"]}).json()["items"] == entries[:1]
