"""Build the candidate in schema `marts`: one build at a time, slice by slice, each of one fixed state of `raw`."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from psycopg2.extras import execute_values

from include.operations import versions
from include.transformation.dbt import Dbt, Invocation, PublishedModel, Result
from include.transformation.views import build_changed_views
from include.warehouse import Connection

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Build:
    """A finished build: its number, and the models of it that are published."""

    build_id: int
    models: tuple[PublishedModel, ...]


@dataclass(frozen=True)
class Job:
    """What is built: a release, for a run, at most so many versions at a time."""

    release: str
    run_id: int
    slice_versions: int | None = None


def build_models(transformer: Connection, slot: Connection, dbt: Dbt, job: Job) -> Build:
    """Build and test what is pending of a release; keep every result in `ops.dbt_results`.

    `slot` is a second connection, which keeps other builds waiting. Between two slices those that wait have their turn.
    Raises DbtFailedError; then `marts` may be half built, which the next build mends, and `analytics` is as it was.
    """
    with only_build(slot):
        build_changed_views(transformer, dbt, [job.release])
        build_id = versions.begin_build(transformer, job.release, job.slice_versions)
        models, has_more = _build_slice(transformer, dbt, job, build_id)
    while has_more:
        with only_build(slot):
            models, has_more = _build_slice(transformer, dbt, job, build_id)
    return Build(build_id, models)


@contextmanager
def only_build(slot: Connection) -> Iterator[None]:
    """Hold the one slot in which `staging` and `marts` are written. Who waited longest has it next."""
    with slot, slot.cursor() as cursor:
        # Of a table, since whoever waits for a row's lock may be passed by.
        cursor.execute("lock table ops.build_slot in exclusive mode")
        yield


def _build_slice(transformer: Connection, dbt: Dbt, job: Job, build_id: int) -> tuple[tuple[PublishedModel, ...], bool]:
    """Build one slice; return the models that are published, and whether there is another slice."""
    with transformer:
        is_current = versions.is_current(transformer, job.release, build_id)
    if not is_current:
        log.info("another build of %s began meanwhile, and carries these rows", job.release)
        return (), False
    built = _kept(transformer, job, build_id, dbt.build(job.release))
    if versions.next_slice(transformer, job.release, build_id, job.slice_versions):
        log.info("one slice of %s is built, another follows", job.release)
        return built.models, True
    return _rebuild_redefined(transformer, dbt, job, build_id, built.models), False


def _rebuild_redefined(
    transformer: Connection, dbt: Dbt, job: Job, build_id: int, models: tuple[PublishedModel, ...]
) -> tuple[PublishedModel, ...]:
    """Build incremental models from scratch whose definition changed since they were last published.

    Of a release with models that keep their rows, all that raw has is built again instead.
    """
    with transformer, transformer.cursor() as cursor:
        cursor.execute("select model, checksum from ops.published_models")
        published = dict(cursor.fetchall())
    redefined = [m for m in models if m.is_incremental and published.get(m.name, m.checksum) != m.checksum]
    if not redefined:
        return models
    said = ", ".join(model.name for model in redefined)
    if any(model.keeps_rows for model in redefined):
        log.info("%s changed its definition: building all that raw has anew", said)
        versions.forget_published(transformer, job.release)
        return _kept(transformer, job, build_id, dbt.build(job.release)).models
    log.info("%s changed its definition: building it from scratch", said)
    rebuilt = _kept(transformer, job, build_id, dbt.rebuild([model.name for model in redefined], job.release))
    names = {model.name for model in rebuilt.models}
    return tuple(replace(model, is_rebuilt=model.name in names) for model in models)


def _kept(transformer: Connection, job: Job, build_id: int, built: Invocation) -> Invocation:
    """Keep the results of what was built, and raise DbtFailedError if it failed."""
    _keep_results(transformer, job.run_id, build_id, built.results)
    built.raise_for_failure()
    return built


def _keep_results(transformer: Connection, run_id: int, build_id: int, results: Sequence[Result]) -> None:
    """Add to what the build's earlier slices said of the same models and tests."""
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
            insert into ops.dbt_results as known (
                run_id, build_id, unique_id, resource_type, name,
                status, duration_s, rows_affected, message, finished_at
            )
            values %s
            on conflict (build_id, unique_id) do update set
                status = excluded.status,
                duration_s = known.duration_s + excluded.duration_s,
                rows_affected = coalesce(known.rows_affected + excluded.rows_affected, excluded.rows_affected),
                message = excluded.message,
                finished_at = excluded.finished_at
            """,
            rows,
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())",
        )
