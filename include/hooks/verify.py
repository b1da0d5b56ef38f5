"""Whether a delivery is from whom we share a secret with, is of now, and is as it was sent.

By Standard Webhooks 1.0, https://www.standardwebhooks.com: three headers, and a signature over the id, the instant and
the raw bytes of the body. A refusal says what is wrong, and nothing of what was expected.
"""

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from include.hooks.errors import RefusedError
from include.signed_webhook import SecretError, key_of, signature

TOLERANCE_S = 300
# A new secret, and the one whose place it takes.
MOST_SECRETS = 2
# A sender signs once by each of its secrets; each signature that is tried costs us a comparison.
MOST_SIGNATURES, LONGEST_SIGNATURES = 16, 4096
# No full stop: it parts id, instant and body in what is signed, and must not move from one into the other.
ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")

# All values that a header has, as the server read them.
Headers = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Envelope:
    """What stands on a delivery."""

    message_id: str
    """The same each time a sender tries a message again."""
    timestamp: str
    signatures: tuple[str, ...]


class Message(msgspec.Struct, frozen=True):
    """What is read of a body; all else in it is left unread."""

    type: Annotated[str, msgspec.Meta(max_length=128, pattern=r"\A[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*\Z")] | None = None


def keys_of(secrets: str) -> tuple[bytes, ...]:
    """Return the keys in one secret, or in two with a space or comma between. Raises SecretError."""
    given = re.split(r"[\s,]+", secrets.strip())
    if len(given) > MOST_SECRETS:
        raise SecretError("must be one secret, or two while it is changed")
    return tuple(key_of(secret) for secret in given)


def envelope_of(headers: Headers, now: datetime) -> Envelope:
    """Return what stands on a delivery. Raises RefusedError where it is not whole, or not of now."""
    message_id, timestamp, signatures = (_only(headers, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
    if not ID.fullmatch(message_id):
        raise _malformed("webhook-id must be 1 to 128 letters, digits, _ or -")
    if not TIMESTAMP.fullmatch(timestamp):
        raise _malformed("webhook-timestamp must be seconds since 1970, in digits")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise _unauthorized("webhook-timestamp is more than five minutes from now")
    given = tuple(signatures.split(" "))
    if len(signatures) > LONGEST_SIGNATURES or len(given) > MOST_SIGNATURES:
        raise _malformed(f"webhook-signature must hold at most {MOST_SIGNATURES} signatures")
    return Envelope(message_id, timestamp, given)


def verify(envelope: Envelope, body: bytes, keys: Sequence[bytes]) -> None:
    """Raise RefusedError unless one of the signatures was made with one of the keys."""
    is_signed = False
    for key in keys:
        expected = signature(key, envelope.message_id, envelope.timestamp, body).encode()
        # All are compared, each in constant time: how long it takes tells nothing.
        for given in envelope.signatures:
            is_signed |= hmac.compare_digest(expected, given.encode())
    if not is_signed:
        raise _unauthorized("no signature matches")


def message_of(body: bytes) -> Message:
    """Return what is read of a verified body. Raises RefusedError where it is no JSON object."""
    try:
        return msgspec.json.decode(body, type=Message)
    except msgspec.ValidationError as error:
        raise _malformed("the body must be a JSON object; its type, if any, words with full stops between") from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _malformed("the body must be JSON") from error


def _only(headers: Headers, name: str) -> str:
    """Return a header that must be there once: of two, sender and receiver could each mean another."""
    given = headers(name)
    if len(given) != 1:
        raise _malformed(f"{name} must be given {'once' if given else 'with each delivery'}")
    return given[0]


def _malformed(reason: str) -> RefusedError:
    return RefusedError(HTTPStatus.BAD_REQUEST, reason)


def _unauthorized(reason: str) -> RefusedError:
    return RefusedError(HTTPStatus.UNAUTHORIZED, reason)
