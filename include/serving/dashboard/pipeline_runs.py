"""The history of runs, and how fresh each source is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa

from include.serving.dashboard.reader import Reader, Row


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

    def colour(self, now: datetime) -> str:
        """Return how it is to be seen: green, orange, red; grey where nobody has said what is old."""
        if self.newest_at is None or self.warn_after is None or self.alarm_after is None:
            return "gray"
        age = now - self.newest_at
        return "red" if age >= self.alarm_after else "orange" if age >= self.warn_after else "green"


def freshness(reader: Reader) -> list[Freshness]:
    """Return how fresh each dataset is, and what its last check calls old."""
    rows = reader.rows(
        """
        select
            datasets.dataset,
            datasets.last_known_at,
            newest.at as newest_at,
            judged.warn_after,
            judged.alarm_after
        from ops.datasets
        left join (
            select 'neso_generation_mix' as dataset, max(period_started_at) as at from analytics.half_hourly_generation
        ) as newest on datasets.dataset = newest.dataset
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
    )
    return [Freshness(**row) for row in rows]


def runs(reader: Reader, *, limit: int = 200) -> list[Row]:
    """Return the last runs, newest first."""
    return reader.rows(
        """
        select
            run_id, started_at, dag_id, airflow_run_id, status, duration_s, fetched, new, revised, withdrawn, unchanged,
            rejected, published, failed_task, error_message, stack_trace
        from ops.pipeline_runs
        order by started_at desc
        limit %(limit)s
        """,
        {"limit": limit},
    )


def durations(reader: Reader) -> pa.Table:
    """Return how long the last runs took, oldest first."""
    return reader.table(
        """
        select * from (
            select started_at, dag_id, status, duration_s
            from ops.pipeline_runs
            where duration_s is not null
            order by started_at desc
            limit 500
        ) as newest
        order by started_at
        """
    )


def ago(age: timedelta) -> str:
    """Return a length of time as people say it: 40 min, 1.7 h, 3 days."""
    minutes = age.total_seconds() / 60
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"
