"""Files of a finished analysis are read again by another unit or rate; the first reading stays as it was."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from running_service import Running, ended
from sent_records import multipart, record

from einthoven.signal.simulator import simulate

WAIT = {"wait": 30}


@pytest.fixture
def client(service: Running) -> Any:
    with service.client() as client:
        yield client


def table(unit: str = "") -> bytes:
    """Twelve seconds of microvolt as a table that says nothing of it, or something."""
    values = 1000 * simulate(12.0, 200.0, ("II",), pattern="NNNV", seed=3).signals[0]
    return f"II{unit}\n".encode() + "\n".join(f"{v:.1f}" for v in values).encode() + b"\n"


def upload(client: httpx.Client, content: bytes, **form: str) -> dict[str, Any]:
    files = [("files", ("strip.csv", content))]
    return ended(client, client.post("/v1/analyses", files=files, data=form, params=WAIT))


def again(client: httpx.Client, analysis: dict[str, Any], **options: Any) -> dict[str, Any]:
    return ended(client, client.post(f"/v1/analyses/{analysis['id']}/reread", json=options, params=WAIT))


def document(client: httpx.Client, analysis: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/analyses/{analysis['id']}/document").json()
    return found


def test_a_unit_stated_wrongly_is_put_right_by_another_reading(client: httpx.Client) -> None:
    first = upload(client, table(), fs="200", unit="mV", tags="ward 3", name="Bed 4")
    assert first["summary"]["height_ratio"] > 200
    assert any("state the right unit" in each for each in document(client, first)["warnings"])
    before = document(client, first)
    second = again(client, first, unit="uV")
    assert second["id"] != first["id"]
    assert second["summary"]["height_ratio"] is None
    assert second["summary"]["counts"]["N"] >= 5
    assert (second["name"], second["tags"], second["files"]) == ("Bed 4", ["ward 3"], first["files"])
    assert (second["options"]["fs"], second["options"]["unit"]) == (200, "uV")
    assert (second["reread_of"], second["reread_as"]) == (first["id"], None)
    # The first reading stays what it was, and knows of the second.
    assert client.get(f"/v1/analyses/{first['id']}").json() == first | {"reread_as": second["id"]}
    assert document(client, first) == before


def test_a_file_that_states_the_wrong_unit_is_overruled_and_the_answer_says_so(client: httpx.Client) -> None:
    first = upload(client, table("_mV"), fs="200")
    second = again(client, first, unit="uV", fs=250)
    assert second["summary"]["height_ratio"] is None
    told = document(client, second)
    assert told["recording"]["fs"] == 250
    assert "Read in uV as asked, against the file, which states mV for II." in told["warnings"]
    assert not any("Hz as asked" in each for each in told["warnings"])  # it states no rate


def test_corrections_stay_with_the_reading_that_they_were_made_on(client: httpx.Client) -> None:
    first = ended(client, client.post("/v1/analyses", files=multipart(record(seed=41)), params=WAIT))
    at = f"/v1/analyses/{first['id']}"
    sample = client.get(f"{at}/beats").json()["samples"][2]
    said = {"subject": "beat", "action": "relabel", "sample": sample, "class": "F", "reviewer": "Dr. A"}
    assert client.post(f"{at}/corrections", json=said).status_code == 201
    second = again(client, first, fs=360)
    assert second["summary"]["fs"] == 360
    assert "against the file, which states 250 Hz" in " ".join(document(client, second)["warnings"])
    assert document(client, second)["review"] is None
    assert client.get(f"{at}/corrections").json()["corrections"][0]["author"] == "Dr. A"
    assert document(client, first)["review"]["authors"] == ["Dr. A"]
    trail = client.get("/v1/audit", params={"limit": 50}).json()["items"]
    assert any(each["target"] == first["id"] and each["action"].endswith("/reread") for each in trail)


def test_the_same_request_again_is_the_same_reading(client: httpx.Client) -> None:
    first = ended(client, client.post("/v1/analyses", files=multipart(record(seed=42)), params=WAIT))
    made = [client.post(f"/v1/analyses/{first['id']}/reread", json={"unit": "V"}) for _ in range(3)]
    assert len({each.json()["id"] for each in made}) == 1
    other = client.post(f"/v1/analyses/{first['id']}/reread", json={"unit": "nV"}).json()
    assert other["id"] != made[0].json()["id"]
    for each in (made[0].json(), other):
        ended(client, httpx.Response(202, json=each))
    assert client.get(f"/v1/analyses/{first['id']}").json()["reread_as"] == other["id"]
    # Deleting one leaves the others, and the files, which are theirs too.
    assert client.delete(f"/v1/analyses/{other['id']}").status_code == 204
    assert client.get(f"/v1/analyses/{first['id']}").json()["reread_as"] is None
    assert client.delete(f"/v1/analyses/{first['id']}").status_code == 204
    left = client.get(f"/v1/analyses/{made[0].json()['id']}").json()
    assert (left["status"], left["reread_of"]) == ("done", None)
    assert again(client, left, unit="mV")["status"] == "done"


def test_what_cannot_be_read_again_says_why(client: httpx.Client) -> None:
    first = upload(client, table(), fs="200", unit="mV")
    at = f"/v1/analyses/{first['id']}/reread"
    assert client.post(at, json={"fs": 200, "unit": "mV"}).status_code == 409
    assert client.post(at, json={"unit": "kg"}).status_code == 422
    empty = client.post(at, json={})
    assert (empty.status_code, "Nothing was stated" in empty.json()["detail"]) == (422, True)
    failed = upload(client, table())
    unfinished = client.post(f"/v1/analyses/{failed['id']}/reread", json={"unit": "uV"})
    assert (unfinished.status_code, "retried" in unfinished.json()["detail"]) == (409, True)
    assert client.post(f"/v1/analyses/{'0' * 32}/reread", json={"unit": "uV"}).status_code == 404
