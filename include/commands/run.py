"""`gridloom run`: one run of a DAG through Airflow, from nothing running to a summary."""

import difflib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from rich.markup import escape

from include.commands import terminal
from include.commands.alerts import wait_until_told
from include.commands.follow import Outcome, follow
from include.commands.summary import print_failure, print_summary
from include.commands.terminal import about
from include.home import Home
from include.local import airflow, locks, prepare, services, source
from include.local.airflow_api import AirflowApi, Dag
from include.local.errors import LocalError
from include.local.logs import service_log
from include.local.postgres import Cluster
from include.settings import REPOSITORY, Settings
from include.warehouse import Warehouse

API_TIMEOUT_S = 120
PARSE_TIMEOUT_S = 120
POLL_S = 0.25
# An API server that died this often will not come up.
HOPELESS_RESTARTS = 3
BUILDS_POOL = "builds"


@dataclass(frozen=True)
class Request:
    """What the user asked for."""

    dag_id: str
    params: Mapping[str, Any]
    probes: bool
    is_verbose: bool


def read_params(pairs: Iterable[str]) -> dict[str, Any]:
    """Read `name=value` pairs; a value is JSON where it can be read as such, else text."""
    params: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise LocalError(f"--param wants name=value, not {pair!r}; for example: --param look_back_days=7")
        try:
            params[name] = json.loads(text)
        except (json.JSONDecodeError, RecursionError):
            params[name] = text
    return params


def run(request: Request) -> bool:
    """Run a DAG once; tell whether the run succeeded."""
    settings, home = terminal.open_home()
    _check_dag_is_there(settings, request.dag_id)
    with terminal.interruptible(), _services_in_use(home):
        api = start_what_is_missing(settings, home, probes=request.probes, is_kept_up=False)
        _refuse_unknown_params(_wait_for_dag(api, settings, home, request.dag_id), request)
        run_id = _trigger(api, request)
        outcome = _follow(api, home, request, run_id)
        if outcome.succeeded:
            print_summary(settings, home, request.dag_id, run_id)
        else:
            print_failure(settings, home, request.dag_id, run_id, outcome)
        wait_until_told(settings, home)
    return outcome.succeeded


