"""Publish what has been judged: one transaction takes the changed rows of `marts` to `analytics`.

A reader sees all of a run or none of it. Only the build that was judged is published (design, section 3).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from include.operations import runs, versions
from include.operations.versions import Reader
from include.settings import REPOSITORY
from include.transformation import public_table
from include.transformation.build import Build
from include.transformation.dbt import PublishedModel, Publishing
from include.transformation.public_table import Changes, Table
from include.warehouse import Connection

log = logging.getLogger(__name__)

FUNCTIONS = REPOSITORY / "dbt_project" / "analytics"
# How long new columns wait for those who read a table: whoever comes to read it meanwhile waits too.
COLUMNS_WITHIN = "2s"


@dataclass(frozen=True)
class Publication:
    """What is to be published: the build of a release, by a run, and past which failed checks."""

    release: str
    """Its name; the folder of `dbt_project/analytics` whose functions stand on the published tables, too."""
    build: Build
    run_id: int
    failed_checks: Sequence[str] = ()


@dataclass(frozen=True)
class Published:
    """What a publication brought."""

    keys: int
    """How many keys were pending, over all views that name some."""
    tables: Mapping[str, Mapping[str, int]]
    """For each table: rows published, new, revised and withdrawn."""


def publish(transformer: Connection, publication: Publication) -> Published | None:
    """Publish a judged build; return what it brought, or None where another build has superseded it.

    A build that an earlier try has published stands as it is: the process may be killed after the commit.
    """
    models = publication.build.models
    with transformer:
        if not versions.is_current(transformer, publication.release, publication.build.build_id):
            return None
        before = _published_before(transformer, publication.build)
        if before is not None:
            return before
        keys = _take_pending(transformer, models)
        tables = _publish_models(transformer, publication.release, models)
        lacking = [model for model in models if _lacking_columns(transformer, model)]
        if not lacking:
            for statements in sorted((FUNCTIONS / publication.release).glob("*.sql")):
                _create_function(transformer, statements)
        versions.mark_published(transformer, publication.release)
        published = Published(keys, tables)
        _keep_record(transformer, publication, published)
        # What lacks columns is not published as it is defined now: the next run builds and publishes it whole.
        _keep_definitions(transformer, [model for model in models if model not in lacking])
    log.info("published %s keys in %d tables", f"{keys:,}", len(tables))
    return published


def publish_raw(
    transformer: Connection, release: Reader, run_id: int, judged: Mapping[str, Any]
) -> Mapping[str, Mapping[str, int]] | None:
    """Publish what was judged of datasets whose views read raw; return what each brought, by its dataset.

    Returns None where another run has superseded it. What is withheld stays pending. One transaction.
    """
    build = Build(judged["build_id"], ())
    with transformer:
        if not versions.is_current(transformer, release.name, build.build_id):
            return None
        before = _published_before(transformer, build)
        if before is not None:
            return before.tables
        pending = versions.pending_loads(transformer, release.name)
        tables = {name: counts for name, counts in pending.items() if name not in judged["withheld"]}
        versions.mark_published(transformer, release.name, but_not=judged["withheld"])
        published = Published(sum(each["rows_published"] for each in tables.values()), tables)
        failed = [] if judged["withheld"] else judged["failed_checks"]
        _keep_record(transformer, Publication(release.name, build, run_id, failed), published)
    log.info("published %s rows of %d datasets", f"{published.keys:,}", len(tables))
    return tables


def _published_before(transformer: Connection, build: Build) -> Published | None:
    """Return what the build brought when it was published, or None where it was not."""
    with transformer.cursor() as cursor:
        cursor.execute("select keys, tables from ops.publications where build_id = %s", (build.build_id,))
        row = cursor.fetchone()
    return Published(*row) if row else None


def _take_pending(transformer: Connection, models: Sequence[PublishedModel]) -> int:
    """Fix the pending keys for this transaction, so that they are worked out once; return how many."""
    keys = 0
    with transformer.cursor() as cursor:
        for view in dict.fromkeys(model.pending for model in models if model.pending):
            taken = sql.Identifier(public_table.TAKEN, view)
            statement = "create temp table {} on commit drop as select * from {}"
            cursor.execute(sql.SQL(statement).format(sql.Identifier(view), sql.Identifier("staging", view)))
            keys += cursor.rowcount
            cursor.execute(sql.SQL("analyze {}").format(taken))
    return keys


def _publish_models(
    transformer: Connection, release: str, models: Sequence[PublishedModel]
) -> dict[str, dict[str, int]]:
    """Bring each table up to its candidates; return how many rows were published, new, revised and withdrawn."""
    tables: dict[str, dict[str, int]] = {}
    for model in models:
        brought = _publish_model(transformer, release, model)
        before = tables.get(model.table, {})
        tables[model.table] = {what: before.get(what, 0) + rows for what, rows in brought.items()}
    return tables


def _publish_model(transformer: Connection, release: str, model: PublishedModel) -> dict[str, int]:
    is_new = _ensure_table(transformer, model)
    lacking = _lacking_columns(transformer, model)
    table = Table(model, tuple(name for name in _columns(transformer, "marts", model.name) if name not in lacking))
    changes = _fill(transformer, table) if is_new else _replace(transformer, release, table)
    return {
        "rows_published": changes.added,
        "rows_new": changes.added - changes.replaced,
        "rows_revised": changes.revised,
        "rows_withdrawn": changes.removed - changes.replaced,
    }


def _fill(transformer: Connection, table: Table) -> Changes:
    return Changes(removed=0, added=public_table.fill(transformer, table))


def _replace(transformer: Connection, release: str, table: Table) -> Changes:
    model = table.model
    if model.publishing == Publishing.WHOLE:
        return public_table.replace_whole(transformer, table)
    if model.is_rebuilt:
        return public_table.replace_all(transformer, table)
    if model.publishing == Publishing.APPENDED and model.dataset:
        span = versions.pending_versions(transformer, release, model.dataset)
        return public_table.replace_versions(transformer, table, *span)
    return public_table.replace_pending(transformer, table)


def _ensure_table(transformer: Connection, model: PublishedModel) -> bool:
    """Make the public table like the candidate, or add the columns it lacks; return whether it was made."""
    held = _columns(transformer, "analytics", model.table) or _columns_in_turn(transformer, model)
    candidate, public = sql.Identifier("marts", model.name), sql.Identifier("analytics", model.table)
    with transformer.cursor() as cursor:
        if not held:
            like = sql.SQL("create table {} (like {} including all excluding indexes)")
            cursor.execute(like.format(public, candidate))
    if held:
        _add_columns(transformer, model, _lacking_columns(transformer, model))
    _copy_comments(transformer, model)
    return not held


def _lacking_columns(transformer: Connection, model: PublishedModel) -> dict[str, str]:
    """Return the columns of the candidate that the public table has not, with their types."""
    public = _column_types(transformer, "analytics", model.table)
    candidate = _column_types(transformer, "marts", model.name)
    return {name: kind for name, kind in candidate.items() if name not in public}


def _add_columns(transformer: Connection, model: PublishedModel, columns: Mapping[str, str]) -> None:
    """Add columns, unless somebody reads the table all the while: a query can last for days, and rows must go on."""
    if not columns:
        return
    added = sql.SQL(", ").join(
        sql.SQL("add column {} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in columns.items()
    )
    with transformer.cursor() as cursor:
        cursor.execute("savepoint columns")
        cursor.execute("select set_config('lock_timeout', %s, true)", (COLUMNS_WITHIN,))
        try:
            cursor.execute(sql.SQL("alter table {} {}").format(sql.Identifier("analytics", model.table), added))
        except psycopg2.errors.LockNotAvailable:
            cursor.execute("rollback to savepoint columns")
            log.warning(
                "analytics.%s is being read, so its new columns (%s) wait for the next run; its rows are published",
                model.table,
                ", ".join(columns),
            )
        else:
            cursor.execute("set local lock_timeout to default")


def _columns_in_turn(transformer: Connection, model: PublishedModel) -> tuple[str, ...]:
    """Look again for a table that is not there, now that nobody else can be making it: releases may share it."""
    with transformer.cursor() as cursor:
        cursor.execute("lock table ops.published_models in share row exclusive mode")
    return _columns(transformer, "analytics", model.table)


def _copy_comments(transformer: Connection, model: PublishedModel) -> None:
    """Give the public table and its columns the comments of the candidate, where they differ."""
    public = _comments(transformer, "analytics", model.table)
    for column, comment in _comments(transformer, "marts", model.name).items():
        if comment == public.get(column, comment):
            continue
        what = sql.SQL("table {}").format(sql.Identifier("analytics", model.table))
        if column is not None:
            what = sql.SQL("column {}").format(sql.Identifier("analytics", model.table, column))
        with transformer.cursor() as cursor:
            cursor.execute(sql.SQL("comment on {} is {}").format(what, sql.Literal(comment)))


def _comments(transformer: Connection, schema: str, name: str) -> dict[str | None, str | None]:
    """Return the comments of a table's columns, and of the table itself under None."""
    with transformer.cursor() as cursor:
        cursor.execute(
            """
            select attname, col_description(attrelid, attnum)
            from pg_catalog.pg_attribute
            where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped
            union all
            select null, obj_description(%(table)s::regclass, 'pg_class')
            """,
            {"table": f"{schema}.{name}"},
        )
        return dict(cursor.fetchall())


