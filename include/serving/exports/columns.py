"""The columns of a cursor: names, types for Arrow, units and descriptions. No row is looked at for them.

| PostgreSQL | here |
|---|---|
| `boolean`, `smallint`, `integer`, `bigint`, `real`, `double precision` | the same |
| `numeric(p,s)`, up to 76 digits | decimal of that precision and scale |
| `numeric` without a precision | text, as exact as PostgreSQL prints it |
| `timestamptz` | timestamp in UTC, microseconds |
| `timestamp`, `date` | timestamp without a zone, date |
| all else | text as PostgreSQL prints it |
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg2.extensions
import pyarrow as pa

from include.serving.exports.units import unit_of
from include.warehouse import Connection

NUMERIC = 1700
# By the numbers that PostgreSQL's own types have in every database. psycopg2 makes numbers of them by itself.
NUMBERS = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
}
# Read as the text that PostgreSQL prints, of which Arrow makes the value.
PRINTED = {1082: pa.date32(), 1114: pa.timestamp("us"), 1184: pa.timestamp("us", tz="UTC")}
MOST_DIGITS = {pa.decimal128: 38, pa.decimal256: 76}

_DESCRIPTIONS = """
select attrelid::bigint, attnum::integer, col_description(attrelid, attnum)
from pg_catalog.pg_attribute
where attrelid = any(%s::oid[]) and attnum > 0
"""


@dataclass(frozen=True)
class Column:
    """A column of a file."""

    name: str
    type: pa.DataType
    unit: str | None = None
    description: str | None = None

    @property
    def field(self) -> pa.Field:
        """The column as Arrow has it, its unit and description with it."""
        said = {"unit": self.unit, "description": self.description}
        return pa.field(self.name, self.type, metadata={name: text for name, text in said.items() if text})


def columns_of(connection: Connection, described: Sequence[psycopg2.extensions.Column]) -> tuple[Column, ...]:
    """Return what a cursor describes; a column that comes as it is from a table has that one's description."""
    told = _descriptions(connection, {each.table_oid for each in described if each.table_oid})
    names = unique_names(each.name for each in described)
    columns = []
    for name, each in zip(names, described, strict=True):
        description = told.get((each.table_oid, each.table_column))
        columns.append(Column(name, arrow_type(each), unit_of(name, description), description))
    return tuple(columns)


def arrow_type(described: Any) -> pa.DataType:
    """Return the type for Arrow of a column as a cursor describes it."""
    if described.type_code == NUMERIC:
        return _decimal(described.precision, described.scale)
    return {**NUMBERS, **PRINTED}.get(described.type_code, pa.string())


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names with a number after each that was there before: a file wants them to differ."""
    held: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for name in names:
        wanted = name
        while wanted in held:
            # Counted on from where it was left: there can be 1,600 columns of one name.
            numbers[name] = numbers.get(name, 1) + 1
            wanted = f"{name}_{numbers[name]}"
        held[wanted] = None
    return list(held)


def _decimal(precision: int | None, scale: int | None) -> pa.DataType:
    # Parquet has no decimals whose scale is negative or beyond their precision; PostgreSQL has.
    if precision is None or scale is None or not 0 <= scale <= precision:
        return pa.string()
    return next((kind(precision, scale) for kind, most in MOST_DIGITS.items() if precision <= most), pa.string())


def _descriptions(connection: Connection, tables: set[int]) -> dict[tuple[int | None, int | None], str]:
    with connection.cursor() as cursor:
        cursor.execute(_DESCRIPTIONS, (list(tables),))
        return {(table, number): text for table, number, text in cursor.fetchall() if text}
