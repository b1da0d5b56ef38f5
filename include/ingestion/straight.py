"""Straight into raw, without a stage, where there is nothing that rows would be compared with.

One transaction holds the dataset's lock from the first rows to the last: who loads the same dataset waits that long.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

import psycopg2
from psycopg2 import sql

from include.ingestion.ahead import ahead
from include.ingestion.check import RowCheck
from include.ingestion.dataset import Dataset, Page
from include.ingestion.load import conclude, is_held, lock_dataset, refuse_if_rejected
from include.ingestion.page_lines import TypedLines
from include.ingestion.scope import Scope
from include.ingestion.stage import copy_in, listed
from include.operations.loads import Load
from include.operations.runs import Counts
from include.warehouse import Connection, fetch_value


class StageNeededError(Exception):
    """Rows came that have to be compared, with what is held or with each other."""


class Target(Protocol):
    """What becomes of rows that are copied into raw."""

    is_hashed: bool
    end_columns: tuple[str, ...]

    def begin(self) -> tuple[Any, ...]:
        """Lock the dataset; return the values of `end_columns`, the same for each row."""

    def finish(self, checked: RowCheck, rows: int, load: Load) -> Counts:
        """Judge what was added, and note it; return what came in and what it changed."""


@dataclass
class FirstVersions:
    """The first versions of a scope of which nothing is held."""

    connection: Connection
    dataset: Dataset
    scope: Scope
    run_id: int
    is_hashed: bool = field(default=True, init=False)
    end_columns: tuple[str, ...] = field(default=("known_at", "run_id"), init=False)

    def begin(self) -> tuple[datetime, int]:
        """Lock the dataset. Raises StageNeededError where something of the scope was loaded since we looked."""
        self.known_at = lock_dataset(self.connection, self.dataset)
        if is_held(self.connection, self.dataset, self.scope):
            raise StageNeededError("something is held of it by now")
        return self.known_at, self.run_id

    def finish(self, checked: RowCheck, rows: int, load: Load) -> Counts:
        """Note what came in. Raises StageNeededError where a key came more than once."""
        # Keys that only ever ascended came once each.
        if not checked.is_ascending and self._has_repeated():
            raise StageNeededError("a key came more than once")
        counts = Counts(checked.fetched, new=rows, rejected=len(checked.rejected), outside=checked.outside)
        conclude(self.connection, checked, checked.rejected, counts, self.known_at, load)
        return counts

    def _has_repeated(self) -> bool:
        statement = sql.SQL(
            "select exists (select from {table} where known_at = {known_at} group by {key} having count(*) > 1)"
        ).format(table=self.dataset.identifier, known_at=sql.Literal(self.known_at), key=listed(self.dataset.key))
        return bool(fetch_value(self.connection, statement))


@dataclass
class Straight:
    """One scope on its way into raw."""

    connection: Connection
    target: Target
    rows: int = 0
    end: tuple[Any, ...] | None = None

    def add(self, pages: Iterable[Page], checked: RowCheck) -> None:
        """Copy what keeps its contract into raw: while one page is copied, the next one is checked.

        Raises what `RowCheck` does, DamagedAnswerError where PostgreSQL cannot hold what is JSON all the same, and
        StageNeededError.
        """
        with _undone_if_it_fails(self.connection):
            coming = iter(pages)
            # Nothing is locked before something has come.
            for first in coming:
                self._copy(chain([first], coming), checked)

    def _copy(self, pages: Iterable[Page], checked: RowCheck) -> None:
        made = TypedLines(checked, is_hashed=self.target.is_hashed, end_columns=self.target.end_columns)
        end = self._begun()
        lines = ahead(made.of(page, end) for page in pages)
        self.rows += copy_in(self.connection, checked.dataset.identifier, made.columns, lines)

    def _begun(self) -> tuple[Any, ...]:
        self.end = self.target.begin() if self.end is None else self.end
        return self.end

    def keep(self, checked: RowCheck, load: Load) -> Counts:
        """Commit what was added; return what came in and what it changed.

        Raises TooManyRejectedError, StageNeededError, and what the target does, before anything is committed.
        """
        refuse_if_rejected(self.connection, checked, checked.rejected, load)
        with _undone_if_it_fails(self.connection):
            self._begun()
            counts = self.target.finish(checked, self.rows, load)
            self.connection.commit()
        return counts


@contextmanager
def straight(connection: Connection, target: Target) -> Iterator[Straight]:
    """Open the way for the length of a block; what was not kept by its end is undone."""
    yield Straight(connection, target)
    connection.rollback()


@contextmanager
def _undone_if_it_fails(connection: Connection) -> Iterator[None]:
    """Undo what was added where it is refused, so that what is kept of the refusal is all there is."""
    try:
        yield
    except BaseException as error:
        if not connection.closed:
            connection.rollback()
        if isinstance(error, psycopg2.errors.UniqueViolation):
            raise StageNeededError("a key came more than once") from error
        raise
