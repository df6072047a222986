"""Live streams over WebSockets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from running_service import in_process
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from einthoven.service.live import LiveSession
from einthoven.service.settings import Settings
from einthoven.signal.simulator import simulate


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with in_process(Settings(data=tmp_path_factory.mktemp("live"), live_sessions=2)) as (client, _):
        yield client


def address(client: httpx.Client, path: str) -> str:
    return f"ws://127.0.0.1:{client.base_url.port}{path}"


def test_samples_go_in_and_beats_come_out(client: httpx.Client) -> None:
    recording = simulate(12.0, 250.0, ("II", "V1"), pattern="NNNV", seed=1)
    assert recording.beats is not None
    integers = np.rint(recording.signals.T * 1000).astype("<i2")
    heard: list[dict[str, Any]] = []
    with connect(address(client, "/v1/live?fs=250&leads=II,V1&unit=uV&step=1")) as socket:
        assert json.loads(socket.recv())["leads"] == ["II", "V1"]
        for begin in range(0, len(integers), 125):
            socket.send(integers[begin : begin + 125].tobytes())
        socket.send(b"\0\0\0")  # no whole sample: the service says so and closes
        with pytest.raises(ConnectionClosed) as told:
            while True:
                heard.append(json.loads(socket.recv(timeout=60)))
    assert told.value.rcvd is not None
    assert told.value.rcvd.code == 1003
    samples = sorted({message["sample"] for message in heard if message["type"] == "beat"})
    truth = recording.beats.samples
    assert len(samples) >= len(truth) - 2
    assert max(min(abs(sample - truth)) for sample in samples) <= 5


def test_a_simulated_patient_can_be_watched(client: httpx.Client) -> None:
    with connect(address(client, "/v1/live/simulated?scenario=sinus&heart_rate=120")) as socket:
        assert json.loads(socket.recv(timeout=60))["type"] == "ready"
        seen = 0
        while True:
            message = socket.recv(timeout=60)
            if isinstance(message, str):
                beat = json.loads(message)
                break
            assert message[:4] == b"EITL"
            seen += 1
    assert seen >= 10
    assert beat["type"] == "beat"
    assert set(beat["probabilities"]) == set("NSVFQ")


@pytest.mark.parametrize(
    ("path", "code"),
    [("/v1/live?fs=250&leads=%20", 1003), ("/v1/live?fs=250&leads=II&model=none", 1003),
     ("/v1/live/simulated?scenario=none", 1003)],
)  # fmt: skip
def test_streams_that_cannot_be_are_closed_with_the_reason(
    client: httpx.Client, path: str, code: int
) -> None:
    with connect(address(client, path)) as socket, pytest.raises(ConnectionClosed) as told:
        socket.recv(timeout=60)
    assert told.value.rcvd is not None
    assert told.value.rcvd.code == code
    assert told.value.rcvd.reason


def test_there_is_a_bound_to_streams(client: httpx.Client) -> None:
    path = address(client, "/v1/live?fs=250&leads=II")
    with connect(path) as first, connect(path) as second:
        first.recv(timeout=60), second.recv(timeout=60)
        with connect(path) as third, pytest.raises(ConnectionClosed) as told:
            third.recv(timeout=60)
    assert told.value.rcvd is not None
    assert told.value.rcvd.code == 1013


def test_a_run_of_ventricular_beats_raises_one_alarm_that_grows() -> None:
    recording = simulate(40.0, pattern="N" * 20 + "V" * 6 + "N" * 30, seed=2)
    session = LiveSession(360.0, ["MLII", "V1"], "beats")
    alarms = []
    for begin in range(0, recording.n_samples, 36):
        messages = session.push(recording.signals[:, begin : begin + 36])
        alarms += [message for message in messages if message["type"] == "alarm"]
    assert alarms
    assert len({alarm["time_s"] for alarm in alarms}) <= 2
    assert max(alarm["n_beats"] for alarm in alarms) >= 5
    assert json.dumps(alarms)
