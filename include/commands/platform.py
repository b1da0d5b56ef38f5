"""`gridloom up`, `down` and `status`: the services of this machine, kept running."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from include.commands import terminal
from include.commands.run import start_what_is_missing, step
from include.commands.terminal import about, as_text, out
from include.home import Home
from include.local import airflow, prepare, services
from include.local.errors import LocalError
from include.local.holders import TYPED
from include.local.postgres import Cluster
from include.local.services import State
from include.operations.runs import mark_lost
from include.serving.datasets import DeclaredDataset, Freshness, read_datasets
from include.settings import Settings
from include.warehouse import Connection, Role, Warehouse, fetch_value, session

# The scheduler's heart beats every 5 s; Airflow itself calls it dead after 30.
HEARTBEAT_LIMIT = timedelta(seconds=30)
HEALTHY_TIMEOUT_S = 120
POLL_S = 0.5
SHOWN_RUNS = 5
SHOWN_CAUSE_LENGTH = 100


def up(*, probes: bool, waits: bool) -> None:
    """Start every service and keep it running until `down`."""
    settings, home = terminal.open_home()
    _wait_for_last_run(home)
    never_chosen = not (home.path / "warehouse").exists()
    start_what_is_missing(settings, home, probes=probes or never_chosen, is_kept_up=True)
    if waits:
        with step("scheduler") as done:
            done.append(_wait_for_heartbeat(home))
    _print_entrances(settings, home)


def down(*, erases: bool) -> None:
    """End every service, then PostgreSQL; on request delete all that they kept."""
    settings, home = terminal.open_home()
    ended = services.stop(home)
    cluster = Cluster.of(settings, home)
    ended = cluster.stop() or ended
    if erases:
        cluster.erase()
        shutil.rmtree(home.path)
        about.print(f"erased {home.path}, its warehouse and its history")
    else:
        about.print("everything has ended" if ended else "nothing was running")


def airflow_command(arguments: Sequence[str]) -> int:
    """Run a command of Airflow's own, in the environment of the embedded one; return its exit code."""
    settings, home = terminal.open_home()
    if Cluster.of(settings, home).port is None:
        raise LocalError("Airflow's database does not run; `gridloom up` starts it")
    environment = airflow.environment(settings, home, TYPED, follows_schedules=False)
    return subprocess.run(airflow.program(*arguments), check=False, env=environment).returncode  # noqa: S603


def status() -> bool:
    """Print what runs and how the data stands; tell whether all that should run does."""
    settings, home = terminal.open_home()
    warehouse = Warehouse.of(settings, home)
    kind = "[yellow]SIMULATED DATA[/yellow]" if home.is_simulated else "real data"
    out.print(f"[bold]warehouse[/bold]  {kind}, {warehouse.address}")
    has_postgres = _print_postgres(settings, home, is_warehouse=warehouse.is_embedded)
    has_services = _print_services(settings, home)
    has_warehouse = _print_warehouse(warehouse)
    return has_postgres and has_services and has_warehouse


