"""One checkout on one machine, as its user has it: a home, ports, and the `gridloom` command."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from include.home import Home
from include.local import processes, services
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Role, Warehouse, session

TIMEOUT_S = 240
# Ports of the first process of tests; the next ones have the ports after these. A port that is taken falls to a free
# one.
FIRST_PORTS = {"postgres": 5640, "airflow": 8640, "dashboard": 8740, "page": 8840}


def port_for(service: str) -> int:
    """Return the port of a service that is this test process's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return FIRST_PORTS[service] + int(worker)


def wait_until(condition: Callable[[], object], *, what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Wait for a condition that something else brings about; fail, saying what, when it does not come."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Machine:
    """The home, and the environment in which its user types."""

    home: Home
    settings: Settings
    environment: dict[str, str]

    @classmethod
    def at(
        cls, home: Path, *, postgres_port: int | None = None, airflow_port: int | None = None, **variables: str
    ) -> "Machine":
        """Return a machine of its own, which holds real rows as far as it knows."""
        postgres_port, airflow_port = postgres_port or port_for("postgres"), airflow_port or port_for("airflow")
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOOM_")}
        settings = Settings.model_validate({"home": home, "postgres_port": postgres_port})
        own = {
            "GRIDLOOM_HOME": str(home),
            "GRIDLOOM_POSTGRES_PORT": str(postgres_port),
            "GRIDLOOM_AIRFLOW_PORT": str(airflow_port),
            "GRIDLOOM_DASHBOARD_PORT": str(port_for("dashboard")),
            "GRIDLOOM_ENV_FILE": os.devnull,
        }
        machine = cls(Home.of(settings), settings, {**kept, **own, **variables})
        machine.home.choose("gridloom")
        return machine

    def gridloom(self, *arguments: str, code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Type a command, and expect its exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "include.cli", *arguments],
            check=False,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == code, f"{arguments} ended with {done.returncode}: {done.stdout}\n{done.stderr}"
        return done

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Type a command, and do not wait for it."""
        return subprocess.Popen(
            [sys.executable, "-m", "include.cli", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> None:
        """End all that runs, at once, and erase its data. `gridloom down` asks politely, and waits ten seconds."""
        state = services.running(self.home)
        if state is not None:
            # Or it would start again what is ended.
            psutil.Process(state.supervisor.pid).kill()
        processes.end_services(self.home.path, patience_s=1)
        cluster = Cluster.of(self.settings, self.home)
        cluster.stop()
        cluster.erase()
        shutil.rmtree(self.home.path)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a query, as the transformer."""
        warehouse = Warehouse.of(self.settings, self.home)
        url = warehouse.dsn(Role.TRANSFORMER)
        with session(url, application="tests") as transformer, transformer.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    @property
    def processes(self) -> list[psutil.Process]:
        """The services that run."""
        return processes.services_of(self.home.path)

    @property
    def state(self) -> services.State:
        """What the supervisor says of the services."""
        state = services.running(self.home)
        assert state is not None
        return state

    def pid_of(self, service: str) -> int | None:
        """Pid of a service, or None."""
        state = services.running(self.home)
        running = state.services.get(service) if state else None
        return running.process.pid if running else None
