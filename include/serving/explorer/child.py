"""What the process of a query does: it takes its limits upon itself, asks, and answers with a table of Arrow's."""

import asyncio
import json
import os
import resource
import signal
import socket
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

import asyncpg
import psutil
import pyarrow as pa

from include.serving.explorer import session
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.export import arrow_table
from include.serving.explorer.limits import (
    AT_ONCE,
    CONNECT_TIMEOUT_S,
    GRACE_S,
    LONGEST_REASON,
    MEMORY_LIMIT,
    OUTPUT_LIMIT,
    TIME_LIMIT_S,
)

TOO_DEEP = "A value of the result holds others too many levels deep: cast it to text."
TOO_MUCH_MEMORY = "The result takes more memory than it may. Ask for fewer rows or columns, or for shorter values."


@dataclass(frozen=True)
class Request:
    """What is to be asked, as whom, and for how long."""

    url: str
    text: str
    time_limit_s: float = TIME_LIMIT_S
    backstop_s: float | None = None
    """The session's own limit, in case this process dies; a second more than the one that is kept here."""
    places: int = AT_ONCE
    """How many queries may be at work in the database."""

    def packed(self) -> bytes:
        """Return it as it is handed over."""
        return json.dumps(asdict(self)).encode()


def warm_up() -> None:
    """Do once what each process would do anew for its first rows: Arrow imports pandas, for a second."""
    arrow_table(("n",), [(1,)])


def answer(connection: socket.socket) -> NoReturn:
    """Answer one request and end: a line of JSON, and after it the rows, if there are any."""
    # The kernel ends what cannot end itself, whatever it is busy with.
    _end_after(CONNECT_TIMEOUT_S + GRACE_S)
    _take_no_more_than(MEMORY_LIMIT)
    request = Request(**json.loads(_all_of(connection)))
    asyncio.run(_answer(connection, request))
    # Nothing is left to be done, and what Python does at its end takes longer than the query.
    os._exit(0)


async def _answer(connection: socket.socket, request: Request) -> None:
    try:
        backstop_s = request.time_limit_s + 1 if request.backstop_s is None else request.backstop_s
        async with session.opened(request.url, backstop_s=backstop_s) as asked:
            _end_after(request.time_limit_s + GRACE_S)
            work = asyncio.ensure_future(_fetch(asked, request))
            done, _ = await asyncio.wait({work}, timeout=request.time_limit_s)
            if done:
                _say(connection, *_packed(work.result()))
                return
            # First: PostgreSQL may take its time, and the reader need not wait for it.
            _refuse(connection, took_longer(request.time_limit_s))
            _end_after(2 * CONNECT_TIMEOUT_S)
            await session.end(request.url, asked.get_server_pid())
            # What the query itself says of its end does not count, and it may be days until it says it.
            os._exit(0)
    except RefusedError as refused:
        _refuse(connection, str(refused))
    except RecursionError:
        _refuse(connection, TOO_DEEP)
    except MemoryError:
        _refuse(connection, TOO_MUCH_MEMORY)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
        _refuse(connection, TOO_MUCH_MEMORY if _lacked_memory(error) else session.reason(error))


async def _fetch(asked: Any, request: Request) -> session.Fetched:
    await session.wait_for_a_place(asked, request.places, ended_after_s=request.time_limit_s + CONNECT_TIMEOUT_S)
    return await session.fetch(asked, request.text)


def _packed(fetched: session.Fetched) -> tuple[dict[str, object], bytes]:
    """Return what is said of the rows, and the rows. Raises RefusedError where they take too much room."""
    table = arrow_table(fetched.columns, fetched.rows)
    if table.nbytes > OUTPUT_LIMIT:
        raise RefusedError(f"The result takes more than {OUTPUT_LIMIT // 1_000_000} MB here. Ask for fewer rows.")
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    told = {
        "columns": fetched.columns,
        "types": fetched.types,
        "is_cut": fetched.is_cut,
        "duration_s": fetched.duration_s,
    }
    return told, sink.getvalue()


def _refuse(connection: socket.socket, reason: str) -> None:
    _say(connection, {"refused": reason[:LONGEST_REASON]}, b"")


def _say(connection: socket.socket, told: dict[str, object], rows: bytes) -> None:
    connection.sendall(json.dumps(told).encode() + b"\n")
    connection.sendall(rows)
    connection.shutdown(socket.SHUT_WR)


def _all_of(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as request:
        return request.read()


def _end_after(seconds: float) -> None:
    """Let the kernel end this process after so long, in place of any time that was said before."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _take_no_more_than(further_bytes: int) -> None:
    """Have the kernel refuse this process more memory than so much beyond what it holds."""
    held = psutil.Process().memory_info()
    limit = getattr(held, "data", held.vms) + further_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def took_longer(time_limit_s: float) -> str:
    """Return what is said of a query that was ended for its time."""
    return f"The query took longer than {time_limit_s:g} s and was ended. Narrow it, for example by settlement_date."


def _lacked_memory(error: BaseException | None) -> bool:
    """Tell whether an error came of a lack of memory, which asyncpg tells as a connection that broke."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        error = error.__cause__ or error.__context__
    return False
