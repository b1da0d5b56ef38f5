"""Versions of `raw`, builds and what is pending: the row of each dataset in `ops.datasets`.

Pending are all keys with a version after the last one that was published, whichever run brought it. A build reads
versions up to a bound that is fixed at its start, so that all models of it see one state of `raw`.
"""

from collections.abc import Sequence

from psycopg2 import sql

from include.warehouse import Connection, fetch_value


def has_pending(connection: Connection, datasets: Sequence[str]) -> bool:
    """Tell whether any of the datasets has versions that are not published."""
    with connection:
        return any(_newest_version(connection, name) > _published_version(connection, name) for name in datasets)


def begin_build(connection: Connection, datasets: Sequence[str]) -> int:
    """Fix up to which version the next build reads each dataset; return the build's number. One transaction."""
    with connection, connection.cursor() as cursor:
        build_id = int(fetch_value(connection, "select nextval('ops.build_id')"))
        cursor.execute(
            "select from ops.datasets where dataset = any(%s) order by dataset for update", (list(datasets),)
        )
        for name in datasets:
            cursor.execute(
                "update ops.datasets set build_id = %s, built_version_id = %s where dataset = %s",
                (build_id, _newest_version(connection, name), name),
            )
    return build_id


def is_current(connection: Connection, datasets: Sequence[str], build_id: int) -> bool:
    """Lock the datasets for the caller's transaction; tell whether no other build came after this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select build_id from ops.datasets where dataset = any(%s) order by dataset for update", (list(datasets),)
        )
        return all(row == (build_id,) for row in cursor.fetchall())


def mark_published(connection: Connection, datasets: Sequence[str]) -> None:
    """Move the watermark to what the current build has read, within the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update ops.datasets set published_version_id = built_version_id where dataset = any(%s)", (list(datasets),)
        )


def forget_published(connection: Connection, datasets: Sequence[str]) -> None:
    """Make every key pending again, so that the next run builds, checks and publishes the whole history."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.datasets set published_version_id = 0 where dataset = any(%s)", (list(datasets),))


def _newest_version(connection: Connection, dataset: str) -> int:
    table = sql.Identifier("raw", dataset)
    return int(fetch_value(connection, sql.SQL("select coalesce(max(version_id), 0) from {}").format(table)))


def _published_version(connection: Connection, dataset: str) -> int:
    statement = "select published_version_id from ops.datasets where dataset = %s"
    return int(fetch_value(connection, statement, (dataset,)))
