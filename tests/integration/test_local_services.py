"""The services of one machine: started once, found again, restarted when they die, and ended without a trace.

Everything runs in a home and on ports of its own, with a DAG of its own.
"""

import json
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from include.commands.platform import heartbeat_age
from include.local import airflow, services
from include.local.holders import AIRFLOW_SECRETS, TYPED
from include.local.postgres import Cluster
from include.settings import Settings
from tests import prepared
from tests.machine import TIMEOUT_S, Machine, port_for, wait_until
from tests.sent import Sent

LOOPBACK = "127.0.0.1"
# A scheduler at work beats every five seconds.
OLD = timedelta(seconds=10)
# Secrets of the user, which do nothing here.
CANARIES = {"GRIDLOOM_METRICS_TOKEN": "canary-of-metrics", "GRIDLOOM_LINEAGE_API_KEY": "canary-of-lineage"}

DAG = """
import logging, pathlib, time

import pendulum
from airflow.sdk import Param, dag, task

PARAMS = {"waits_for": Param("", type="string"), "fails": Param(False, type="boolean")}


@dag(schedule=None, start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), params=PARAMS, default_args={"retries": 0})
def errand():
    @task
    def go(**context):
        logging.getLogger("include.errand").info("on my way")
        while context["params"]["waits_for"] and not pathlib.Path(context["params"]["waits_for"]).exists():
            time.sleep(0.1)
        if context["params"]["fails"]:
            raise ValueError("the bridge is out")

    @task(pool="builds")
    def come_back():
        logging.getLogger("include.errand").info("done")

    go() >> come_back()


errand()
"""


def settings_of(home: Path, **values: object) -> Settings:
    return Settings.model_validate({"home": home, "postgres_port": port_for("postgres"), **values})


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    directory = tmp_path_factory.mktemp("machine")
    dags = directory / "dags"
    dags.mkdir()
    (dags / "errand.py").write_text(DAG)
    # Read with the other when the services begin: a new file is looked for only every half minute.
    (dags / "broken.py").write_text("from airflow.sdk import dag\nimport no_such_library\n")
    prepared.copy_to(directory / "home")
    machine = Machine.at(
        directory / "home",
        GRIDLOOM_DAGS_FOLDER=str(dags),
        # The variables of another Airflow: they must not get through.
        AIRFLOW_HOME="/nonexistent",
        AIRFLOW__CORE__EXECUTOR="NoSuchExecutor",
        **CANARIES,
    )
    yield machine
    machine.gridloom("down", "--erase-data")


@pytest.fixture(scope="module")
def up(machine: Machine) -> Machine:
    machine.gridloom("up", "--wait")
    return machine


def listened_at(process: psutil.Process) -> list[Any]:
    """Where a process listens; nowhere, where it has ended by now."""
    try:
        return [each.laddr for each in process.net_connections() if each.status == psutil.CONN_LISTEN]
    except psutil.NoSuchProcess:
        return []


def secrets_of(machine: Machine) -> set[str]:
    """Every secret of this machine, its user's and those it has made, in every form in which it is handed on."""
    made = json.loads((machine.home.path / "secrets.json").read_text()).values()
    given = airflow.environment(machine.settings, machine.home, TYPED, follows_schedules=True)
    options = {f"AIRFLOW__{name.replace('.', '__').upper()}" for name in AIRFLOW_SECRETS}
    return {*made, *CANARIES.values(), *(given[option] for option in options)}


def held_by(process: psutil.Process, secrets: set[str]) -> dict[str, str]:
    """The secrets that a process holds, by the variable they stand in; none, where it has ended by now."""
    try:
        environment = process.environ()
    except psutil.NoSuchProcess:
        return {}
    return {name: secret for name, value in environment.items() for secret in secrets if secret in value}


def test_every_process_holds_the_secrets_it_uses_and_no_others(up: Machine) -> None:
    secrets, database = secrets_of(up), {f"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN{kind}" for kind in ("", "_ASYNC")}
    fernet, jwt, api = (f"AIRFLOW__{name}" for name in ("CORE__FERNET_KEY", "API_AUTH__JWT_SECRET", "API__SECRET_KEY"))
    logins = {f"AIRFLOW_CONN_WAREHOUSE_{role}" for role in ("LOADER", "TRANSFORMER", "ANALYST")}
    may_hold = {
        "api-server": {
            *database,
            fernet,
            jwt,
            api,
            *(f"AIRFLOW_CONN_WAREHOUSE_{role}" for role in ("SCREENS", "HOOKS")),
        },
        "scheduler": {*database, fernet, jwt, *logins, "GRIDLOOM_LINEAGE_API_KEY"},
        "dag-processor": {*database, fernet},
        "dashboard": set(),
    }
    assert set(up.state.services) == set(may_hold)
    for name, running in up.state.services.items():
        process = psutil.Process(running.process.pid)
        held = held_by(process, secrets)
        assert set(held) == may_hold[name], name
        for child in process.children(recursive=True):
            # dbt's own variable among them, in what it starts.
            assert set(held_by(child, secrets).values()) <= set(held.values()), f"{name}: {child}"


def status(up: Machine) -> "subprocess.CompletedProcess[str]":
    """What `gridloom status` says of a scheduler that shows life: between its first beat and the next it warms up."""
    wait_until(lambda: (heartbeat_age(up.home) or OLD) < OLD, what="a heartbeat of the scheduler")
    return up.gridloom("status")


def test_no_log_of_a_command_has_the_password_of_the_ui(up: Machine) -> None:
    told = status(up)
    password = airflow.admin_password(up.home)

    assert password not in told.stdout + told.stderr
    named = told.stdout.split("password in ")[1].split()[0]
    assert password in Path(named).read_text()


