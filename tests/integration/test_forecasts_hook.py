"""`POST /hooks/forecasts` on a real API server: a signed delivery starts a run, and a hostile one does nothing."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest

from include.local import airflow
from include.orchestration.steps import hook_asset
from include.settings import REPOSITORY
from tests import prepared
from tests.machine import Machine, wait_until
from tests.sent import BODY, Answer, Sent, chunked, new_secret

SECRET, KEY = new_secret()
FORMER_SECRET, FORMER_KEY = new_secret()
_, STRANGER = new_secret()
ASSET = hook_asset("forecasts")
LIMIT = 64 * 1024

DAG = """
import pendulum
from airflow.sdk import AssetAny, dag, task

from include.orchestration.steps import hook_asset


@dag(schedule=AssetAny(hook_asset("forecasts")), start_date=pendulum.datetime(2025, 1, 1, tz="UTC"))
def heeds():
    @task
    def hear(*, triggering_asset_events):
        [events] = triggering_asset_events.values()
        return [event.extra["delivery"] for event in events]

    hear()


heeds()
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine at work whose hook is open to a new secret and to the former one."""
    directory = tmp_path_factory.mktemp("hooked")
    (directory / "dags").mkdir()
    (directory / "dags" / "heeds.py").write_text(DAG)
    prepared.copy_to(directory / "home")
    machine = Machine.at(
        directory / "home",
        GRIDLOOM_DAGS_FOLDER=str(directory / "dags"),
        GRIDLOOM_HOOK_SECRET=f"{SECRET} {FORMER_SECRET}",
    )
    try:
        machine.gridloom("up", "--wait")
        wait_until(
            lambda: in_airflow(machine, "select 1 from asset_active where name = %s", ASSET.name), what="the asset"
        )
        yield machine
    finally:
        machine.end()


@pytest.fixture(scope="module")
def port(machine: Machine) -> int:
    port = machine.home.port("airflow")
    assert port is not None
    return port


def in_airflow(machine: Machine, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Rows of a statement in Airflow's own database."""
    connection = psycopg2.connect(**airflow.database_parameters(machine.home))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def events_of(machine: Machine) -> list[str]:
    """The ids of the deliveries that have become events, in their order."""
    statement = """
        select asset_event.extra ->> 'delivery'
        from asset_event inner join asset on asset_event.asset_id = asset.id
        where asset.uri = %s
        order by 1
    """
    found = in_airflow(machine, statement, ASSET.uri)
    return [delivery for (delivery,) in found]


def noted(machine: Machine) -> list[str]:
    """The ids of the deliveries that are noted in the warehouse, in their order."""
    return [each for (each,) in machine.query("select delivery_id from ops.webhook_deliveries order by 1")]


def test_a_signed_delivery_starts_a_run_that_knows_its_id(machine: Machine, port: int) -> None:
    sent = Sent(KEY)

    assert sent.to(port) == Answer(202, '{"status":"accepted"}')

    assert sent.message_id in events_of(machine)
    [(hook, digits)] = machine.query(
        "select hook, encode(body_sha256, 'hex') from ops.webhook_deliveries where delivery_id = %s", sent.message_id
    )
    assert (hook, len(digits)) == ("forecasts", 64)
    [(extra,)] = in_airflow(machine, "select extra from asset_event where extra ->> 'delivery' = %s", sent.message_id)
    assert extra == {"delivery": sent.message_id, "type": "forecast.published", "from_rest_api": True}
    run = """
        select dag_run.state
        from asset_event
        inner join dagrun_asset_event on asset_event.id = dagrun_asset_event.event_id
        inner join dag_run on dagrun_asset_event.dag_run_id = dag_run.id
        where asset_event.extra ->> 'delivery' = %s and dag_run.dag_id = 'heeds'
    """
    wait_until(lambda: in_airflow(machine, run, sent.message_id) == [("success",)], what="the run")


