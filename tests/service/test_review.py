"""What people say about beats and findings stands beside the model's answer, on both databases."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest
from running_service import Running, ended
from sent_records import multipart, record

from einthoven.formats.wfdb.annotations import read_annotations


@pytest.fixture
def client(service: Running) -> Any:
    with service.client() as client:
        yield client


@pytest.fixture
def at(client: httpx.Client) -> str:
    """Address of a finished analysis."""
    made = ended(client, client.post("/v1/analyses", files=multipart(record())))
    assert made["status"] == "done", made
    return f"/v1/analyses/{made['id']}"


def beat(action: str, sample: int, **more: Any) -> dict[str, Any]:
    return {"subject": "beat", "action": action, "sample": sample, **more}


def test_a_correction_changes_the_beats_and_its_undoing_changes_them_back(
    client: httpx.Client, at: str
) -> None:
    before = client.get(f"{at}/beats").json()
    sample = before["samples"][2]
    made = client.post(
        f"{at}/corrections", json=beat("relabel", sample, **{"class": "S", "reviewer": "Dr. A"})
    )
    assert made.status_code == 201, made.text
    assert (made.json()["before"], made.json()["after"]) == (before["classes"][2], "S")
    assert made.json()["author"] == "Dr. A"
    after = client.get(f"{at}/beats").json()
    assert after["classes"][2] == "S"
    assert after["model_classes"] == before["classes"]
    assert after["corrected"].count(True) == 1
    undone = client.post(f"{at}/corrections/{made.json()['id']}/undo")
    assert undone.json()["undone_by"] == "local"
    assert client.get(f"{at}/beats").json() == before
    assert client.post(f"{at}/corrections/{made.json()['id']}/undo").status_code == 409
    assert len(client.get(f"{at}/corrections").json()["corrections"]) == 1


def test_beats_are_added_removed_and_confirmed(client: httpx.Client, at: str) -> None:
    samples = client.get(f"{at}/beats").json()["samples"]
    new = (samples[3] + samples[4]) // 2
    for said in (
        beat("remove", samples[1]),
        beat("add", new, **{"class": "V"}),
        beat("confirm", samples[5]),
        beat("relabel", new, **{"class": "F"}),
    ):
        assert client.post(f"{at}/corrections", json=said).status_code == 201
    found = client.get(f"{at}/beats").json()
    assert samples[1] not in found["samples"]
    where = found["samples"].index(new)
    assert (found["classes"][where], found["model_classes"][where], found["probabilities"][where]) == (
        "F",
        None,
        None,
    )
    review = client.get(f"{at}/corrections").json()
    assert (review["n_added"], review["n_removed"], review["n_reviewed"]) == (1, 1, 2)
    assert review["n_beats"] == len(samples)
    assert client.post(f"{at}/corrections/undo").json()["action"] == "relabel"


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (beat("relabel", 3, **{"class": "V"}), 409),
        (beat("add", 10**8, **{"class": "V"}), 422),
        (beat("add", 3), 422),
        (beat("relabel", 3, **{"class": "X"}), 422),
        ({"subject": "finding", "code": "nonsense", "decision": "absent"}, 422),
        ({"subject": "nothing"}, 422),
    ],
)
def test_what_cannot_be_is_refused(client: httpx.Client, at: str, said: dict[str, Any], status: int) -> None:
    answer = client.post(f"{at}/corrections", json=said)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_findings_are_decided_by_people(client: httpx.Client, at: str) -> None:
    said = {"subject": "finding", "code": "ectopy_V", "decision": "absent", "note": "artefact"}
    assert client.post(f"{at}/corrections", json=said).json()["before"] == "present"
    finding = next(f for f in client.get(f"{at}/corrections").json()["findings"] if f["code"] == "ectopy_V")
    assert (finding["model_decision"], finding["decision"]) == ("present", "absent")


def test_the_review_goes_to_the_laboratory(client: httpx.Client, at: str, tmp_path: Any) -> None:
    samples = client.get(f"{at}/beats").json()["samples"]
    client.post(f"{at}/corrections", json=beat("relabel", samples[0], **{"class": "Q"}))
    expected = client.get(f"{at}/beats").json()["classes"]
    (tmp_path / "a.atr").write_bytes(client.get(f"{at}/corrections/export/wfdb").content)
    annotations = read_annotations(tmp_path / "a.atr")
    assert list(annotations.samples[1:]) == samples
    assert list(annotations.symbols[1:]) == expected
    rows = list(csv.DictReader(io.StringIO(client.get(f"{at}/corrections/export/csv").text)))
    assert [row["class"] for row in rows] == expected
    assert rows[0]["reviewed"] == "1"
    document = client.get(f"{at}/corrections/export/json").json()
    assert document["schema"] == "einthoven.review/1"
    assert [b["class"] for b in document["beats"]] == expected
    assert len(document["corrections"]) == 1


def test_rhythm_and_findings_follow_the_review_in_document_list_and_reports(
    client: httpx.Client, at: str
) -> None:
    model = client.get(f"{at}/document").json()
    assert model["review"] is None
    assert model["rhythm"]["counts"]["V"] > 0
    ventricular = [
        s for s, c in zip(*(model["beats"][k] for k in ("samples", "classes")), strict=True) if c == "V"
    ]
    for sample in ventricular:
        said = beat("relabel", sample, **{"class": "N", "reviewer": "Dr. A"})
        assert client.post(f"{at}/corrections", json=said).status_code == 201
    after = client.get(f"{at}/document", params={"beats": False}).json()
    assert after["rhythm"]["counts"]["V"] == 0
    assert not [fact for fact in after["rhythm"]["facts"] if fact["code"].endswith("_V")]
    found = {f["code"]: f for f in after["findings"]}["ectopy_V"]
    assert found["decision"] == "absent"
    assert after["review"]["model"]["rhythm"] == model["rhythm"]
    assert after["review"]["model"]["findings"] == model["findings"]
    assert client.get(f"{at}/document", params={"answer": "model"}).json() == model
    summary = client.get(at).json()["summary"]
    assert (summary["reviewed"], summary["counts"]["V"]) == (True, 0)
    exported = client.get(f"{at}/exports/json").json()
    for part in ("rhythm", "intervals", "findings", "review"):
        assert exported[part] == after[part], part
    assert client.get(f"{at}/exports/json", params={"answer": "model"}).json()["review"] is None
    assert "After review by Dr. A" in client.get(f"{at}/exports/html").text
    for _ in ventricular:
        client.post(f"{at}/corrections/undo")
    assert client.get(f"{at}/document").json() == model
    assert client.get(at).json()["summary"]["counts"] == model["rhythm"]["counts"]
    assert "no person has reviewed it" in client.get(f"{at}/exports/html").text
