"""`gridloom run` on one machine: a run that is late and then fails is told of before the command ends."""

import base64
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import prepared
from tests.machine import TIMEOUT_S, Machine, wait_until
from tests.receivers import Hook, running_webhook

SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four bytes at the least").decode()
DAG = """
import pathlib, time
from datetime import timedelta

import pendulum
from airflow.sdk import DeadlineAlert, DeadlineReference, SyncCallback, dag, task

LATE = DeadlineAlert(
    reference=DeadlineReference.DAGRUN_QUEUED_AT,
    interval=timedelta(seconds=2),
    callback=SyncCallback("include.alerts.late.tell_of_late_run", {"after_minutes": 1}),
)


@dag(schedule=None, start_date=pendulum.datetime(2025, 1, 1, tz="UTC"), deadline=LATE)
def errand():
    @task
    def go():
        while not pathlib.Path(__file__).with_name("may_end").exists():
            time.sleep(0.1)
        raise ValueError("the bridge is out")

    go()


errand()
"""


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with running_webhook() as hook:
        yield hook


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, hook: Hook) -> Iterator[Machine]:
    directory = tmp_path_factory.mktemp("alerts")
    (directory / "dags").mkdir()
    (directory / "dags" / "errand.py").write_text(DAG)
    prepared.copy_to(directory / "home")
    machine = Machine.at(
        directory / "home",
        GRIDLOOM_DAGS_FOLDER=str(directory / "dags"),
        GRIDLOOM_ALERT_WEBHOOK_URL=hook.url,
        GRIDLOOM_ALERT_WEBHOOK_SECRET=SECRET,
        GRIDLOOM_LINEAGE=str(directory / "lineage.jsonl"),
    )
    yield machine
    machine.end()


@pytest.fixture(scope="module")
def failed(machine: Machine, hook: Hook) -> None:
    """A run that was late, which was told of, and then failed."""
    run = machine.begin("run", "errand")
    wait_until(lambda: hook.posts or run.poll() is not None, what="the alert of a run that is late")
    (Path(machine.environment["GRIDLOOM_DAGS_FOLDER"]) / "may_end").touch()
    told, _ = run.communicate(timeout=TIMEOUT_S)
    assert run.returncode == 1, told


def test_both_are_told_in_order_when_the_command_ends(machine, hook, failed):
    assert [post.content["data"]["kind"] for post in hook.posts] == ["run_late", "run_failed"]
    late, last = (post.content["data"] for post in hook.posts)
    assert last["summary"] == "failed in go: ValueError: the bridge is out"
    assert late["run_id"] == last["run_id"]
    assert last["runbook_url"] == f"http://127.0.0.1:{machine.home.port('airflow')}/dags/errand"


def test_the_alerts_command_shows_them_and_tests_the_way(machine, hook, failed):
    shown = machine.gridloom("alerts").stdout
    assert "run failed" in shown
    assert "open" in shown
    told = len(hook.posts)
    assert "webhook: taken" in machine.gridloom("alerts", "--test").stderr
    assert "nothing has failed" in hook.posts[told].content["data"]["summary"]
    hook.code = 500
    assert "the webhook answers 500" in machine.gridloom("alerts", "--test", code=1).stderr
    hook.code = 204


def test_the_watchdog_says_what_is_wrong(machine, failed):
    said = machine.gridloom("status", "--check", code=1).stdout
    assert "Airflow's API server does not answer" in said
    assert "errand: the last run failed: ValueError: the bridge is out" in said


@pytest.mark.skipif(not importlib.util.find_spec("openlineage"), reason="openlineage-python is not installed")
def test_the_lineage_of_the_run_is_told_even_after_its_services_have_ended(machine, failed):
    file = Path(machine.environment["GRIDLOOM_LINEAGE"])

    def events() -> list[str]:
        return [json.loads(line)["eventType"] for line in file.read_text().splitlines()] if file.exists() else []

    wait_until(lambda: events() == ["START", "FAIL"], what=f"two events: {events()}", timeout_s=30)


def test_a_backup_comes_back_by_command(machine, failed, tmp_path):
    file = tmp_path / "gridloom.dump"
    machine.gridloom("backup", str(file))
    with_run = machine.query("select airflow_run_id, status from ops.pipeline_runs")
    assert [status for _, status in with_run] == ["failed"]
    told = machine.gridloom("restore", str(file)).stderr
    assert "what was there is kept as the database gridloom_before_" in told
    assert machine.query("select airflow_run_id, status from ops.pipeline_runs") == with_run
    assert "there is no backup" in machine.gridloom("restore", str(tmp_path / "none"), code=1).stderr
