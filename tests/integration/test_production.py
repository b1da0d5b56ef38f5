"""Production without containers: CeleryExecutor on Redis, two workers, one of them killed; alerts from end to end."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from include.local import airflow
from include.warehouse import Role, Warehouse, session
from tests.deployment import Deployment, running_deployment
from tests.machine import wait_until
from tests.receivers import Hook, running_webhook
from tests.simulated_portal import SimulatedPortal, running_portal

REPOSITORY = Path(__file__).parent.parent.parent
DAG = "neso_generation_mix"
SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four bytes at the least").decode()

ERRAND = """
import pathlib, time
from datetime import timedelta

import pendulum
from airflow.sdk import DeadlineAlert, DeadlineReference, Param, SyncCallback, dag, task

def late_after(seconds):
    return DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(seconds=seconds),
        callback=SyncCallback("include.alerts.late.tell_of_late_run", {"after_minutes": seconds / 60}),
    )


NEW_YEAR = pendulum.datetime(2025, 1, 1, tz="UTC")


@dag(schedule=None, start_date=NEW_YEAR, params={"fails": Param(False, type="boolean")}, deadline=late_after(30))
def errand():
    @task
    def go(**context):
        if context["params"]["fails"]:
            raise ValueError("the bridge is out")

    go()


@dag(schedule=None, start_date=NEW_YEAR, deadline=late_after(3))
def long_errand():
    @task
    def go():
        while not pathlib.Path(__file__).with_name("may_end").exists():
            time.sleep(0.1)

    go()


errand()
long_errand()
"""


@pytest.fixture(scope="module")
def portal() -> Iterator[SimulatedPortal]:
    with running_portal() as portal:
        # Its clock is ours, so that no source is stale.
        portal.reset()
        portal.set(start="2026-08-01T00:00:00Z", now=None)
        yield portal


@pytest.fixture(scope="module")
def hook() -> Iterator[Hook]:
    with running_webhook() as hook:
        yield hook


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, portal: SimulatedPortal, hook: Hook) -> Iterator[Deployment]:
    directory = tmp_path_factory.mktemp("production")
    dags = directory / "dags"
    dags.mkdir()
    shutil.copy(REPOSITORY / "dags" / f"{DAG}.py", dags)
    (dags / "errand.py").write_text(ERRAND)
    with running_deployment(
        directory,
        AIRFLOW__CORE__DAGS_FOLDER=str(dags),
        GRIDLOOM_NESO_URL=portal.url,
        GRIDLOOM_NESO_DATASTORE_PER_MINUTE="100000",
        GRIDLOOM_NESO_REQUESTS_PER_SECOND="100000",
        GRIDLOOM_ALERT_WEBHOOK_URL=hook.url,
        GRIDLOOM_ALERT_WEBHOOK_SECRET=SECRET,
    ) as deployment:
        wait_until(
            lambda: all(deployment.api.dag(dag_id) for dag_id in (DAG, "errand", "long_errand")), what="the DAGs"
        )
        yield deployment


def query(production: Deployment, statement: str) -> list[tuple]:
    url = Warehouse.of(production.settings, production.home).dsn(Role.TRANSFORMER)
    with session(url, application="tests") as transformer, transformer.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def deadlines_met(production: Deployment, dag_id: str) -> int:
    """How many of a DAG's deadlines have passed, and were seen to."""
    airflow_database = psycopg2.connect(**airflow.database_parameters(production.home))
    with closing(airflow_database), airflow_database.cursor() as cursor:
        cursor.execute(
            "select count(*) from deadline inner join callback on deadline.callback_id = callback.id"
            " inner join dag_run on deadline.dagrun_id = dag_run.id"
            " where dag_id = %s and missed and callback.state = 'success'",
            (dag_id,),
        )
        return int(cursor.fetchone()[0])


def told(hook: Hook, kind: str, dag_id: str) -> list[dict]:
    data = [post.content["data"] for post in hook.posts]
    return [each for each in data if (each["kind"], each["dag_id"]) == (kind, dag_id)]


