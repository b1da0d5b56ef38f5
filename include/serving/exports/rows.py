"""Rows of a query as they come: batches of Arrow's from a cursor that PostgreSQL keeps, some megabytes at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from include.serving.exports.columns import NUMBERS, Column, columns_of
from include.serving.exports.errors import ExportError
from include.warehouse import Connection, Statement, Values

FIRST_ROWS = 100
MOST_ROWS = 10_000
# Rows can be long: so many bytes of them are asked for at once, by what the last ones took.
BATCH_BYTES = 4_000_000
CURSOR = sql.Identifier("gridloom_export")


@dataclass(frozen=True)
class Rows:
    """What a query gives: its columns at once, its rows as they are asked for."""

    columns: tuple[Column, ...]
    batches: Iterator[pa.RecordBatch]


def read(connection: Connection, statement: Statement, values: Values | None = None) -> Rows:
    """Open a cursor for a query in the caller's transaction, which must last until the rows are read.

    Raises psycopg2.Error, and ExportError while rows are read where a value does not fit the type of its column.
    """
    cursor = connection.cursor()
    _declare(cursor, statement, values)
    cursor.execute(sql.SQL("fetch 0 from {}").format(CURSOR))
    described = cursor.description
    if not described:
        raise ExportError("the query gives no columns, so there is nothing to write")
    _take_as_printed(cursor, {each.type_code for each in described} - set(NUMBERS))
    columns = columns_of(connection, described)
    return Rows(columns, _batches(cursor, columns))


def is_longer(connection: Connection, statement: Statement, values: Values | None, most_rows: int) -> bool:
    """Tell whether a query gives more rows than so many. They are made, and not sent."""
    with connection.cursor() as cursor:
        _declare(cursor, statement, values)
        cursor.execute(sql.SQL("move {} in {}").format(sql.Literal(most_rows + 1), CURSOR))
        moved = int((cursor.statusmessage or "MOVE 0").split()[-1])
        cursor.execute(sql.SQL("close {}").format(CURSOR))
        return moved > most_rows


def _declare(cursor: Cursor, statement: Statement, values: Values | None) -> None:
    query = statement if isinstance(statement, sql.Composable) else sql.SQL(statement)
    cursor.execute(sql.SQL("declare {} no scroll cursor for ").format(CURSOR) + query, values)


def _batches(cursor: Cursor, columns: Sequence[Column]) -> Iterator[pa.RecordBatch]:
    asked = FIRST_ROWS
    while True:
        cursor.execute(sql.SQL("fetch {} from {}").format(sql.Literal(asked), CURSOR))
        rows = cursor.fetchall()
        if not rows:
            return
        batch = _batch(rows, columns)
        yield batch
        asked = max(1, min(MOST_ROWS, 2 * asked, BATCH_BYTES * len(rows) // max(1, batch.nbytes)))


def _batch(rows: Sequence[tuple[Any, ...]], columns: Sequence[Column]) -> pa.RecordBatch:
    arrays = [_array(values, column) for values, column in zip(zip(*rows, strict=True), columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([column.field for column in columns]))


def _array(values: Sequence[Any], column: Column) -> pa.Array:
    if column.type in NUMBERS.values():
        return pa.array(values, column.type)
    texts = pa.array(values, pa.string())
    try:
        return pc.cast(texts, column.type)
    except pa.ArrowInvalid:
        value = next(text for text in values if not _fits(text, column.type))
        raise ExportError(f"{column.name} holds {value}, which files have no value for: cast it to text") from None


def _fits(text: str | None, kind: pa.DataType) -> bool:
    try:
        pc.cast(pa.array([text], pa.string()), kind)
    except pa.ArrowInvalid:
        return False
    return True


def _take_as_printed(cursor: Cursor, types: set[int]) -> None:
    """Have psycopg2 hand on values of these types as the text it was sent."""
    if types:
        as_printed = psycopg2.extensions.new_type(tuple(types), "AS_PRINTED", _as_it_is)
        psycopg2.extensions.register_type(as_printed, cursor)


def _as_it_is(text: Any, _: Cursor) -> Any:
    return text
