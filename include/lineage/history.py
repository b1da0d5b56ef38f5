"""What `ops` knows of a run, as far as its lineage needs it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from include.operations.runs import Status
from include.warehouse import Connection


@dataclass(frozen=True)
class BuiltModel:
    """A model that the run built."""

    name: str
    is_built: bool
    finished_at: datetime
    duration: timedelta
    rows: int | None


@dataclass(frozen=True)
class RecordedRun:
    """A run, and what it wrote."""

    dag_id: str
    airflow_run_id: str
    status: Status
    started_at: datetime
    finished_at: datetime | None
    window: tuple[datetime, datetime] | None
    error_message: str | None
    versions_written: int
    """New, revised and withdrawn rows."""
    is_published: bool
    models: tuple[BuiltModel, ...]


def read_run(connection: Connection, dag_id: str, airflow_run_id: str) -> RecordedRun | None:
    """Return a run with its models, or None where nothing is known of it."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            select
                run_id, status, started_at, finished_at, window_started_at, window_ended_at, error_message,
                coalesce(new, 0) + coalesce(revised, 0) + coalesce(withdrawn, 0),
                exists (select from ops.publications as published where published.run_id = run.run_id)
            from ops.pipeline_runs as run
            where dag_id = %s and airflow_run_id = %s
            """,
            (dag_id, airflow_run_id),
        )
        row = cursor.fetchone()
        if row is None:
            return None
        run_id, status, started_at, finished_at, begin, end, message, written, is_published = row
        cursor.execute(
            "select name, status = 'success', finished_at, make_interval(secs => duration_s), rows_affected"
            " from ops.dbt_results where run_id = %s and resource_type = 'model' order by finished_at, name",
            (run_id,),
        )
        models = tuple(BuiltModel(*each) for each in cursor.fetchall())
    window = (begin, end) if begin and end else None
    return RecordedRun(
        dag_id, airflow_run_id, Status(status), started_at, finished_at, window, message, written, is_published, models
    )
