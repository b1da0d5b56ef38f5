"""The rig: a home of its own with PostgreSQL and Airflow, the simulator as publisher, and a look into all of them."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import requests

from include.local import airflow
from include.local.airflow_api import FINISHED, AirflowApi
from include.local.postgres import Cluster
from include.pipeline import Place
from include.settings import REPOSITORY
from include.transformation.dbt import PROJECT
from include.warehouse import Connection, Role, Warehouse
from tests.machine import Machine
from tests.simulated_portal import SimulatedPortal, running_portal

DAG = "neso_generation_mix"
DATABASE = "gridloom"
# The publisher's clock at the start: half past, when its edition of this hour is out.
STARTS_AT = datetime(2026, 6, 1, 0, 30, tzinfo=UTC)
POLL_S = 0.1
RUN_TIMEOUT_S = 1800
TICKS_S = 30


@dataclass(frozen=True)
class TaskTime:
    """When a task ran, in seconds from the trigger of its run."""

    task_id: str
    started_s: float
    ended_s: float


@dataclass(frozen=True)
class RunTime:
    """One run of a DAG: wall time from its trigger to its end, and the CPU that all processes of the home took."""

    state: str
    wall_s: float
    cpu_s: float
    tasks: tuple[TaskTime, ...]


@dataclass
class Rig:
    """What is measured. `now` is the publisher's clock, and the instant for which the next run is triggered."""

    machine: Machine
    portal: SimulatedPortal
    now: datetime = STARTS_AT

    @property
    def place(self) -> Place:
        """Where the pipeline's steps work when they are called without Airflow."""
        settings = self.machine.settings.model_copy(
            update={"neso_url": self.portal.url, "neso_requests_per_second": 1e6, "neso_datastore_per_minute": 1e6}
        )
        return Place(settings, Warehouse.of(self.machine.settings, self.machine.home).dsn)

    def url(self, role: Role, database: str) -> str:
        """Return a role's connection URL for a database of the server."""
        return urlsplit(self.place.url(role))._replace(path=f"/{database}").geturl()

    @property
    def server_version(self) -> str:
        """PostgreSQL's version, its number only."""
        return str(self.machine.query("show server_version")[0][0]).split()[0]

    def next_hour(self) -> None:
        """Let the publisher's clock go on by an hour, and have it draw up its new edition."""
        self.set_clock(self.now + timedelta(hours=1))

    def set_clock(self, now: datetime) -> None:
        """Set the publisher's clock, and have it draw up its edition, which is not what is measured."""
        self.now = now
        self.portal.set(now=now.isoformat())
        requests.get(f"{self.portal.url}/resource_show", params={"id": "any"}, timeout=TICKS_S * 4)

    def run(self, dag_id: str = DAG, **params: Any) -> RunTime:
        """Trigger a run for the publisher's instant, and follow it in Airflow's database until it has ended."""
        before = self._cpu_s()
        triggered_at = datetime.now(UTC)
        run_id = self._trigger(dag_id, params)
        state, ended_at = self._end_of(dag_id, run_id)
        wall_s = (ended_at - triggered_at).total_seconds()
        return RunTime(state, wall_s, self._cpu_s() - before, self._tasks(dag_id, run_id, triggered_at))

    def use(self, former: str, database: str) -> None:
        """Put a database in the place of the one that Airflow's connections name; nothing may be running."""
        self.on_server(
            f"alter database {DATABASE} rename to {former}", f"alter database {database} rename to {DATABASE}"
        )

    def on_server(self, *statements: str) -> None:
        """Run statements as the superuser, with nobody in the databases of the warehouse."""
        server = self._superuser("postgres")
        with server.cursor() as cursor:
            cursor.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname like 'gridloom%' and pid <> pg_backend_pid()"
            )
            for statement in statements:
                cursor.execute(statement)
        server.close()

    def as_superuser(self, *statements: str, database: str = DATABASE) -> None:
        """Run statements in a database of the warehouse, as the superuser."""
        connection = self._superuser(database)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def airflow_rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of Airflow's own database."""
        connection = psycopg2.connect(**airflow.database_parameters(self.machine.home))
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = list(cursor.fetchall())
        connection.close()
        return rows

    def _superuser(self, database: str) -> Connection:
        home = self.machine.home
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=home.port("postgres"),
            user="postgres",
            password=home.secret("postgres_password"),
            dbname=database,
        )
        connection.autocommit = True
        return connection

    def _trigger(self, dag_id: str, params: Mapping[str, Any]) -> str:
        home = self.machine.home
        url = airflow.api_url(self.machine.settings, home)
        login = {"username": airflow.USER, "password": airflow.admin_password(home)}
        token = requests.post(f"{url}/auth/token", json=login, timeout=TICKS_S).json()["access_token"]
        answer = requests.post(
            f"{url}/api/v2/dags/{dag_id}/dagRuns",
            # Triggered for an instant of the publisher's, which is how a run is repeated, too.
            json={
                "dag_run_id": f"bench__{time.time_ns()}",
                "logical_date": None,
                "run_after": self.now.isoformat(),
                "conf": dict(params),
            },
            headers={"Authorization": f"Bearer {token}"},
            timeout=TICKS_S,
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def _end_of(self, dag_id: str, run_id: str) -> tuple[str, datetime]:
        deadline = time.monotonic() + RUN_TIMEOUT_S
        while time.monotonic() < deadline:
            [(state, ended_at)] = self.airflow_rows(
                "select state, end_date from dag_run where dag_id = %s and run_id = %s", dag_id, run_id
            )
            if state in FINISHED:
                return state, ended_at
            time.sleep(POLL_S)
        raise TimeoutError(f"{dag_id} {run_id} did not end within {RUN_TIMEOUT_S} s")

    def _tasks(self, dag_id: str, run_id: str, since: datetime) -> tuple[TaskTime, ...]:
        rows = self.airflow_rows(
            "select task_id, start_date, end_date from task_instance"
            " where dag_id = %s and run_id = %s and start_date is not null order by start_date",
            dag_id,
            run_id,
        )
        return tuple(
            TaskTime(task, (start - since).total_seconds(), (end - since).total_seconds()) for task, start, end in rows
        )

    def _cpu_s(self) -> float:
        """Return the CPU seconds of Airflow and PostgreSQL, of processes that have ended too."""
        data = str(Cluster.of(self.machine.settings, self.machine.home).data)
        servers = [each for each in psutil.process_iter(["cmdline"]) if data in (each.info["cmdline"] or ())]
        backends = [child for server in servers for child in server.children(recursive=True)]
        return sum(_cpu_s(each) for each in (*self.machine.processes, *servers, *backends))


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def running_rig(home: Path, *, dags: Path | None = None) -> Iterator[Rig]:
    """Start everything in a new home, and erase it in the end."""
    with running_portal() as portal:
        portal.set(start="2009-01-01T00:00:00Z", now=STARTS_AT.isoformat())
        machine = _machine(home, portal, dags)
        machine.gridloom("up", "--wait")
        try:
            yield Rig(machine, portal)
        finally:
            machine.gridloom("down", "--erase-data")


def _machine(home: Path, portal: SimulatedPortal, dags: Path | None) -> Machine:
    machine = Machine.at(
        home,
        postgres_port=5970,
        airflow_port=8970,
        GRIDLOOM_NESO_URL=portal.url,
        GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
        GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_FOLLOW_SCHEDULES="false",
        PYTHONPATH=os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH")))),
        **({"GRIDLOOM_DAGS_FOLDER": str(dags)} if dags else {}),
    )
    warehouse = Warehouse.of(machine.settings, machine.home)
    # What the peers' DAGs know of the warehouse.
    machine.environment.update(Place(machine.settings, warehouse.dsn).dbt().variables())
    machine.environment["GRIDLOOM_BENCH_PROJECT"] = str(PROJECT)
    machine.environment["GRIDLOOM_BENCH_MANIFEST"] = str(machine.home.path / "manifest" / "manifest.json")
    return machine


def wait_for_dag(rig: Rig, dag_id: str) -> None:
    """Wait until Airflow knows a DAG."""
    api = AirflowApi(rig.machine.settings, rig.machine.home)
    api.log_in()
    deadline = time.monotonic() + RUN_TIMEOUT_S
    while api.dag(dag_id) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Airflow did not find the DAG {dag_id}")
        time.sleep(POLL_S)


def write_manifest(rig: Rig) -> None:
    """Make dbt's manifest, from which the peers' DAGs read the models."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - takes two seconds

    os.environ.update(rig.place.dbt().variables())
    manifest = Path(rig.machine.environment["GRIDLOOM_BENCH_MANIFEST"])
    folders = ("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(manifest.parent))
    made = dbtRunner().invoke(["--quiet", "parse", *folders, "--log-path", str(manifest.parent)])
    if not made.success:
        raise RuntimeError("dbt could not read the project") from made.exception
