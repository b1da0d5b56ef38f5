"""What there is to query: schemas, tables and columns, with their comments."""

from dataclasses import dataclass
from typing import Any, Protocol

_TABLES = """
select
    tables.table_schema as schema,
    tables.table_name as name,
    obj_description(pg_class.oid) as comment,
    json_agg(
        json_build_array(
            columns.column_name,
            format_type(pg_attribute.atttypid, pg_attribute.atttypmod),
            col_description(pg_class.oid, pg_attribute.attnum)
        )
        order by columns.ordinal_position
    ) as columns
from information_schema.tables
inner join pg_catalog.pg_class
    on pg_class.oid = format('%I.%I', tables.table_schema, tables.table_name)::regclass
inner join information_schema.columns
    on tables.table_schema = columns.table_schema and tables.table_name = columns.table_name
inner join pg_catalog.pg_attribute
    on pg_attribute.attrelid = pg_class.oid and pg_attribute.attname = columns.column_name
where tables.table_schema in ('analytics', 'reference', 'ops') and has_table_privilege(pg_class.oid, 'select')
group by tables.table_schema, tables.table_name, pg_class.oid
order by array_position(array['analytics', 'reference', 'ops'], tables.table_schema::text), tables.table_name
"""


class Rows(Protocol):
    """Whatever runs a query."""

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of a query."""


@dataclass(frozen=True)
class Column:
    """A column, its type, and what it holds."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class Relation:
    """A table, a view, and what it holds."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[Column, ...]


def relations(reader: Rows) -> list[Relation]:
    """Return every table and view that analysts may read, those of `analytics` first."""
    return [
        Relation(row["schema"], row["name"], row["comment"], tuple(Column(*each) for each in row["columns"]))
        for row in reader.rows(_TABLES)
    ]
