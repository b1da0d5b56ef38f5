"""What the page asks: coverage and freshness of each dataset, last runs, last checks, and the results of one run."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include.serving.checks import NEWEST_RESULTS
from include.serving.datasets import Attribution, DeclaredDataset, attributions, read_datasets
from include.serving.day_state import CODE
from include.warehouse import Connection, fetch_value, session

TIMEOUT_S = 10
DAYS_SHOWN = 371
RUNS_SHOWN = 10
Row = dict[str, Any]

HAS_COVERAGE = "select to_regclass('analytics.daily_coverage') is not null"
COVERAGE = sql.SQL("""
    select loaded.dataset, day.settlement_date, day.expected_half_hours, day.present_half_hours, day.state
    from unnest(%s) as loaded (dataset)
    cross join lateral (
        select settlement_date, expected_half_hours, present_half_hours, {state} as state
        from analytics.daily_coverage
        where daily_coverage.dataset = loaded.dataset
        order by settlement_date desc
        limit %s
    ) as day
    order by loaded.dataset, day.settlement_date desc
""").format(state=sql.SQL(CODE))
RUNS = """
select run_id, dag_id, airflow_run_id, started_at, status, duration_s, new, revised, published, error_message
from ops.pipeline_runs order by started_at desc limit %s
"""
CHECKS_OF_RUN = """
select distinct on (stage, suite, name)
    subject, expectation, column_name, success, severity, details ->> 'finding' as finding, judged_at
from ops.quality_results
where run_id = %s
order by stage, suite, name, judged_at desc
"""
LOADS = """
select dataset, scope, outcome, fetched, new, revised, withdrawn, rejected, cause
from ops.loads where run_id = %s order by dataset, scope
"""
DBT = """
select resource_type, name, status, duration_s, message from ops.dbt_results where run_id = %s order by finished_at
"""


@dataclass(frozen=True)
class Dataset:
    """A dataset that was loaded, and its last days, newest first, where they are counted."""

    declared: DeclaredDataset
    days: Sequence[Row]


@dataclass(frozen=True)
class Publisher:
    """A publisher, and what was loaded of it."""

    title: str
    datasets: Sequence[Dataset]

    @property
    def has_one_calendar(self) -> bool:
        """Whether the days of no more than one of its datasets are counted."""
        return len([each for each in self.datasets if each.days]) <= 1


@dataclass(frozen=True)
class Overview:
    """How things are."""

    publishers: Sequence[Publisher]
    never_loaded: Sequence[DeclaredDataset]
    runs: Sequence[Row]
    checks: Sequence[Row]

    @property
    def has_calendars(self) -> bool:
        """Whether any dataset's days are counted."""
        return any(each.days for publisher in self.publishers for each in publisher.datasets)

    @property
    def attributions(self) -> Sequence[Attribution]:
        """Whom to name for what is shown."""
        return attributions(each.declared for publisher in self.publishers for each in publisher.datasets)


@dataclass(frozen=True)
class Results:
    """What one run loaded and built, and what its checks found."""

    checks: Sequence[Row]
    loads: Sequence[Row]
    built: Sequence[Row]


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Open the warehouse for one page. Raises psycopg2.Error."""
    with session(url, application="gridloom grid page") as reader:
        with reader.cursor() as cursor:
            cursor.execute("set statement_timeout = %s", (f"{TIMEOUT_S}s",))
        yield reader


def overview(reader: Connection, at: datetime) -> Overview:
    """Return how things are at an instant."""
    declared = read_datasets(reader, at)
    loaded = [each for each in declared if each.last_known_at is not None]
    return Overview(
        _by_publisher(loaded, _days(reader, [each.name for each in loaded])),
        [each for each in declared if each.last_known_at is None],
        _rows(reader, RUNS, (RUNS_SHOWN,)),
        _rows(reader, NEWEST_RESULTS),
    )


def results(reader: Connection, dag_id: str, airflow_run_id: str) -> Results | None:
    """Return the results of a run of Airflow's, or None where there was no such run."""
    run_id = fetch_value(
        reader,
        "select run_id from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s",
        (dag_id, airflow_run_id),
    )
    if run_id is None:
        return None
    return Results(*(_rows(reader, statement, (run_id,)) for statement in (CHECKS_OF_RUN, LOADS, DBT)))


def _by_publisher(loaded: Sequence[DeclaredDataset], days: Mapping[str, Sequence[Row]]) -> list[Publisher]:
    return [
        Publisher(title, [Dataset(each, days.get(each.name, ())) for each in theirs])
        for title, theirs in groupby(loaded, key=lambda each: each.publisher_title)
    ]


def _days(reader: Connection, names: Sequence[str]) -> dict[str, list[Row]]:
    """Return the last days of each dataset, newest first, by its name."""
    if not fetch_value(reader, HAS_COVERAGE):
        return {}
    found = _rows(reader, COVERAGE, (list(names), DAYS_SHOWN))
    return {name: list(days) for name, days in groupby(found, key=lambda day: str(day["dataset"]))}


def _rows(reader: Connection, statement: str | sql.Composed, values: Any = None) -> list[Row]:
    with reader.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
