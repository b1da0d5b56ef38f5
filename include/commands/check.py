"""`gridloom status --check`: one line and an exit code, for a watchdog outside of Gridloom.

It reads as `gridloom_screens` and starts nothing, so that it may run every minute, and on another machine.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg2
import requests

from include.commands import terminal
from include.commands.terminal import out
from include.home import Home
from include.local import airflow
from include.operations.runs import Status
from include.serving.datasets import DeclaredDataset, read_datasets
from include.settings import Settings
from include.warehouse import Connection, Role, Warehouse, session

TIMEOUT_S = 10
# No task may take longer than an hour, and none is silent between two for so long.
SILENT_AFTER = timedelta(hours=2)
WATCHED = ("scheduler", "dag_processor")


def check(*, max_age: timedelta | None) -> bool:
    """Print in one line whether all is well, or all that is not; return which.

    `max_age` counts in place of the limit of each dataset that has one.
    """
    settings, home = terminal.open_home()
    faults = [*_faults_of_airflow(settings, home), *_faults_of_warehouse(settings, home, max_age)]
    kind = " (SIMULATED DATA)" if home.is_simulated else ""
    out.print(f"not ok{kind}: {'; '.join(faults)}" if faults else f"ok{kind}", markup=False, soft_wrap=True)
    return not faults


def _faults_of_airflow(settings: Settings, home: Home) -> Iterator[str]:
    url = settings.airflow_url or airflow.api_url(settings, home)
    try:
        with requests.Session() as asking:
            # A proxy or .netrc of the caller has no business between two parts of one platform.
            asking.trust_env = False
            answer = asking.get(f"{url.rstrip('/')}/api/v2/monitor/health", timeout=TIMEOUT_S)
        answer.raise_for_status()
        health = answer.json()
    except requests.RequestException as error:
        yield f"Airflow's API server does not answer at {url} ({type(error).__name__})"
        return
    for part in WATCHED:
        told = health.get(part) or {}
        if told.get("status") != "healthy":
            beat = told.get(f"latest_{part}_heartbeat") or "never"
            yield f"Airflow's {part.replace('_', '-')} has no heartbeat (last: {beat})"


def _faults_of_warehouse(settings: Settings, home: Home, max_age: timedelta | None) -> Iterator[str]:
    warehouse = Warehouse.of(settings, home)
    try:
        with session(warehouse.dsn(Role.SCREENS), application="gridloom check") as reader:
            yield from _faults_of_data(reader, datetime.now(UTC), max_age)
            yield from _faults_of_runs(reader)
            yield from _faults_of_the_box(reader)
    except psycopg2.Error as error:
        yield f"the warehouse cannot be read: {' '.join(str(error).split())}"


def _faults_of_data(reader: Connection, at: datetime, max_age: timedelta | None) -> Iterator[str]:
    published = [dataset for dataset in read_datasets(reader, at) if dataset.newest_at is not None]
    if not published:
        yield "nothing is published yet"
    # Several datasets may stand in one table.
    yield from dict.fromkeys(_no_fresh_data(dataset, at) for dataset in published if _is_stale(dataset, at, max_age))


def _is_stale(dataset: DeclaredDataset, at: datetime, max_age: timedelta | None) -> bool:
    limit, age = dataset.critical_after, dataset.age(at)
    return limit is not None and age is not None and age >= (limit if max_age is None else max_age)


def _no_fresh_data(dataset: DeclaredDataset, at: datetime) -> str:
    age, newest_at = dataset.age(at) or timedelta(), dataset.newest_at or at
    newest = f"{newest_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"no fresh data in {dataset.published_table}: its newest period, {newest}, ended {_hours(age)} h ago"


def _faults_of_runs(reader: Connection) -> Iterator[str]:
    with reader, reader.cursor() as cursor:
        cursor.execute(
            """
            select distinct on (dag_id)
                dag_id, airflow_run_id, status, error_message,
                finished_at is null and last_seen_at < clock_timestamp() - %s as is_silent
            from ops.pipeline_runs
            where finished_at is not null or last_seen_at < clock_timestamp() - %s
            order by dag_id, started_at desc
            """,
            (SILENT_AFTER, SILENT_AFTER),
        )
        for dag_id, run, status, message, is_silent in cursor.fetchall():
            if is_silent:
                yield f"{dag_id}: {run} has shown no sign of life for {SILENT_AFTER}"
            elif status in (Status.FAILED, Status.LOST):
                yield f"{dag_id}: the last run {status}: {' '.join((message or '').split())}"


def _faults_of_the_box(reader: Connection) -> Iterator[str]:
    with reader, reader.cursor() as cursor:
        cursor.execute("select backend_pid, begun_at from ops.unended_queries order by begun_at")
        for pid, begun_at in cursor.fetchall():
            since = f"{begun_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            yield f"PostgreSQL cannot stop a query of the SQL box (process {pid}, since {since}); a restart ends it"


def _hours(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.1f}"
