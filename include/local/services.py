"""The services of this machine: what runs, how it is started, and what is known of it while it runs."""

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.home import Home
from include.local import airflow, locks, processes, source
from include.local.errors import LocalError
from include.local.holders import PARSES, RUNS_TASKS, SECRETS, SERVES, Holder, as_roles, inherited
from include.local.logs import last_line, service_log
from include.local.ports import choose_port
from include.local.processes import ProcessId
from include.programs import python
from include.settings import Settings
from include.warehouse import Role

STATE = "services.json"
# How long services may take to end by themselves.
PATIENCE_S = 8.0
# How long the supervisor may take to end them, and itself.
SUPERVISOR_PATIENCE_S = 30.0
# As whom the dashboard reads: its pages, and its box for queries.
DASHBOARD_ROLES = (Role.SCREENS, Role.EXPLORER)


@dataclass(frozen=True)
class Service:
    """One program that is to run, and run again when it dies."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    def log(self, home: Home) -> Path:
        """Return the file that holds what the service says."""
        return service_log(home, self.name)


@dataclass(frozen=True)
class Running:
    """A service at work."""

    process: ProcessId
    since: str
    restarts: int


@dataclass(frozen=True)
class State:
    """What the supervisor tells of itself and its services."""

    supervisor: ProcessId
    is_kept_up: bool
    """Started by `up` and ended by `down`; else it ends with the last `run` that uses it."""
    fingerprint: str
    """Of the settings the services were started with."""
    started_at: str
    services: Mapping[str, Running] = field(default_factory=dict)

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor runs still."""
        return self.supervisor.is_running

    def write(self, home: Home) -> None:
        """Keep it in the home."""
        home.write(STATE, json.dumps(asdict(self), indent=2))


def read_state(home: Home) -> State | None:
    """Return what the supervisor last told, whether or not it still runs."""
    path = home.path / STATE
    if not path.exists():
        return None
    told: dict[str, Any] = json.loads(path.read_text())
    services = {
        name: Running(ProcessId(**each["process"]), each["since"], each["restarts"])
        for name, each in told.pop("services").items()
    }
    return State(**{**told, "supervisor": ProcessId(**told["supervisor"]), "services": services})


def running(home: Home) -> State | None:
    """Return what is known of the services if their supervisor runs, else None."""
    state = read_state(home)
    return state if state is not None and state.is_alive else None


def in_use(home: Home) -> Path:
    """Return the lock that every command holds while it uses the services."""
    return home.path / "services.in_use"


def choose_ports(settings: Settings, home: Home) -> None:
    """Find the services' ports; one that is taken falls to a free one."""
    given = settings.model_fields_set
    asked = {"airflow": settings.airflow_port, "dashboard": settings.dashboard_port}
    if home.is_simulated:
        asked["simulator"] = settings.simulator_port
    for service, port in asked.items():
        choose_port(home, service, host=settings.bind_host, asked=port, is_explicit=f"{service}_port" in given)


def choose_ports_once(settings: Settings, home: Home) -> None:
    """Find the services' ports, unless services run on theirs."""
    if running(home) is None:
        choose_ports(settings, home)


def declared(settings: Settings, home: Home, *, follows_schedules: bool, is_kept_up: bool) -> list[Service]:
    """Return the services that should run; the dashboard is of those kept up. Their ports must have been chosen."""

    def environment(holder: Holder) -> dict[str, str]:
        own = airflow.environment(settings, home, holder, follows_schedules=follows_schedules)
        return processes.marked({**own, **source.environment(settings, home)}, home.path)

    services = [
        Service("api-server", airflow.program("api-server"), environment(SERVES)),
        # Its log server would listen on every address; the API server reads the files itself.
        Service("scheduler", airflow.program("scheduler", "--skip-serve-logs"), environment(RUNS_TASKS)),
        Service("dag-processor", airflow.program("dag-processor"), environment(PARSES)),
    ]
    if is_kept_up:
        services.append(_dashboard(settings, home))
    if home.is_simulated and not source.is_set_by_hand(settings):
        services.insert(0, simulator(settings, home))
    return services


