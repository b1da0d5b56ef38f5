"""Runs one query of a reader's: as `gridloom_explorer`, read-only, and within limits kept from outside the session.

The extended protocol (asyncpg) takes one statement and no more. The server counts rows, and the bytes it is about to
send, while it makes them: no result is ever larger here than it may be. What exceeds its time is ended from a second
connection.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from include.serving.explorer.errors import RefusedError
from include.serving.explorer.guard import ONLY_QUERIES, check_functions, check_text, without_end

TIME_LIMIT_S = 10.0
ROW_LIMIT = 10_000
BYTE_LIMIT = 20_000_000
AT_ONCE = 2
CONNECT_TIMEOUT_S = 5.0
# The session's own limit, in case this process dies: the one that counts is kept from outside.
_BACKSTOP_MS = int(TIME_LIMIT_S * 1000) + 1000
_TOO_LARGE = "gridloom: the result is too large"

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
_SENT = "pg_catalog.record_send(gridloom_row)"
_SENT_AS_TEXT = "gridloom_row::text"
_HAS_NO_BINARY_FORM = """
select exists (
    select from pg_catalog.pg_type as type
    left join pg_catalog.pg_type as element on type.typelem = element.oid
    where type.oid = any($1::oid[]) and (type.typsend = 0 or element.typsend = 0)
)
"""

_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Result:
    """The rows of a query, at most ROW_LIMIT of them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    is_cut: bool
    """Whether there were more rows than these."""
    duration_s: float


def run_query(url: str, statement: str, *, time_limit_s: float = TIME_LIMIT_S) -> Result:
    """Run one query as the login of `url`. Raises RefusedError with the reason, in words for the reader."""
    text = check_text(statement)
    with _slot():
        try:
            return asyncio.run(_within(url, text, time_limit_s))
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise RefusedError(_reason(error)) from error
        except OSError as error:
            raise RefusedError("The warehouse cannot be reached. See what runs: make status") from error


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise RefusedError(f"{AT_ONCE} queries are running already, which is as many as may. Try again in a moment.")
    try:
        yield
    finally:
        _slots.release()


async def _within(url: str, text: str, time_limit_s: float) -> Result:
    async with _session(url) as connection:
        pid = connection.get_server_pid()
        work = asyncio.ensure_future(_run(connection, text))
        done, _ = await asyncio.wait({work}, timeout=time_limit_s)
        if done:
            return work.result()
        await _end(url, pid)
        await _let_go(work)
        raise RefusedError(
            f"The query took longer than {time_limit_s:g} s and was ended. Narrow it, for example by settlement_date."
        )


async def _let_go(work: "asyncio.Future[Result]") -> None:
    """Wait for the end of a query whose session was ended; what it says of that does not count."""
    done, _ = await asyncio.wait({work}, timeout=CONNECT_TIMEOUT_S)
    if done:
        work.exception()
    else:
        work.cancel()


async def _run(connection: Any, text: str) -> Result:
    begun = time.monotonic()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await check_functions(connection, text)
        prepared = await _prepare(connection, text)
        columns = prepared.get_attributes()[:-1]
        rows = await _fetch(prepared)
    return Result(
        tuple(column.name for column in columns),
        tuple(column.type.name for column in columns),
        tuple(tuple(row)[:-1] for row in rows[:ROW_LIMIT]),
        is_cut=len(rows) > ROW_LIMIT,
        duration_s=time.monotonic() - begun,
    )


async def _fetch(prepared: Any) -> Any:
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


@asynccontextmanager
async def _session(url: str) -> AsyncIterator[Any]:
    connection = await _connect(url, "gridloom explorer")
    try:
        yield connection
    finally:
        # Nothing is to be saved, and a session that was ended says no goodbye.
        connection.terminate()


async def _connect(url: str, application: str) -> Any:
    return await asyncpg.connect(
        url,
        timeout=CONNECT_TIMEOUT_S,
        statement_cache_size=0,
        server_settings={
            "application_name": application,
            "timezone": "UTC",
            "search_path": "analytics, reference, ops",
            "default_transaction_read_only": "on",
            "statement_timeout": str(_BACKSTOP_MS),
            "idle_in_transaction_session_timeout": str(_BACKSTOP_MS),
            # A query whose reader is gone is ended within a second.
            "client_connection_check_interval": "1000",
            "max_parallel_workers_per_gather": "0",
            "jit": "off",
            "work_mem": "16MB",
        },
    )


async def _end(url: str, pid: int) -> None:
    """End a session of the explorer's from another one, so that nothing the query did can prevent it."""
    other = await _connect(url, "gridloom explorer, ending a query")
    try:
        await other.execute("select pg_catalog.pg_terminate_backend($1)", pid)
    finally:
        await other.close(timeout=CONNECT_TIMEOUT_S)


def _reason(error: Exception) -> str:
    """Return PostgreSQL's reason, in one line."""
    if _TOO_LARGE in str(error):
        return f"The result is larger than {BYTE_LIMIT // 1_000_000} MB. Ask for fewer rows or columns, or for sums."
    if isinstance(error, asyncpg.ConfigurationLimitExceededError):
        return "The query keeps too much aside on the disk. Sort or join fewer rows or columns."
    if isinstance(error, asyncpg.OutOfMemoryError):
        return "The query takes more memory than it may. Ask for fewer rows or columns, or for shorter values."
    if isinstance(error, asyncpg.ProgramLimitExceededError):
        return "The query makes a value that is larger than PostgreSQL has them. Ask for shorter values or fewer rows."
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return "Too many queries are running already. Try again in a moment."
    hint = getattr(error, "hint", None)
    text = " ".join(f"{error}{f' ({hint})' if hint else ''}".split())
    return f"{text[:1].upper()}{text[1:]}."
