"""What is told at the end of a run: what came in, what was published, whether it was sound, where to go next."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg2.extras import RealDictCursor
from rich.table import Table

from include.commands import newest_rows, terminal
from include.commands.follow import Outcome
from include.commands.terminal import about, out
from include.home import Home
from include.local import logs
from include.local.airflow_api import TaskState
from include.serving.datasets import DeclaredDataset, read_datasets
from include.settings import Settings
from include.warehouse import Connection, Role, Warehouse, session

COUNTS = ("fetched", "new", "revised", "withdrawn", "unchanged", "rejected")
ROWS = ("published", "new", "revised", "withdrawn")
FAILED_LOADS_SHOWN = 10
UNKNOWN = "no task said why; see the scheduler's log"
EXAMPLE = "select * from ops.pipeline_runs order by run_id desc limit 5"


@dataclass(frozen=True)
class Checks:
    """Results of Great Expectations, counted."""

    passed: int
    warned: int
    failed: int


def print_summary(settings: Settings, home: Home, dag_id: str, run_id: str) -> None:
    """Print what a run that succeeded did."""
    with session(Warehouse.of(settings, home).dsn(Role.SCREENS), application="gridloom run") as reader:
        out.print()
        run = find_run(reader, dag_id, run_id)
        if run is None:
            out.print(f"{dag_id} succeeded; it kept no record in ops.pipeline_runs")
            return
        example = print_run(reader, run, datetime.now(UTC))
    _print_next(home, example)


def print_run(reader: Connection, run: Mapping[str, Any], at: datetime) -> str:
    """Print what a run brought, and how what it feeds stands at an instant; return a query to go on with."""
    out.print(f"[bold]{run['dag_id']}[/bold]: {run['status']} in {run['duration_s'] or 0.0:.1f} s")
    loads = read_loads(reader, run["run_id"])
    print_loads(loads)
    _print_refusals(reader, run["run_id"])
    fed = _fed(read_datasets(reader, at), run["dag_id"], loads)
    published = read_published(reader, run["run_id"])
    _print_published(published, fed)
    _print_checks(read_checks(reader, run["run_id"]))
    shown = max(fed, key=lambda each: _tells_most(each, published), default=None)
    if shown is None:
        return newest_rows.query(next(iter(published))) if published else EXAMPLE
    newest_rows.show(reader, shown)
    return newest_rows.query(str(shown.published_table), shown.time_column)


def _tells_most(dataset: DeclaredDataset, published: Mapping[str, Any]) -> tuple[bool, ...]:
    """Return how much the newest rows of a dataset say: published now, over time, foreseen as well as measured."""
    return dataset.published_table in published, dataset.newest_at is not None, dataset.measured_column is not None


def print_failure(settings: Settings, home: Home, dag_id: str, run_id: str, outcome: Outcome) -> None:
    """Print why a run failed, in one line, where its log is, and which of its loads failed."""
    with session(Warehouse.of(settings, home).dsn(Role.SCREENS), application="gridloom run") as reader:
        run = find_run(reader, dag_id, run_id) or {}
        loads = read_loads(reader, run["run_id"]) if run else []
    failed, cause = cause_of(outcome, run)
    about.print(f"[bold red]✗ {dag_id} failed[/bold red]" + (f" in {failed.name}" if failed else ""))
    about.print(terminal.as_text(f"  {' '.join(cause.split())}"))
    log = logs.service_log(home, "scheduler")
    if failed is not None:
        log = logs.task_log(home, dag_id, run_id, failed.last_attempt)
    about.print(f"  log: {terminal.typed(log)}", markup=False)
    if any(load["outcome"] == "failed" for load in loads):
        print_loads(loads)


def cause_of(outcome: Outcome, run: Mapping[str, Any]) -> tuple[TaskState | None, str]:
    """Return the failed task to name, if any, and why that one failed.

    The run's record keeps the cause of the task that failed last; what any other logged is its own.
    """
    recorded = run.get("error_message")
    for task in outcome.failed_tasks:
        if recorded and task.name == run["failed_task"]:
            return task, recorded
    if not outcome.failed_tasks:
        return None, recorded or UNKNOWN
    first = outcome.failed_tasks[0]
    return first, outcome.last_errors.get(first.name, UNKNOWN)


def find_run(connection: Connection, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """Return a run's row of `ops.pipeline_runs`."""
    statement = "select * from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s"
    return next(iter(_rows(connection, statement, dag_id, run_id)), None)


