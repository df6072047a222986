"""Connections and transactions. A transaction that returned is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from einthoven.errors import EinthovenError
from einthoven.service.settings import Settings

MIGRATIONS = Path(__file__).with_name("migrations")
_BUSY_SECONDS = 30


class StoreError(EinthovenError):
    """The database cannot be opened or brought up to date."""


class Store:
    """The database of the service.

    Args:
        url: SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.

    Raises:
        StoreError: another kind of database.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(einthoven_write=True)

    @classmethod
    def of(cls, settings: Settings) -> Store:
        """Open the database that the settings name."""
        return cls(settings.db_url)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that only reads."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: committed at the end of the context, rolled back if it raises."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self) -> None:
        """Bring the tables to this version.

        Raises:
            StoreError: the database cannot be reached, or is newer than this version.
        """
        from alembic import command
        from alembic.util import CommandError

        try:
            with self._writing.begin() as connection:
                if connection.dialect.name == "postgresql":  # two processes may start at once
                    connection.execute(text("SELECT pg_advisory_xact_lock(718128)"))
                command.upgrade(alembic_config(connection), "head")
        except CommandError as error:
            raise StoreError(
                f"The database {_shown(self.url)} was made by a newer Einthoven ({error}). Install that "
                "version, or name another database with --db."
            ) from error
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise StoreError(
                f"The database {_shown(self.url)} cannot be opened: {reason}. Check --db and that it runs."
            ) from error

    def ping(self) -> None:
        """Ask the database for an answer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: it gives none.
        """
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def alembic_config(connection: Any = None) -> Any:
    """Return Alembic's configuration; it lives in the package, so that an installed one can migrate."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _shown(url: str) -> str:
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if url.startswith("postgresql"):
        try:
            return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs its driver: pip install 'einthoven[postgres]'. SQLite needs none."
            ) from error
    raise StoreError(
        f"Database {_shown(url)!r} is not supported; allowed: sqlite:///FILE, postgresql://USER@HOST/NAME."
    )


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` says of which kind they are.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_SECONDS}000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A reader that turns writer halfway fails at once if another wrote meanwhile; so writers say so first.
    writes = connection.get_execution_options().get("einthoven_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
