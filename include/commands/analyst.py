"""The warehouse in use as an analyst reads it: how commands get to it, and what they say where they get nothing.

A query of the user's goes through PostgreSQL's extended protocol (asyncpg), which takes one statement and no more.
psycopg2 would send a chain of statements as it stands; it is for statements of our own.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
import psycopg2

from include import proven_login
from include.home import Home
from include.local.errors import LocalError
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Connection, Role, Warehouse, session

STATEMENT_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10
SEARCH_PATH = "analytics, reference, ops"


def reachable(settings: Settings, home: Home) -> Warehouse:
    """Return the warehouse in use, its server started if it is ours and has stopped."""
    warehouse = Warehouse.of(settings, home)
    if warehouse.is_embedded:
        cluster = Cluster.of(settings, home)
        if not cluster.exists:
            raise LocalError("there is no warehouse yet; make one: make run")
        cluster.start()
    return Warehouse.of(settings, home)


@asynccontextmanager
async def read_only(warehouse: Warehouse, *, application: str) -> AsyncIterator[Any]:
    """Open a read-only transaction as the analyst, in which no statement takes longer than 60 seconds."""
    connection = await proven_login.connect(
        warehouse.dsn(Role.ANALYST),
        timeout=CONNECT_TIMEOUT_S,
        server_settings={
            "application_name": application,
            "timezone": "UTC",
            "statement_timeout": f"{STATEMENT_TIMEOUT_S}s",
            "search_path": SEARCH_PATH,
        },
    )
    try:
        async with connection.transaction(readonly=True):
            yield connection
    finally:
        await connection.close(timeout=CONNECT_TIMEOUT_S)


@contextmanager
def reading(warehouse: Warehouse, *, application: str) -> Iterator[Connection]:
    """Open a read-only transaction as the analyst, which sees all of it as of one instant."""
    with session(warehouse.dsn(Role.ANALYST), application=application) as connection:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('statement_timeout', %s, true), set_config('search_path', %s, true)",
                (f"{STATEMENT_TIMEOUT_S}s", SEARCH_PATH),
            )
        yield connection


def reason(error: Exception) -> str:
    """Return PostgreSQL's reason in one line."""
    if isinstance(error, (asyncpg.QueryCanceledError, psycopg2.errors.QueryCanceled)):
        return f"the query took longer than {STATEMENT_TIMEOUT_S} s and was ended; narrow it, for example by a date"
    told = error.diag if isinstance(error, psycopg2.Error) else error
    hint = getattr(told, "message_hint", None) or getattr(told, "hint", None)
    text = getattr(told, "message_primary", None) or error
    return " ".join(f"{text}{f' ({hint})' if hint else ''}".split())
