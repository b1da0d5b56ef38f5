"""Alerts to a webhook, signed as Standard Webhooks 1.0 asks: https://www.standardwebhooks.com"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from include import outbound
from include.alerts.errors import ChannelSettingsError, UnsentError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix, not a secret
SHORTEST_SECRET_BYTES, LONGEST_SECRET_BYTES = 24, 64
TIMEOUT_S = 15
ACCEPTED = range(200, 300)


@dataclass(frozen=True)
class Webhook:
    """A receiver and the key that both sides know."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)

    @classmethod
    def of(cls, url: str, secret: str) -> "Webhook":
        """Return the receiver. Raises ChannelSettingsError where the secret is not one."""
        if not url.startswith(("https://", "http://")):
            raise ChannelSettingsError("GRIDLOOM_ALERT_WEBHOOK_URL must begin with https:// or http://")
        return cls(url, key_of(secret))

    def send(self, message_id: str, payload: Mapping[str, Any], at: datetime) -> None:
        """Post a message. Raises UnsentError where it is not accepted with a 2xx."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        timestamp = str(int(at.timestamp()))
        headers = {
            "content-type": "application/json",
            "user-agent": "gridloom",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self.key, message_id, timestamp, body),
        }
        try:
            with outbound.session() as session:
                # A .netrc has no business here, and a redirect would hand the message to somebody else.
                session.trust_env = False
                # Streamed: nobody waits for what is said beside the status.
                answer = session.post(
                    self.url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
                )
        # A ValueError: a name of a host that can be none.
        except (requests.RequestException, HTTPError, ValueError) as error:
            # The error itself may name the address, and that may hold a secret.
            raise UnsentError(f"the webhook cannot be reached ({type(error).__name__})") from error
        if answer.status_code not in ACCEPTED:
            raise UnsentError(f"the webhook answers {answer.status_code}")


def key_of(secret: str) -> bytes:
    """Return the key in a secret `whsec_…`. Raises ChannelSettingsError where it is none, or too short."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if encoded == secret or not SHORTEST_SECRET_BYTES <= len(key) <= LONGEST_SECRET_BYTES:
        raise ChannelSettingsError(
            f"GRIDLOOM_ALERT_WEBHOOK_SECRET must be {SECRET_PREFIX} and {SHORTEST_SECRET_BYTES} to"
            f" {LONGEST_SECRET_BYTES} bytes in base64; make one: echo {SECRET_PREFIX}$(openssl rand -base64 32)"
        )
    return key


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message's id, timestamp (Unix seconds) and body, as the header holds it."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