def simulator(settings: Settings, home: Home) -> Service:
    """Return the publishers' stand-in. It is handed no secret: it asks nothing of anybody."""
    listens = ("--host", settings.bind_host, "--port", str(home.port("simulator")))
    environment = processes.marked(inherited(os.environ), home.path)
    return Service("simulator", python("include.simulator", *listens), environment)


def dashboard_url(settings: Settings, home: Home) -> str:
    """Return the address of the dashboard, as users reach it where that is set."""
    host = "127.0.0.1" if settings.bind_host == "0.0.0.0" else settings.bind_host  # noqa: S104 - compared, not bound
    return settings.dashboard_url or f"http://{host}:{home.port('dashboard') or settings.dashboard_port}"


def _dashboard(settings: Settings, home: Home) -> Service:
    """Return the dashboard. It is handed no login but its own: readers' queries run beside it."""
    environment = {
        **as_roles(os.environ, settings, DASHBOARD_ROLES),
        "GRIDLOOM_HOME": str(home.path),
        "GRIDLOOM_AIRFLOW_URL": settings.airflow_url or airflow.api_url(settings, home),
    }
    command = python("include.serving.dashboard")
    return Service("dashboard", command, processes.marked(environment, home.path))


def fingerprint(settings: Settings, home: Home) -> str:
    """Return what tells services of these settings, on this database, from others."""
    # The home is the same by definition; only some of its processes are told of it by a variable.
    given = {name: _plain(getattr(settings, name)) for name in sorted(settings.model_fields_set - {"home"})}
    parts = [json.dumps(given), home.database, str(home.port("postgres"))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def start(settings: Settings, home: Home, *, is_kept_up: bool) -> State:
    """Start the supervisor, unless one runs with these settings, and return what it tells.

    Raises LocalError where services of other settings are in the way.
    """
    with locks.exclusive(home.path / "services.lock"):
        state = running(home)
        if state is not None:
            if state.fingerprint != fingerprint(settings, home):
                raise LocalError(
                    "the services that run were started with other settings; end them first: gridloom down"
                )
            return state
        clean_up(home)
        return _start_supervisor(home, is_kept_up=is_kept_up)


def clean_up(home: Home) -> None:
    """End what a supervisor that was killed left behind."""
    processes.end_services(home.path, patience_s=PATIENCE_S)
    (home.path / STATE).unlink(missing_ok=True)


def stop(home: Home) -> bool:
    """End the supervisor and every service; tell whether any ran."""
    with locks.exclusive(home.path / "services.lock"):
        state = running(home)
        left = processes.services_of(home.path)
        if state is not None:
            processes.end([state.supervisor], patience_s=SUPERVISOR_PATIENCE_S)
        clean_up(home)
        return state is not None or bool(left)


def _start_supervisor(home: Home, *, is_kept_up: bool) -> State:
    command = python("include.local.supervisor", *(["--keep-up"] if is_kept_up else []))
    log = service_log(home, "supervisor")
    with log.open("ab") as file:
        child = subprocess.Popen(  # noqa: S603 - our own program
            command,
            env={**inherited(os.environ, SECRETS), "GRIDLOOM_HOME": str(home.path)},
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return _first_state(home, child, log)


def _first_state(home: Home, child: "subprocess.Popen[bytes]", log: Path) -> State:
    """Wait until the supervisor has told of itself."""
    while child.poll() is None:
        state = read_state(home)
        if state is not None and state.supervisor.pid == child.pid:
            return state
        _wait_a_little(child)
    raise LocalError(f"the supervisor of the services did not start: {last_line(log)}; see {log}")


def _wait_a_little(child: "subprocess.Popen[bytes]") -> None:
    """Wait for the child's end, a tenth of a second at most."""
    try:
        child.wait(0.1)
    except subprocess.TimeoutExpired:
        return


def _plain(value: object) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal is not None else value)


def utc_now() -> str:
    """Return this instant as text, for the state file."""
    return datetime.now(UTC).isoformat(timespec="seconds")