def start_what_is_missing(settings: Settings, home: Home, *, probes: bool, is_kept_up: bool) -> AirflowApi:
    """Bring up PostgreSQL, the warehouse and Airflow, and return the way into Airflow."""
    _choose(settings, home, probes=probes)
    with step("PostgreSQL") as done:
        done.append(f"127.0.0.1:{Cluster.of(settings, home).start()}")
    services.choose_ports_once(settings, home)
    with ThreadPoolExecutor(1) as pool:
        preparing = pool.submit(prepare.prepare_warehouse, settings, home)
        with step("Airflow") as done:
            airflow.migrate_database(settings, home)
            services.start(settings, home, is_kept_up=is_kept_up)
            api = wait_for_api(settings, home)
            done.append(api.url)
        with step("warehouse") as done:
            made = preparing.result()
            done.append(Warehouse.of(settings, home).address + (f" (new: {', '.join(made)})" if made else ""))
    return api


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Show that something is being done, and in the end its result and how long it took."""
    result: list[str] = []
    begun = time.monotonic()
    with about.status(f"{name} …"):
        yield result
    about.print(f"[green]✓[/green] {name:<11} {' '.join(result)}  [dim]{time.monotonic() - begun:.1f} s[/dim]")


def wait_for_api(settings: Settings, home: Home) -> AirflowApi:
    """Return the API once it answers. Raises LocalError where it does not come up."""
    api = AirflowApi(settings, home)
    deadline = time.monotonic() + API_TIMEOUT_S
    log = service_log(home, "api-server")
    while time.monotonic() < deadline:
        with suppress(requests.ConnectionError):
            api.warm_up()
            api.log_in()
            api.ensure_pool(BUILDS_POOL, slots=2, description="dbt builds: one at work, one waiting for its turn")
            return api
        state = services.running(home)
        if state is None:
            raise LocalError(f"Airflow's services ended; see {home.path / 'logs' / 'supervisor.log'}")
        server = state.services.get("api-server")
        if server is not None and server.restarts >= HOPELESS_RESTARTS:
            raise LocalError(f"Airflow's API server does not start; see {log}")
        time.sleep(POLL_S)
    raise LocalError(f"Airflow's API server did not answer within {API_TIMEOUT_S} s; see {log}")


def _choose(settings: Settings, home: Home, *, probes: bool) -> None:
    """Choose the source where that was asked for, or was done by hand; services that run keep theirs."""
    state = services.running(home)
    if state is not None or not (probes or source.is_set_by_hand(settings)):
        terminal.show_banner(home)
        _warn_of_former_code(state)
        return
    choice = source.choose_source(settings, home)
    terminal.show_banner(home, why=choice.reason)
    if not choice.is_simulated:
        about.print(f"[green]✓[/green] {'source':<11} {escape(choice.reason)}")


def _warn_of_former_code(state: services.State | None) -> None:
    """Say that services which run imported code that was changed since; a DAG file itself is read again."""
    if state is None:
        return
    changed = last_change([REPOSITORY / "include", REPOSITORY / "plugins"])
    if changed > datetime.fromisoformat(state.started_at):
        about.print("the code has changed since the services started; to load it: make down up", style="yellow")


def _check_dag_is_there(settings: Settings, dag_id: str) -> None:
    files = sorted(file.stem for file in settings.dags_folder.glob("*.py"))
    if dag_id not in files:
        raise LocalError(f"there is no DAG {dag_id} in {settings.dags_folder}; there are: {', '.join(files) or 'none'}")


@contextmanager
def _services_in_use(home: Home) -> Iterator[None]:
    """Hold the services for as long as they are used; end them after their last use, unless `up` keeps them."""
    try:
        with locks.shared(services.in_use(home)):
            yield
    finally:
        state = services.running(home)
        if state is not None and not state.is_kept_up and not locks.is_held(services.in_use(home)):
            services.stop(home)


def _wait_for_dag(api: AirflowApi, settings: Settings, home: Home, dag_id: str) -> Dag:
    """Return the DAG once Airflow has read its file as it is now. Raises LocalError with the import error, in full."""
    since = last_change([settings.dags_folder, REPOSITORY / "include"])
    asked = False
    deadline = time.monotonic() + PARSE_TIMEOUT_S
    while time.monotonic() < deadline:
        dag = api.dag(dag_id)
        if dag is not None and dag.last_parsed_at is not None and dag.last_parsed_at >= since:
            return _unpaused(dag)
        if dag is not None and not asked:
            api.parse(dag)
            asked = True
        _raise_import_fault(api, dag_id, since)
        time.sleep(POLL_S)
    log = service_log(home, "dag-processor")
    raise LocalError(f"Airflow did not read {dag_id} within {PARSE_TIMEOUT_S} s; see {log}")


def last_change(folders: Iterable[Path]) -> datetime:
    """Return when the Python code of some folders was last changed."""
    changes = [file.stat().st_mtime for folder in folders for file in folder.rglob("*.py")]
    return datetime.fromtimestamp(max(changes, default=0), UTC)


def _raise_import_fault(api: AirflowApi, dag_id: str, since: datetime) -> None:
    for fault in api.import_faults():
        if Path(fault.file).stem == dag_id and fault.found_at >= since:
            about.print(fault.stack_trace, markup=False)
            raise LocalError(f"the DAG file {fault.file} cannot be imported; its error stands above")


def _unpaused(dag: Dag) -> Dag:
    if dag.is_paused:
        raise LocalError(f"{dag.dag_id} is paused, and Airflow starts no run of it; unpause it in the UI (make up)")
    return dag


def _refuse_unknown_params(dag: Dag, request: Request) -> None:
    """Raise LocalError for a param the DAG does not have; Airflow would take it and do nothing with it."""
    for name in request.params:
        if name not in dag.params:
            close = difflib.get_close_matches(name, dag.params, n=1)
            guess = f"did you mean {close[0]}?" if close else f"it has: {', '.join(sorted(dag.params)) or 'none'}"
            raise LocalError(f"{dag.dag_id} has no param {name}; {guess}")


def _trigger(api: AirflowApi, request: Request) -> str:
    run_id = api.trigger(request.dag_id, request.params)
    given = f" with {json.dumps(request.params)}" if request.params else ""
    about.print(f"[green]✓[/green] {'triggered':<11} {request.dag_id}{given}  [dim]{run_id}[/dim]")
    return run_id


def _follow(api: AirflowApi, home: Home, request: Request, run_id: str) -> Outcome:
    try:
        return follow(api, home, request.dag_id, run_id, is_verbose=request.is_verbose)
    except KeyboardInterrupt:
        about.print("interrupted: ending the run")
        with suppress(requests.RequestException):
            api.fail_run(request.dag_id, run_id)
        raise
