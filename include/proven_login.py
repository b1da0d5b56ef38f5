"""Logs in by asyncpg where the server must prove that it knows the password, and is never told it.

The embedded PostgreSQL speaks no TLS. Whoever took its port while it was down could ask for a password in clear, and
asyncpg would send it. libpq refuses that where a URL says `require_auth=scram-sha-256`; asyncpg knows no such option.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import asyncpg

from include.warehouse import REQUIRE_AUTH

# What is sent in place of a length is read as one; no message of a log-in is nearly as long.
MOST_BYTES = 100_000
HEAD_BYTES, CODE_BYTES = 5, 4
AUTHENTICATION = b"R"
AUTHENTICATED = 0
# The three steps of SCRAM; in the last one the server shows what only the password's owner can.
SCRAM_STEPS = (10, 11, 12)


class NotProvenError(ConnectionError):
    """The server asked for the password itself, or let us in without any."""


async def connect(url: str, **options: Any) -> Any:
    """Connect by asyncpg; by SCRAM and in no other way where the URL requires it. Raises what asyncpg does."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if query.pop(REQUIRE_AUTH, None) is None:
        return await asyncpg.connect(url, **options)
    return await connect_proven(parts._replace(query=urlencode(query)).geturl(), **options)


async def connect_proven(*addresses: str, **options: Any) -> Any:
    """Connect by asyncpg, by SCRAM and in no other way. Raises what asyncpg does, and NotProvenError."""
    loop = _WaryLoop(asyncio.get_running_loop())
    try:
        return await asyncpg.connect(*addresses, **{**options, "ssl": False, "loop": loop})
    except asyncpg.ConnectionDoesNotExistError:
        if loop.refused is None:
            raise
        raise NotProvenError(loop.refused) from None


# What Airflow hands to SQLAlchemy, for the connections it makes by asyncpg.
AIRFLOW_ARGUMENTS = {"async_creator_fn": connect_proven}


class _WaryLoop:
    """An event loop that reads along what servers say until they have let us in."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.refused: str | None = None
        """Why a server was turned away; asyncpg only sees that its connection ended."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def create_connection(self, factory: Callable[[], Any], *where: Any, **how: Any) -> Any:
        """Connect as the loop does."""
        return await self._loop.create_connection(lambda: self._reading_along(factory()), *where, **how)

    def _reading_along(self, protocol: Any) -> Any:
        """Let a protocol of asyncpg's be told nothing that would make it give a password away."""
        login, receive = _Login(), protocol.data_received

        def data_received(data: bytes) -> None:
            try:
                login.follow(data)
            except NotProvenError as error:
                self.refused = str(error)
                raise
            receive(data)

        protocol.data_received = data_received
        return protocol


class _Login:
    """The messages of a server until it lets us in."""

    def __init__(self) -> None:
        self._is_over = False
        self._said = b""
        self._steps = list(SCRAM_STEPS)

    def follow(self, data: bytes) -> None:
        """Read on. Raises NotProvenError at the first message that is none of SCRAM's in its turn."""
        if self._is_over:
            return
        self._said += data
        while not self._is_over and len(self._said) >= HEAD_BYTES:
            length = int.from_bytes(self._said[1:HEAD_BYTES])
            if not CODE_BYTES <= length <= MOST_BYTES:
                raise NotProvenError("what answers is no PostgreSQL")
            message, rest = self._said[: 1 + length], self._said[1 + length :]
            if len(message) < 1 + length:
                return
            self._said = rest
            self._look_at(message)

    def _look_at(self, message: bytes) -> None:
        kind, code = message[:1], int.from_bytes(message[HEAD_BYTES : HEAD_BYTES + CODE_BYTES])
        if kind != AUTHENTICATION:
            return
        if code == AUTHENTICATED and not self._steps:
            self._is_over = True
        elif not self._steps or code != self._steps.pop(0):
            raise NotProvenError("the server does not prove that it knows the password: is the port another's?")