def _columns(transformer: Connection, schema: str, name: str) -> tuple[str, ...]:
    return tuple(_column_types(transformer, schema, name))


def _column_types(transformer: Connection, schema: str, name: str) -> dict[str, str]:
    with transformer.cursor() as cursor:
        cursor.execute(
            """
            select attname, format_type(atttypid, atttypmod)
            from pg_catalog.pg_attribute
            where attrelid = to_regclass(format('%%I.%%I', %s, %s)) and attnum > 0 and not attisdropped
            order by attnum
            """,
            (schema, name),
        )
        return dict(cursor.fetchall())


def _create_function(transformer: Connection, statements: Path) -> None:
    with transformer.cursor() as cursor:
        cursor.execute(statements.read_text())


def _keep_record(transformer: Connection, publication: Publication, published: Published) -> None:
    runs.add_published(transformer, publication.run_id, published.keys)
    with transformer.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.publications (build_id, run_id, published_at, keys, tables, was_forced, failed_checks)
            values (%s, %s, clock_timestamp(), %s, %s, %s, %s)
            """,
            (
                *(publication.build.build_id, publication.run_id, published.keys, Json(published.tables)),
                *(bool(publication.failed_checks), list(publication.failed_checks)),
            ),
        )


def _keep_definitions(transformer: Connection, models: Sequence[PublishedModel]) -> None:
    """Keep with which definition each model stands in analytics."""
    with transformer.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.published_models as known (model, checksum, published_at)
            values %s
            on conflict (model) do update set checksum = excluded.checksum, published_at = excluded.published_at
            where known.checksum <> excluded.checksum
            """,
            [(model.name, model.checksum) for model in models],
            template="(%s, %s, clock_timestamp())",
        )
