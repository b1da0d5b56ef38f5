"""The rig: a home of its own with PostgreSQL and Airflow, the simulator as publisher, and a look into all of them."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import requests

from benchmarks.measured_airflow import MeasuredAirflow, RunTime
from include.deployment import Deployment
from include.local.postgres import Cluster
from include.settings import REPOSITORY
from include.transformation.dbt import PROJECT
from include.warehouse import Connection, Role, Warehouse
from tests.machine import Machine
from tests.simulated_portal import SimulatedPortal, running_portal

DAG = "neso_generation_mix"
DATABASE = "gridloom"
# The publisher's clock at the start: half past, when its edition of this hour is out.
STARTS_AT = datetime(2026, 6, 1, 0, 30, tzinfo=UTC)
TICKS_S = 30


@dataclass
class Rig:
    """What is measured. `now` is the publisher's clock, and the instant for which the next run is triggered."""

    machine: Machine
    portal: SimulatedPortal
    now: datetime = STARTS_AT

    @property
    def place(self) -> Deployment:
        """Where the pipeline's steps work when they are called without Airflow."""
        settings = self.machine.settings.model_copy(
            update={"neso_url": self.portal.url, "neso_requests_per_second": 1e6, "neso_datastore_per_minute": 1e6}
        )
        return Deployment(settings, Warehouse.of(self.machine.settings, self.machine.home).dsn)

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

    @property
    def airflow(self) -> MeasuredAirflow:
        """The Airflow of the machine."""
        settings, home = self.machine.settings, self.machine.home
        return MeasuredAirflow(settings, home, Cluster.of(settings, home).data)

    def run(self, dag_id: str = DAG, **params: Any) -> RunTime:
        """Trigger a run for the publisher's instant, and follow it until it has ended."""
        return self.airflow.run(dag_id, params, run_after=self.now)

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
        GRIDLOOM_DASHBOARD_PORT="8971",
        GRIDLOOM_NESO_URL=portal.url,
        GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
        GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_CARBON_INTENSITY_URL=portal.beside("carbon_intensity").url,
        GRIDLOOM_CARBON_INTENSITY_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_FOLLOW_SCHEDULES="false",
        PYTHONPATH=os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH")))),
        **({"GRIDLOOM_DAGS_FOLDER": str(dags)} if dags else {}),
    )
    # What the peers' DAGs know of the warehouse.
    machine.environment.update(peers_environment(machine))
    return machine


def link_dags(folder: Path, files: Sequence[Path]) -> list[Path]:
    """Lay files of DAGs into a folder, as links, and return these."""
    folder.mkdir(parents=True, exist_ok=True)
    links = [folder / file.name for file in files]
    for link, file in zip(links, files, strict=True):
        link.unlink(missing_ok=True)
        link.symlink_to(file)
    return links


def peers_environment(machine: Machine) -> dict[str, str]:
    """Return what the peers' DAGs read: where dbt finds the warehouse, and where the project is."""
    warehouse = Warehouse.of(machine.settings, machine.home)
    return {
        **Deployment(machine.settings, warehouse.dsn).dbt().variables(),
        "GRIDLOOM_BENCH_PROJECT": str(machine.home.path / "dbt_project"),
    }


def prepare_project(rig: Rig) -> None:
    """Copy the project for the peers' DAGs, with what dbt knows of it once it has read it, in `target`."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - takes two seconds

    variables = peers_environment(rig.machine)
    os.environ.update(variables)
    project = Path(variables["GRIDLOOM_BENCH_PROJECT"])
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"), dirs_exist_ok=True)
    folders = ("--project-dir", str(project), "--profiles-dir", str(project))
    # Named as the peers name it: dbt takes up what it parsed only for the same options.
    target = ("--profile", "gridloom", "--target", "warehouse")
    read = dbtRunner().invoke(["--quiet", "parse", *folders, *target])
    if not read.success:
        raise RuntimeError("dbt could not read the project") from read.exception
