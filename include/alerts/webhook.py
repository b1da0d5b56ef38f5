"""Alerts to a webhook, signed as Standard Webhooks 1.0 asks: https://www.standardwebhooks.com"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from include import outbound
from include.alerts.errors import ChannelSettingsError, UnsentError
from include.signed_webhook import SecretError, key_of, signature

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
        try:
            return cls(url, key_of(secret))
        except SecretError as error:
            raise ChannelSettingsError(f"GRIDLOOM_ALERT_WEBHOOK_SECRET {error}") from error

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
