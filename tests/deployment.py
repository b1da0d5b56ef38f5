"""The processes of docker-compose.yaml without containers: Redis, Airflow with the CeleryExecutor, two workers."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from include.home import Home
from include.local import airflow, prepare, processes
from include.local.airflow_api import AirflowApi
from include.local.holders import OF_TASKS, PARSES, RUNS_TASKS, SERVES, Holder
from include.local.postgres import Cluster
from include.settings import Settings
from include.warehouse import Role
from tests import prepared
from tests.machine import wait_until

REDIS = "redis-server"
# In docker-compose.yaml these are minutes and hours; a test does not wait so long.
HEARTBEAT_TIMEOUT_S = 8
VISIBILITY_TIMEOUT_S = 20
# A worker is handed tasks with the token of each.
WORKS = Holder((Role.LOADER, Role.TRANSFORMER), settings=OF_TASKS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_redis(directory: Path) -> Iterator[str]:
    """Redis with a password, and its address."""
    program = shutil.which(REDIS)
    if program is None:
        pytest.skip(f"there is no {REDIS}; on Debian: apt-get install {REDIS}")
    port, password = free_port(), secrets.token_hex(16)
    configuration = directory / "redis.conf"
    configuration.write_text(
        f"bind 127.0.0.1\nport {port}\nrequirepass {password}\ndir {directory}\nappendonly yes\n"
        "maxmemory-policy noeviction\n"
    )
    log = (directory / "redis.log").open("wb")
    with log, subprocess.Popen([program, str(configuration)], stdout=log, stderr=log) as redis:
        try:
            yield f"redis://:{password}@127.0.0.1:{port}/0"
        finally:
            redis.terminate()


@dataclass
class Deployment:
    """One Airflow of several processes, each of which a test may kill."""

    settings: Settings
    home: Home
    environments: dict[str, dict[str, str]]
    running: dict[str, psutil.Popen] = field(default_factory=dict)

    def start(self, name: str, *arguments: str, **variables: str) -> None:
        """Start a part of Airflow; what it says stands in the home's logs."""
        log = (self.home.path / f"{name}.log").open("ab")
        environment = self.environments["worker" if name.startswith("worker") else name]
        with log:
            self.running[name] = psutil.Popen(
                airflow.program(*arguments),
                env={**environment, **variables},
                cwd=self.home.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        pid_file = str(self.home.path / f"{name}.pid")
        self.start(
            *(name, "celery", "worker", "--skip-serve-logs", "--celery-hostname", f"{name}@%h", "--pid", pid_file),
            AIRFLOW__CORE__LAZY_LOAD_PLUGINS="False",
        )

    def kill(self, name: str) -> None:
        """End a part with all it started as a power cut would."""
        process = self.running.pop(name)
        tree = [process, *process.children(recursive=True)]
        for each in tree:
            each.send_signal(signal.SIGKILL)
        psutil.wait_procs(tree, timeout=20)

    def worker_with_a_task(self) -> str | None:
        """The worker one of whose pool processes supervises a task."""
        for name, process in self.running.items():
            if name.startswith("worker") and any(pool.children() for pool in process.children()):
                return name
        return None

    def says(self, name: str) -> str:
        return (self.home.path / f"{name}.log").read_text(errors="replace")

    @property
    def api(self) -> AirflowApi:
        api = AirflowApi(self.settings, self.home)
        api.log_in()
        return api

    def wait_for(self, dag_id: str, run_id: str, *states: str, timeout_s: float = 240) -> str:
        """Wait until a run is in one of these states, and return it."""
        api = self.api
        wait_until(
            lambda: api.run_state(dag_id, run_id) in states,
            what=f"{dag_id} {run_id} in {states}",
            timeout_s=timeout_s,
        )
        return api.run_state(dag_id, run_id)


@contextmanager
def running_deployment(directory: Path, **variables: str) -> Iterator[Deployment]:
    """Everything up and sound; schedules are not followed, so runs are the test's."""
    with ExitStack() as ended_last:
        broker = ended_last.enter_context(running_redis(directory))
        prepared.copy_to(directory / "home")
        settings = Settings.model_validate({"home": directory / "home", "postgres_port": free_port()})
        home = Home.of(settings)
        home.remember_port("airflow", free_port())
        cluster = Cluster.of(settings, home)
        ended_last.callback(cluster.erase)
        ended_last.callback(cluster.stop)
        cluster.start()
        prepare.prepare_warehouse(settings, home)
        airflow.migrate_database(settings, home)
        deployment = Deployment(settings, home, _environments(settings, home, broker, variables))
        ended_last.callback(processes.end_services, home.path, patience_s=1)
        _start(deployment)
        yield deployment


def _start(deployment: Deployment) -> None:
    deployment.start("api-server", "api-server")
    deployment.start("scheduler", "scheduler", "--skip-serve-logs")
    deployment.start("dag-processor", "dag-processor")
    for name in ("worker-1", "worker-2"):
        deployment.start_worker(name)
    wait_until(lambda: _is_up(deployment), what="the API server")
    deployment.api.ensure_pool("builds", slots=2, description="dbt builds: one at work, one waiting for its turn")
    for name in ("worker-1", "worker-2"):
        wait_until(lambda name=name: " ready." in deployment.says(name), what=f"{name}: {deployment.says(name)[-500:]}")


def _is_up(deployment: Deployment) -> bool:
    try:
        AirflowApi(deployment.settings, deployment.home).warm_up()
    except requests.RequestException:
        return False
    return True


def _environments(
    settings: Settings, home: Home, broker: str, variables: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """What each part holds, as docker-compose.yaml hands it out: only who gives or takes tasks knows the broker."""
    holders = {"api-server": SERVES, "scheduler": RUNS_TASKS, "dag-processor": PARSES, "worker": WORKS}
    queue: dict[str, Any] = {
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": 2,
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": VISIBILITY_TIMEOUT_S,
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": HEARTBEAT_TIMEOUT_S,
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": 1,
    }

    def environment(part: str) -> dict[str, str]:
        own = airflow.environment(settings, home, holders[part], follows_schedules=False)
        own |= {"AIRFLOW__CORE__EXECUTOR": "CeleryExecutor", "GRIDLOOM_ENV_FILE": os.devnull}
        if part in ("scheduler", "worker"):
            own |= {name: str(value) for name, value in queue.items()}
            own["AIRFLOW__CELERY__RESULT_BACKEND"] = f"db+{own['AIRFLOW__DATABASE__SQL_ALCHEMY_CONN']}"
        return processes.marked({**own, **variables}, home.path)

    return {part: environment(part) for part in holders}
