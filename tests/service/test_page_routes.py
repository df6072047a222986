"""Pictures of paper, digitised and shown beside what was read; and the pages of the service itself."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_service import Running, ended, in_process
from sent_records import multipart

from einthoven.paper.render import render
from einthoven.recording import STANDARD_LEADS
from einthoven.service import pages
from einthoven.service.settings import Settings
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def page() -> bytes:
    """A picture of twelve leads on paper."""
    recording = simulate(10.0, 500.0, STANDARD_LEADS, seed=1, baseline_mv=0.0)
    buffer = io.BytesIO()
    render(recording, layout="3x4+1", format="png").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_picture_of_paper_is_digitised_and_shown_beside_what_was_read(
    sqlite_service: Running, page: bytes
) -> None:
    with sqlite_service.client() as client:
        made = ended(client, client.post("/v1/analyses", files=multipart([("page.png", page)])))
        assert made["kind"] == "page"
        assert made["status"] == "done", made["problem"]
        assert made["summary"]["has_pictures"]
        at = f"/v1/analyses/{made['id']}"
        names = client.get(f"{at}/pictures").json()["names"]
        assert names[:2] == ["original", "overlay"]
        for name in names:
            picture = client.get(f"{at}/pictures/{name}")
            mark = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff\xe0"}
            assert picture.content[:4] == mark[picture.headers["content-type"]]
        assert client.get(f"{at}/pictures/none").status_code == 404
        document = client.get(f"{at}/document").json()
        assert document["page"]["layout"]
        alone = client.get(f"{at}/lead-answers").json()["leads"]
        assert [lead["name"] for lead in alone] == document["recording"]["leads"]
        of_networks = {f["code"] for f in document["findings"] if not f["code"].startswith("ectopy")}
        assert {f["code"] for f in alone[1]["findings"]} == of_networks
        assert client.get(f"{at}/lead-answers").json()["leads"] == alone
        assert client.get(f"{at}/exports/json").json()["page"] == document["page"]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with in_process(Settings(data=tmp_path / "data")) as (client, _):
        yield client


@pytest.fixture
def static(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for the web application's build."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>the application</title>")
    (folder / "assets" / "main-abc123.js").write_text("export const x = 1;" * 100)
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(pages, "STATIC", folder)
    return folder


def test_every_address_within_the_application_is_its_page(client: httpx.Client, static: Path) -> None:
    for path in ("/", "/analyses/0198", "/live"):
        answer = client.get(path)
        assert "the application" in answer.text
        assert answer.headers["cache-control"] == "no-cache"


def test_files_of_the_application_are_small_and_kept(client: httpx.Client, static: Path) -> None:
    answer = client.get("/assets/main-abc123.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.text.startswith("export")
    plain = client.get("/assets/main-abc123.js", headers={"Accept-Encoding": "identity"})
    assert plain.text == answer.text
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/no.js"]
)
def test_nothing_else_is_served(client: httpx.Client, static: Path, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.json()["title"]


def test_without_the_application_the_page_says_how_to_build_it(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "STATIC", tmp_path / "nothing")
    assert "make serve" in client.get("/").text
    assert client.get("/other").status_code == 404


def test_the_reference_lists_every_route_without_a_script(client: httpx.Client) -> None:
    text = client.get("/docs").text
    document: dict[str, Any] = client.get("/openapi.json").json()
    for path in document["paths"]:
        assert f"<code>{path}</code>" in text
    assert "<script" not in text
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert client.get("/docs.css").headers["content-type"].startswith("text/css")
