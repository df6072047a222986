"""What can be set, from the command line or as ``EINTHOVEN_SERVICE_…`` in the environment."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1 << 20
PREFIX = "EINTHOVEN_SERVICE_"


def default_home() -> Path:
    """Return where recordings and answers are kept unless said otherwise."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "einthoven"


def parent_of(arguments: list[str]) -> int | None:
    """Return the process whose end is one's own: what follows ``--parent``.

    It is told by whoever starts one: by the time one can look, it may be gone and another in its place.
    """
    return int(arguments[arguments.index("--parent") + 1]) if "--parent" in arguments else None


class Settings(BaseSettings):
    """Settings of the service; each can be given as ``EINTHOVEN_SERVICE_NAME``."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8060
    data: Path = Field(default_factory=default_home, description="folder of files, answers and the database")
    db: str = Field(default="", description="SQLAlchemy URL; empty: SQLite in the data folder")
    redis: str = Field(
        default="", description="redis:// URL of the job queue; empty: SQLite in the data folder"
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2, description="analyses at a time, a worker process"
    )
    require_tokens: bool = Field(default=False, description="ask for tokens on 127.0.0.1 too")
    allowed_hosts: str = Field(default="", description="names the service is reached by, separated by commas")
    secure_cookies: bool = Field(default=False, description="set where HTTPS ends in front of the service")

    max_upload_mib: Annotated[int, Field(ge=1)] = Field(
        default=512, description="all files of one upload together"
    )
    max_json_mib: Annotated[int, Field(ge=1)] = 16
    max_files: Annotated[int, Field(ge=1, le=1000)] = 40
    max_unpacked_mib: Annotated[int, Field(ge=1)] = Field(
        default=2048, description="what a zip may unpack to"
    )
    max_samples: Annotated[int, Field(ge=1)] = Field(default=400_000_000, description="leads × samples")
    memory_mib: Annotated[int, Field(ge=512)] = Field(
        default=6144, description="address space of one analysis"
    )
    job_seconds: Annotated[float, Field(gt=0)] = Field(
        default=900.0, description="longest time for one analysis"
    )
    attempts: Annotated[int, Field(ge=1)] = Field(
        default=5, description="starts of one analysis before it is given up"
    )
    lease_seconds: Annotated[float, Field(gt=0)] = 15.0
    wait_seconds: Annotated[float, Field(ge=0, le=30)] = Field(
        default=5.0, description="how long an upload waits"
    )
    live_sessions: Annotated[int, Field(ge=0)] = 16
    model: str = "beats"

    @field_validator("data")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def db_url(self) -> str:
        """URL of the database."""
        url = self.db or f"sqlite:///{self.data / 'einthoven.sqlite3'}"
        for short in ("postgresql://", "postgres://"):
            if url.startswith(short):
                return "postgresql+psycopg://" + url.removeprefix(short)
        return url

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)

    @property
    def tokens_needed(self) -> bool:
        """Whether a request must name its sender."""
        return self.require_tokens or not self.is_loopback

    @property
    def host_names(self) -> frozenset[str]:
        """Names that the Host header may have; empty: any (tokens protect the service then)."""
        named = {name.strip().lower() for name in self.allowed_hosts.split(",") if name.strip()}
        if named:
            return frozenset(named | {"localhost", "127.0.0.1", "::1"})
        return frozenset({"localhost", "127.0.0.1", "::1"}) if self.is_loopback else frozenset()

    def environment(self) -> dict[str, str]:
        """Return these settings as environment variables, for a process that is to have the same."""
        return {
            f"{PREFIX}{name.upper()}": str(value)
            for name, value in self.model_dump().items()
        }  # fmt: skip


def is_loopback(host: str) -> bool:
    """Tell whether an address is reachable from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
