"""How webhooks are signed, sent and received ones."""

import base64

import pytest

from include.signed_webhook import SecretError, key_of, signature


def test_the_signature_is_that_of_the_specifications_own_example():
    """https://github.com/standard-webhooks/standard-webhooks: the example that its libraries test themselves by."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_has_24_to_64_bytes(length):
    assert key_of("whsec_" + base64.b64encode(bytes(length)).decode()) == bytes(length)


@pytest.mark.parametrize(
    "secret", ["whsec_", "whsec_canary", "canary" * 8, "whsec_" + base64.b64encode(bytes(65)).decode(), "whsec_ü" * 40]
)
def test_what_is_no_secret_is_refused_and_not_quoted(secret):
    with pytest.raises(SecretError, match="openssl rand -base64 32") as raised:
        key_of(secret)
    assert "canary" not in str(raised.value)
