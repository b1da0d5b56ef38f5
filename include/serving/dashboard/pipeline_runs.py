"""The history of runs, and how fresh each source is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import pyarrow as pa
from psycopg2 import sql

from include.serving.dashboard.reader import Reader, Row
from include.serving.dashboard.span import Interval, Published, Span

Colour = Literal["gray", "green", "orange", "red"]
# A table of runs, and of traces, that can still be read.
LISTED, TRACED = 200, 5
_HOUR_MIN, _HOURS_OF_TWO_DAYS = 60, 48
_GRID = "date_bin('30 minutes', {}, '2000-01-01T00:00Z')"
_IN_LONDON = "started_at at time zone 'Europe/London'"
_BUCKETS = {
    Interval.HALF_HOUR: _GRID.format("started_at"),
    Interval.HOUR: "date_trunc('hour', started_at)",
    # A London day is drawn at its date, whatever the clocks do.
    Interval.DAY: f"date_trunc('day', {_IN_LONDON}) at time zone 'UTC'",
    Interval.MONTH: f"date_trunc('month', {_IN_LONDON}) at time zone 'UTC'",
    Interval.YEAR: f"date_trunc('year', {_IN_LONDON}) at time zone 'UTC'",
}


@dataclass(frozen=True)
class Freshness:
    """A source, its newest published half-hour, and when we last heard from it."""

    dataset: str
    newest_at: datetime | None
    last_known_at: datetime | None
    warn_after: timedelta | None
    """From this age on its check warns; None where it was never judged."""
    alarm_after: timedelta | None

    def told(self, now: datetime) -> str:
        """Return it as a sentence."""
        if self.newest_at is None:
            return f"{self.dataset}: nothing is published yet"
        return f"{self.dataset}: newest half-hour {ago(now - self.newest_at)} old"

    def colour(self, now: datetime) -> Colour:
        """Return how it is to be seen: green, orange, red; grey where nobody has said what is old."""
        if self.newest_at is None or self.warn_after is None or self.alarm_after is None:
            return "gray"
        age = now - self.newest_at
        return "red" if age >= self.alarm_after else "orange" if age >= self.warn_after else "green"


_NEWEST = "select 'neso_generation_mix' as dataset, max(period_started_at) as at from analytics.half_hourly_generation"
# The first publication makes the table; a run that fails before it is told all the same.
_NO_NEWEST = "select null::text as dataset, null::timestamptz as at"
_FRESHNESS = """
select
    datasets.dataset,
    datasets.last_known_at,
    newest.at as newest_at,
    judged.warn_after,
    judged.alarm_after
from ops.datasets
left join ({newest}) as newest on datasets.dataset = newest.dataset
left join lateral (
    select
        make_interval(hours => (details ->> 'warn_after_hours')::numeric::integer) as warn_after,
        make_interval(hours => (details ->> 'critical_after_hours')::numeric::integer) as alarm_after
    from ops.quality_results
    where suite = 'freshness' and subject = 'marts.half_hourly_generation'
    order by judged_at desc
    limit 1
) as judged on newest.dataset is not null
order by datasets.dataset
"""


def freshness(reader: Reader) -> list[Freshness]:
    """Return how fresh each dataset is, and what its last check calls old."""
    (is_published,) = reader.row("select to_regclass('analytics.half_hourly_generation') is not null")
    newest = sql.SQL(_NEWEST if is_published else _NO_NEWEST)
    return [Freshness(**row) for row in reader.rows(sql.SQL(_FRESHNESS).format(newest=newest))]


def extent(reader: Reader) -> Published | None:
    """Return the half-hours in which the first and the newest run began, or None where nothing has run."""
    first_at, newest_at = reader.row(
        sql.SQL("select {}, {} from ops.pipeline_runs").format(
            *(sql.SQL(_GRID.format(end)) for end in ("min(started_at)", "max(started_at)"))
        )
    )
    return None if first_at is None else Published(first_at, newest_at)


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
        select started_at, status, failed_task, error_message, stack_trace
        from ops.pipeline_runs
        where
            started_at >= %(started_at)s and started_at < %(ended_at)s and status in ('failed', 'lost')
        order by started_at desc, run_id desc
        limit %(limit)s
        """,
        {"started_at": span.started_at, "ended_at": span.ended_at, "limit": limit},
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
    ).format(bucket=sql.SQL(_BUCKETS[interval]))
    return reader.table(statement, {"started_at": span.started_at, "ended_at": span.ended_at})


def ago(age: timedelta) -> str:
    """Return a length of time as people say it: 40 min, 1.7 h, 3 days."""
    minutes = age.total_seconds() / 60
    if minutes < _HOUR_MIN:
        return f"{minutes:.0f} min"
    hours = minutes / _HOUR_MIN
    return f"{hours:.1f} h" if hours < _HOURS_OF_TWO_DAYS else f"{hours / 24:.0f} days"
