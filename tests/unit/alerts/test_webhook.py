"""Alerts to a webhook, checked against what Standard Webhooks 1.0 asks."""

import base64
import hashlib
import hmac
import secrets

import pytest

from include.alerts import webhook
from include.alerts.errors import ChannelSettingsError, UnsentError
from include.alerts.webhook import Webhook
from tests.receivers import dribbling
from tests.unit.alerts.conftest import AT

KEY = secrets.token_bytes(32)
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def test_a_receiver_can_verify_what_it_is_sent(hook, payload):
    Webhook.of(hook.url, SECRET).send("msg_1", payload, AT)

    [posted] = hook.posts
    assert posted.headers["webhook-id"] == "msg_1"
    assert posted.headers["webhook-timestamp"] == str(int(AT.timestamp()))
    signed = f"msg_1.{int(AT.timestamp())}.".encode() + posted.body
    expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert posted.headers["webhook-signature"] == f"v1,{expected}"
    assert posted.content == payload


@pytest.mark.parametrize("code", [302, 400, 410, 500])
def test_what_is_not_accepted_counts_as_not_sent_and_no_redirect_is_followed(hook, payload, code):
    hook.code = code
    with pytest.raises(UnsentError, match=f"answers {code}"):
        Webhook.of(hook.url, SECRET).send("msg_1", payload, AT)
    assert len(hook.posts) == 1


def test_a_receiver_that_is_away_counts_as_not_sent_and_its_address_is_not_told(hook, payload):
    receiver = Webhook.of(f"http://127.0.0.1:1/{'hidden'}", SECRET)
    with pytest.raises(UnsentError) as raised:
        receiver.send("msg_1", payload, AT)
    assert "hidden" not in str(raised.value)
    assert "hidden" not in repr(receiver)
    assert SECRET not in repr(receiver)


@pytest.mark.parametrize(
    ("begin", "piece"),
    [(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"), (b"", b"HTTP/1.1 100 Continue\r\n\r\n")],
    ids=["header", "100 Continue"],
)
def test_a_receiver_that_dribbles_counts_as_not_sent(payload, monkeypatch, begin, piece):
    monkeypatch.setattr(webhook, "TIMEOUT_S", 0.3)
    with dribbling(begin, piece) as port, pytest.raises(UnsentError, match="ReadTimeout"):
        Webhook.of(f"http://127.0.0.1:{port}", SECRET).send("msg_1", payload, AT)


def test_nobody_waits_for_what_a_receiver_says_beside_its_status(payload):
    with dribbling(b"HTTP/1.1 204 No Content\r\nContent-Length: 1000000\r\n\r\n", b"x") as port:
        Webhook.of(f"http://127.0.0.1:{port}", SECRET).send("msg_1", payload, AT)


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", base64.b64encode(KEY).decode(), "whsec_not base64", "whsec_" + base64.b64encode(KEY[:23]).decode()],
    ids=["none", "prefix only", "without prefix", "no base64", "too short"],
)
def test_a_secret_that_is_none_or_too_short_is_refused_with_the_way_to_make_one(secret):
    with pytest.raises(ChannelSettingsError, match=r"GRIDLOOM_ALERT_WEBHOOK_SECRET must .*openssl rand -base64 32"):
        Webhook.of("https://hooks.test/", secret)


@pytest.mark.parametrize("status", ["199 Odd", "300 Choices", "302 Found", "304 Not Modified"])
@pytest.mark.parametrize("where", [None, "http://[", "\xff\xfe"])
def test_only_a_2xx_counts_as_sent_wherever_else_it_leads(payload, status, where):
    head = f"HTTP/1.1 {status}\r\n{f'Location: {where}{chr(13)}{chr(10)}' if where else ''}Content-Length: 0\r\n\r\n"
    with dribbling(head.encode("latin-1"), b"") as port, pytest.raises(UnsentError, match=f"answers {status[:3]}"):
        Webhook.of(f"http://127.0.0.1:{port}", SECRET).send("msg_1", payload, AT)


@pytest.mark.parametrize(
    "url", ["http://a..hidden/", f"http://{'x' * 64}.hidden/", "http://[hidden", "http://h:hidden/"]
)
def test_an_address_that_is_none_counts_as_not_sent_and_is_not_told(payload, url):
    with pytest.raises(UnsentError) as raised:
        Webhook.of(url, SECRET).send("msg_1", payload, AT)
    assert "hidden" not in str(raised.value)