def migrate() -> None:
    """Bring the warehouse in use up to this code."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    warehouse = Warehouse.of(settings, home)
    if warehouse.is_embedded:
        Cluster.of(settings, home).start()
    done = prepare.prepare_warehouse(settings, home)
    about.print(f"{warehouse.address}: {', '.join(done) if done else 'nothing to do'}")


def _wait_for_last_run(home: Home) -> None:
    """Let a `gridloom run` end first: its services follow no schedule."""
    state = services.running(home)
    if state is None or state.is_kept_up:
        return
    with step("waiting") as done:
        while services.running(home) is not None:
            time.sleep(POLL_S)
        done.append("the run that was under way has ended")


def _wait_for_heartbeat(home: Home) -> str:
    deadline = time.monotonic() + HEALTHY_TIMEOUT_S
    while time.monotonic() < deadline:
        age = heartbeat_age(home)
        if age is not None and age < HEARTBEAT_LIMIT:
            return f"its heart beats ({_ago(age)})"
        time.sleep(POLL_S)
    raise LocalError(f"the scheduler shows no heartbeat; see {home.path / 'logs' / 'scheduler.log'}")


def login(home: Home, on: Console) -> str:
    """Say how to log in to the UI; the password only where somebody reads it, and nothing keeps it."""
    is_read = on.file.isatty()
    password = airflow.admin_password(home) if is_read else f"in {terminal.typed(home.path / airflow.PASSWORDS)}"
    return f"user {airflow.USER}, password {password}"


def _print_entrances(settings: Settings, home: Home) -> None:
    about.print()
    about.print(f"Airflow  {airflow.api_url(settings, home)}   {login(home, about)}")
    about.print(f"look     {services.dashboard_url(settings, home)}   the dashboard")
    about.print(f"status   {terminal.gridloom()} status", markup=False)
    about.print("end      make down")


def _print_postgres(settings: Settings, home: Home, *, is_warehouse: bool) -> bool:
    port = Cluster.of(settings, home).port
    is_needed = is_warehouse or services.read_state(home) is not None
    if port:
        state = f"[green]running[/green] on {settings.bind_host}:{port}"
    else:
        state = "[red]not running[/red]: make up" if is_needed else "not started; here it holds Airflow's database only"
    out.print(f"[bold]PostgreSQL[/bold] {state}")
    return port is not None or not is_needed


def _print_services(settings: Settings, home: Home) -> bool:
    told = services.read_state(home)
    if told is None:
        out.print("[bold]Airflow[/bold]    not started; it runs while a `gridloom run` needs it, or from `make up` on")
        return True
    if not told.is_alive:
        out.print("[bold]Airflow[/bold]    [red]its supervisor was killed[/red]; start it again: make up")
        return False
    out.print(f"[bold]Airflow[/bold]    {airflow.api_url(settings, home)}   {login(home, out)}")
    if told.is_kept_up:
        out.print(f"[bold]dashboard[/bold]  {services.dashboard_url(settings, home)}")
    return _print_each_service(settings, home, told) and _print_heartbeat(home)


def _print_each_service(settings: Settings, home: Home, told: State) -> bool:
    kept_up = told.is_kept_up
    declared = services.declared(settings, home, follows_schedules=kept_up, is_kept_up=kept_up)
    names = [service.name for service in declared]
    for name in names:
        running = told.services.get(name)
        if running is None or not running.process.is_running:
            out.print(f"  {name:<14} [red]not running[/red]; see {home.path / 'logs' / name}.log")
            continue
        age = datetime.now(UTC) - datetime.fromisoformat(running.since)
        restarts = f", [yellow]restarted {running.restarts} times[/yellow]" if running.restarts else ""
        out.print(f"  {name:<14} [green]running[/green] for {_span(age)}, pid {running.process.pid}{restarts}")
    return all(name in told.services and told.services[name].process.is_running for name in names)


def heartbeat_age(home: Home) -> timedelta | None:
    """Return how long ago the scheduler last showed life, or None if it never did."""
    with _airflow_database(home) as connection:
        age: timedelta | None = fetch_value(
            connection,
            "select clock_timestamp() - max(latest_heartbeat) from job"
            " where job_type = 'SchedulerJob' and state = 'running'",
        )
    return age


def _airflow_database(home: Home) -> Any:
    return session(psycopg2.extensions.make_dsn(**airflow.database_parameters(home)), application="gridloom status")


def _print_heartbeat(home: Home) -> bool:
    try:
        age = heartbeat_age(home)
    except psycopg2.Error as error:
        out.print(f"  [red]Airflow's database cannot be read[/red]: {_one_line(error)}")
        return False
    is_beating = age is not None and age < HEARTBEAT_LIMIT
    told = "never" if age is None else _ago(age)
    colour = "green" if is_beating else "red"
    advice = "" if is_beating else "; if it stays so: make down up"
    out.print(f"  {'heartbeat':<14} of the scheduler: [{colour}]{told}[/{colour}]{advice}")
    return is_beating


def _print_warehouse(warehouse: Warehouse) -> bool:
    try:
        # A reader's login: a view of the transformer's runs its functions as whoever asks it.
        with session(warehouse.dsn(Role.SCREENS), application="gridloom status", autocommit=True) as reader:
            if fetch_value(reader, "select to_regclass('ops.pipeline_runs')") is None:
                out.print("[bold]runs[/bold]       none yet; the first: make run")
                return True
            _mark_lost(warehouse)
            _print_runs(reader)
            _print_datasets(reader, datetime.now(UTC))
            return True
    except psycopg2.Error as error:
        out.print(f"[bold]runs[/bold]       [red]the warehouse cannot be read[/red]: {_one_line(error)}")
        return False


def _mark_lost(warehouse: Warehouse) -> None:
    with session(warehouse.dsn(Role.LOADER), application="gridloom status") as loader:
        lost = mark_lost(loader)
    if lost:
        out.print(f"[yellow]{lost} runs had been killed and are marked as lost[/yellow]")


def _print_runs(connection: Connection) -> None:
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("select * from ops.pipeline_runs order by started_at desc limit %s", (SHOWN_RUNS,))
        runs = cursor.fetchall()
    if not runs:
        out.print("[bold]runs[/bold]       none yet; the first: make run")
        return
    table = Table(box=None, pad_edge=False, title="last runs", title_justify="left", title_style="bold")
    for heading in ("started (UTC)", "DAG", "status", "seconds", "new", "revised", "published", "cause"):
        table.add_column(heading, justify="right" if heading in ("seconds", "new", "revised", "published") else "left")
    for run in runs:
        table.add_row(*_run_cells(run))
    out.print(table)


def _run_cells(run: dict[str, Any]) -> list[str | Text]:
    colour = {"success": "green", "failed": "red", "lost": "red"}.get(run["status"], "yellow")
    seconds = "" if run["duration_s"] is None else f"{run['duration_s']:.1f}"
    counts = ["" if run[name] is None else f"{run[name]:,}" for name in ("new", "revised", "published")]
    cause = (run["error_message"] or "").splitlines()[:1]
    return [
        f"{run['started_at'].astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        run["dag_id"],
        f"[{colour}]{run['status']}[/{colour}]",
        seconds,
        *counts,
        as_text("".join(cause)[:SHOWN_CAUSE_LENGTH]),
    ]


def _print_datasets(connection: Connection, at: datetime) -> None:
    """Print how old each published table is, and whose loads failed of late."""
    datasets = read_datasets(connection, at)
    table = Table(box=None, pad_edge=False, title="newest published", title_justify="left", title_style="bold")
    for heading in ("table of analytics", "newest period (UTC)", "ended"):
        table.add_column(heading)
    # Several datasets may stand in one table.
    for cells in dict.fromkeys(_dataset_cells(each, at) for each in datasets if each.newest_at):
        table.add_row(*cells)
    if table.row_count:
        out.print(table)
    for dataset in datasets:
        if dataset.failed_loads:
            out.print(f"[yellow]{dataset.name}: {dataset.failed_loads} loads failed in the last 24 hours[/yellow]")


def _dataset_cells(dataset: DeclaredDataset, at: datetime) -> tuple[str, str, str]:
    newest_at, age = dataset.newest_at or at, dataset.age(at) or timedelta()
    colour = {Freshness.STALE: "red", Freshness.LATE: "yellow"}.get(dataset.freshness(at) or Freshness.FRESH, "green")
    told = _ago(age) if age > timedelta() else "not over yet"
    return (str(dataset.published_table), f"{newest_at.astimezone(UTC):%Y-%m-%d %H:%M}", f"[{colour}]{told}[/{colour}]")


@dataclass(frozen=True)
class _Unit:
    name: str
    seconds: float


_UNITS = (_Unit("days", 86400.0), _Unit("h", 3600.0), _Unit("min", 60.0), _Unit("s", 1.0))


def _span(age: timedelta) -> str:
    """Return a length of time in its largest unit that is not below two."""
    seconds = age.total_seconds()
    unit = next((unit for unit in _UNITS if seconds >= 2 * unit.seconds), _UNITS[-1])
    return f"{seconds / unit.seconds:.0f} {unit.name}"


def _ago(age: timedelta) -> str:
    return f"{_span(age)} ago"


def _one_line(error: BaseException) -> str:
    return escape(" ".join(str(error).split()))
