"""Uploads, lists, jobs: on SQLite and on PostgreSQL, against the service as it is started."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest
from running_service import Running, ended
from sent_records import multipart, record, zipped

WAIT = {"wait": 30}


def upload(client: httpx.Client, files: Any, **form: Any) -> dict[str, Any]:
    """Upload files and return the analysis when it has ended."""
    return ended(client, client.post("/v1/analyses", files=multipart(files), data=form, params=WAIT))


def followed(client: httpx.Client, analysis_id: str) -> dict[str, Any]:
    """Wait for the end of an analysis that was begun before."""
    answer = client.get(f"/v1/analyses/{analysis_id}")
    answer.status_code = 202
    return ended(client, answer)


@pytest.fixture
def client(service: Running) -> Any:
    with service.client() as client:
        yield client


def test_a_record_of_several_files_is_analysed(client: httpx.Client) -> None:
    found = upload(client, record(), tags="holter, ward 3", name="Bed 7")
    assert found["status"] == "done", found
    assert found["name"] == "Bed 7"
    assert found["tags"] == ["holter", "ward 3"]
    assert found["summary"]["counts"]["V"] > 3
    assert found["summary"]["leads"] == ["MLII", "V1"]
    document = client.get(f"/v1/analyses/{found['id']}/document").json()
    assert document["schema"] == "einthoven.analysis/1"
    assert document["beats"]["n"] == found["summary"]["n_beats"]
    assert document["recording"]["source"] == "sim.hea"
    slim = client.get(f"/v1/analyses/{found['id']}/document", params={"beats": False}).json()
    assert slim["beats"]["n"] == document["beats"]["n"]
    assert slim["beats"]["samples"] == []


def test_a_zip_gives_what_its_files_give(client: httpx.Client) -> None:
    packed = upload(client, [("record.zip", zipped(record()))])
    plain = upload(client, record())
    assert packed["summary"] == plain["summary"]


def test_samples_as_json_are_analysed(client: httpx.Client) -> None:
    from einthoven.signal.simulator import simulate

    rec = simulate(12.0, 128.0, ("II",), pattern="N", seed=2)
    signals = [[None if i < 3 else round(float(v), 3) for i, v in enumerate(rec.signals[0])]]
    body = {"signals": signals, "fs": 128, "unit": "mV", "leads": ["II"], "name": "twelve seconds"}
    answer = client.post("/v1/analyses/samples", json=body, params=WAIT)
    found = ended(client, answer)
    assert found["status"] == "done", found
    assert found["summary"]["counts"]["N"] >= 10
    assert found["summary"]["leads"] == ["II"]


def test_a_table_without_a_rate_says_so_and_can_be_retried_with_one(client: httpx.Client) -> None:
    from einthoven.signal.simulator import simulate

    values = simulate(15.0, 200.0, ("II",), pattern="N").signals[0]
    table = "II\n" + "\n".join(f"{v:.4f}" for v in values)
    found = upload(client, [("table.csv", table.encode())])
    assert found["status"] == "failed"
    assert found["problem"]["kind"] == "missing-information"
    assert "scratch" not in found["problem"]["detail"]
    assert found["problem"]["missing"] == "unit"
    # The words of the command line and of Python are theirs alone.
    assert "fs=" not in found["problem"]["detail"]
    assert "--" not in found["problem"]["detail"]
    again = client.post(f"/v1/analyses/{found['id']}/retry", json={"fs": 200, "unit": "mV"})
    assert again.status_code == 202
    assert followed(client, found["id"])["status"] == "done"
    stated = upload(client, [("table.csv", table.encode())], fs="200", unit="mV", leads="I")
    assert stated["summary"]["leads"] == ["I"]


def test_the_same_key_is_the_same_request(client: httpx.Client) -> None:
    headers = {"Idempotency-Key": f"key-{time.time_ns()}"}
    first = client.post("/v1/analyses", files=multipart(record()), headers=headers, params={"wait": 0})
    second = client.post("/v1/analyses", files=multipart(record()), headers=headers, params={"wait": 0})
    assert first.json()["id"] == second.json()["id"]


def test_lists_are_searched_filtered_and_paged(client: httpx.Client) -> None:
    tag = f"t{time.time_ns()}"
    ids = [upload(client, record(f"rec{i}"), tags=tag, name=f"Patient X{i} 100%")["id"] for i in range(3)]
    page = client.get("/v1/analyses", params={"tag": tag, "limit": 2}).json()
    assert [item["id"] for item in page["items"]] == ids[:0:-1]
    assert page["total"] == 3
    rest = client.get("/v1/analyses", params={"tag": tag, "limit": 2, "after": page["next"]}).json()
    assert [item["id"] for item in rest["items"]] == ids[:1]
    assert rest["next"] is None
    for search, n in (("patient x1", 1), ("100%", 3), ("rec2.hea", 1), ("_", 0)):
        found = client.get("/v1/analyses", params={"tag": tag, "search": search}).json()
        assert found["total"] == n, search
    assert client.get("/v1/analyses", params={"tag": tag, "status": "failed"}).json()["total"] == 0
    assert client.get("/v1/analyses", params={"tag": tag, "min_duration_s": 60}).json()["total"] == 0
    changed = client.patch(f"/v1/analyses/{ids[0]}", json={"tags": [tag, "seen"], "note": "Ask again"}).json()
    assert changed["tags"] == ["seen", tag]
    assert client.get("/v1/analyses", params={"tag": ["seen", tag], "search": "ask"}).json()["total"] == 1
    assert {"tag": tag, "n": 3} in client.get("/v1/analyses/tags").json()["items"]


def test_deleting_leaves_nothing_but_what_others_need(client: httpx.Client, service: Running) -> None:
    files = record("shared", seed=time.time_ns() % 1000)
    first, second = upload(client, files), upload(client, files)
    stored = [service.settings.data / "files" / f["sha256"][:2] / f["sha256"] for f in first["files"]]
    assert client.delete(f"/v1/analyses/{first['id']}").status_code == 204
    assert client.get(f"/v1/analyses/{first['id']}").status_code == 404
    assert all(path.exists() for path in stored)
    assert client.delete(f"/v1/analyses/{second['id']}").status_code == 204
    assert not any(path.exists() for path in stored)
    assert not list((service.settings.data / "results").glob(f"{second['id']}*"))


def test_events_tell_how_far_it_is(client: httpx.Client) -> None:
    started = client.post("/v1/analyses", files=multipart(record()), params={"wait": 0}).json()
    events = []
    with client.stream("GET", f"/v1/analyses/{started['id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: "):
                events.append(line.removeprefix("event: "))
            elif line.startswith("data: "):
                last = json.loads(line.removeprefix("data: "))
    assert events[-1] == "end"
    assert last == {"id": started["id"], "status": "done", "stage": "done", "progress": 1.0}


def test_what_runs_can_be_cancelled_and_begun_anew(client: httpx.Client) -> None:
    started = client.post("/v1/samples/simulated-hours/analyses", params={"wait": 0}).json()
    assert client.post(f"/v1/analyses/{started['id']}/retry").status_code == 409
    assert client.post(f"/v1/analyses/{started['id']}/cancel").status_code == 200
    assert followed(client, started["id"])["status"] == "cancelled"
    assert client.post(f"/v1/analyses/{started['id']}/cancel").status_code == 409
    assert client.post(f"/v1/analyses/{started['id']}/retry").json()["status"] == "waiting"
    client.post(f"/v1/analyses/{started['id']}/cancel")
    followed(client, started["id"])


def test_a_recording_without_a_signal_is_a_refusal_not_a_failure(client: httpx.Client) -> None:
    answer = client.post("/v1/samples/simulated-noise/analyses", params=WAIT)
    found = ended(client, answer)
    assert found["status"] == "done"
    assert found["summary"]["decision"] == "refused"
    assert found["sample"] == "simulated-noise"
