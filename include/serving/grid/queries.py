"""What the page asks: coverage and freshness of each dataset, last runs, last checks, and the results of one run."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include.serving.checks import NEWEST_RESULTS
from include.serving.day_state import CODE
from include.warehouse import Connection, session

TIMEOUT_S = 10
DAYS_SHOWN = 371
RUNS_SHOWN = 10
Row = dict[str, Any]

# Where a dataset is published: the table of its half-hours, and that of its days.
PUBLISHED_IN = {"neso_generation_mix": ("half_hourly_generation", "daily_coverage")}

COVERAGE = """
select settlement_date, expected_half_hours, present_half_hours, missing_half_hours, not_yet_published_half_hours,
    rejected_half_hours, revised_half_hours, {state} as state
from {table}
order by settlement_date desc
limit %s
"""
RUNS = """
select run_id, dag_id, airflow_run_id, started_at, status, duration_s, new, revised, published, error_message
from ops.pipeline_runs order by started_at desc limit %s
"""
CHECKS_OF_RUN = """
select distinct on (subject, expectation, column_name)
    subject, expectation, column_name, success, severity, details ->> 'finding' as finding, judged_at
from ops.quality_results
where run_id = %s
order by subject, expectation, column_name, judged_at desc
"""
DBT = """
select resource_type, name, status, duration_s, message from ops.dbt_results where run_id = %s order by finished_at
"""


@dataclass(frozen=True)
class Dataset:
    """A dataset: its newest half-hour, when its last load was, and its last days, newest first."""

    name: str
    last_known_at: datetime | None
    newest_at: datetime | None
    days: list[Row]


@dataclass(frozen=True)
class Overview:
    """How things are."""

    datasets: list[Dataset]
    runs: list[Row]
    checks: list[Row]


@dataclass(frozen=True)
class Results:
    """What one run built, and what its checks found."""

    checks: list[Row]
    built: list[Row]


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Open the warehouse for one page. Raises psycopg2.Error."""
    with session(url, application="gridloom grid page") as analyst:
        with analyst.cursor() as cursor:
            cursor.execute("set statement_timeout = %s", (f"{TIMEOUT_S}s",))
        yield analyst


def overview(analyst: Connection) -> Overview:
    """Return how things are."""
    known = _rows(analyst, "select dataset, last_known_at from ops.datasets order by dataset")
    return Overview(
        [_dataset(analyst, row["dataset"], row["last_known_at"]) for row in known],
        _rows(analyst, RUNS, (RUNS_SHOWN,)),
        _rows(analyst, NEWEST_RESULTS),
    )


def results(analyst: Connection, dag_id: str, airflow_run_id: str) -> Results | None:
    """Return the results of a run of Airflow's, or None where there was no such run."""
    found = _rows(
        analyst,
        "select run_id from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s",
        (dag_id, airflow_run_id),
    )
    if not found:
        return None
    run_id = found[0]["run_id"]
    return Results(_rows(analyst, CHECKS_OF_RUN, (run_id,)), _rows(analyst, DBT, (run_id,)))


def _dataset(analyst: Connection, name: str, last_known_at: datetime | None) -> Dataset:
    if name not in PUBLISHED_IN:
        return Dataset(name, last_known_at, None, [])
    half_hours, days = (sql.Identifier("analytics", table) for table in PUBLISHED_IN[name])
    [newest] = _rows(analyst, sql.SQL("select max(period_started_at) as newest_at from {}").format(half_hours))
    covered = _rows(analyst, sql.SQL(COVERAGE).format(table=days, state=sql.SQL(CODE)), (DAYS_SHOWN,))
    return Dataset(name, last_known_at, newest["newest_at"], covered)


def _rows(analyst: Connection, statement: str | sql.Composed, values: Any = None) -> list[Row]:
    with analyst.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
