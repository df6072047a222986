"""What a viewer asks for: windows, beats, trends, waves; reports and review."""

from __future__ import annotations

import struct
from typing import Any

import httpx
import numpy as np
import pytest
from running_service import Running, ended
from sent_records import multipart, record

from einthoven.signal.simulator import simulate

HOW: dict[str, Any] = {"duration": 30.0, "fs": 250.0, "pattern": "NNNV", "seed": 4}


@pytest.fixture(scope="module")
def client(sqlite_service: Running) -> Any:
    with sqlite_service.client() as client:
        yield client


@pytest.fixture(scope="module")
def at(client: httpx.Client) -> str:
    """Address of a finished analysis."""
    made = ended(client, client.post("/v1/analyses", files=multipart(record(**HOW))))
    assert made["status"] == "done", made
    return f"/v1/analyses/{made['id']}"


def test_a_window_of_signals_is_the_recording(client: httpx.Client, at: str) -> None:
    info = client.get(f"{at}/signals/info").json()
    assert (info["fs"], info["leads"], info["n_samples"]) == (250.0, ["MLII", "V1"], 7500)
    answer = client.get(f"{at}/signals", params={"start": 2, "end": 4, "width": 400, "leads": ["V1"]})
    assert answer.headers["content-type"] == "application/vnd.einthoven.tile"
    assert "immutable" in answer.headers["cache-control"]
    leads, columns, depth = struct.unpack_from("<HIH", answer.content, 6)
    assert (leads, columns, depth) == (1, 500, 1)
    (step,) = struct.unpack_from("<f", answer.content, 32)
    shown = np.frombuffer(answer.content, "<i2", offset=36) * step
    np.testing.assert_allclose(shown, simulate(**HOW).signals[1, 500:1000], atol=0.003)


@pytest.mark.parametrize(
    ("query", "said"),
    [({"start": 40}, "holds nothing"), ({"leads": "V9"}, "it has MLII, V1"), ({"width": 0}, "query.width")],
)
def test_windows_that_hold_nothing_are_told(
    client: httpx.Client, at: str, query: dict[str, Any], said: str
) -> None:
    answer = client.get(f"{at}/signals", params=query)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_beats_are_those_of_the_window(client: httpx.Client, at: str) -> None:
    truth = simulate(**HOW).beats
    assert truth is not None
    found = client.get(f"{at}/beats", params={"start": 5, "end": 15}).json()
    inside = truth.samples[(truth.samples >= 1250) & (truth.samples < 3750)]
    assert len(found["samples"]) == found["total"] == len(inside)
    assert np.abs(np.array(found["samples"]) - inside).max() <= 4
    assert all(p > 0.3 for p in found["probabilities"])
    only = client.get(f"{at}/beats", params={"classes": "V", "limit": 2}).json()
    assert only["classes"] == ["V", "V"]
    assert not only["complete"]
    assert only["total"] == int((truth.classes == "V").sum())


def test_all_beats_at_once_are_those_of_the_windows(client: httpx.Client, at: str) -> None:
    answer = client.get(f"{at}/beats/all")
    assert answer.headers["content-type"] == "application/vnd.einthoven.beats"
    mark, version, _, n, fs = struct.unpack_from("<4sHHId", answer.content)
    assert (mark, version, fs) == (b"EIBT", 1, 250.0)
    assert len(answer.content) == 20 + 9 * n
    samples = np.frombuffer(answer.content, "<i4", n, 20)
    chances = np.frombuffer(answer.content, "<u2", n, 20 + 4 * n) / 10_000
    classes, model, said = np.frombuffer(answer.content, "u1", 3 * n, 20 + 6 * n).reshape(3, n)
    listed = client.get(f"{at}/beats").json()
    assert samples.tolist() == listed["samples"]
    assert ["NSVFQ"[i] for i in classes] == listed["classes"]
    assert ["NSVFQ"[i] for i in model] == listed["model_classes"]
    assert said.astype(bool).tolist() == listed["corrected"]
    np.testing.assert_allclose(chances, listed["probabilities"], atol=1e-4)


def test_analyses_are_found_by_the_beats_in_them(client: httpx.Client, at: str) -> None:
    def found(**query: Any) -> bool:
        items = client.get("/v1/analyses", params=query).json()["items"]
        return at.rsplit("/", 1)[1] in [item["id"] for item in items]

    assert found(beats_of=["V", "N"])
    assert not found(beats_of=["V", "Q"])


def test_one_jumps_from_ectopic_beat_to_ectopic_beat(client: httpx.Client, at: str) -> None:
    every = client.get(f"{at}/beats", params={"classes": "V"}).json()["times_s"]
    seen, moment = [], 0.0
    while (beat := client.get(f"{at}/beats/seek", params={"at": moment}).json()["beat"]) is not None:
        seen.append(beat["time_s"])
        moment = beat["time_s"]
    assert seen == every
    back = client.get(f"{at}/beats/seek", params={"at": moment, "direction": "backward"}).json()["beat"]
    assert back["time_s"] == every[-2]


