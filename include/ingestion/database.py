"""A database that is read whole, all its tables as of one instant. By SQLAlchemy, so that it may be of any kind.

https://docs.sqlalchemy.org/en/20/core/engines.html
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, OperationalError, SQLAlchemyError

from include.ingestion.errors import LastingError, SourceRefusedError, SourceUnavailableError
from include.ingestion.limits import Limits

ROWS_AT_ONCE = 1_000
# Under which a transaction sees one state of all tables. A transaction of SQLite's always does.
_ONE_STATE = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ"}
_ONE_STATE |= {"mssql": "SNAPSHOT", "oracle": "SERIALIZABLE"}


@dataclass(frozen=True)
class Database:
    """An open transaction that reads."""

    connection: sa.Connection

    def within(self, limits: Limits, *, is_hurried: bool) -> "Database":
        """Return itself: a database has no limits of ours."""
        return self

    def rows(self, table: str) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of a table, some at a time, each by the names of its columns.

        Raises SourceRefusedError where the table is not there or may not be read.
        """
        everything = sa.select(sa.text("*")).select_from(sa.table(table))
        try:
            found = self.connection.execution_options(yield_per=ROWS_AT_ONCE).execute(everything)
            for some in found.mappings().partitions():
                yield [dict(row) for row in some]
        except SQLAlchemyError as error:
            raise SourceRefusedError(f"table {table} cannot be read: {_said(error)}") from None


@contextmanager
def read_whole(address: str) -> Iterator[Database]:
    """Open a database, by its SQLAlchemy address, for the length of a block.

    Raises SourceUnavailableError where it does not answer, and LastingError where the address is none.
    """
    engine = _engine(address)
    try:
        with _connected(engine) as connection:
            yield Database(connection)
    finally:
        engine.dispose()


def _engine(address: str) -> sa.Engine:
    try:
        url = sa.make_url(address)
        if url.get_backend_name() == "sqlite":
            path = Path(url.database or "").resolve()
            # By its path alone SQLite would make a file that is not there.
            return sa.create_engine("sqlite://", creator=lambda: _sqlite(path), poolclass=sa.pool.NullPool)
        return sa.create_engine(url, poolclass=sa.pool.NullPool)
    # The address, and the password in it, is in no message.
    except (sa.exc.ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise LastingError(f"the address is none that SQLAlchemy can open: {type(error).__name__}") from None


def _sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)


@contextmanager
def _connected(engine: sa.Engine) -> Iterator[sa.Connection]:
    try:
        connection = engine.connect()
    except (OperationalError, sa.exc.DBAPIError) as error:
        raise SourceUnavailableError(f"the database does not answer: {_said(error)}") from None
    with connection:
        isolation = _ONE_STATE.get(engine.dialect.name)
        if isolation is not None:
            connection = connection.execution_options(isolation_level=isolation, postgresql_readonly=True)
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("begin")
        # Of what was read, nothing is to be kept.
        yield connection


def _said(error: SQLAlchemyError) -> str:
    """Return what a database said of a failure: its first line, which names tables and not rows."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def page_of(rows: list[dict[str, Any]]) -> bytes:
    """Return rows as the array of objects that a publisher would send."""
    return msgspec.json.encode(rows)
