"""What all routes share: settings, store, files, queue, and an analyst for reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from einthoven.service.files import FileStore
from einthoven.service.metrics import Metrics
from einthoven.service.problems import ServiceError, conflict, not_found
from einthoven.service.queue import Queue
from einthoven.service.results import Results, open_results
from einthoven.service.sandbox import Sandbox
from einthoven.service.security import Tokens
from einthoven.service.settings import Settings
from einthoven.service.store.database import Store
from einthoven.service.store.tables import DONE, AnalysisRow
from einthoven.service.waiting import Watcher

_DESK_SECONDS = 120.0


class Service:
    """The parts of a running service.

    Args:
        settings: where everything is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(parents=True, exist_ok=True)
        self.results_folder = settings.data / "results"
        self.results_folder.mkdir(exist_ok=True)
        self.store = Store.of(settings)
        self.store.migrate()
        self.files = FileStore(settings.data / "files")
        self.queue = Queue(settings)
        self.tokens = Tokens(self.store, settings.data)
        self.watcher = Watcher(self.store)
        self.desk = Sandbox(settings)
        self.metrics = Metrics()
        self.live_sessions = 0

    def close(self) -> None:
        """Give everything back."""
        self.desk.close()
        self.queue.close()
        self.store.close()

    def analysis(self, analysis_id: str) -> AnalysisRow:
        """Return an analysis.

        Raises:
            ServiceError: 404 where there is none.
        """
        with self.store.read() as session:
            row = session.get(AnalysisRow, analysis_id)
        if row is None:
            raise not_found(f"analysis {analysis_id}")
        return row

    def finished(self, analysis_id: str) -> tuple[AnalysisRow, Path]:
        """Return a finished analysis and the folder of its results.

        Raises:
            ServiceError: 404 where there is none, 409 where it has no result (yet).
        """
        row = self.analysis(analysis_id)
        if row.status != DONE or row.result is None:
            raise conflict(
                f"The analysis is {row.status}; only one that is done has this. Its events are at "
                f"/v1/analyses/{analysis_id}/events."
            )
        return row, self.results_folder / row.result.folder

    def results(self, analysis_id: str) -> Results:
        """Return the results of a finished analysis; raises as `finished`."""
        return open_results(self.finished(analysis_id)[1])

    def ask_desk(self, task: str, row: AnalysisRow, folder: Path, **more: object) -> dict[str, object]:
        """Have an analyst do something with a finished analysis.

        Raises:
            ServiceError: 422 where it cannot be done.
        """
        message = self.desk.run(
            {
                "task": task,
                "name": row.name,
                "options": row.options,
                "files": [{"name": file.name, "sha256": file.sha256} for file in row.files],
                "folder": str(folder),
                **more,
            },
            seconds=_DESK_SECONDS,
        )
        if "failed" in message:
            told = message["failed"]
            raise ServiceError(422, told["kind"], told["title"], told["detail"])
        done: dict[str, object] = message["done"]
        return done


def service_of(connection: HTTPConnection) -> Service:
    """Return the service that a request is for."""
    found: Service = connection.app.state.service
    return found


Here = Annotated[Service, Depends(service_of)]
