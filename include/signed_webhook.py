"""How a webhook is signed, for those who send and those who receive: https://www.standardwebhooks.com, version 1.0."""

import base64
import hashlib
import hmac

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix, not a secret
SHORTEST_SECRET_BYTES, LONGEST_SECRET_BYTES = 24, 64


class SecretError(Exception):
    """What was given is no secret. Says what one is, and quotes nothing of it."""


def key_of(secret: str) -> bytes:
    """Return the key in a secret `whsec_…`. Raises SecretError where it is none, or too short."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except ValueError:
        key = b""
    if encoded == secret or not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        raise SecretError(
            f"must be {SECRET_PREFIX} and {SHORTEST_SECRET_BYTES} to {LONGEST_SECRET_BYTES} bytes in base64;"
            f" make one: echo {SECRET_PREFIX}$(openssl rand -base64 32)"
        )
    return key


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message's id, timestamp (Unix seconds) and body, as the header holds it."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
