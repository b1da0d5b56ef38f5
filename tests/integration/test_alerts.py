"""Alerts: kept in the warehouse, told once, told again where they last, and sent again where that failed."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from include.alerts import courier, findings, outbox, tell
from include.alerts.alert import Alert, Kind
from include.alerts.channels import channels_of
from include.operations import runs
from include.operations.runs import Failure
from include.settings import Settings
from include.warehouse import Role
from tests.declared_dataset import NAME, declare, judge, load
from tests.receivers import Hook, Mailbox, running_mail_server, running_webhook

DAG = "neso_generation_mix"
SECRET = "whsec_" + base64.b64encode(b"a key of twenty-four bytes at the least").decode()
ALERT = Alert(Kind.RUN_FAILED, DAG, "publish: StaleError", "failed in publish: StaleError: boom", "scheduled__1")
DAY = timedelta(days=1)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with running_webhook() as hook:
        yield hook


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with running_mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def own(settings: Settings, hook: Hook, mailbox: Mailbox) -> Settings:
    """Settings with both channels."""
    return Settings.model_validate(
        {
            **settings.model_dump(),
            "alert_webhook_url": hook.url,
            "alert_webhook_secret": SECRET,
            "alert_smtp_url": mailbox.url,
            "alert_mail_from": "gridloom@grid.test",
            "alert_mail_to": "a@grid.test",
            "airflow_url": "http://airflow.test",
        }
    )


def raised(loader, alert=ALERT, *, repeat_after=DAY, channels=("webhook", "mail")):
    return outbox.raise_alert(loader, alert, channels=channels, repeat_after=repeat_after, airflow_url=None)


def test_what_lasts_is_told_once_and_again_only_after_a_while(loader, query):
    assert [raised(loader) for _ in range(3)] == [True, False, False]
    assert query("select times_raised from ops.alerts") == [(3,)]
    assert query("select count(*) from ops.alert_messages") == [(2,)]
    assert raised(loader, repeat_after=timedelta(0))
    assert query("select count(*) from ops.alert_messages") == [(4,)]


def test_another_fault_and_the_same_after_a_success_are_news(loader):
    assert raised(loader)
    assert raised(loader, Alert(Kind.RUN_FAILED, DAG, "build_models: DbtFailedError", "another"))
    outbox.resolve(loader, DAG)
    assert raised(loader)


def test_every_channel_gets_its_message_and_gets_it_once(loader, own, hook, mailbox):
    raised(loader)
    channels = channels_of(own)
    assert [courier.deliver(loader, channels) for _ in range(2)] == [2, 0]
    assert len(hook.posts) == len(mailbox.mails) == 1
    assert hook.posts[0].content["type"] == "gridloom.run_failed"


def test_what_is_not_taken_is_tried_again_later_as_the_same_message(loader, own, hook, query, caplog):
    raised(loader, channels=["webhook"])
    channels = channels_of(own)
    hook.code = 503
    assert courier.deliver(loader, channels) == 0
    assert "an alert was not sent, attempt 1: the webhook answers 503" in caplog.text
    assert query("select attempts, last_error from ops.alert_messages") == [(1, "the webhook answers 503")]
    assert 20 < outbox.next_due_in_s(loader, ["webhook"]) <= 30, "not at once again"

    hook.code = 200
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.alert_messages set next_attempt_at = now()")
    assert courier.deliver(loader, channels) == 1
    first, second = hook.posts
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


def test_a_message_is_carried_by_one_courier_and_by_the_next_if_that_is_killed(loader, query):
    raised(loader, channels=["webhook"])
    assert outbox.claim(loader, ["webhook"]) is not None
    assert outbox.claim(loader, ["webhook"]) is None
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.alert_messages set next_attempt_at = next_attempt_at - %s", (outbox.LEASE,))
    assert outbox.claim(loader, ["webhook"]) is not None


def test_old_news_is_not_told(loader, owner):
    raised(loader, channels=["webhook"])
    with owner, owner.cursor() as cursor:
        cursor.execute("update ops.alert_messages set composed_at = now() - %s", (outbox.GIVEN_UP_AFTER,))
    assert outbox.claim(loader, ["webhook"]) is None
    assert outbox.next_due_in_s(loader, ["webhook"]) is None


def test_only_the_loader_writes_alerts(analyst, transformer, loader):
    raised(loader)
    for other in (analyst, transformer):
        with other.cursor() as cursor:
            cursor.execute("select count(*) from ops.alerts")
            with pytest.raises(Exception, match=r"permission denied|read-only"):
                cursor.execute("update ops.alerts set resolved_at = now()")
        other.rollback()


def ended_run(loader, name="scheduled__1", *, error=None):
    run_id = runs.open_run(loader, DAG, name)
    if error:
        runs.record_failure(loader, run_id, Failure("publish", error, "", error.split(":")[0]))
    return run_id


def kinds(alerts):
    return [alert.kind for alert in alerts]


def test_a_failed_run_is_told_with_its_task_and_its_cause(loader):
    ended_run(loader, error="ValueError: a\nb")
    runs.close_run(loader, DAG, "scheduled__1", failed=True)
    [alert] = findings.of_run(loader, DAG, "scheduled__1")
    assert (alert.kind, alert.subject) == (Kind.RUN_FAILED, "publish: ValueError")
    assert alert.line == "run failed: neso_generation_mix: failed in publish: ValueError: a b"


def test_a_sound_run_is_told_nothing_of(loader):
    ended_run(loader)
    runs.close_run(loader, DAG, "scheduled__1", failed=False)
    assert findings.of_run(loader, DAG, "scheduled__1") == []


def test_another_error_of_the_same_task_is_another_alert_whatever_the_message(loader):
    subjects = set()
    for name, error_type in (("scheduled__1", "KeyError"), ("scheduled__2", "OSError"), ("scheduled__3", "OSError")):
        run_id = ended_run(loader, name)
        runs.record_failure(loader, run_id, Failure("publish", f"at {name}", "", error_type))
        runs.close_run(loader, DAG, name, failed=True)
        [alert] = findings.of_run(loader, DAG, name)
        subjects.add(alert.subject)
    assert subjects == {"publish: KeyError", "publish: OSError"}


def test_another_dataset_that_fails_is_another_alert(loader, warehouse):
    declare(warehouse)
    for name, dataset in (("scheduled__1", NAME), ("scheduled__2", DAG)):
        run_id = ended_run(loader, name)
        load(warehouse, run_id, dataset=dataset, outcome="failed", cause="no")
        runs.record_failure(loader, run_id, Failure("publish", f"{dataset}: no", "", "LoadsFailedError"))
        runs.close_run(loader, DAG, name, failed=True)
        [alert] = findings.of_run(loader, DAG, name)
        assert alert.subject == f"publish: LoadsFailedError, {dataset}"


def test_a_stale_source_is_told_as_such_and_not_as_a_failed_run(loader, warehouse):
    run_id = ended_run(loader)
    runs.record_failure(loader, run_id, Failure("publish", "stale, and how", "", "StaleSourceError"))
    for table in ("marts.heights", "marts.winds"):
        judge(
            warehouse, run_id, "freshness", f"{table} is recent", subject=table, success=False, finding=f"{table}: 40 h"
        )
    runs.close_run(loader, DAG, "scheduled__1", failed=True)
    told = findings.of_run(loader, DAG, "scheduled__1")
    assert [(alert.kind, alert.subject, alert.summary) for alert in told] == [
        (Kind.SOURCE_STALE, "marts.heights", "marts.heights: 40 h"),
        (Kind.SOURCE_STALE, "marts.winds", "marts.winds: 40 h"),
    ]


def test_a_run_that_failed_otherwise_is_told_beside_a_stale_source(loader, warehouse):
    run_id = ended_run(loader)
    runs.record_failure(loader, run_id, Failure("publish", "StaleSourceError is what this is not", "", "OSError"))
    judge(warehouse, run_id, "freshness", "heights are recent", success=False, finding="40 h")
    runs.close_run(loader, DAG, "scheduled__1", failed=True)
    assert kinds(findings.of_run(loader, DAG, "scheduled__1")) == [Kind.RUN_FAILED, Kind.SOURCE_STALE]


def test_new_columns_are_told_by_name_and_only_by_the_run_that_met_them_first(loader):
    run_id = ended_run(loader)
    with loader, loader.cursor() as cursor:
        for column in ("TIDAL", "GEOTHERMAL"):
            cursor.execute("insert into ops.schema_drift values (%s, %s, now(), '1', %s)", (DAG, column, run_id))
    ended_run(loader, "scheduled__2")
    [alert] = findings.of_run(loader, DAG, "scheduled__1")
    assert (alert.kind, alert.subject) == (Kind.DRIFT_FOUND, "neso_generation_mix: GEOTHERMAL, TIDAL")
    assert findings.of_run(loader, DAG, "scheduled__2") == []


def test_a_lost_run_is_told_once_even_after_later_successes(loader, own, query):
    ended_run(loader, "killed")
    runs.mark_lost(loader, silence=timedelta(0))
    for name in ("scheduled__1", "scheduled__2"):
        ended_run(loader, name)
        runs.close_run(loader, DAG, name, failed=False)
        tell.of_ended_run(loader, own.model_copy(update={"alert_smtp_url": None}), DAG, name, failed=False)
    assert query("select kind, subject, times_raised from ops.alerts") == [("run_lost", "killed", 1)]


def test_wrong_settings_leave_the_log(loader, settings, query, caplog):
    own = settings.model_copy(
        update={"alert_webhook_url": Settings.model_validate({"alert_webhook_url": "x"}).alert_webhook_url}
    )
    tell.tell(loader, own, [ALERT])
    assert "alerts go to the log only: GRIDLOOM_ALERT_WEBHOOK_URL needs GRIDLOOM_ALERT_WEBHOOK_SECRET" in caplog.text
    assert "alert: run failed: neso_generation_mix: failed in publish" in caplog.text
    assert query("select count(*) from ops.alert_messages") == [(0,)]


def carried(warehouse, hook: Hook, *arguments: str, given: str = "", url: str | None = None) -> str:
    """What a courier says, a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "include.alerts.courier", *arguments],
        env={
            **os.environ,
            "GRIDLOOM_ENV_FILE": os.devnull,
            "GRIDLOOM_ALERT_WEBHOOK_URL": hook.url,
            "GRIDLOOM_ALERT_WEBHOOK_SECRET": SECRET,
            courier.URL_VARIABLE: url or warehouse.dsn(Role.LOADER),
        },
        cwd=Path(__file__).parent,
        input=given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stderr


def test_the_courier_carries_what_there_is_and_ends(loader, warehouse, hook):
    raised(loader, channels=["webhook"])
    assert "1 alerts were sent" in carried(warehouse, hook)
    assert len(hook.posts) == 1


def test_a_courier_that_is_to_try_once_leaves_the_rest_to_the_next(loader, warehouse, hook, query):
    raised(loader, channels=["webhook"])
    hook.code = 503
    assert "the webhook answers 503" in carried(warehouse, hook, courier.ONCE)
    assert query("select attempts, sent_at from ops.alert_messages") == [(1, None)]


def test_the_courier_goes_past_a_warehouse_that_is_away(warehouse, hook):
    given = '{"kind": "run_failed", "dag_id": "d", "subject": "s", "summary": "away", "airflow_run_id": "r"}'
    carried(warehouse, hook, courier.DIRECTLY, given=given, url="postgresql://nobody@127.0.0.1:1/none")
    assert hook.posts[0].content["data"]["summary"] == "away"
