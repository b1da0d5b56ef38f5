"""An Airflow that is measured: its runs are triggered through its REST API and followed in its database."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import requests

from include.home import Home
from include.local import airflow, processes
from include.local.airflow_api import FINISHED, AirflowApi
from include.local.postgres_setup import AIRFLOW_DATABASE
from include.settings import Settings

POLL_S = 0.1
RUN_TIMEOUT_S = 1800.0
PARSE_TIMEOUT_S = 120.0
REQUEST_TIMEOUT_S = 30


@dataclass(frozen=True)
class TaskTime:
    """When a task ran, in seconds from the trigger of its run."""

    task_id: str
    started_s: float
    ended_s: float


@dataclass(frozen=True)
class RunTime:
    """One run of a DAG: wall time from its trigger to its end, and the CPU of its Airflow and of PostgreSQL."""

    state: str
    wall_s: float
    cpu_s: float
    tasks: tuple[TaskTime, ...]


@dataclass(frozen=True)
class MeasuredAirflow:
    """The Airflow of a home, whose processes carry the home's mark."""

    settings: Settings
    home: Home
    postgres_data: Path
    """Data directory of the server that holds its database, and the warehouse."""
    database: str = AIRFLOW_DATABASE

    def run(
        self, dag_id: str, params: Mapping[str, Any], *, run_after: datetime, timeout_s: float = RUN_TIMEOUT_S
    ) -> RunTime:
        """Trigger a run for an instant, and follow it until it has ended. Raises TimeoutError."""
        before = self._cpu_s()
        triggered_at = datetime.now(UTC)
        run_id = self._trigger(dag_id, params, run_after)
        state, ended_at = self._end_of(dag_id, run_id, timeout_s)
        wall_s = (ended_at - triggered_at).total_seconds()
        return RunTime(state, wall_s, self._cpu_s() - before, self._tasks(dag_id, run_id, triggered_at))

    def wait_for(self, dag_id: str) -> None:
        """Wait until a DAG has been parsed. Raises TimeoutError, with what stands in its way."""
        api = AirflowApi(self.settings, self.home)
        api.log_in()
        deadline = time.monotonic() + PARSE_TIMEOUT_S
        while api.dag(dag_id) is None:
            if time.monotonic() > deadline:
                faults = [fault.stack_trace for fault in api.import_faults()]
                raise TimeoutError(f"Airflow did not find the DAG {dag_id}: {faults or 'no import failed'}")
            time.sleep(POLL_S)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return rows of Airflow's own database."""
        connection = psycopg2.connect(**{**airflow.database_parameters(self.home), "dbname": self.database})
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            rows = list(cursor.fetchall())
        connection.close()
        return rows

    def _trigger(self, dag_id: str, params: Mapping[str, Any], run_after: datetime) -> str:
        url = airflow.api_url(self.settings, self.home)
        login = {"username": airflow.USER, "password": airflow.admin_password(self.home)}
        token = requests.post(f"{url}/auth/token", json=login, timeout=REQUEST_TIMEOUT_S).json()["access_token"]
        answer = requests.post(
            f"{url}/api/v2/dags/{dag_id}/dagRuns",
            # Triggered for an instant of the publisher's, which is how a run is repeated, too.
            json={
                "dag_run_id": f"bench__{time.time_ns()}",
                "logical_date": None,
                "run_after": run_after.isoformat(),
                "conf": dict(params),
            },
            headers={"Authorization": f"Bearer {token}"},
            timeout=REQUEST_TIMEOUT_S,
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def _end_of(self, dag_id: str, run_id: str, timeout_s: float) -> tuple[str, datetime]:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            [(state, ended_at)] = self.rows(
                "select state, end_date from dag_run where dag_id = %s and run_id = %s", dag_id, run_id
            )
            if state in FINISHED:
                return state, ended_at
            time.sleep(POLL_S)
        unfinished = self.rows(
            "select task_id, coalesce(state, 'waiting') from task_instance"
            " where dag_id = %s and run_id = %s and state is distinct from 'success' order by task_id",
            dag_id,
            run_id,
        )
        told = ", ".join(f"{task} {state}" for task, state in unfinished)
        raise TimeoutError(f"{dag_id} did not end within {timeout_s:g} s; not successful yet: {told or 'no task'}")

    def _tasks(self, dag_id: str, run_id: str, since: datetime) -> tuple[TaskTime, ...]:
        rows = self.rows(
            "select task_id, start_date, end_date from task_instance"
            " where dag_id = %s and run_id = %s and start_date is not null order by start_date",
            dag_id,
            run_id,
        )
        return tuple(
            TaskTime(task, (start - since).total_seconds(), (end - since).total_seconds()) for task, start, end in rows
        )

    def _cpu_s(self) -> float:
        """Return the CPU seconds of this Airflow and of PostgreSQL, of processes that have ended too."""
        data = str(self.postgres_data)
        servers = [each for each in psutil.process_iter(["cmdline"]) if data in (each.info["cmdline"] or ())]
        backends = [child for server in servers for child in server.children(recursive=True)]
        return sum(_cpu_s(each) for each in (*processes.services_of(self.home.path), *servers, *backends))


def _cpu_s(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)
