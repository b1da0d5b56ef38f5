"""Verification of deliveries, by Standard Webhooks 1.0."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from include.hooks.errors import RefusedError
from include.hooks.verify import Envelope, envelope_of, keys_of, message_of, verify
from include.signed_webhook import SecretError, signature

KEY, FORMER = b"k" * 24, b"f" * 24
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
# The example that the libraries of the specification test themselves by.
OFFICIAL = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OFFICIAL_BODY = b'{"test": 2432232314}'
SOUND = {"webhook-id": "msg_1", "webhook-timestamp": str(int(AT.timestamp())), "webhook-signature": "v1,x"}


def headers(**given: str | list[str]) -> Callable[[str], list[str]]:
    values = {**SOUND, **{f"webhook-{name}": value for name, value in given.items()}}
    return lambda name: [each] if isinstance(each := values.get(name, []), str) else each


def test_the_specifications_own_example_is_verified():
    [key] = keys_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    envelope = envelope_of(lambda name: [OFFICIAL[name]], datetime.fromtimestamp(1614265330, UTC))
    verify(envelope, OFFICIAL_BODY, [key])
    with pytest.raises(RefusedError, match="no signature matches"):
        verify(envelope, b'{"test":2432232314}', [key])


@pytest.mark.parametrize("seconds", [-301, 301])
def test_a_delivery_is_of_now(seconds):
    sound = str(int(AT.timestamp()) + seconds - seconds // abs(seconds))
    assert envelope_of(headers(timestamp=sound), AT).timestamp == sound
    with pytest.raises(RefusedError, match="more than five minutes") as refused:
        envelope_of(headers(timestamp=str(int(AT.timestamp()) + seconds)), AT)
    assert refused.value.status == 401


@pytest.mark.parametrize("timestamp", ["", "-1", "+1795176000", "1795176000.0", " 1795176000", "١٧٩٥١٧٦٠٠٠", "1" * 13])
def test_an_instant_is_seconds_in_digits(timestamp):
    with pytest.raises(RefusedError, match="in digits"):
        envelope_of(headers(timestamp=timestamp), AT)


@pytest.mark.parametrize("message_id", ["", "x" * 129, "a.b", "a b", "a\n", "a\0", "ä", "a/b"])
def test_an_id_is_of_few_characters(message_id):
    with pytest.raises(RefusedError, match="letters, digits"):
        envelope_of(headers(id=message_id), AT)


@pytest.mark.parametrize("name", ["id", "timestamp", "signature"])
@pytest.mark.parametrize(("values", "reason"), [([], "with each delivery"), (["1", "1"], "once")])
def test_each_header_is_there_once(name, values, reason):
    with pytest.raises(RefusedError, match=f"webhook-{name} must be given {reason}"):
        envelope_of(headers(**{name: values}), AT)


@pytest.mark.parametrize("signatures", [" ".join(["v1,x"] * 17), "v1," + "x" * 4096])
def test_there_are_few_signatures(signatures):
    with pytest.raises(RefusedError, match="at most 16"):
        envelope_of(headers(signature=signatures), AT)


@pytest.mark.parametrize("key", [KEY, FORMER])
def test_any_signature_by_any_key_will_do(key):
    sound = signature(key, "msg_1", "1", b"{}")
    verify(Envelope("msg_1", "1", ("v1a,x", "v1,\xe4", "", sound)), b"{}", [KEY, FORMER])


@pytest.mark.parametrize("changed", [("msg_2", "1", b"{}"), ("msg_1", "2", b"{}"), ("msg_1", "1", b"{} ")])
def test_what_is_signed_cannot_be_changed(changed):
    message_id, timestamp, body = changed
    with pytest.raises(RefusedError, match="no signature matches"):
        verify(Envelope(message_id, timestamp, (signature(KEY, "msg_1", "1", b"{}"),)), body, [KEY])


def test_without_a_key_nothing_is_verified():
    with pytest.raises(RefusedError):
        verify(Envelope("msg_1", "1", (signature(b"", "msg_1", "1", b"{}"),)), b"{}", [])


@pytest.mark.parametrize("between", [" ", ",", ", ", "\n"])
def test_there_may_be_two_secrets(between):
    first, second = ("whsec_" + base64.b64encode(key).decode() for key in (KEY, FORMER))
    assert keys_of(f" {first}{between}{second} ") == (KEY, FORMER)
    with pytest.raises(SecretError, match="or two"):
        keys_of(f"{first} {second} {first}")


@pytest.mark.parametrize("secrets", ["", " ", "canary", "whsec_canary"])
def test_no_other_text_is_a_secret(secrets):
    with pytest.raises(SecretError) as raised:
        keys_of(secrets)
    assert "canary" not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "kind"), [(b"{}", None), (b'{"type": "a.b_1", "data": {"x": [1]}}', "a.b_1"), (b'{"type": null}', None)]
)
def test_of_a_body_its_type_is_read(body, kind):
    assert message_of(body).type == kind


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"1", b'"x"', b"null", b"{", b"\xff", b'{"type": 1}', b'{"type": "a b"}', b'{"type": "a\\n"}'),
        *(b'{"type": "."}', b'{"type": "%s"}' % (b"x" * 129), b'{"x": ' + b"[" * 60_000 + b"]" * 60_000 + b"}"),
        b'{"type": "\xff"}',
    ],
)
def test_another_body_is_refused_in_a_line_that_quotes_nothing(body):
    with pytest.raises(RefusedError, match="the body must be") as refused:
        message_of(body)
    assert refused.value.status == 400
    assert str(refused.value).isprintable()