@pytest.mark.parametrize("body", [b"{}", b'{"data": [1, 2]}', b"{" + b" " * (LIMIT - 2) + b"}"])
def test_a_body_may_say_little_and_have_64_kib(port: int, body: bytes) -> None:
    assert Sent(KEY, body).to(port).status == 202


def test_a_sender_may_sign_with_either_of_two_secrets_or_with_both(port: int) -> None:
    assert Sent(FORMER_KEY).to(port).status == 202
    sent, other = Sent(KEY), Sent(STRANGER)
    both = f"v1a,{'x' * 86}== {other.signed} {sent.signed}"
    assert sent.but(signatures=both).to(port).status == 202


def test_a_body_of_unknown_length_is_taken(port: int) -> None:
    headers = {"content-length": None, "transfer-encoding": "chunked"}
    assert Sent(KEY, headers=headers, pieces=chunked([BODY[:7], BODY[7:]])).to(port).status == 202


def test_what_comes_again_is_a_success_and_no_second_event(machine: Machine, port: int) -> None:
    sent = Sent(KEY)
    assert sent.to(port).status == 202
    # The very bytes once more, and as a sender tries again that did not hear of its success: at another instant.
    again = Sent(KEY, message_id=sent.message_id, timestamp=str(int(time.time()) - 60))
    assert [each.to(port) for each in (sent, again)] == [Answer(200, '{"status":"already delivered"}')] * 2
    assert events_of(machine).count(sent.message_id) == 1


def test_one_of_many_that_come_at_once_under_an_id_counts(machine: Machine, port: int) -> None:
    sent = Sent(KEY)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sent.to(port).status, range(8)))
    assert sorted(answers) == [200] * 7 + [202]
    assert events_of(machine).count(sent.message_id) == 1


def test_an_event_whose_delivery_was_not_noted_is_not_registered_twice(machine: Machine, port: int) -> None:
    """As it stands where the API server died between the two."""
    sent = Sent(KEY)
    in_airflow(
        machine,
        "insert into asset_event (asset_id, extra, timestamp)"
        " select id, json_build_object('delivery', %s), now() from asset where uri = %s",
        *(sent.message_id, ASSET.uri),
    )
    assert sent.to(port).status == 202
    assert events_of(machine).count(sent.message_id) == noted(machine).count(sent.message_id) == 1


def test_where_no_dag_listens_a_sender_is_told_to_come_again(machine: Machine, port: int) -> None:
    sent = Sent(KEY)
    in_airflow(machine, "delete from asset_active where name = %s", ASSET.name)
    try:
        assert sent.to(port) == Answer(503, '{"detail":"no DAG is started by this hook"}')
        assert sent.message_id not in noted(machine)
    finally:
        in_airflow(machine, "insert into asset_active values (%s, %s) on conflict do nothing", ASSET.name, ASSET.uri)
    assert sent.to(port).status == 202


def at(seconds_from_now: int) -> Sent:
    return Sent(KEY, timestamp=str(int(time.time()) + seconds_from_now))


def chunks(count: int) -> Sent:
    headers = {"content-length": None, "transfer-encoding": "chunked"}
    return Sent(KEY, headers=headers, pieces=chunked([b" " * 4096] * count))


def without(header: str) -> Sent:
    return Sent(KEY, headers={header: None})


