"""The job queue: huey on SQLite, or on Redis by URL.

The queue only says "there is work"; what is to be done, by whom, and whether it is done, stands in the
database. A message that is lost or comes twice does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey  # type: ignore[import-untyped]
from huey.registry import Message  # type: ignore[import-untyped]
from huey.serializer import Serializer  # type: ignore[import-untyped]

from einthoven.service.settings import Settings


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Messages as JSON: whoever can write to the queue must not be able to run code by it."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data) if isinstance(data, tuple) else data).encode()

    def _deserialize(self, data: bytes) -> Any:
        found = json.loads(data)
        return Message(*found) if isinstance(found, list) else found


class Queue:
    """The queue that the settings name; nothing is connected before it is used.

    Args:
        settings: where it is.
        work: what a worker does with a message; a sender has none.
    """

    def __init__(self, settings: Settings, work: Callable[[str], None] | None = None) -> None:
        options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
        if settings.redis:
            self.huey: Huey = RedisHuey("einthoven", url=settings.redis, **options)
        else:
            settings.data.mkdir(parents=True, exist_ok=True)
            self.huey = SqliteHuey("einthoven", filename=str(settings.data / "queue.sqlite3"), **options)

        @self.huey.task(name="analyse")  # type: ignore[untyped-decorator]
        def analyse(analysis_id: str) -> None:
            if work is not None:
                work(analysis_id)

        self._analyse = analyse

    def send(self, analysis_id: str) -> None:
        """Say that there is work on an analysis."""
        self._analyse(analysis_id)

    def length(self) -> int:
        """Return how many messages wait."""
        return int(self.huey.pending_count())

    def close(self) -> None:
        """Give connections back."""
        close = getattr(self.huey.storage, "close", None)
        if close is not None:
            close()
