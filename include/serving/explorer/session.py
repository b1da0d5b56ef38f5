"""Runs one query of a reader's: as `gridloom_explorer`, read-only, and within limits kept from outside the session.

The extended protocol (asyncpg) takes one statement and no more. The server counts rows, and the bytes it is about to
send, while it makes them: no result is ever larger here than it may be.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg

from include import proven_login
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.guard import ONLY_QUERIES, check_functions, without_end
from include.serving.explorer.limits import BYTE_LIMIT, CONNECT_TIMEOUT_S, LONGEST_REASON, ROW_LIMIT

APPLICATION = "gridloom explorer"
# A session of another reader's may be about to go.
_PLACE_WITHIN_S = 1.0
_LOOK_AGAIN_S = 0.05
_TOO_LARGE = "gridloom: the result is too large"
_IN_OUR_WORDS: dict[type[Exception], str] = {
    OSError: "The warehouse cannot be reached. See what runs: make status",
    asyncpg.InternalClientError: "A value of the result has a type that cannot be shown here: cast it to text.",
    asyncpg.ConfigurationLimitExceededError: (
        "The query keeps too much aside on the disk. Sort or join fewer rows or columns."
    ),
    asyncpg.OutOfMemoryError: (
        "The query takes more memory than it may. Ask for fewer rows or columns, or for shorter values."
    ),
    asyncpg.ProgramLimitExceededError: (
        "The query makes a value that is larger than PostgreSQL has them. Ask for shorter values or fewer rows."
    ),
    asyncpg.TooManyConnectionsError: "Too many queries are running already. Try again in a moment.",
}

# The CTE makes rows one by one as they are asked for, and keeps them in their order.
_WRAPPED = """with gridloom_rows as materialized (
{statement}
)
select *
from (
    select
        gridloom_row.*,
        sum(pg_catalog.octet_length({sent})) over (rows unbounded preceding) as gridloom_bytes
    from gridloom_rows as gridloom_row
) as gridloom_counted
where
    case
        when gridloom_bytes <= {byte_limit} then true
        -- Fails, and says so; it depends on the row, so that it is not tried before.
        else ('{too_large}' || left(gridloom_bytes::text, 0))::boolean
    end
limit {row_limit}"""

# What a row is when it is sent. Its size in memory would not do: what was stored compressed is compressed there too.
# With `.*` it is the row, though one of its columns be called the same.
_SENT = "pg_catalog.record_send(gridloom_row.*)"
_SENT_AS_TEXT = "(gridloom_row.*)::text"
_HAS_NO_BINARY_FORM = """
select exists (
    select from pg_catalog.pg_type as type
    left join pg_catalog.pg_type as element on type.typelem = element.oid
    where type.oid = any($1::oid[]) and (type.typsend = 0 or element.typsend = 0)
)
"""
# Whoever came first has the place: two that come at once do not send each other away.
_AT_WORK_BEFORE = """
select count(*) as sessions, count(*) filter (where other.backend_start < clock_timestamp() - $2::interval) as unended
from pg_catalog.pg_stat_activity as own
inner join pg_catalog.pg_stat_activity as other
    on
        other.datid = own.datid
        and other.usesysid = own.usesysid
        and other.application_name = $1
        and (other.backend_start, other.pid) < (own.backend_start, own.pid)
where own.pid = pg_catalog.pg_backend_pid()
"""


@dataclass(frozen=True)
class Fetched:
    """The rows of a query as they were read, at most ROW_LIMIT of them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool
    """Whether there were more rows than these."""
    duration_s: float


async def wait_for_a_place(connection: Any, places: int, *, ended_after_s: float) -> None:
    """Wait until fewer queries are at work in this database than there are places, whoever asked for them.

    Raises RefusedError where they stay. What was at work for longer than `ended_after_s` was ended, and goes on.
    """
    deadline = time.monotonic() + _PLACE_WITHIN_S
    while True:
        row = await connection.fetchrow(_AT_WORK_BEFORE, APPLICATION, timedelta(seconds=ended_after_s))
        if row["sessions"] < places:
            return
        if time.monotonic() > deadline:
            raise RefusedError(_no_place(row["unended"], places))
        await asyncio.sleep(_LOOK_AGAIN_S)