def test_a_worker_killed_with_a_task_in_its_hands_loses_nothing(production, portal):
    portal.set(fault="slow", slow_seconds=60)
    run_id = production.api.trigger(DAG, {"look_back_days": 30})
    wait_until(lambda: portal.asked("datastore_search_sql") or portal.asked("datastore_search"), what="a request")
    killed = production.worker_with_a_task()
    assert killed is not None

    production.kill(killed)
    portal.set(fault=None, slow_seconds=None)

    assert production.wait_for(DAG, run_id, "success", "failed") == "success"
    attempts = {task.task_id: task.attempt for task in production.api.task_states(DAG, run_id)}
    assert attempts == {
        **dict.fromkeys(["check_raw", "build_models", "check_marts", "publish"], 1),
        "extract_and_load": 2,
    }
    [(status, fetched, new, published)] = query(
        production, "select status, fetched, new, published from ops.pipeline_runs"
    )
    assert (status, new, published) == ("success", fetched, fetched)
    assert fetched > 29 * 48
    [(versions, keys)] = query(
        production, "select count(*), count(distinct period_started_at) from raw.neso_generation_mix"
    )
    assert (versions, keys) == (fetched, fetched)
    assert query(production, "select count(*) from analytics.half_hourly_generation") == [(fetched,)]
    production.start_worker(killed)


def test_a_worker_has_loaded_what_tasks_need_before_it_takes_one(production):
    said = production.says("worker-2") + production.says("worker-1")
    assert said.count("imported ahead of the tasks: dbt.cli.main") >= 2
    assert said.index("imported ahead of the tasks") < said.index(" ready.")


def test_a_run_that_failed_is_told_once_with_its_cause_and_where_to_look(production, hook):
    for _ in range(2):
        run_id = production.api.trigger("errand", {"fails": True})
        production.wait_for("errand", run_id, "failed")
    wait_until(lambda: told(hook, "run_failed", "errand"), what="an alert")
    counted = "select times_raised from ops.alerts where dag_id = 'errand' and kind = 'run_failed'"
    wait_until(lambda: query(production, counted) == [(2,)], what="the second failure, counted")

    [alert] = told(hook, "run_failed", "errand")
    assert alert["summary"] == "failed in go: ValueError: the bridge is out"
    page = f"http://127.0.0.1:{production.home.port('airflow')}/dags/errand"
    assert alert["runbook_url"] == page
    assert alert["run_url"].startswith(f"{page}/runs/manual__{datetime.now(UTC).year}")


def test_a_run_that_is_late_is_told_while_it_goes_on(production, hook):
    run_id = production.api.trigger("long_errand", {})
    wait_until(lambda: told(hook, "run_late", "long_errand"), what="an alert", timeout_s=60)
    assert production.api.run_state("long_errand", run_id) == "running"
    [alert] = told(hook, "run_late", "long_errand")
    assert alert["run_id"] == run_id
    (Path(production.environments["worker"]["AIRFLOW__CORE__DAGS_FOLDER"]) / "may_end").touch()
    assert production.wait_for("long_errand", run_id, "success", "failed") == "success"


def test_an_alert_that_nobody_takes_is_said_in_the_log_and_fails_no_run(production, hook):
    hook.code = 500
    run_id = production.api.trigger("errand", {})
    production.wait_for("errand", run_id, "success")
    run_id = production.api.trigger("errand", {"fails": True})
    production.wait_for("errand", run_id, "failed")
    wait_until(lambda: "the webhook answers 500" in production.says("scheduler"), what="a line in the log")
    hook.code = 200
    [(error,)] = query(production, "select last_error from ops.alert_messages where sent_at is null limit 1")
    assert error == "the webhook answers 500"


def test_a_run_that_failed_is_not_late_when_its_deadline_passes(production):
    wait_until(lambda: deadlines_met(production, "errand") >= 2, what="the deadlines of the runs that failed first")
    assert query(production, "select * from ops.alerts where dag_id = 'errand' and kind = 'run_late'") == []


def test_no_secret_stands_in_any_log(production):
    secrets = [SECRET, *Warehouse.of(production.settings, production.home).passwords.values()]
    secrets.append(
        production.environments["worker"]["AIRFLOW__CELERY__BROKER_URL"].split("@")[0].rsplit(":", maxsplit=1)[1]
    )
    for log in production.home.path.rglob("*.log"):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log
