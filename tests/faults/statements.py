"""Stops a run at a statement it makes: the named points at which faults strike.

Points are named by the SQL that reaches the server, of whichever library, and not by functions of ours; so they stay
where they are when the code is written anew.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg2
from psycopg2 import sql

BEFORE, AFTER, AMIDST, ON_COMMIT, COMMITTED = "before", "after", "amidst", "on commit of", "after commit of"


@dataclass(frozen=True)
class Point:
    """The n-th statement that matches a pattern within one step of a run, and the side of it on which to strike."""

    step: str
    side: str
    pattern: str
    name: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.step}, {self.side} {self.name}"


@dataclass
class Trap:
    """Calls `strike` when a run comes to the point, once."""

    point: Point
    step: Callable[[], str]
    strike: Callable[[], None]
    met: int = 0
    is_marked: bool = False

    def meets(self, statement: str) -> bool:
        """Tell whether this is the statement of the point."""
        if self.step() != self.point.step or not re.search(self.point.pattern, " ".join(statement.split()), re.I):
            return False
        self.met += 1
        return self.met == self.point.nth

    def on(self, side: str) -> None:
        """Strike, if this is the side."""
        if self.point.side == side:
            self.strike()


def lay(trap: Trap) -> None:
    """Watch every statement of this process, from now on and for good."""

    class Cursor(psycopg2.extensions.cursor):
        def execute(self, query: Any, values: Any = None) -> None:
            self._watched(query, lambda: super(Cursor, self).execute(query, values))

        def copy_expert(self, query: Any, file: Any, size: int = 8192) -> None:
            is_met = trap.point.side == AMIDST and trap.meets(_text(query, self))
            watched = _Breaking(file.read(), trap.strike) if is_met else file
            self._watched(query, lambda: super(Cursor, self).copy_expert(query, watched, size))

        def _watched(self, query: Any, perform: Callable[[], None]) -> None:
            is_met = trap.point.side != AMIDST and trap.meets(_text(query, self))
            if is_met:
                trap.on(BEFORE)
            perform()
            if is_met:
                trap.on(AFTER)
                trap.is_marked = True
                if self.connection.autocommit:
                    trap.on(COMMITTED)

    class Connection(psycopg2.extensions.connection):
        def commit(self) -> None:
            is_marked, trap.is_marked = trap.is_marked, False
            if is_marked:
                trap.on(ON_COMMIT)
            super().commit()
            if is_marked:
                trap.on(COMMITTED)

    plain = psycopg2.connect
    psycopg2.connect = partial(plain, connection_factory=Connection, cursor_factory=Cursor)


class _Breaking(io.BytesIO):
    """A file in whose middle something happens."""

    def __init__(self, content: bytes, strike: Callable[[], None]) -> None:
        super().__init__(content)
        self._strike, self._half = strike, len(content) // 2

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() == 0:
            return super().read(self._half)
        if self.tell() == self._half:
            self._strike()
        return super().read(size)


def _text(query: Any, cursor: Any) -> str:
    if isinstance(query, sql.Composable):
        return str(query.as_string(cursor))
    return query.decode("utf-8", "replace") if isinstance(query, bytes) else str(query)
