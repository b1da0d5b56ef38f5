"""Which ways lead to people, by the settings. None is needed: what is told stands in the log in any case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from include.alerts.errors import ChannelSettingsError
from include.alerts.mail import Mail
from include.alerts.webhook import Webhook
from include.settings import Settings


class Channel(Protocol):
    """A way to people."""

    def send(self, message_id: str, payload: Mapping[str, Any], at: datetime) -> None:
        """Send a message. Raises UnsentError."""


def channels_of(settings: Settings) -> dict[str, Channel]:
    """Return the channels that are set up, by name. Raises ChannelSettingsError where one is set up wrongly."""
    channels: dict[str, Channel] = {}
    url, secret = settings.alert_webhook_url, settings.alert_webhook_secret
    if url is not None:
        if secret is None:
            raise ChannelSettingsError("GRIDLOOM_ALERT_WEBHOOK_URL needs GRIDLOOM_ALERT_WEBHOOK_SECRET beside it")
        channels["webhook"] = Webhook.of(url.get_secret_value(), secret.get_secret_value())
    if settings.alert_smtp_url is not None:
        channels["mail"] = Mail.of(
            settings.alert_smtp_url.get_secret_value(), settings.alert_mail_from, settings.alert_mail_to
        )
    return channels