async def fetch(connection: Any, text: str) -> Fetched:
    """Run a query in a session of its own. Raises RefusedError."""
    begun = time.monotonic()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await check_functions(connection, text)
        prepared = await _prepare(connection, text)
        columns = prepared.get_attributes()[:-1]
        rows = await _rows(prepared)
    return Fetched(
        tuple(column.name for column in columns),
        tuple(column.type.name for column in columns),
        tuple(tuple(row)[:-1] for row in rows[:ROW_LIMIT]),
        is_cut=len(rows) > ROW_LIMIT,
        duration_s=time.monotonic() - begun,
    )


@asynccontextmanager
async def opened(url: str, *, backstop_s: float) -> AsyncIterator[Any]:
    """Open a session for one query. `backstop_s` is its own limit, in case this process dies."""
    connection = await _connect(url, APPLICATION, backstop_s)
    try:
        yield connection
    finally:
        # Nothing is to be saved, and a session that was ended says no goodbye.
        connection.terminate()


async def end(url: str, pid: int) -> None:
    """End a session of the explorer's from another one, so that nothing the query did can prevent it."""
    other = await _connect(url, f"{APPLICATION}, ending a query", CONNECT_TIMEOUT_S)
    try:
        await other.execute("select pg_catalog.pg_terminate_backend($1)", pid)
    finally:
        await other.close(timeout=CONNECT_TIMEOUT_S)


def reason(error: Exception) -> str:
    """Return why PostgreSQL gave no rows, in one line."""
    if _TOO_LARGE in str(error)[: len(_TOO_LARGE) + LONGEST_REASON]:
        return f"The result is larger than {BYTE_LIMIT // 1_000_000} MB. Ask for fewer rows or columns, or for sums."
    known = next((words for kind, words in _IN_OUR_WORDS.items() if isinstance(error, kind)), None)
    if known:
        return known
    hint = getattr(error, "hint", None)
    text = " ".join(f"{error}{f' ({hint})' if hint else ''}"[: 2 * LONGEST_REASON].split())
    return f"{text[:1].upper()}{text[1:]}."


def _no_place(unended: int, places: int) -> str:
    if unended >= places:
        return (
            f"{unended} queries that were ended are at work still: PostgreSQL cannot stop what they do. The page Runs"
            " shows them. Try again when they are done."
        )
    return all_taken(places)


def all_taken(places: int) -> str:
    """Return what is said where as many queries run as may."""
    return f"{places} queries are running already, which is as many as may. Try again in a moment."


async def _rows(prepared: Any) -> Any:
    try:
        return await prepared.fetch()
    except (ValueError, OverflowError) as error:
        # PostgreSQL's dates and times reach further than Python's.
        raise RefusedError(f"A value of the result cannot be shown here ({error}): cast it to text.") from error


async def _prepare(connection: Any, text: str) -> Any:
    """Prepare the query; nothing runs yet. By itself first: what is wrong is said in its own words."""
    columns = (await connection.prepare(text)).get_attributes()
    if not columns:
        raise RefusedError(ONLY_QUERIES)
    has_none = await connection.fetchval(_HAS_NO_BINARY_FORM, [column.type.oid for column in columns])
    for statement in (text, *without_end(text)):
        wrapped = _WRAPPED.format(
            statement=statement,
            sent=_SENT_AS_TEXT if has_none else _SENT,
            byte_limit=BYTE_LIMIT,
            row_limit=ROW_LIMIT + 1,
            too_large=_TOO_LARGE,
        )
        try:
            # A savepoint: after an error the next statement is to be tried all the same.
            async with connection.transaction():
                # By itself, so that it cannot close our own parenthesis.
                await connection.prepare(statement)
                return await connection.prepare(wrapped)
        except asyncpg.PostgresSyntaxError:
            continue
    raise RefusedError(ONLY_QUERIES)


async def _connect(url: str, application: str, limit_s: float) -> Any:
    limit = str(int(limit_s * 1000))
    return await proven_login.connect(
        url,
        timeout=CONNECT_TIMEOUT_S,
        statement_cache_size=0,
        server_settings={
            "application_name": application,
            "timezone": "UTC",
            "search_path": "analytics, reference, ops",
            "default_transaction_read_only": "on",
            "statement_timeout": limit,
            "idle_in_transaction_session_timeout": limit,
            # A query whose reader is gone is ended within a second.
            "client_connection_check_interval": "1000",
            "max_parallel_workers_per_gather": "0",
            "jit": "off",
            "work_mem": "16MB",
        },
    )
