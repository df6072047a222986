"""Who may do what: tokens, roles, and the checks that keep other web pages out."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials
from sqlalchemy import select
from starlette.requests import HTTPConnection

from einthoven.errors import EinthovenError
from einthoven.service.files import sync_folder, write_durably
from einthoven.service.problems import ServiceError
from einthoven.service.store.database import Store
from einthoven.service.store.tables import TokenRow, now

Role = Literal["reader", "reviewer"]
ROLES: tuple[Role, ...] = ("reader", "reviewer")
COOKIE = "einthoven_token"
PREFIX = "ein_"
_PEPPER = "pepper"

_bearer = HTTPBearer(auto_error=False, description="a token made with `einthoven serve token add`")
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, description="the same token, as `POST /v1/session` sets it"
)


class TokenError(EinthovenError):
    """A token cannot be made or revoked."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks, and what they may do."""

    name: str
    role: Role


class Tokens:
    """The keys to the service.

    A token is 256 random bits, so that guessing it from its hash is hopeless without any slow hashing; the
    hash is an HMAC with a key that lies outside the database, so that a copy of the database alone lets
    nobody even check a guess.

    Args:
        store: holds the hashes.
        data: folder in which the HMAC's key is kept.
    """

    def __init__(self, store: Store, data: Path) -> None:
        self.store = store
        self._key = _pepper(data)

    def add(self, name: str, role: Role) -> str:
        """Make a token and return it; it is never shown again.

        Raises:
            TokenError: there is one of that name, or the name is empty or too long.
        """
        if not 0 < len(name) <= 100 or not name.isprintable():
            raise TokenError(f"Token name {name[:60]!r}; allowed: 1 to 100 printable characters.")
        token = PREFIX + secrets.token_urlsafe(32)
        with self.store.write() as session:
            if session.scalar(select(TokenRow).where(TokenRow.name == name)) is not None:
                raise TokenError(f"There is a token called {name!r} already. Choose another name.")
            session.add(TokenRow(name=name, role=role, hash=self._hash(token)))
        return token

    def list(self) -> list[TokenRow]:
        """Return all tokens, the oldest first."""
        with self.store.read() as session:
            return list(session.scalars(select(TokenRow).order_by(TokenRow.created_at)))

    def revoke(self, name: str) -> None:
        """Make a token worthless.

        Raises:
            TokenError: there is none of that name.
        """
        with self.store.write() as session:
            row = session.scalar(select(TokenRow).where(TokenRow.name == name))
            if row is None:
                raise TokenError(f"There is no token called {name!r}. See: einthoven serve token list")
            row.revoked_at = row.revoked_at or now()

    def find(self, token: str) -> Principal | None:
        """Return whose token it is; None where it is nobody's or revoked."""
        with self.store.read() as session:
            row = session.scalar(select(TokenRow).where(TokenRow.hash == self._hash(token)))
        if row is None or row.revoked_at is not None:
            return None
        return Principal(row.name, "reviewer" if row.role == "reviewer" else "reader")

    def any(self) -> bool:
        """Tell whether there is a token that is good."""
        return any(row.revoked_at is None for row in self.list())

    def _hash(self, token: str) -> str:
        return hmac.new(self._key, token.encode(), hashlib.sha256).hexdigest()


def _pepper(data: Path) -> bytes:
    """Return the key of the hashes, made at the first start and readable to its owner alone."""
    path = data / _PEPPER
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{_PEPPER}-{os.getpid()}")
        write_durably(draft, secrets.token_bytes(32))
        draft.chmod(0o600)
        try:
            os.link(draft, path)  # of two processes that start at once, one makes it
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(data)
    return path.read_bytes()


LOCAL = Principal("local", "reviewer")


def authenticate(
    connection: HTTPConnection,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    cookie: Annotated[str | None, Security(_cookie)] = None,
) -> Principal:
    """Return who asks.

    Raises:
        ServiceError: 401 where a token is needed and none that is good was sent.
    """
    return identify(connection, bearer.credentials if bearer is not None else cookie)


def identify(connection: HTTPConnection, token: str | None) -> Principal:
    """Return whose token it is, or who asks without one where none is needed; raises as `authenticate`."""
    service = connection.app.state.service
    if token is None and not service.settings.tokens_needed:
        connection.state.actor = LOCAL.name
        return LOCAL
    found: Principal | None = service.tokens.find(token) if token is not None else None
    if found is None:
        raise ServiceError(
            401, "unauthorized", "A token is needed",
            "Send a token: 'Authorization: Bearer ein_…'. The service's owner makes one with "
            "'einthoven serve token add NAME'.",
            WWW_Authenticate="Bearer",
        )  # fmt: skip
    connection.state.actor = found.name
    return found


def must_review(principal: Annotated[Principal, Depends(authenticate)]) -> Principal:
    """Return who asks, if they may change things.

    Raises:
        ServiceError: 403 where the token is a reader's.
    """
    if principal.role != "reviewer":
        raise ServiceError(
            403, "forbidden", "Not allowed",
            f"The token {principal.name!r} may read but not change anything; it takes one of a reviewer.",
        )  # fmt: skip
    return principal


def of_socket(socket: HTTPConnection) -> Principal:
    """Return who opens a WebSocket; raises as `authenticate`."""
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    return identify(socket, token if scheme.lower() == "bearer" else socket.cookies.get(COOKIE))


Reader = Annotated[Principal, Depends(authenticate)]
Reviewer = Annotated[Principal, Depends(must_review)]
