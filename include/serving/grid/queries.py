"""What the page asks: the catalogue, counted days, last runs, last checks, and the results of one run."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from psycopg2 import sql
from psycopg2.extras import RealDictCursor

from include.serving.catalogue import Entry, read_catalogue
from include.serving.checks import NEWEST_RESULTS
from include.serving.datasets import Attribution, attributions
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
class Publisher:
    """A publisher, and every dataset of its."""

    title: str
    entries: Sequence[Entry]

    @property
    def loaded(self) -> Sequence[Entry]:
        """Those that a source loads."""
        return [each for each in self.entries if each.declared is not None]

    @property
    def dag_ids(self) -> Sequence[str]:
        """The DAGs that load them."""
        return sorted({each.dag_id for each in self.loaded if each.dag_id is not None})


@dataclass(frozen=True)
class Counted:
    """A dataset whose days are counted, and the last ones, newest first."""

    entry: Entry
    days: Sequence[Row]
    is_open: bool
    """Whether it is the only one of its publisher: then its days are in sight at once."""


@dataclass(frozen=True)
class Overview:
    """How things are."""

    entries: Sequence[Entry]
    """By publisher."""
    days: Mapping[str, Sequence[Row]]
    """The last days of each dataset that has some counted, newest first, by its name."""
    runs: Sequence[Row]
    checks: Sequence[Row]

    @property
    def publishers(self) -> Sequence[Publisher]:
        """Every publisher, and its datasets."""
        return [Publisher(title, list(theirs)) for title, theirs in groupby(self.entries, _publisher_of)]

    @property
    def counted(self) -> Sequence[Counted]:
        """The datasets whose days are counted."""
        found = [each for each in self.entries if self.days.get(each.name)]
        number = Counter(map(_publisher_of, found))
        return [Counted(each, self.days[each.name], number[each.publisher_title] == 1) for each in found]

    @property
    def attributions(self) -> Sequence[Attribution]:
        """Whom to name for what is shown."""
        return attributions(each.declared for each in self.entries if each.declared is not None)

    def attention(self, now: datetime) -> Sequence[Entry]:
        """Return what somebody should look at: what failed first, then what is late, then what has drifted."""
        found = [each for each in self.entries if each.needs_attention(now)]
        return sorted(found, key=lambda each: (not each.is_failing, not each.is_late(now)))


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
    entries = read_catalogue(reader, at)
    names = [each.name for each in entries if each.is_held]
    return Overview(entries, _days(reader, names), _rows(reader, RUNS, (RUNS_SHOWN,)), _rows(reader, NEWEST_RESULTS))


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


def _publisher_of(entry: Entry) -> str:
    return entry.publisher_title


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
