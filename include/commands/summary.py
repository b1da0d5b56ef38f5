"""What is told at the end of a run: what came in, whether it was sound, the newest half-hour, where to go next."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg2.extras import RealDictCursor
from rich.table import Table

from include.commands import terminal
from include.commands.follow import Outcome
from include.commands.terminal import about, out
from include.home import Home
from include.local import logs
from include.settings import Settings
from include.warehouse import Connection, Role, Warehouse, fetch_value, session

COUNTS = ("fetched", "new", "revised", "withdrawn", "unchanged", "rejected", "published")
BAR_WIDTH = 24
MW_PER_GW = 1000
UNATTRIBUTED = "unattributed"
EXAMPLE = "select * from analytics.half_hourly_generation_mix order by 1 desc, share_pct desc limit 12"


@dataclass(frozen=True)
class Checks:
    """Results of Great Expectations, counted."""

    passed: int
    warned: int
    failed: int


def print_summary(settings: Settings, home: Home, dag_id: str, run_id: str) -> None:
    """Print what a run that succeeded did."""
    warehouse = Warehouse.of(settings, home)
    with session(warehouse.dsn(Role.ANALYST), application="gridloom run") as analyst:
        row = find_run(analyst, dag_id, run_id)
        out.print()
        if row is None:
            out.print(f"{dag_id} succeeded; it kept no record in ops.pipeline_runs")
            return
        _print_counts(row)
        _print_checks(read_checks(analyst, row["run_id"]))
        _print_newest_mix(analyst, dag_id)
    _print_next(home)


def print_failure(settings: Settings, home: Home, dag_id: str, run_id: str, outcome: Outcome) -> None:
    """Print why a run failed, in one line, and where its log is."""
    warehouse = Warehouse.of(settings, home)
    with session(warehouse.dsn(Role.ANALYST), application="gridloom run") as analyst:
        row = find_run(analyst, dag_id, run_id) or {}
    failed = outcome.failed_task
    cause = row.get("error_message") or outcome.last_error or "no task said why; see the scheduler's log"
    about.print(f"[bold red]✗ {dag_id} failed[/bold red]" + (f" in {failed.name}" if failed else ""))
    about.print(f"  {' '.join(cause.split())}", markup=False)
    log = logs.service_log(home, "scheduler")
    if failed is not None:
        log = logs.task_log(home, dag_id, run_id, failed.task_id, failed.attempt)
    about.print(f"  log: {terminal.typed(log)}", markup=False)


def find_run(connection: Connection, dag_id: str, run_id: str) -> dict[str, Any] | None:
    """Return a run's row of `ops.pipeline_runs`."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("select * from ops.pipeline_runs where dag_id = %s and airflow_run_id = %s", (dag_id, run_id))
        row = cursor.fetchone()
        return None if row is None else dict(row)


def read_checks(connection: Connection, run_id: int) -> Checks:
    """Count a run's checks: what passed, what only warned, what failed."""
    with connection.cursor() as cursor:
        cursor.execute("select success, severity from ops.quality_results where run_id = %s", (run_id,))
        found = Counter("passed" if success else severity for success, severity in cursor.fetchall())
    return Checks(found["passed"], found["warning"] + found["info"], found["critical"])


def _print_counts(row: dict[str, Any]) -> None:
    status, seconds = row["status"], row["duration_s"] or 0.0
    out.print(f"[bold]{row['dag_id']}[/bold]: {status} in {seconds:.1f} s")
    counted = [(name, row[name]) for name in COUNTS if row[name] is not None]
    if counted:
        out.print("rows: " + ", ".join(f"{number:,} {name}" for name, number in counted))
    elif status == "skipped":
        out.print("the publisher has changed nothing since the last run, so nothing was asked for")
    if row["rejected"]:
        out.print("      what was rejected, and why: select * from ops.rejected_rows", style="yellow")


def _print_checks(checks: Checks) -> None:
    if checks == Checks(0, 0, 0):
        return
    out.print(f"checks: {checks.passed} passed, {checks.warned} warned, {checks.failed} failed")
    if checks.warned or checks.failed:
        out.print("      which: select * from ops.quality_results where not success order by 1 desc", style="yellow")


def _print_newest_mix(analyst: Connection, dag_id: str) -> None:
    if not dag_id.startswith("neso_") or not _is_published(analyst):
        return
    newest, mix = read_newest_mix(analyst)
    if newest is None:
        return
    total_mw = sum(megawatts for _, megawatts, _ in mix)
    table = Table(box=None, pad_edge=False)
    table.add_column("fuel")
    table.add_column("GW", justify="right")
    table.add_column("%", justify="right")
    table.add_column("")
    for fuel, megawatts, percent in mix:
        bar = "█" * round(max(float(percent or 0), 0) / 100 * BAR_WIDTH)
        table.add_row(fuel.replace("_", " "), _gigawatts(megawatts), f"{percent or 0:.2f}", f"[cyan]{bar}[/]")
    table.add_row("total", _gigawatts(total_mw), f"{sum(percent or 0 for *_, percent in mix):.2f}", "")
    out.print()
    out.print(f"[bold]Generation mix of the half-hour from {newest:%Y-%m-%d %H:%M} UTC[/bold]", highlight=False)
    out.print(table)


def _gigawatts(megawatts: float) -> str:
    # Adding zero turns a rounded -0.0 into 0.0.
    return f"{round(megawatts / MW_PER_GW, 2) + 0.0:.2f}"


def read_newest_mix(analyst: Connection) -> tuple[datetime | None, list[tuple[str, float, Any]]]:
    """Return the newest half-hour that is published, and its fuels: code, MW, percent; the largest first."""
    newest: datetime | None = fetch_value(
        analyst, "select max(period_started_at) from analytics.half_hourly_generation_mix"
    )
    with analyst.cursor() as cursor:
        cursor.execute(
            """
            select fuel_code, generation_mw, share_pct
            from analytics.half_hourly_generation_mix
            where period_started_at = %s
            order by fuel_code = %s, generation_mw desc, fuel_code
            """,
            (newest, UNATTRIBUTED),
        )
        return newest, cursor.fetchall()


def _is_published(analyst: Connection) -> bool:
    return fetch_value(analyst, "select to_regclass('analytics.half_hourly_generation_mix')") is not None


def _print_next(home: Home) -> None:
    out.print()
    command = terminal.gridloom()
    width = len(command) + 12
    out.print("next:")
    out.print(f'  {command} sql "{EXAMPLE}"', markup=False, soft_wrap=True)
    for typed, meaning in (
        ("make up", "Airflow's UI and schedule, kept running"),
        (f"{command} status", "what runs, and the last runs"),
        (f"{command} dsn analyst", "the address for psql and BI tools"),
    ):
        out.print(f"  {typed:<{width}}  {meaning}", markup=False)
    terminal.show_banner(home)
