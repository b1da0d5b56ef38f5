"""Runs one query of a reader's, in a process of its own (children.py) and as `gridloom_explorer` (session.py)."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from include.serving.explorer import children
from include.serving.explorer.child import TOO_MUCH_MEMORY, Request, took_longer
from include.serving.explorer.errors import RefusedError
from include.serving.explorer.guard import check_text
from include.serving.explorer.limits import AT_ONCE, CONNECT_TIMEOUT_S, GRACE_S, OUTPUT_LIMIT
from include.serving.explorer.session import all_taken

_slots = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Result:
    """The rows of a query, at most ROW_LIMIT of them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    table: pa.Table
    """The rows; a name that several columns have is followed by a number in all but the first."""
    is_cut: bool
    """Whether there were more rows than these."""
    duration_s: float

    @property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """The rows as Python has them."""
        return tuple(zip(*(column.to_pylist() for column in self.table.columns), strict=True))


def run_query(url: str, statement: str, **limits: Any) -> Result:
    """Run one query as the login of `url`, within limits other than those of `Request` where such are given.

    Raises RefusedError with the reason, in words for the reader.
    """
    request = Request(url, check_text(statement), **limits)
    time_limit_s = request.time_limit_s
    begun = time.monotonic()
    with _slot():
        answer = children.ask(
            request.packed(),
            within_s=CONNECT_TIMEOUT_S + time_limit_s + 2 * GRACE_S,
            most_bytes=2 * OUTPUT_LIMIT,
        )
    if not answer:
        raise RefusedError(_why_it_died(time.monotonic() - begun, time_limit_s))
    told, _, rows = answer.partition(b"\n")
    return _result(json.loads(told), rows)


@contextmanager
def _slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise RefusedError(all_taken(AT_ONCE))
    try:
        yield
    finally:
        _slots.release()


def _result(told: dict[str, Any], rows: bytes) -> Result:
    if "refused" in told:
        raise RefusedError(told["refused"])
    with pa.ipc.open_stream(rows) as stream:
        table = stream.read_all()
    return Result(tuple(told["columns"]), tuple(told["types"]), table, told["is_cut"], told["duration_s"])


def _why_it_died(after_s: float, time_limit_s: float) -> str:
    return TOO_MUCH_MEMORY if after_s < time_limit_s else took_longer(time_limit_s)
