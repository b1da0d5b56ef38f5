"""`gridloom status --check`, as a watchdog outside of Gridloom types it: an exit code and one line why."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from include.operations import runs
from include.operations.runs import Failure
from include.warehouse import Role
from tests.declared_dataset import DAG, NAME, TABLE, declare, load, publish

HEALTHY = {
    "metadatabase": {"status": "healthy"},
    "scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-11-20T12:00:00Z"},
    "dag_processor": {"status": "healthy", "latest_dag_processor_heartbeat": "2026-11-20T12:00:00Z"},
}


class Airflow:
    """An API server that says how Airflow is."""

    health = HEALTHY
    url = ""


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    told = Airflow()

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/api/v2/monitor/health"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told.health).encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield told
        server.shutdown()


@pytest.fixture
def elsewhere(warehouse, airflow, tmp_path):
    """Another machine's environment: it knows two addresses and the analyst's password."""
    host, port, database = (warehouse.owner[name] for name in ("host", "port", "dbname"))
    return {
        **os.environ,
        "GRIDLOOM_ENV_FILE": os.devnull,
        "GRIDLOOM_HOME": str(tmp_path / "elsewhere"),
        "GRIDLOOM_WAREHOUSE_URL": f"postgresql://gridloom_screens@{host}:{port}/{database}",
        "GRIDLOOM_SCREENS_PASSWORD": warehouse.passwords[Role.SCREENS],
        "GRIDLOOM_AIRFLOW_URL": airflow.url,
    }


def type_in(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    """Type `gridloom status` with these options."""
    command = [sys.executable, "-m", "include.cli", "status", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def check(elsewhere):
    """Types `gridloom status --check` there."""

    def type_it(*options: str, **variables: str) -> tuple[int, str]:
        done = type_in({**elsewhere, **variables}, "--check", *options)
        assert done.stdout.count("\n") == 1, done.stdout + done.stderr
        return done.returncode, done.stdout.strip()

    return type_it


@pytest.fixture
def sound(warehouse, loader):
    """A run that succeeded, and a half-hour that is an hour old."""
    declare(warehouse, critical_after=timedelta(hours=3))
    runs.open_run(loader, DAG, "scheduled__1")
    runs.close_run(loader, DAG, "scheduled__1", failed=False)
    publish(warehouse, "(now() - interval '90 minutes')")


def test_all_is_well(check, sound):
    assert check() == (0, "ok")


def test_data_that_is_too_old(check, sound):
    code, line = check("--max-age-hours", "0.5")
    assert code == 1
    assert line.startswith(f"not ok: no fresh data in {TABLE}: its newest period, ")
    assert line.endswith(" UTC, ended 1.0 h ago")


def test_data_that_is_older_than_its_own_limit(check, sound, warehouse):
    """Two datasets of another table are told of once, and one that may be any age never."""
    limit = {"published_table": "winds", "critical_after": timedelta(hours=4)}
    declare(warehouse, dataset="wind_speeds", **limit)
    declare(warehouse, dataset="wind_directions", **limit)
    declare(warehouse, dataset="moons", published_table="moons")
    for table in ("winds", "moons"):
        publish(warehouse, "(now() - interval '270 minutes')", table=table)
    code, line = check()
    assert code == 1
    assert line.count("no fresh data in ") == line.count("no fresh data in winds: ") == 1


def test_nothing_was_ever_published(check, loader):
    assert check() == (1, "not ok: nothing is published yet")


def test_a_scheduler_without_heartbeat(check, airflow, sound):
    airflow.health = {**HEALTHY, "scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "yesterday"}}
    assert check() == (1, "not ok: Airflow's scheduler has no heartbeat (last: yesterday)")


def test_an_airflow_and_a_warehouse_that_are_away(check, sound):
    away = {"GRIDLOOM_AIRFLOW_URL": "http://127.0.0.1:1"}
    code, line = check(**away, GRIDLOOM_WAREHOUSE_URL="postgresql://gridloom_screens@127.0.0.1:1/gridloom")
    assert code == 1
    assert "Airflow's API server does not answer at http://127.0.0.1:1" in line
    assert "the warehouse cannot be read" in line


def test_status_misses_no_server_of_its_own_where_the_warehouse_is_elsewhere(elsewhere, warehouse, sound):
    done = type_in({**elsewhere, "GRIDLOOM_LOADER_PASSWORD": warehouse.passwords[Role.LOADER]})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PostgreSQL not started; here it holds Airflow's database only" in done.stdout


def test_status_tells_how_old_each_table_is_and_whose_loads_failed(elsewhere, warehouse, loader, sound):
    load(warehouse, runs.find_run(loader, DAG, "scheduled__1"), outcome="failed")
    done = type_in({**elsewhere, "GRIDLOOM_LOADER_PASSWORD": warehouse.passwords[Role.LOADER]})
    [line] = [line for line in done.stdout.splitlines() if line.startswith(TABLE)]
    assert line.split()[-3:] == ["60", "min", "ago"]
    assert f"{NAME}: 1 loads failed in the last 24 hours" in done.stdout


def test_a_last_run_that_failed(check, loader, sound):
    run_id = runs.open_run(loader, DAG, "scheduled__2")
    runs.record_failure(loader, run_id, Failure("publish", "ValueError: boom", ""))
    runs.close_run(loader, DAG, "scheduled__2", failed=True)
    assert check() == (1, f"not ok: {DAG}: the last run failed: ValueError: boom")


def test_a_last_run_that_was_lost(check, loader, sound):
    runs.open_run(loader, DAG, "scheduled__2")
    runs.mark_lost(loader, silence=timedelta(0))
    assert check() == (1, f"not ok: {DAG}: the last run lost: the process was killed")


def test_a_run_that_nobody_has_marked_as_lost_because_nothing_runs_any_more(check, loader, sound):
    runs.open_run(loader, DAG, "scheduled__2")
    with loader, loader.cursor() as cursor:
        cursor.execute(
            "update ops.pipeline_runs set last_seen_at = now() - interval '3 hours' where finished_at is null"
        )
    code, line = check()
    assert code == 1
    assert "scheduled__2 has shown no sign of life for 2:00:00" in line