def test_no_hook_is_open_without_a_secret(up: Machine) -> None:
    """A key that anybody could guess would open it, if it were there."""
    assert Sent(b"").to(up.home.port("airflow") or 0).status == 404


def test_everything_listens_on_the_loopback_only(up: Machine) -> None:
    postmaster = int((Cluster.of(up.settings, up.home).data / "postmaster.pid").read_text().splitlines()[0])
    listening = [address for process in (*up.processes, psutil.Process(postmaster)) for address in listened_at(process)]

    assert {address.ip for address in listening} == {LOOPBACK}
    services = ("postgres", "airflow", "dashboard")
    assert {address.port for address in listening} == {up.home.port(service) for service in services}


def test_status_tells_of_each_service_and_of_the_heartbeat(up: Machine) -> None:
    told = status(up).stdout

    assert f"real data, {LOOPBACK}:{up.home.port('postgres')}/gridloom" in told.splitlines()[0]
    for word in ("api-server", "scheduler", "dag-processor", "heartbeat"):
        assert word in told


def test_a_run_under_up_succeeds_and_leaves_the_services(up: Machine) -> None:
    before = up.pid_of("scheduler")

    told = up.gridloom("run", "errand").stderr

    assert "on my way" in told
    assert up.pid_of("scheduler") == before


def test_a_failed_run_names_its_cause_and_its_log(up: Machine) -> None:
    told = up.gridloom("run", "errand", "--param", "fails=true", code=1).stderr

    assert "errand failed in go" in told
    assert "ValueError: the bridge is out" in told
    log = Path(told.split("log: ")[1].splitlines()[0])
    assert "the bridge is out" in log.read_text()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "no_such_dag"], "there is no DAG no_such_dag"),
        (["run", "errand", "--param", "fails=perhaps"], "refuses these params"),
        (["run", "errand", "--param", "fails"], "--param wants name=value"),
        (["sql", "select 1; select 2"], "cannot insert multiple commands"),
        (["sql", "create table public.mine (a int)"], "read-only transaction"),
        (["sql", "select 1 +"], "syntax error at end of input"),
    ],
)
def test_what_the_user_can_put_right_is_one_line(up: Machine, arguments: list[str], complaint: str) -> None:
    told = up.gridloom(*arguments, code=1).stderr

    assert complaint in told
    assert told.splitlines()[-1].startswith("gridloom: ")
    assert "Traceback" not in told


def test_an_import_error_is_shown_in_full(up: Machine) -> None:
    told = up.gridloom("run", "broken", code=1).stderr

    assert "No module named 'no_such_library'" in told
    assert "cannot be imported" in told


def test_a_service_that_is_killed_comes_back(up: Machine) -> None:
    killed = up.pid_of("dag-processor")
    assert killed is not None

    psutil.Process(killed).kill()

    wait_until(lambda: up.pid_of("dag-processor") not in (killed, None), what="a new dag-processor")
    assert up.state.services["dag-processor"].restarts == 1


def test_postgres_comes_back_too(up: Machine) -> None:
    cluster = Cluster.of(up.settings, up.home)
    postmaster = psutil.Process(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]))

    postmaster.kill()

    wait_until(lambda: not postmaster.is_running(), what="the end of PostgreSQL")
    wait_until(lambda: cluster.port is not None, what="a new PostgreSQL")


def test_no_service_goes_on_where_another_program_took_the_port_of_postgres(up: Machine) -> None:
    cluster = Cluster.of(up.settings, up.home)
    postmaster = psutil.Process(int((cluster.data / "postmaster.pid").read_text().splitlines()[0]))
    former, dashboard = cluster.port, up.pid_of("dashboard")

    with socket.socket() as taker:
        taker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        postmaster.kill()
        wait_until(lambda: _takes(taker, former), what="the port of PostgreSQL")
        wait_until(lambda: cluster.port not in (former, None), what="PostgreSQL on another port")
        wait_until(lambda: up.pid_of("dashboard") not in (dashboard, None), what="services on the other port")

    held = psutil.Process(up.pid_of("api-server")).environ()
    assert f"@127.0.0.1:{cluster.port}/" in held["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    status(up)


def _takes(taker: socket.socket, port: int | None) -> bool:
    try:
        taker.bind((LOOPBACK, port))
    except OSError:
        return False
    taker.listen()
    return True


def test_down_leaves_nothing_behind_even_when_the_supervisor_was_killed(up: Machine) -> None:
    psutil.Process(up.state.supervisor.pid).kill()
    wait_until(lambda: services.running(up.home) is None, what="the end of the supervisor")
    assert up.processes != []
    assert "its supervisor was killed" in up.gridloom("status", code=1).stdout

    up.gridloom("down")

    assert up.processes == []
    assert Cluster.of(up.settings, up.home).port is None


def test_what_a_killed_run_started_ends_too(machine: Machine, tmp_path: Path) -> None:
    run = machine.begin("run", "errand", "--param", f"waits_for={json.dumps(str(tmp_path / 'never'))}")
    assert run.stdout is not None
    wait_until(lambda: "on my way" in (run.stdout.readline() if run.stdout else ""), what="a task at work")

    run.kill()

    wait_until(lambda: services.running(machine.home) is None, what="the end of the supervisor")
    assert machine.processes == []


def test_an_interrupted_run_ends_what_it_started(machine: Machine, tmp_path: Path) -> None:
    run = machine.begin("run", "errand", "--param", f"waits_for={json.dumps(str(tmp_path / 'never'))}")
    assert run.stdout is not None
    wait_until(lambda: "on my way" in (run.stdout.readline() if run.stdout else ""), what="a task at work")

    run.terminate()

    assert run.wait(TIMEOUT_S) != 0
    assert machine.processes == []
