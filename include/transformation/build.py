"""Build the candidate in schema `marts`: one build at a time, each of one fixed state of `raw`."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg2.extras import execute_values

from include.operations import versions
from include.transformation.dbt import Dbt, PublishedModel, Result
from include.warehouse import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Build:
    """A finished build: its number, and the models of it that are published."""

    build_id: int
    models: tuple[PublishedModel, ...]


def build_models(
    transformer: Connection, slot: Connection, dbt: Dbt, *, datasets: Sequence[str], selector: str, run_id: int
) -> Build:
    """Build and test what is pending of the datasets; keep every result in `ops.dbt_results`.

    `slot` is a second connection, which holds the lock that keeps other builds waiting.
    Raises DbtFailedError; then `marts` may be half built, which the next build mends, and `analytics` is as it was.
    """
    with _only_build(slot):
        build_id = versions.begin_build(transformer, datasets)
        built = dbt.build(selector)
        _keep_results(transformer, run_id, build_id, built.results)
        built.raise_for_failure()
        models = _rebuild_redefined(transformer, dbt, built.models)
    return Build(build_id, models)


def _rebuild_redefined(
    transformer: Connection, dbt: Dbt, models: Sequence[PublishedModel]
) -> tuple[PublishedModel, ...]:
    """Build incremental models from scratch whose definition changed since they were last published."""
    with transformer, transformer.cursor() as cursor:
        cursor.execute("select model, checksum from ops.published_models")
        published = dict(cursor.fetchall())
    redefined = [m.name for m in models if m.is_incremental and published.get(m.name, m.checksum) != m.checksum]
    if not redefined:
        return tuple(models)
    log.info("%s changed its definition: building it from scratch", ", ".join(redefined))
    rebuilt = dbt.rebuild(redefined)
    rebuilt.raise_for_failure()
    names = {model.name for model in rebuilt.models}
    return tuple(replace(model, is_rebuilt=model.name in names) for model in models)


@contextmanager
def _only_build(slot: Connection) -> Iterator[None]:
    with slot, slot.cursor() as cursor:
        cursor.execute("select from ops.build_slot for update")
        yield


def _keep_results(transformer: Connection, run_id: int, build_id: int, results: Sequence[Result]) -> None:
    rows = [
        (
            *(run_id, build_id, result.unique_id, result.resource_type, result.name),
            *(result.status, result.duration_s, result.rows_affected, result.message),
        )
        for result in results
    ]
    with transformer, transformer.cursor() as cursor:
        execute_values(
            cursor,
            """
            insert into ops.dbt_results (
                run_id, build_id, unique_id, resource_type, name,
                status, duration_s, rows_affected, message, finished_at
            )
            values %s
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())",
        )