def read_loads(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """Return the loads of a run, by dataset and scope."""
    return _rows(connection, "select * from ops.loads where run_id = %s order by dataset, scope", run_id)


def read_published(connection: Connection, run_id: int) -> dict[str, dict[str, int]]:
    """Return the tables that a run published, each with its rows."""
    found = _rows(connection, "select tables from ops.publications where run_id = %s order by published_at", run_id)
    return {table: rows for row in found for table, rows in sorted(row["tables"].items())}


def read_checks(connection: Connection, run_id: int) -> Checks:
    """Count a run's checks: what passed, what only warned, what failed."""
    results = _rows(connection, "select success, severity from ops.quality_results where run_id = %s", run_id)
    found = Counter("passed" if each["success"] else each["severity"] for each in results)
    return Checks(found["passed"], found["warning"] + found["info"], found["critical"])


def print_loads(loads: Sequence[Mapping[str, Any]]) -> None:
    """Print what came in of each dataset that was asked for, and why a load failed."""
    names = dict.fromkeys(load["dataset"] for load in loads)
    by_dataset = {name: [load for load in loads if load["dataset"] == name] for name in names}
    unchanged = [name for name, its in by_dataset.items() if all(load["outcome"] == "unchanged" for load in its)]
    table = _table("dataset", "came in", *COUNTS)
    for name, its in by_dataset.items():
        if name not in unchanged:
            counts = (f"{sum(load[count] for load in its):,}" for count in COUNTS)
            table.add_row(name, _outcomes(its), *counts)
    if table.row_count:
        out.print(table)
    if unchanged:
        out.print(f"not changed by the publisher since it was last asked: {', '.join(unchanged)}")
    _print_causes([load for load in loads if load["outcome"] == "failed"])
    if any(load["rejected"] for load in loads):
        out.print("what was rejected, and why: select * from ops.rejected_rows", style="yellow")


def _outcomes(loads: Sequence[Mapping[str, Any]]) -> str:
    found = Counter(load["outcome"] for load in loads)
    if found.total() == 1:
        return str(loads[0]["outcome"])
    return ", ".join(f"{number} {outcome}" for outcome, number in sorted(found.items()))


def _print_causes(failed: Sequence[Mapping[str, Any]]) -> None:
    for load in failed[:FAILED_LOADS_SHOWN]:
        out.print(terminal.as_text(f"  {load['dataset']}, {load['scope']}: {load['cause']}"), style="red")
    if len(failed) > FAILED_LOADS_SHOWN:
        out.print(f"  and {len(failed) - FAILED_LOADS_SHOWN} more, which ops.loads names", style="red")


def _print_refusals(reader: Connection, run_id: int) -> None:
    """Print which forecasts a run refused to make, and which models were absent; neither is a failure."""
    statement = """
        select target, concat_ws(' by ', target, model) as name, because from ops.forecast_refusals
        where run_id = %s
        order by target is null, name
    """
    for each in _rows(reader, statement, run_id):
        what = "absent" if each["target"] is None else "refused"
        out.print(terminal.as_text(f"{what}: {each['name']}, because {each['because']}"), style="yellow")


def _fed(datasets: Sequence[DeclaredDataset], dag_id: str, loads: Sequence[Mapping[str, Any]]) -> list[DeclaredDataset]:
    """Return the datasets of a DAG that are published in tables of their own."""
    loaded = {load["dataset"] for load in loads}
    return [each for each in datasets if each.is_published and (each.name in loaded or each.dag_id == dag_id)]


def _print_published(published: Mapping[str, Mapping[str, int]], fed: Sequence[DeclaredDataset]) -> None:
    newest = {each.published_table: each.newest_at for each in fed}
    table = _table("table of analytics", *ROWS, "newest period (UTC)")
    for name in sorted({*published, *filter(None, newest)}):
        rows = published.get(name, {})
        newest_at = newest.get(name)
        told = "" if newest_at is None else f"{newest_at.astimezone(UTC):%Y-%m-%d %H:%M}"
        table.add_row(name, *(f"{rows.get(f'rows_{kind}', 0):,}" for kind in ROWS), told)
    if table.row_count:
        out.print()
        out.print(table)


def _print_checks(checks: Checks) -> None:
    if checks == Checks(0, 0, 0):
        return
    out.print()
    out.print(f"checks: {checks.passed} passed, {checks.warned} warned, {checks.failed} failed")
    if checks.warned or checks.failed:
        out.print("      which: select * from ops.quality_results where not success order by 1 desc", style="yellow")


def _print_next(home: Home, example: str) -> None:
    out.print()
    command = terminal.gridloom()
    width = len(command) + 12
    out.print("next:")
    out.print(f'  {command} sql "{example}"', markup=False, soft_wrap=True)
    for typed, meaning in (
        ("make up", "Airflow's UI and schedule, kept running"),
        (f"{command} status", "what runs, and the last runs"),
        (f"{command} dsn analyst", "the address for psql and BI tools"),
    ):
        out.print(f"  {typed:<{width}}  {meaning}", markup=False)
    terminal.show_banner(home)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading in (*COUNTS, *ROWS) else "left")
    return table


def _rows(connection: Connection, statement: str, *values: Any) -> list[dict[str, Any]]:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute(statement, values)
        return [dict(row) for row in cursor.fetchall()]
