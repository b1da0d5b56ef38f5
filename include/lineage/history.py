"""What `ops` knows of a run, as far as its lineage needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg2.extras import RealDictCursor

from include.operations.runs import Status
from include.warehouse import Connection

RUN = """
    select run_id, dag_id, airflow_run_id, status, started_at, finished_at, error_message
    from ops.pipeline_runs where dag_id = %(dag_id)s and airflow_run_id = %(airflow_run_id)s
"""
# What the run asked for; of one that has not asked yet, what its DAG loads.
DATASETS = """
    select
        dataset.dataset as name,
        coalesce(dataset.publisher, '') as publisher,
        coalesce(dataset.publisher_url, '') as publisher_url,
        coalesce(sum(load.new + load.revised + load.withdrawn), 0)::bigint as versions_written,
        bool_or(load.outcome = 'held') is true as is_loaded,
        min(lower(load.covers)) as begin,
        max(upper(load.covers)) as end
    from ops.datasets as dataset
    left join ops.loads as load on dataset.dataset = load.dataset and load.run_id = %(run_id)s
    where
        load.run_id is not null
        or (
            dataset.is_declared
            and dataset.dag_id = %(dag_id)s
            and not exists (select from ops.loads as any_load where any_load.run_id = %(run_id)s)
        )
    group by dataset.dataset
    order by dataset.dataset
"""
MODELS = """
    select name, status = 'success' as is_built, finished_at, make_interval(secs => duration_s) as duration,
        rows_affected as rows
    from ops.dbt_results where run_id = %(run_id)s and resource_type = 'model' order by finished_at, name
"""
PUBLISHED = """
    select key as name, sum((value ->> 'rows_published')::bigint)::bigint as rows
    from ops.publications cross join lateral jsonb_each(tables)
    where run_id = %(run_id)s
    group by key order by key
"""


@dataclass(frozen=True)
class LoadedDataset:
    """A dataset that the run asked its publisher for."""

    name: str
    publisher: str
    publisher_url: str
    """Address of the publisher's API by default."""
    versions_written: int
    """New, revised and withdrawn rows."""
    is_loaded: bool
    """Whether an answer was accepted into raw."""
    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True)
class BuiltModel:
    """A model that the run built."""

    name: str
    is_built: bool
    finished_at: datetime
    duration: timedelta
    rows: int | None


@dataclass(frozen=True)
class PublishedTable:
    """A table of `analytics` that the run published, and the rows it wrote there."""

    name: str
    rows: int


@dataclass(frozen=True)
class RecordedRun:
    """A run, what it read and what it wrote."""

    dag_id: str
    airflow_run_id: str
    status: Status
    started_at: datetime
    finished_at: datetime | None
    error_message: str | None
    datasets: tuple[LoadedDataset, ...]
    models: tuple[BuiltModel, ...]
    published: tuple[PublishedTable, ...]

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From the first to the last instant that was asked for; None where no instant was."""
        begins = [each.begin for each in self.datasets if each.begin]
        ends = [each.end for each in self.datasets if each.end]
        return (min(begins), max(ends)) if begins and ends else None


def read_run(connection: Connection, dag_id: str, airflow_run_id: str) -> RecordedRun | None:
    """Return a run with all that it did, or None where nothing is known of it."""
    with connection:
        found = _rows(connection, RUN, {"dag_id": dag_id, "airflow_run_id": airflow_run_id})
        if not found:
            return None
        [run] = found
        key = {"run_id": run.pop("run_id"), "dag_id": dag_id}
        return RecordedRun(
            **{**run, "status": Status(run["status"])},
            datasets=tuple(LoadedDataset(**row) for row in _rows(connection, DATASETS, key)),
            models=tuple(BuiltModel(**row) for row in _rows(connection, MODELS, key)),
            published=tuple(PublishedTable(**row) for row in _rows(connection, PUBLISHED, key)),
        )


def _rows(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return [dict(row) for row in cursor.fetchall()]