# What is sent, and what is answered: the status, and the reason where it is ours and not the HTTP server's.
HOSTILE: dict[str, tuple[Callable[[], Sent], int, str]] = {
    "no signature": (lambda: without("webhook-signature"), 400, "webhook-signature must be given"),
    "no instant": (lambda: without("webhook-timestamp"), 400, "webhook-timestamp must be given"),
    "no id": (lambda: without("webhook-id"), 400, "webhook-id must be given"),
    "nothing but Airflow's password": (
        lambda: Sent(KEY, signatures="", more_headers=(("authorization", "Basic YWRtaW46YWRtaW4="),)),
        *(401, "no signature matches"),
    ),
    "signed with another secret": (lambda: Sent(STRANGER), 401, "no signature matches"),
    "signed with another secret, to a host that is none": (
        lambda: Sent(STRANGER, headers={"host": "["}),
        *(401, "no signature matches"),
    ),
    "signed with no secret": (lambda: Sent(b""), 401, "no signature matches"),
    "the signature of another body": (lambda: Sent(KEY).but(body=b'{"type": "x"}'), 401, "no signature matches"),
    "a body with one more space": (lambda: Sent(KEY).but(body=BODY + b" "), 401, "no signature matches"),
    "the signature of another id": (lambda: Sent(KEY).but(message_id="msg_1"), 401, "no signature matches"),
    "the signature of another instant": (
        lambda: Sent(KEY).but(timestamp=str(int(time.time()) - 7)),
        *(401, "no signature matches"),
    ),
    "too old": (lambda: at(-310), 401, "more than five minutes from now"),
    "too far ahead": (lambda: at(310), 401, "more than five minutes from now"),
    "an instant that is no number": (lambda: Sent(KEY, timestamp="now"), 400, "seconds since 1970"),
    "an instant that is not a whole number": (
        lambda: Sent(KEY, timestamp=f"{time.time():.1f}"),
        *(400, "seconds since 1970"),
    ),
    "an instant of a thousand digits": (lambda: Sent(KEY, timestamp="9" * 1000), 400, "seconds since 1970"),
    "an empty id": (lambda: Sent(KEY, message_id=""), 400, "1 to 128 letters"),
    "an id of 129 letters": (lambda: Sent(KEY, message_id="x" * 129), 400, "1 to 128 letters"),
    "an id with a control character": (lambda: Sent(KEY, message_id="msg\x07"), 400, ""),
    "an id with a NUL": (lambda: Sent(KEY, message_id="msg\0"), 400, ""),
    "an id with a full stop": (lambda: Sent(KEY, message_id="msg_1.1700000000"), 400, "1 to 128 letters"),
    "an id with SQL": (lambda: Sent(KEY, message_id="1'); drop table ops.loads; --"), 400, "1 to 128 letters"),
    "two ids": (lambda: Sent(KEY, more_headers=(("webhook-id", "msg_2"),)), 400, "webhook-id must be given once"),
    "only the asymmetric scheme": (lambda: Sent(KEY, signatures="v1a," + "x" * 86 + "=="), 401, "no signature matches"),
    "a sound signature under another scheme": (
        lambda: (sent := Sent(KEY)).but(signatures=sent.signed.replace("v1,", "v0,")),
        *(401, "no signature matches"),
    ),
    "a signature that is no base64": (lambda: Sent(KEY, signatures="v1,%%%%"), 401, "no signature matches"),
    "a signature of other letters": (lambda: Sent(KEY, signatures="v1,\xe4\xf6\xfc"), 401, "no signature matches"),
    "part of the signature": (
        lambda: (sent := Sent(KEY)).but(signatures=sent.signed[:-8]),
        *(401, "no signature matches"),
    ),
    "seventeen signatures": (lambda: Sent(KEY, signatures=" ".join(["v1,x"] * 17)), 400, "at most 16 signatures"),
    "signatures of 60 KiB": (lambda: Sent(KEY, signatures="v1," + "x" * 60_000), 400, ""),
    "a body of 64 KiB and a byte": (lambda: Sent(KEY, b"{" + b" " * (LIMIT - 1) + b"}"), 413, "65536 bytes at most"),
    "a body of a gigabyte, announced": (
        lambda: Sent(KEY, headers={"content-length": str(10**9)}, pieces=[]),
        *(413, "65536 bytes at most"),
    ),
    "a body that goes on for ever, in chunks": (lambda: chunks(4000), 413, "65536 bytes at most"),
    "less than was announced, and then nothing": (
        lambda: Sent(KEY, headers={"content-length": "2000"}),
        *(408, "did not arrive within 5 seconds"),
    ),
    "less than was signed": (
        lambda: Sent(KEY, headers={"content-length": "20"}, pieces=[BODY[:20]]),
        *(401, "no signature matches"),
    ),
    "more than was announced": (lambda: Sent(KEY, headers={"content-length": "20"}), 400, ""),
    "two lengths": (lambda: Sent(KEY, more_headers=(("transfer-encoding", "chunked"),)), 400, ""),
    "a form": (
        lambda: Sent(KEY, headers={"content-type": "application/x-www-form-urlencoded"}),
        *(415, "must be application/json"),
    ),
    "no type of content": (lambda: without("content-type"), 415, "must be application/json"),
    "compressed": (lambda: Sent(KEY, more_headers=(("content-encoding", "gzip"),)), 415, "not compressed"),
    "no JSON": (lambda: Sent(KEY, b"<xml/>"), 400, "must be JSON"),
    "an empty body": (lambda: Sent(KEY, b""), 400, "must be JSON"),
    "JSON that is a list": (lambda: Sent(KEY, b"[]"), 400, "must be a JSON object"),
    "JSON that is null": (lambda: Sent(KEY, b"null"), 400, "must be a JSON object"),
    "JSON without an end": (lambda: Sent(KEY, b'{"x": ' + b"[" * 30_000), 400, "must be JSON"),
    "a type with markup": (lambda: Sent(KEY, b'{"type": "<img src=x>"}'), 400, "must be a JSON object"),
    "GET": (lambda: Sent(KEY, method="GET"), 405, ""),
    "PUT": (lambda: Sent(KEY, method="PUT"), 405, ""),
    "what documents it": (lambda: Sent(KEY, method="GET", path="/hooks/openapi.json"), 404, ""),
    "another hook": (lambda: Sent(KEY, path="/hooks/other"), 404, ""),
    "a path around": (lambda: Sent(KEY, path="/hooks/../hooks/forecasts"), 404, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_delivery_is_refused_and_leaves_nothing(machine: Machine, port: int, name: str) -> None:
    sound, status, reason = HOSTILE[name]
    before = events_of(machine), noted(machine)

    answer = sound().to(port)

    assert answer.status == status, answer
    assert reason in answer.text
    assert len(answer.text.splitlines()) <= 1
    assert (events_of(machine), noted(machine)) == before
    for held in (SECRET, FORMER_SECRET, "canary-of-body"):
        assert held not in answer.text


def test_another_body_under_an_id_that_came_is_refused(machine: Machine, port: int) -> None:
    sent = Sent(KEY)
    assert sent.to(port).status == 202
    other = Sent(KEY, b'{"type": "other"}', message_id=sent.message_id)
    assert other.to(port) == Answer(409, '{"detail":"another body came under this webhook-id"}')
    assert events_of(machine).count(sent.message_id) == 1


@pytest.mark.parametrize(("language", "program"), [("python", [sys.executable, "-"]), ("sh", ["bash", "-eu"])])
def test_the_examples_of_the_documentation_sign_as_they_must(port: int, language: str, program: list[str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl")
    told = (REPOSITORY / "docs" / "webhook.md").read_text().split("## Send a delivery")[1]
    [example] = re.findall(rf"```{language}\n(.*?)```", told, re.DOTALL)
    own = {
        "GRIDLOOM_HOOK_SECRET": SECRET,
        "HOOK_URL": f"http://127.0.0.1:{port}/hooks/forecasts",
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        program, input=example, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert '{"status":"accepted"}' in done.stdout, done


def test_no_log_has_a_body_or_a_secret(machine: Machine, port: int) -> None:
    Sent(KEY).to(port)
    logs = "".join(file.read_text(errors="replace") for file in (machine.home.path / "logs").glob("*.log"))
    assert "accepted" in logs
    assert "no signature matches" in logs
    for held in (SECRET, FORMER_SECRET, SECRET.removeprefix("whsec_"), "canary-of-body"):
        assert held not in logs
