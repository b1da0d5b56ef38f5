"""What there is to export by name: tables and views that analysts read, as the catalogue has them."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include.serving.datasets import DeclaredDataset
from include.serving.explorer.catalogue import Relation, relations
from include.serving.exports.errors import ExportError
from include.warehouse import Connection

# Its own order is a table's primary key's, which is read from the index: nothing is sorted before the first row comes.
_PRIMARY_KEY = """
select attribute.attname
from pg_catalog.pg_index as index
cross join lateral unnest(index.indkey) with ordinality as key (attnum, place)
inner join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = index.indrelid and attribute.attnum = key.attnum
where index.indrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and index.indisprimary
order by key.place
"""


@dataclass(frozen=True)
class Span:
    """Instants from `start` on and before `end`; None where it has no such bound."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether it leaves nothing out."""
        return self.start is None and self.end is None


def find_table(connection: Connection, name: str) -> Relation:
    """Return the table or view of a name, with its schema or without. Raises ExportError with the nearest names."""
    readable = relations(_Reader(connection))
    matching = [each for each in readable if name in (each.name, f"{each.schema}.{each.name}")]
    if matching:
        # Those of `analytics` come first.
        return matching[0]
    raise ExportError(f"there is no table {name}{_nearest(name, readable)}")


def rows_of(
    connection: Connection, table: Relation, span: Span, datasets: Sequence[DeclaredDataset]
) -> tuple[sql.Composed, dict[str, Any]]:
    """Return the query of a table's rows within a span, in the order of its primary key, and its values.

    Raises ExportError where the table has no time to filter by.
    """
    query = sql.SQL("select * from {}").format(sql.Identifier(table.schema, table.name))
    bounds = {name: at for name, at in (("start", span.start), ("end", span.end)) if at is not None}
    if bounds:
        column = sql.Identifier(time_column(table, datasets))
        compare = {"start": sql.SQL("{} >= %(start)s"), "end": sql.SQL("{} < %(end)s")}
        query += sql.SQL(" where ") + sql.SQL(" and ").join(compare[name].format(column) for name in bounds)
    key = _primary_key(connection, table)
    if key:
        query += sql.SQL(" order by ") + sql.SQL(", ").join(map(sql.Identifier, key))
    return query, bounds


def time_column(table: Relation, datasets: Sequence[DeclaredDataset]) -> str:
    """Return the column by which a table is filtered: the one its dataset declares, else one that others declare.

    Raises ExportError where there is none, or more than one.
    """
    own = {each.time_column for each in datasets_of(table, datasets) if each.time_column}
    names = {column.name for column in table.columns}
    found = own or names & {each.time_column for each in datasets}
    if len(found) == 1:
        return str(next(iter(found)))
    raise ExportError(f"{table.schema}.{table.name} has no time column to filter by; say which rows by a --query")


def datasets_of(table: Relation, datasets: Sequence[DeclaredDataset]) -> list[DeclaredDataset]:
    """Return the datasets that are published in a table."""
    return [each for each in datasets if table.schema == "analytics" and each.published_table == table.name]


def _nearest(name: str, readable: Sequence[Relation]) -> str:
    wanted = name.rpartition(".")[-1]
    near = difflib.get_close_matches(wanted, [each.name for each in readable], n=3, cutoff=0.5)
    near = near or [each.name for each in readable if wanted and wanted in each.name][:3]
    return (
        f"; did you mean {' or '.join(near)}?" if near else "; gridloom sql shows them: table information_schema.tables"
    )


def _primary_key(connection: Connection, table: Relation) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PRIMARY_KEY, (table.schema, table.name))
        return [name for (name,) in cursor.fetchall()]


@dataclass(frozen=True)
class _Reader:
    """A connection as the catalogue asks it."""

    connection: Connection

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with self.connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(statement)
            return [dict(row) for row in cursor.fetchall()]
