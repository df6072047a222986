"""Live streams: a WebSocket for samples, and one with a simulated patient.

Messages from the service are JSON text (`einthoven.service.live`: ready, beat, alarm, end), samples binary.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import numpy as np
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

from einthoven.errors import EinthovenError
from einthoven.models.bundle import list_bundles
from einthoven.recording import millivolt_factor
from einthoven.service import patients
from einthoven.service.live import End, LiveMessage, LiveSession, frame
from einthoven.service.problems import ServiceError
from einthoven.service.schemas.analyses import Unit
from einthoven.service.security import Reader, of_socket
from einthoven.service.service import Here, Service

router = APIRouter(prefix="/live", tags=["live"])

_FRAME_S = 0.05  # of a simulated patient
_LARGEST_FRAME = 1 << 20
_TOGETHER = 1 << 14
_INBOX = 256
# More threads wait for each other's lock: with four, eight streams were three times as late.
_THREADS = CapacityLimiter(1)

BAD_REQUEST, POLICY, FULL = 1003, 1008, 1013  # close codes of RFC 6455


class ScenarioEntry(BaseModel):
    id: str
    title: str
    description: str


class ScenarioList(BaseModel):
    """How simulated patients may be; and what the messages of a live stream look like."""

    items: list[ScenarioEntry]
    messages: list[LiveMessage] = []


@router.get("/scenarios", summary="Simulated patients")
def list_scenarios(service: Here, principal: Reader) -> ScenarioList:
    """Return the simulated patients of `/v1/live/simulated` (a WebSocket, as `/v1/live` is).

    `messages` is always empty; it is there to give clients the types of a live stream's messages.
    """
    return ScenarioList(
        items=[
            ScenarioEntry(id=s.id, title=s.title, description=s.description)
            for s in patients.SCENARIOS.values()
        ]
    )


@asynccontextmanager
async def _session(socket: WebSocket) -> AsyncIterator[Service | None]:
    """Let a client in, or close with the reason; counts sessions."""
    service: Service = socket.app.state.service
    await socket.accept()
    try:
        of_socket(socket)
    except ServiceError as error:
        await socket.close(POLICY, error.title)
        yield None
        return
    if service.live_sessions >= service.settings.live_sessions:
        await socket.close(FULL, f"{service.live_sessions} live streams are open, which is all there may be")
        yield None
        return
    service.live_sessions += 1
    try:
        yield service
    finally:
        service.live_sessions -= 1


@router.websocket("")
async def live(
    socket: WebSocket,
    fs: Annotated[float, Query(ge=50, le=10_000)],
    leads: Annotated[str, Query(max_length=300)],
    unit: Unit = "mV",
    step: Annotated[float | None, Query(gt=0)] = None,
    model: str | None = None,
) -> None:
    """Take samples and answer beats.

    Each binary message holds samples, little endian, all leads of one moment together: float32 in ``unit``,
    or with ``step`` int16 of which one is ``step`` of the unit. NaN, or -32768, is a missing sample.
    """
    async with _session(socket) as service:
        if service is None:
            return
        names = [name.strip() for name in leads.split(",") if name.strip()]
        chosen = model or service.settings.model
        try:
            if chosen not in list_bundles():
                raise EinthovenError(f"There is no model {chosen[:40]!r}.")
            session = await run_sync(LiveSession, fs, names, chosen)
        except EinthovenError as error:
            await socket.close(BAD_REQUEST, str(error)[:120])
            return
        await socket.send_json(session.ready().model_dump(mode="json"))
        factor = millivolt_factor(unit) * (step or 1.0)
        kind = np.dtype("<f4") if step is None else np.dtype("<i2")
        inbox: asyncio.Queue[bytes | None] = asyncio.Queue(_INBOX)  # a full one slows the sender down
        reading = asyncio.create_task(_receive(socket, inbox, kind.itemsize * len(names)))
        try:
            while data := await _gather(inbox):
                values = np.frombuffer(data, kind).reshape(-1, len(names)).T
                samples = values.astype(np.float32) * np.float32(factor)
                samples[~np.isfinite(samples) if step is None else values == -32768] = np.nan
                for message in await run_sync(session.push, samples, limiter=_THREADS):
                    await socket.send_json(message)
            if fault := await reading:
                await socket.close(BAD_REQUEST, fault)
        except (WebSocketDisconnect, RuntimeError):  # gone between two messages
            return
        finally:
            reading.cancel()


async def _receive(socket: WebSocket, inbox: asyncio.Queue[bytes | None], sample: int) -> str:
    """Put binary messages of whole samples into the inbox, then None; return what was wrong, if it was."""
    while True:
        message = await socket.receive()
        data = message.get("bytes")
        whole = data is not None and 0 < len(data) <= _LARGEST_FRAME and len(data) % sample == 0
        await inbox.put(data if whole else None)
        if whole:
            continue
        if message["type"] == "websocket.disconnect":
            return ""
        got = "text" if data is None else f"{len(data)} bytes"
        return f"{got}: no whole samples of all leads, or too many at once"


async def _gather(inbox: asyncio.Queue[bytes | None]) -> bytes:
    """Return what has come meanwhile: together it costs less, so who is late catches up. Empty at the end."""
    parts = [await inbox.get()]
    while parts[-1] is not None and not inbox.empty() and sum(map(len, filter(None, parts))) < _TOGETHER:
        parts.append(inbox.get_nowait())
    if parts[-1] is None and len(parts) > 1:
        inbox.put_nowait(None)  # the end comes next time
    return b"".join(part for part in parts if part is not None)


@router.websocket("/simulated")
async def simulated(
    socket: WebSocket,
    scenario: Annotated[str, Query(max_length=40)] = "ectopy",
    heart_rate: Annotated[float, Query(ge=30, le=200)] = 75.0,
    seed: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
) -> None:
    """Send a simulated patient's samples as they come, as windows of signals, and the beats found."""
    async with _session(socket) as service:
        if service is None:
            return
        if scenario not in patients.SCENARIOS:
            await socket.close(BAD_REQUEST, f"No such scenario; allowed: {', '.join(patients.SCENARIOS)}")
            return
        signals = await run_sync(patients.simulated_patient, scenario, heart_rate, seed)
        session = await run_sync(LiveSession, patients.FS, list(patients.LEADS), service.settings.model)
        gone = asyncio.create_task(_until_gone(socket))
        try:
            await socket.send_json(session.ready().model_dump(mode="json"))
            n, began = max(1, round(_FRAME_S * patients.FS)), time.monotonic()
            first = 0
            while first < signals.shape[1]:
                due = began + (first + n) / patients.FS
                await asyncio.wait([gone], timeout=max(0.0, due - time.monotonic()))
                if gone.done():
                    return
                late = round((time.monotonic() - began) * patients.FS) - first
                piece = signals[:, first : first + max(n, min(late, round(patients.FS)))]
                await socket.send_bytes(frame(piece, first, patients.FS))
                first += piece.shape[1]
                for message in await run_sync(session.push, piece, limiter=_THREADS):
                    await socket.send_json(message)
            await socket.send_json(End(reason="Half an hour is over; connect again.").model_dump(mode="json"))
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):  # gone between two messages
            return
        finally:
            gone.cancel()


async def _until_gone(socket: WebSocket) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
