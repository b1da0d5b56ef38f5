"""An Airflow for Cosmos beside the rig's, as Cosmos's users have it: without our plugins.

It shares the rig's PostgreSQL and builds in the rig's warehouse. All else it has as ours has it.
"""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.measured_airflow import MeasuredAirflow
from benchmarks.rig import Rig, peers_environment
from include.home import Home
from include.local import airflow, processes
from include.local.airflow_api import AirflowApi
from include.local.holders import TYPED
from include.local.logs import service_log
from include.local.ports import choose_port
from include.local.postgres_setup import AIRFLOW_DATABASE, AIRFLOW_OWNER

DATABASE = "airflow_of_cosmos"
PROGRAMS = (("api-server",), ("scheduler", "--skip-serve-logs"), ("dag-processor",))
# Or any other that is free.
PORT = 8971
# That of the benchmark in Cosmos's documentation: WATCHER's sensors wait beside their producer, a slot each.
PARALLELISM = 16
START_TIMEOUT_S = 120.0
PATIENCE_S = 8.0
POLL_S = 0.1


@contextmanager
def running_beside(rig: Rig, *, dags: Path) -> Iterator[MeasuredAirflow]:
    """Start it in a home within the rig's, and end it."""
    beside = _beside(rig)
    environment = _environment(rig, beside, dags)
    rig.on_server(f"drop database if exists {DATABASE}", f"create database {DATABASE} owner {AIRFLOW_OWNER}")
    try:
        _start(beside.home, environment)
        _wait_until_up(beside)
        yield beside
    finally:
        processes.end_services(beside.home.path, patience_s=PATIENCE_S)


def _beside(rig: Rig) -> MeasuredAirflow:
    ours = rig.airflow
    settings = ours.settings.model_copy(update={"home": ours.home.path / "cosmos"})
    home = Home.of(settings)
    # It logs in with the passwords that the server knows.
    home.write("secrets.json", (ours.home.path / "secrets.json").read_text())
    home.write("ports.json", (ours.home.path / "ports.json").read_text())
    choose_port(home, "airflow", host=settings.bind_host, asked=PORT, is_explicit=True)
    return MeasuredAirflow(settings, home, ours.postgres_data, DATABASE)


def _environment(rig: Rig, beside: MeasuredAirflow, dags: Path) -> dict[str, str]:
    given = airflow.environment(beside.settings, beside.home, TYPED, follows_schedules=False)
    plugins = beside.home.path / "plugins"
    plugins.mkdir(exist_ok=True)
    own = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(plugins),
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__COSMOS__CACHE_DIR": str(beside.home.path / "cache"),
        **{
            name: given[name].removesuffix(f"/{AIRFLOW_DATABASE}") + f"/{DATABASE}"
            for name in ("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC")
        },
    }
    return processes.marked({**given, **peers_environment(rig.machine), **own}, beside.home.path)


def _start(home: Home, environment: Mapping[str, str]) -> None:
    home.write("airflow.passwords", json.dumps({airflow.USER: airflow.admin_password(home)}))
    with service_log(home, "airflow").open("ab") as log:
        subprocess.run(
            airflow.program("db", "migrate"), check=True, env=dict(environment), cwd=home.path, stdout=log, stderr=log
        )
    for program in PROGRAMS:
        with service_log(home, program[0]).open("ab") as log:
            subprocess.Popen(
                airflow.program(*program),
                env=dict(environment),
                cwd=home.path,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def _wait_until_up(beside: MeasuredAirflow) -> None:
    api = AirflowApi(beside.settings, beside.home)
    deadline = time.monotonic() + START_TIMEOUT_S
    while not _is_up(api):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the Airflow for Cosmos did not start within {START_TIMEOUT_S:g} s")
        time.sleep(POLL_S)


def _is_up(api: AirflowApi) -> bool:
    try:
        api.warm_up()
        api.log_in()
        health = api.health()
    except requests.ConnectionError:
        return False
    return all(health[part]["status"] == "healthy" for part in ("scheduler", "dag_processor"))
