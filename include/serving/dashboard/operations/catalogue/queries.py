"""All that is known of one dataset: its days, its newest loads, its fields, and how it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extras import Json

from include.serving.coverage import CODE, COVERAGE_STATES
from include.serving.dashboard.operations.year_of_days import place_of
from include.serving.dashboard.reader import Reader, Row

# A table of loads that can still be read.
LISTED = 20
_TOLD = {state.code: state.told for state in COVERAGE_STATES}


@dataclass(frozen=True)
class Field:
    """A field of a dataset: a column of its published table, what its publisher calls it, or both."""

    column: str | None
    """As SQL has it."""
    type: str | None
    comment: str | None
    published: str | None
    kind: str | None
    """As its publisher describes it; `?` for what may be null."""
    is_key: bool


def described(reader: Reader, name: str) -> Row | None:
    """Return how its publisher describes a name of the catalogue, or None where there is none of that name."""
    found = reader.rows(
        """
        select
            instant_column, natural_key, is_key_known, parameter_family, parameters, largest_window, fields, is_listed
        from ops.catalogue
        where name = %(name)s
        """,
        {"name": name},
    )
    return found[0] if found else None


def calendar(reader: Reader, dataset: str) -> pa.Table:
    """Return one row per day from the first to the last that was asked for, with its state in words."""
    statement = sql.SQL(
        """
        select {place}, day, %(told)s::jsonb ->> {code} as state
        from ops.coverage
        where dataset = %(dataset)s
        order by day
        """
    ).format(place=place_of("day"), code=sql.SQL(CODE))
    return reader.table(statement, {"dataset": dataset, "told": Json(_TOLD)})


def loads(reader: Reader, dataset: str, *, limit: int = LISTED) -> list[Row]:
    """Return the newest loads of a dataset, newest first, with the DAGs that made them."""
    return reader.rows(
        """
        select
            load.started_at, run.dag_id, load.scope, load.outcome, load.fetched, load.new, load.revised, load.withdrawn,
            load.unchanged, load.rejected, load.repeated, load.outside, load.source_count, load.cause
        from ops.loads as load
        inner join ops.pipeline_runs as run on load.run_id = run.run_id
        where load.dataset = %(dataset)s
        order by load.started_at desc
        limit %(limit)s
        """,
        {"dataset": dataset, "limit": limit},
    )


def fields(reader: Reader, published_table: str | None, described: Row) -> list[Field]:
    """Return the fields of a dataset in the order of its published table; those that have no column come last."""
    columns = reader.rows(
        """
        select
            attname as name, quote_ident(attname) as quoted, format_type(atttypid, atttypmod) as type,
            col_description(attrelid, attnum) as comment
        from pg_catalog.pg_attribute
        where attrelid = to_regclass(%(table)s) and attnum > 0 and not attisdropped
        order by attnum
        """,
        {"table": f"analytics.{published_table}" if published_table else None},
    )
    return list(_matched(columns, described["fields"] or {}, described["natural_key"] or ()))


def _matched(columns: Sequence[Row], published: Mapping[str, str], key: Sequence[str]) -> list[Field]:
    """Set each column beside the published field of its name, which is spelled otherwise."""
    by_spelling = {_spelling(name): name for name in published}
    keys = set(map(_spelling, key))
    matched = [
        Field(
            each["quoted"],
            each["type"],
            each["comment"],
            name := by_spelling.pop(_spelling(each["name"]), None),
            published.get(name or ""),
            _spelling(each["name"]) in keys,
        )
        for each in columns
    ]
    rest = [Field(None, None, None, name, published[name], name in key) for name in by_spelling.values()]
    return [*matched, *rest]


def _spelling(name: str) -> str:
    return name.replace("_", "").casefold()
