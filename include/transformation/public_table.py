"""How one table of `analytics` is brought up to its candidate in `marts`, and what that changes, key by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg2 import sql
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - psycopg2 names its class in lower case

from include.transformation.dbt import PublishedModel
from include.warehouse import Connection

# The schema in which the publishing transaction has fixed the pending keys, under the names of their views.
TAKEN = "pg_temp"


@dataclass(frozen=True)
class Table:
    """A model on its way: its two tables, and the columns both have."""

    model: PublishedModel
    columns: tuple[str, ...]

    @property
    def candidate(self) -> sql.Identifier:
        """What dbt built."""
        return sql.Identifier("marts", self.model.name)

    @property
    def public(self) -> sql.Identifier:
        """What analysts read."""
        return sql.Identifier("analytics", self.model.table)

    @property
    def is_own(self) -> sql.Composable:
        """Condition on the rows of `public` that this model makes; others may make the others."""
        own = [
            sql.SQL("public.{} = {}").format(sql.Identifier(column), sql.Literal(value))
            for column, value in self.model.part.items()
        ]
        return sql.SQL(" and ").join(own) if own else sql.SQL("true")

    @property
    def column_list(self) -> sql.Composed:
        """The columns, quoted."""
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))


@dataclass(frozen=True)
class Changes:
    """What was written to a table."""

    removed: int
    added: int
    replaced: int = 0
    """How many of the removed rows were added again under the same primary key."""
    revised: int = 0
    """How many of those differ from what they were."""


def fill(transformer: Connection, table: Table) -> int:
    """Fill a new table, and then make its keys and indexes: over all rows at once they take a third of the time."""
    rows = _execute(transformer, "insert into {public} ({columns}) select {columns} from {candidate}", table)
    with transformer.cursor() as cursor:
        cursor.execute(
            """
            select format('alter table analytics.%%I add %%s', %(name)s, pg_get_constraintdef(oid))
            from pg_catalog.pg_constraint
            where conrelid = %(candidate)s::regclass and contype in ('p', 'u')
            union all
            select
                format(
                    'create %%s on analytics.%%I %%s',
                    case when indisunique then 'unique index' else 'index' end,
                    %(name)s,
                    substring(pg_get_indexdef(indexrelid) from ' (USING .*)')
                )
            from pg_catalog.pg_index
            where
                indrelid = %(candidate)s::regclass
                and indexrelid not in (select conindid from pg_catalog.pg_constraint where conrelid = indrelid)
            """,
            {"name": table.model.table, "candidate": f"marts.{table.model.name}"},
        )
        for (definition,) in cursor.fetchall():
            cursor.execute(definition)
    return rows


def replace_pending(transformer: Connection, table: Table) -> Changes:
    """Replace the pending keys, withdrawn ones included, and touch nothing else."""
    key, taken = sql.Identifier(str(table.model.pending_key)), sql.Identifier(TAKEN, str(table.model.pending))
    is_pending = sql.SQL("{key} = any(array(select {key} from {taken}))").format(key=key, taken=taken)
    return _replace(transformer, table, is_pending)


def replace_versions(transformer: Connection, table: Table, after: int, until: int) -> Changes:
    """Replace the rows of the versions after one and until another: as a rule there are none yet, and all are added."""
    is_pending = sql.SQL("version_id > {} and version_id <= {}").format(sql.Literal(after), sql.Literal(until))
    return _replace(transformer, table, is_pending)


def replace_all(transformer: Connection, table: Table) -> Changes:
    """Replace every row."""
    return _replace(transformer, table, sql.SQL("true"))


def _replace(transformer: Connection, table: Table, chosen: sql.Composable) -> Changes:
    """Replace the chosen rows."""
    replaced, revised = _counts(
        transformer,
        """
        select count(*), count(*) filter (where ({public_columns}) is distinct from ({candidate_columns}))
        from (select * from {public} as public where {chosen} and {is_own}) as public
        inner join (select * from {candidate} where {chosen}) as candidate on {same_key}
        """,
        table,
        chosen=chosen,
        public_columns=_of("public", table.columns),
        candidate_columns=_of("candidate", table.columns),
        same_key=_same_key(transformer, table, "public", "candidate"),
    )
    removed = _execute(transformer, "delete from {public} as public where {chosen} and {is_own}", table, chosen=chosen)
    added = _execute(
        transformer,
        "insert into {public} ({columns}) select {columns} from {candidate} where {chosen}",
        table,
        chosen=chosen,
    )
    return Changes(removed, added, replaced, revised)


def replace_whole(transformer: Connection, table: Table) -> Changes:
    """Make the public table equal to the candidate, writing only the rows that differ: most are as they were."""
    removed, revised = _counts(
        transformer,
        """
        with gone as (
            select {columns} from {public} as public where {is_own}
            except
            select {columns} from {candidate}
        ),

        removed as (
            delete from {public} as public using gone where {same_key} returning gone.*
        )

        select count(*), count(*) filter (where exists (select from {candidate} as candidate where {lives_on}))
        from removed
        """,
        table,
        same_key=_same_key(transformer, table, "public", "gone"),
        lives_on=_same_key(transformer, table, "candidate", "removed"),
    )
    added = _execute(
        transformer,
        """
        insert into {public} ({columns})
        select {columns} from {candidate}
        except
        select {columns} from {public} as public where {is_own}
        """,
        table,
    )
    return Changes(removed, added, replaced=revised, revised=revised)


def _same_key(transformer: Connection, table: Table, one: str, other: str) -> sql.Composed:
    """Return the condition that a row of the one has the primary key of a row of the other."""
    return sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier(one, name), sql.Identifier(other, name))
        for name in _primary_key(transformer, table)
    )


def _of(relation: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(relation, name) for name in columns)


def _counts(transformer: Connection, statement: str, table: Table, **parts: sql.Composable) -> tuple[int, int]:
    """Execute a statement about a table that returns two counts; return them."""
    with transformer.cursor() as cursor:
        _run(cursor, statement, table, parts)
        [(first, second)] = cursor.fetchall()
        return first, second


def _execute(transformer: Connection, statement: str, table: Table, **parts: sql.Composable) -> int:
    """Execute a statement about a table; return how many rows it wrote."""
    with transformer.cursor() as cursor:
        _run(cursor, statement, table, parts)
        return int(cursor.rowcount)


def _run(cursor: Cursor, statement: str, table: Table, parts: Mapping[str, sql.Composable]) -> None:
    names = {"public": table.public, "candidate": table.candidate, "columns": table.column_list}
    cursor.execute(sql.SQL(statement).format(**names, is_own=table.is_own, **parts))


def _primary_key(transformer: Connection, table: Table) -> list[str]:
    with transformer.cursor() as cursor:
        cursor.execute(
            """
            select attribute.attname
            from pg_catalog.pg_index as key
            inner join pg_catalog.pg_attribute as attribute
                on key.indrelid = attribute.attrelid and attribute.attnum = any(key.indkey)
            where key.indisprimary and key.indrelid = %s::regclass
            """,
            (f"analytics.{table.model.table}",),
        )
        return [name for (name,) in cursor.fetchall()]
