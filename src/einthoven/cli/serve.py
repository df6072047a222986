"""``einthoven serve``: the service and the web application."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from einthoven.cli.console import stdout
from einthoven.errors import EinthovenError

if TYPE_CHECKING:
    from einthoven.service.settings import Settings

app = App(
    name="serve",
    help_epilogue="""\
Examples:

    einthoven serve
    einthoven serve --port 9000 --data /srv/einthoven
    einthoven serve token add ward-3 --role reader
    einthoven serve --host 0.0.0.0 --db postgresql://einthoven@db/einthoven

Every option can be given as EINTHOVEN_SERVICE_NAME in the environment; docs/service.md lists more.
""",
)
token = App(name="token", help="Make, list and revoke the keys that other machines need.")
app.command(token)

Data = Annotated[Path | None, Parameter(help="Folder of files, answers and the database.")]
Database = Annotated[str | None, Parameter(help="Database: sqlite:///FILE or postgresql://USER@HOST/NAME.")]


@app.default
def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    data: Data = None,
    db: Database = None,
    redis: str | None = None,
    workers: int | None = None,
    worker_only: Annotated[bool, Parameter(negative=())] = False,
    without_worker: Annotated[bool, Parameter(negative=())] = False,
    open: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Serve the web application and the REST API on http://127.0.0.1:8060, until Ctrl-C.

    Parameters
    ----------
    host
        Address to listen on. Any but this machine's own needs a token first.
    port
        Port to listen on.
    redis
        Job queue on Redis (redis://HOST:6379/0) instead of a file.
    workers
        Analyses at a time.
    worker_only
        Analyse what a server elsewhere takes in; listen on no port.
    without_worker
        Only take in and answer; workers run elsewhere.
    open
        Open the page in a browser.
    """
    from pydantic import ValidationError

    try:
        settings = _settings(host=host, port=port, data=data, db=db, redis=redis, workers=workers)
    except ValidationError as error:
        fault = error.errors()[0]
        raise EinthovenError(f"Setting {'.'.join(map(str, fault['loc']))}: {fault['msg']}.") from error
    if worker_only:
        from einthoven.service.logs import set_up_logs
        from einthoven.service.worker import Worker

        set_up_logs()
        Worker(settings).run()
        return 0
    from einthoven.service.serving import serve as run

    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    stdout().print(f"Einthoven is at http://{shown}:{settings.port}/ (Ctrl-C ends it)", markup=False)
    stdout().print(f"Recordings and answers are kept in {settings.data}", markup=False, soft_wrap=True)
    if open:
        import threading
        import webbrowser

        timer = threading.Timer(2.0, webbrowser.open, (f"http://{shown}:{settings.port}/",))
        timer.daemon = True
        timer.start()
    run(settings, with_worker=not without_worker)
    return 0


@token.command
def add(
    name: str, /, *, role: Literal["reader", "reviewer"] = "reader", data: Data = None, db: Database = None
) -> int:
    """Make a token and print it; it is never shown again.

    Parameters
    ----------
    name
        Whose it is; stands in the audit trail.
    role
        A reader may look, a reviewer may also upload, correct and delete.
    """
    made = _tokens(_settings(data=data, db=db)).add(name, role)
    stdout().print(made, markup=False, soft_wrap=True)
    return 0


@token.command(name="list")
def list_tokens(*, data: Data = None, db: Database = None) -> int:
    """List tokens: names, roles, since when, whether revoked."""
    from rich.table import Table

    table = Table("name", "role", "made", "revoked", box=None, pad_edge=False)
    for row in _tokens(_settings(data=data, db=db)).list():
        revoked = f"{row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else ""
        table.add_row(row.name, row.role, f"{row.created_at:%Y-%m-%d %H:%M}", revoked)
    stdout().print(table)
    return 0


@token.command
def revoke(name: str, /, *, data: Data = None, db: Database = None) -> int:
    """Make a token worthless.

    Parameters
    ----------
    name
        As it was added.
    """
    _tokens(_settings(data=data, db=db)).revoke(name)
    return 0


def _settings(**given: Any) -> Settings:
    try:
        from einthoven.service.settings import Settings
    except ModuleNotFoundError as error:
        raise EinthovenError(
            f"The service needs {error.name}, which is not installed: pip install 'einthoven[serve]'"
        ) from error
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _tokens(settings: Settings) -> Any:
    from einthoven.service.security import Tokens
    from einthoven.service.store.database import Store

    store = Store.of(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    store.migrate()
    return Tokens(store, settings.data)
