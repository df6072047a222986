"""The job queue: huey on SQLite, or on Redis by URL.

The queue only says "there is work"; what is to be done, by whom, and whether it is done, stands in the
database. A message that is lost or comes twice does no harm.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable
from typing import Any

from huey import Huey, RedisHuey, SqliteHuey  # type: ignore[import-untyped]
from huey.exceptions import ConfigurationError  # type: ignore[import-untyped]
from huey.registry import Message  # type: ignore[import-untyped]
from huey.serializer import Serializer  # type: ignore[import-untyped]

from einthoven.errors import EinthovenError
from einthoven.service.settings import Settings

log = logging.getLogger("einthoven.service")


class QueueError(EinthovenError):
    """The queue that was named cannot be used."""


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

    Raises:
        QueueError: it is on Redis, for which there is no driver, or the URL is none.
    """

    def __init__(self, settings: Settings, work: Callable[[str], None] | None = None) -> None:
        options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
        self._away: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
        if settings.redis:
            self.huey: Huey = _on_redis(settings.redis, options)
            from redis.exceptions import RedisError

            self._away = (RedisError,)
        else:
            settings.data.mkdir(parents=True, exist_ok=True)
            self.huey = SqliteHuey("einthoven", filename=str(settings.data / "queue.sqlite3"), **options)

        @self.huey.task(name="analyse")  # type: ignore[untyped-decorator]
        def analyse(analysis_id: str) -> None:
            if work is not None:
                work(analysis_id)

        self._analyse = analyse

    def send(self, analysis_id: str) -> None:
        """Say that there is work on an analysis.

        Where the queue does not answer, that is noted and no more: what was accepted stands in the database,
        and the worker looks there for what nobody told it of.
        """
        try:
            self._analyse(analysis_id)
        except self._away as error:
            log.warning("the queue does not answer: %s", type(error).__name__)

    def length(self) -> int | None:
        """Return how many messages wait; None where the queue does not answer."""
        try:
            return int(self.huey.pending_count())
        except self._away as error:
            log.warning("the queue does not answer: %s", type(error).__name__)
            return None

    def close(self) -> None:
        """Give connections back."""
        close = getattr(self.huey.storage, "close", None)
        if close is not None:
            close()


def _on_redis(url: str, options: dict[str, Any]) -> Huey:
    try:
        return RedisHuey("einthoven", url=url, **options)
    except ConfigurationError as error:
        raise QueueError(
            "A queue on Redis needs its driver: pip install 'einthoven[redis]'. One in a file needs none."
        ) from error
    except ValueError as error:
        raise QueueError(
            f"{url!r} is no address of a Redis ({error}). It looks like redis://HOST:6379/0."
        ) from error
