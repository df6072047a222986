"""A running service for the tests: on SQLite in a folder, or on a real PostgreSQL; and a real Redis."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis_server import MISSING, PROGRAM, RedisServer
from running_service import Running, free_port, running

from einthoven.service.settings import Settings

POSTGRES_BIN = next(
    iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/nonexistent")
)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL in a temporary folder, on a Unix socket; skips where there is none (fails in CI)."""
    if not (POSTGRES_BIN / "initdb").exists():
        reason = "PostgreSQL is not installed (Debian: apt-get install postgresql): its tests are left out"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="einthoven-pg-", dir="/tmp"))
    data = folder / "data"
    as_user = []
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    folder.chmod(0o755)

    def command(*words: str) -> None:
        done = subprocess.run([*as_user, *words], capture_output=True, text=True, cwd=folder)
        if done.returncode:
            pytest.fail(f"{words[0]}: {done.stdout[-800:]}{done.stderr[-800:]}")

    initdb, control = str(POSTGRES_BIN / "initdb"), str(POSTGRES_BIN / "pg_ctl")
    command(initdb, "-D", str(data), "-U", "einthoven", "--auth=trust", "--no-sync", "--encoding=UTF8")
    options = f"-k {folder} -c listen_addresses='' -c max_connections=60 -c shared_buffers=32MB"
    command(control, "-D", str(data), "-w", "-t", "120", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql://einthoven@/postgres?host={folder}"
    finally:
        command(control, "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """A database of its own on the real PostgreSQL."""
    name = f"own_{time.monotonic_ns()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres.replace("/postgres?", f"/{name}?")


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis; skips where there is none (fails in CI)."""
    if PROGRAM is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def sqlite_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service on SQLite."""
    settings = Settings(data=tmp_path_factory.mktemp("sqlite"), port=free_port(), workers=1)
    with running(settings) as service:
        yield service


@pytest.fixture(scope="session")
def postgres_service(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service on PostgreSQL."""
    folder = tmp_path_factory.mktemp("postgres")
    settings = Settings(data=folder, port=free_port(), workers=1, db=postgres)
    with running(settings) as service:
        yield service


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Running:
    """A service, once on each database."""
    name = {"sqlite": "sqlite_service", "postgresql": "postgres_service"}[request.param]
    found: Running = request.getfixturevalue(name)
    return found
