"""Waiting for analyses: one question to the database for all who wait, some times a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from anyio.to_thread import run_sync
from sqlalchemy import select

from einthoven.service.store.database import Store
from einthoven.service.store.tables import FINISHED, JobRow

_INTERVAL_S = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far an analysis is; ``state`` is ``deleted`` where it is gone."""

    id: str
    state: str
    stage: str
    progress: float

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in FINISHED or self.state == "deleted"


class Watcher:
    """Tells those who wait how far their analyses are. Belongs to one event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: dict[str, set[asyncio.Queue[Snapshot]]] = {}
        self._last: dict[str, Snapshot] = {}
        self._task: asyncio.Task[None] | None = None

    async def watch(self, analysis_id: str) -> AsyncIterator[Snapshot]:
        """Yield how far an analysis is, now and at every change, until it has ended."""
        queue: asyncio.Queue[Snapshot] = asyncio.Queue()
        self._waiting.setdefault(analysis_id, set()).add(queue)
        if (last := self._last.get(analysis_id)) is not None:
            queue.put_nowait(last)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())
        try:
            while True:
                snapshot = await queue.get()
                yield snapshot
                if snapshot.ended:
                    return
        finally:
            queues = self._waiting.get(analysis_id, set())
            queues.discard(queue)
            if not queues:
                self._waiting.pop(analysis_id, None)
                self._last.pop(analysis_id, None)

    async def ended(self, analysis_id: str, seconds: float) -> bool:
        """Wait for the end of an analysis, not longer than ``seconds``; tell whether it came."""
        if seconds <= 0:
            return False
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for snapshot in self.watch(analysis_id):
                    if snapshot.ended:
                        return True
        return False

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _look(self) -> None:
        while self._waiting:
            wanted = list(self._waiting)
            found = await run_sync(self._ask, wanted)
            for analysis_id in wanted:
                snapshot = found.get(analysis_id) or Snapshot(analysis_id, "deleted", "deleted", 0.0)
                if self._last.get(analysis_id) == snapshot or analysis_id not in self._waiting:
                    continue
                self._last[analysis_id] = snapshot
                for queue in self._waiting[analysis_id]:
                    queue.put_nowait(snapshot)
            await asyncio.sleep(_INTERVAL_S)

    def _ask(self, wanted: list[str]) -> dict[str, Snapshot]:
        columns = (JobRow.analysis_id, JobRow.state, JobRow.stage, JobRow.progress)
        with self.store.read() as session:
            rows = session.execute(select(*columns).where(JobRow.analysis_id.in_(wanted)))
            return {row[0]: Snapshot(*row) for row in rows}
