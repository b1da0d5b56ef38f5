"""How pages read the warehouse: as the analyst, read-only, within a time limit, in plain words where it fails."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg
import psycopg2
import pyarrow as pa
from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include import proven_login
from include.serving.catalogue import Entry, read_catalogue
from include.serving.dashboard.process import this_process
from include.serving.datasets import DeclaredDataset, read_datasets
from include.warehouse import CONNECT_TIMEOUT_S, Connection, Role, session

# A page waits no longer than this for one query.
TIMEOUT_S = 15
APPLICATION = "gridloom dashboard"
Row = dict[str, Any]
Statement = str | sql.Composable


class UnreadableError(Exception):
    """The warehouse cannot be read. The message is a sentence for the reader; `remedy` says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


class NothingPublishedError(UnreadableError):
    """A table that is to be read is not there yet: the first publication makes it."""


class Reader:
    """One connection of a page, as the analyst."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Return the rows of a query, each a mapping of its columns."""
        with self._connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement, values or None)
            return [dict(row) for row in cursor.fetchall()]

    def row(self, statement: Statement, values: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
        """Return the one row of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            [row] = cursor.fetchall()
            return tuple(row)

    def table(self, statement: Statement, values: Mapping[str, Any] | None = None) -> pa.Table:
        """Return the rows of a query as an Arrow table; a query without rows has its columns all the same."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            names = [column.name for column in cursor.description or ()]
            columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return pa.table({name: pa.array(column) for name, column in zip(names, columns, strict=True)})

    def has(self, table: str) -> bool:
        """Tell whether a table of `analytics` is there: its first publication makes it."""
        (is_there,) = self.row(
            "select to_regclass('analytics.' || quote_ident(%(table)s)) is not null", {"table": table}
        )
        return bool(is_there)

    def datasets(self) -> list[DeclaredDataset]:
        """Return every declared dataset, with the newest that is published of it."""
        return read_datasets(self._connection, datetime.now(UTC))

    def catalogue(self, at: datetime) -> list[Entry]:
        """Return every name of the catalogue, and how it stands at an instant."""
        return read_catalogue(self._connection, at)


@contextmanager
def analyst() -> Iterator[Reader]:
    """Open the warehouse in use. Raises UnreadableError, for failures within the block too."""
    with reading(this_process().url(Role.SCREENS)) as reader:
        yield reader


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """Open a warehouse for a page. Raises UnreadableError, for failures within the block too."""
    is_open = False
    try:
        with session(url, application=APPLICATION) as connection:
            is_open = True
            # All queries of a page see one state, even while new rows are published.
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                cursor.execute("set statement_timeout = %s", (f"{TIMEOUT_S}s",))
            yield Reader(connection)
    except psycopg2.Error as error:
        raise (_in_plain_words(error) if is_open else _not_let_in(url)) from error


def _in_plain_words(error: psycopg2.Error) -> UnreadableError:
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return UnreadableError(
            f"The warehouse is slow: it did not answer within {TIMEOUT_S} seconds.",
            "Try again in a minute, or choose a shorter range.",
        )
    if isinstance(error, (psycopg2.errors.UndefinedTable, psycopg2.errors.InvalidSchemaName)):
        return NothingPublishedError("Nothing has been published yet.", "Bring data in: `make run`.")
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return _not_allowed()
    # A connection that breaks has no code or one of class 08; the server that goes down says so (57P).
    if error.pgcode is None or error.pgcode.startswith(("08", "57P")):
        return _not_reached()
    return UnreadableError(
        "The warehouse cannot answer this page.",
        "It may be older than the dashboard: `gridloom migrate`, then `make run`. The dashboard’s log has the cause.",
    )


def _not_allowed() -> UnreadableError:
    return UnreadableError(
        "The warehouse does not let the dashboard read this.", "Grant it what is missing: `gridloom migrate`."
    )


def _not_reached() -> UnreadableError:
    return UnreadableError("The warehouse cannot be reached.", "See what runs: `make status`. Start it: `make up`.")


def _not_let_in(url: str) -> UnreadableError:
    """Find out why no connection was made: psycopg2 says it in words alone, and asyncpg gives the server's code."""
    try:
        asyncio.run(_knock(url))
    except asyncpg.InvalidCatalogNameError:
        return UnreadableError("The warehouse has not been set up yet.", "Set it up and bring data in: `make run`.")
    except asyncpg.InvalidAuthorizationSpecificationError:
        return UnreadableError(
            "The warehouse refuses the dashboard’s login.",
            "`GRIDLOOM_SCREENS_PASSWORD` must be the warehouse’s; `make status` says which warehouse is in use.",
        )
    except asyncpg.InsufficientPrivilegeError:
        return _not_allowed()
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        pass
    # Nobody answers, or it starts or is full; where it let us in by now, the page asks again in a moment.
    return _not_reached()


async def _knock(url: str) -> None:
    connection = await proven_login.connect(url, timeout=CONNECT_TIMEOUT_S)
    await connection.close()
