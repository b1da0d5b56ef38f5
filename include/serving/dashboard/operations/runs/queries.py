"""The history of runs, and what each dataset got from them."""

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.series import Series
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON

# A table of runs, and of traces, that can still be read.
LISTED, TRACED = 200, 5
RUNS = Series("pipeline_runs", "started_at", HALF_HOUR, LONDON, schema="ops")


def unended(reader: Reader) -> list[Row]:
    """Return the queries of the SQL box that were ended and go on, the oldest first."""
    return reader.rows("select backend_pid, begun_at from ops.unended_queries order by begun_at")


def counts(reader: Reader, span: Span) -> tuple[int, int]:
    """Return how many runs began within a span, and how many of them failed or were lost."""
    all_of_them, failed = reader.row(
        """
        select count(*), count(*) filter (where status in ('failed', 'lost'))
        from ops.pipeline_runs
        where started_at >= %(started_at)s and started_at < %(ended_at)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at},
    )
    return all_of_them, failed


def runs(reader: Reader, span: Span, *, limit: int = LISTED) -> list[Row]:
    """Return the last runs that began within a span, newest first."""
    return reader.rows(
        """
        select
            started_at, dag_id, status, duration_s, fetched, new, revised, withdrawn, unchanged, rejected, published,
            error_message
        from ops.pipeline_runs
        where started_at >= %(started_at)s and started_at < %(ended_at)s
        order by started_at desc, run_id desc
        limit %(limit)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
    )


def failures(reader: Reader, span: Span, *, limit: int = TRACED) -> list[Row]:
    """Return the last runs of a span that failed or were lost, newest first, each with its cause."""
    return reader.rows(
        """
        select run_id, started_at, dag_id, status, failed_task, error_message, stack_trace
        from ops.pipeline_runs
        where
            started_at >= %(started_at)s and started_at < %(ended_at)s and status in ('failed', 'lost')
        order by started_at desc, run_id desc
        limit %(limit)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
    )


def loads(reader: Reader, span: Span, *, limit: int = LISTED) -> list[Row]:
    """Return what came of each dataset in the last loads that began within a span, newest first."""
    return reader.rows(
        """
        select
            loads.started_at, coalesce(datasets.title, loads.dataset) as title, loads.scope, loads.outcome,
            loads.fetched, loads.new, loads.revised, loads.withdrawn, loads.unchanged, loads.rejected,
            loads.repeated, loads.outside, loads.cause
        from ops.loads
        inner join ops.datasets on loads.dataset = datasets.dataset
        where loads.started_at >= %(started_at)s and loads.started_at < %(ended_at)s
        order by loads.started_at desc, loads.load_id desc
        limit %(limit)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
    )


def causes(reader: Reader, run_id: int) -> list[Row]:
    """Return each dataset that failed in a run, and why."""
    return reader.rows(
        """
        select coalesce(datasets.title, loads.dataset) as title, loads.scope, loads.cause
        from ops.loads
        inner join ops.datasets on loads.dataset = datasets.dataset
        where loads.run_id = %(run_id)s and loads.outcome = 'failed'
        order by loads.load_id
        """,
        {"run_id": run_id},
    )


def durations(reader: Reader, span: Span, interval: Interval) -> pa.Table:
    """Return how long runs took on average, by when they began and how they ended, oldest first."""
    statement = sql.SQL(
        """
        select {bucket} as started_at, status, avg(duration_s) as duration_s
        from ops.pipeline_runs
        where started_at >= %(started_at)s and started_at < %(ended_at)s and duration_s is not null
        group by 1, 2
        order by 1, 2
        """
    ).format(bucket=RUNS.bucket(interval))
    return reader.table(statement, {"started_at": span.started_at, "ended_at": span.ended_at})