def test_trends_count_what_is_there(client: httpx.Client, at: str) -> None:
    beats = client.get(f"{at}/beats").json()
    trends = client.get(f"{at}/trends", params={"bins": 3}).json()
    assert trends["n"] == len(trends["heart_rate"]) == 3
    assert sum(trends["counts"]["V"]) == beats["classes"].count("V")
    assert all(55 < rate < 90 for rate in trends["heart_rate"])
    assert trends["unusable"] == [0, 0, 0]


def test_waves_lie_around_their_beats(client: httpx.Client, at: str) -> None:
    waves = client.get(f"{at}/waves", params={"start": 4, "end": 8}).json()
    lead = waves["leads"]["MLII"]
    assert len(lead["qrs_onset"]) == len(waves["beats"]) >= 3
    for beat, onset, offset in zip(waves["beats"], lead["qrs_onset"], lead["qrs_offset"], strict=True):
        assert onset < beat < offset


@pytest.mark.parametrize(
    ("kind", "start"), [("html", b"<!doctype html>"), ("png", b"\x89PNG"), ("json", b"{"), ("csv", b"sample")]
)
def test_reports_are_made(client: httpx.Client, at: str, kind: str, start: bytes) -> None:
    answer = client.get(f"{at}/exports/{kind}")
    assert answer.status_code == 200, answer.text
    assert answer.content[: len(start)].lower() == start.lower()
    assert "attachment" in answer.headers["content-disposition"]
    assert client.get(f"{at}/exports/{kind}").content == answer.content


def test_a_report_on_the_screen_can_do_nothing(client: httpx.Client, at: str) -> None:
    answer = client.get(f"{at}/exports/html", params={"inline": True})
    assert answer.headers["content-disposition"].startswith("inline")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "allow-same-origin" not in answer.headers["content-security-policy"]


def test_every_format_offered_can_be_had(client: httpx.Client, at: str) -> None:
    for kind in client.get(f"{at}/exports").json()["formats"]:
        assert client.get(f"{at}/exports/{kind}").status_code == 200, kind


def test_the_report_is_the_one_of_the_package(client: httpx.Client, at: str) -> None:
    document = client.get(f"{at}/document").json()
    assert client.get(f"{at}/exports/json").json() == document


def test_evidence_is_drawn_for_findings_that_have_one(client: httpx.Client) -> None:
    sent = multipart(record("limb", duration=20.0, leads=("II", "V1")))  # V1 alone would be refused
    at = f"/v1/analyses/{ended(client, client.post('/v1/analyses', files=sent))['id']}"
    findings = {f["code"]: f["decision"] for f in client.get(f"{at}/document").json()["findings"]}
    seen = [code for code, decision in findings.items() if decision in ("present", "borderline")]
    shown = [code for code in seen if "NORM" not in code and not code.startswith("ectopy")]
    assert shown, findings
    tile = client.get(f"{at}/evidence/{shown[0]}", params={"width": 200})
    assert tile.status_code == 200, tile.text
    leads, columns, depth = struct.unpack_from("<HIH", tile.content, 6)
    assert (leads, columns, depth) == (2, 200, 2)
    for code in ("no_such_finding", "ectopy_V"):  # beats are found one by one: nothing else is to be seen
        missing = client.get(f"{at}/evidence/{code}")
        assert missing.status_code == 422
        assert "no evidence" in missing.json()["detail"]


def test_samples_stand_for_every_class(client: httpx.Client) -> None:
    items = client.get("/v1/samples").json()["items"]
    simulated = {item["shows"] for item in items if item["origin"] == "simulated"}
    assert simulated >= {"N", "S", "V", "F", "Q", "12-lead", "refused"}
    assert all(item["available"] for item in items if item["origin"] == "simulated")
    assert client.post("/v1/samples/no-such/analyses").status_code == 404


@pytest.mark.parametrize("letter", ["N", "S", "V", "F"])
def test_a_sample_shows_the_class_it_stands_for(client: httpx.Client, letter: str) -> None:
    found = ended(client, client.post(f"/v1/samples/simulated-{letter.lower()}/analyses"))
    assert found["summary"]["counts"][letter] >= 5, found["summary"]["counts"]


def test_models_come_with_their_cards(client: httpx.Client) -> None:
    names = [item["name"] for item in client.get("/v1/models").json()["items"]]
    assert "beats" in names
    model = client.get("/v1/models/beats").json()
    assert model["is_default"]
    assert model["card"]["metrics"]
    assert client.get("/v1/models/none").status_code == 404
