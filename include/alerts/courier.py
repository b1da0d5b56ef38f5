"""Carries the messages of the outbox: `python -m include.alerts.courier`, a process of its own.

Neither the scheduler nor a task ever waits for a mail server. The courier ends when all is sent; what a receiver does
not take it tries again for a quarter of an hour, and the next run starts it anew.
"""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import psycopg2

from include.alerts import outbox
from include.alerts.alert import Alert, Kind
from include.alerts.channels import Channel, channels_of
from include.alerts.errors import ChannelSettingsError, UnsentError
from include.programs import python
from include.settings import Settings
from include.warehouse import Connection, session

log = logging.getLogger(__name__)

URL_VARIABLE = "AIRFLOW_CONN_WAREHOUSE_LOADER"
DIRECTLY = "--directly"
ONCE = "--once"
PATIENCE_S = 15 * 60
AT_ONCE_S = 0.05


def start(*, is_patient: bool) -> None:
    """Start a courier and do not wait for it. It speaks in the log of whoever started it, for as long as it lives."""
    options = [] if is_patient else [ONCE]
    how: dict[str, Any] = {"stdin": subprocess.DEVNULL, "env": environment(os.environ)}
    subprocess.Popen([*_COMMAND, *options], start_new_session=True, **how)  # noqa: S603 - our own


def environment(starter: Mapping[str, str]) -> dict[str, str]:
    """Return what a courier takes over from the scheduler or a task: none of Airflow's secrets, and one login."""
    return {name: value for name, value in starter.items() if name == URL_VARIABLE or not name.startswith("AIRFLOW_")}


def start_directly(alert: Alert) -> None:
    """Have an alert sent past the outbox, where the warehouse is away; it is tried once and told every time."""
    how: dict[str, Any] = {"stdin": subprocess.PIPE, "env": environment(os.environ)}
    courier = subprocess.Popen([*_COMMAND, DIRECTLY], start_new_session=True, **how)  # noqa: S603
    if courier.stdin is not None:
        courier.stdin.write(json.dumps(asdict(alert)).encode())
        courier.stdin.close()


def deliver(connection: Connection, channels: Mapping[str, Channel]) -> int:
    """Send every message that is due; return how many were accepted. One that is not is said in the log."""
    sent = 0
    while (message := outbox.claim(connection, list(channels))) is not None:
        try:
            channels[message.channel].send(message.message_id, message.payload, datetime.now(UTC))
        except UnsentError as error:
            log.warning("an alert was not sent, attempt %d: %s", message.attempts, error)
            outbox.mark_failed(connection, message, str(error))
        else:
            outbox.mark_sent(connection, message)
            sent += 1
    return sent


def deliver_directly(alert: Alert, channels: Mapping[str, Channel], *, airflow_url: str | None) -> bool:
    """Send an alert through every channel, once; return whether every one took it."""
    now = datetime.now(UTC)
    payload = alert.payload(airflow_url=airflow_url, raised_at=now, first_raised_at=now, times_raised=1)
    unsent = 0
    for name, channel in channels.items():
        try:
            channel.send(outbox.new_message_id(), payload, now)
        except UnsentError as error:
            log.warning("an alert was not sent by %s: %s", name, error)
            unsent += 1
    return not unsent


def main() -> None:
    """Carry what there is to carry."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    try:
        channels = channels_of(settings)
        if DIRECTLY in sys.argv[1:]:
            given = json.load(sys.stdin)
            alert = Alert(**{**given, "kind": Kind(given["kind"])})
            deliver_directly(alert, channels, airflow_url=settings.airflow_url)
            return
        with session(os.environ[URL_VARIABLE], application="gridloom alerts") as loader:
            _carry(loader, channels, patience_s=0 if ONCE in sys.argv[1:] else PATIENCE_S)
    except (ChannelSettingsError, psycopg2.Error) as error:
        log.warning("alerts could not be sent: %s", " ".join(str(error).split()))


def _carry(loader: Connection, channels: Mapping[str, Channel], *, patience_s: float) -> None:
    give_up_at = time.monotonic() + patience_s
    while True:
        sent = deliver(loader, channels)
        if sent:
            log.info("%d alerts were sent", sent)
        due_in_s = outbox.next_due_in_s(loader, list(channels))
        if due_in_s is None or time.monotonic() + due_in_s > give_up_at:
            return
        time.sleep(due_in_s + AT_ONCE_S)


_COMMAND = python("include.alerts.courier")

if __name__ == "__main__":
    main()
