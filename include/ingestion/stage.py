"""What has come of one scope, in a temporary table: staged without a lock, while the publisher is still read."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import psycopg2
from psycopg2 import sql

from include.ingestion.ahead import ahead
from include.ingestion.check import RowCheck
from include.ingestion.columns import Column
from include.ingestion.dataset import Dataset, Page
from include.ingestion.errors import DamagedAnswerError
from include.ingestion.page_lines import PayloadLines, TypedLines
from include.ingestion.typed_lines import Lines
from include.warehouse import Connection

# psycopg2's COPY is fast only with whole buffers.
COPY_BUFFER_BYTES = 1 << 20
COPY_PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class Stage:
    """A temporary table of this session that holds the accepted rows of one scope."""

    connection: Connection
    dataset: Dataset

    def add(self, pages: Iterable[Page], checked: RowCheck) -> None:
        """Copy what keeps its contract into the stage: while one page is copied, the next one is checked.

        Raises DamagedAnswerError where PostgreSQL cannot hold what is JSON all the same, and what `RowCheck` does.
        """
        made = TypedLines(checked) if self.dataset.is_typed else PayloadLines(checked)
        for lines in ahead(map(made.of, pages)):
            with self.connection:
                copy_in(self.connection, sql.Identifier("staged_rows"), made.columns, [lines])


def copy_in(connection: Connection, table: sql.Identifier, columns: Sequence[str], lines: Iterable[Lines]) -> int:
    """Copy lines into a table within the caller's transaction, as they come; return how many.

    Lines that are written in one way are one COPY: PostgreSQL reads some while the next ones are made. Raises what
    making them does, and DamagedAnswerError where PostgreSQL cannot hold what is JSON all the same.
    """
    copied = 0
    with _damage_told(), connection.cursor() as cursor:
        for written_as, alike in groupby(lines, key=attrgetter("written_as")):
            statement = sql.SQL("copy {} ({}) from stdin {}").format(table, listed(columns), written_as)
            coming = _Coming(each.text for each in alike)
            try:
                cursor.copy_expert(statement, coming, size=COPY_BUFFER_BYTES)
            except psycopg2.Error:
                coming.raise_failure()
                raise
            copied += cursor.rowcount
    return copied


@dataclass
class _Coming:
    """Text that is still being made, as the file that psycopg2 reads."""

    texts: Iterator[bytes]
    failure: BaseException | None = None

    def read(self, _: int = -1) -> bytes:
        """Return what comes next, as much as a buffer or one text; nothing at the end."""
        pieces, size = list[bytes](), 0
        try:
            # For each piece psycopg2 waits for its turn among threads.
            for text in self.texts:
                pieces.append(text)
                size += len(text)
                if size >= COPY_PIECE_BYTES:
                    break
            return b"".join(pieces)
        except BaseException as failure:
            # psycopg2 tells PostgreSQL of it, and raises what PostgreSQL answers.
            self.failure = failure
            raise

    readline = read

    def raise_failure(self) -> None:
        """Raise what went wrong where text was made, if anything did."""
        if self.failure is not None:
            raise self.failure


@contextmanager
def stage(connection: Connection, dataset: Dataset) -> Iterator[Stage]:
    """Open an empty stage for the length of a block."""
    columns = (*dataset.key_columns, *dataset.own_columns)
    with connection, connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.staged_rows")
        cursor.execute(sql.SQL("create temp table staged_rows ({}, {})").format(_defined(columns), _kept(dataset)))
    yield Stage(connection, dataset)
    with connection, connection.cursor() as cursor:
        cursor.execute("drop table staged_rows")


def _kept(dataset: Dataset) -> sql.Composable:
    """Return the further columns of a stage: what becomes of a row, and in which order rows came."""
    published = (
        sql.SQL("_extra jsonb")
        if dataset.is_typed
        else sql.SQL("published text, payload jsonb generated always as (published::jsonb - {}::text[]) stored").format(
            sql.Literal(list(dataset.transport_columns))
        )
    )
    return sql.SQL("content_hash bytea, {}, ordinal bigint generated always as identity").format(published)


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except psycopg2.DataError as error:
        raise DamagedAnswerError(f"PostgreSQL cannot hold a row of the answer: {error.diag.message_primary}") from error


def listed(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _defined(columns: Iterable[Column]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(each.name), sql.SQL(each.sql_type)) for each in columns
    )
