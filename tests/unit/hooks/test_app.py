"""The web app of inbound webhooks, without Airflow and without a database."""

import asyncio
import logging
import time

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from include.hooks import app
from include.hooks.app import app_of
from include.hooks.deliveries import Delivery
from include.hooks.errors import UnavailableError
from include.hooks.pace import Pace
from include.signed_webhook import signature
from tests.sent import BODY, new_secret

SECRET, KEY = new_secret()


def client_of(secret: str | None = SECRET, deliver=lambda delivery: True) -> TestClient:
    return TestClient(app_of(None if secret is None else SecretStr(secret), deliver))


def post(client: TestClient, message_id: str = "msg_1"):
    timestamp = str(int(time.time()))
    signed = signature(KEY, message_id, timestamp, BODY)
    headers = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signed}
    return client.post(
        "/forecasts", content=BODY, headers={"content-type": "application/json; charset=utf-8"} | headers
    )


def test_a_delivery_is_handed_on_and_its_event_tells_its_id_and_type():
    taken: list[Delivery] = []

    answer = post(client_of(deliver=lambda delivery: not taken.append(delivery)))

    assert (answer.status_code, answer.json()) == (202, {"status": "accepted"})
    [delivery] = taken
    assert delivery == Delivery("forecasts", "msg_1", BODY, "forecast.published")
    assert delivery.extra == {"delivery": "msg_1", "type": "forecast.published"}


def test_one_that_came_before_is_a_success_too():
    answer = post(client_of(deliver=lambda delivery: False))
    assert (answer.status_code, answer.json()) == (200, {"status": "already delivered"})


def test_a_sender_is_told_to_come_again_later():
    def away(delivery: Delivery) -> bool:
        raise UnavailableError("a database is away")

    answer = post(client_of(deliver=away))
    assert (answer.status_code, answer.json()) == (503, {"detail": "a database is away"})
    assert answer.headers["retry-after"] == "60"


@pytest.mark.parametrize("secret", [None, "", "whsec_canary", f"{SECRET} {SECRET} {SECRET}"])
def test_without_a_sound_secret_there_is_no_route_and_a_mistaken_one_is_told(secret, caplog):
    with caplog.at_level(logging.ERROR):
        client = client_of(secret)
    assert post(client).status_code == client.get("/").status_code == 404
    assert ("GRIDLOOM_HOOK_SECRET" in caplog.text) == bool(secret)
    assert "canary" not in caplog.text
    assert KEY.hex() not in caplog.text


ENDLESS = {"type": "http.request", "body": b" ", "more_body": True}


@pytest.mark.parametrize(
    ("said", "status"),
    [({"type": "http.disconnect"}, 400), (ENDLESS, 408), ({**ENDLESS, "body": b" " * 40_000}, 413)],
    ids=["is cut off", "dribbles", "goes on and on"],
)
def test_a_body_that_does_not_end_is_not_waited_for(monkeypatch, said, status):
    """However often a byte of it comes."""
    monkeypatch.setattr(app, "BODY_TIMEOUT_S", 0.2)
    answered = []

    async def receive():
        await asyncio.sleep(0.02)
        return said

    async def send(message):
        answered.append(message)

    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,x"}
    given = [(name.encode(), value.encode()) for name, value in {**headers, "content-type": "application/json"}.items()]
    scope = {"type": "http", "method": "POST", "path": "/forecasts", "query_string": b"", "headers": given}
    asyncio.run(app_of(SecretStr(SECRET), lambda delivery: True)(scope, receive, send))

    assert answered[0]["status"] == status
    assert (b"connection", b"close") in answered[0]["headers"]


def test_more_than_so_many_in_a_minute_are_sent_away(monkeypatch):
    monkeypatch.setattr(app, "MOST_PER_MINUTE", 2)
    client = client_of()
    assert [post(client).status_code for _ in range(3)] == [202, 202, 429]
    assert post(client).headers["retry-after"] == "60"


def test_the_pace_is_of_any_minute():
    now = [0.0]
    pace = Pace(2, 60, clock=lambda: now[0])
    taken = []
    for instant in (0, 30, 59, 60, 61, 90):
        now[0] = instant
        taken.append(pace.takes_one())
    assert taken == [True, True, False, True, False, True]
