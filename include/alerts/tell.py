"""Puts alerts into the outbox and has them carried: what the listener and the deadline call."""

import logging
from collections.abc import Iterable
from datetime import timedelta

from include.alerts import courier, findings, outbox
from include.alerts.alert import Alert
from include.alerts.channels import channels_of
from include.alerts.errors import ChannelSettingsError
from include.settings import Settings
from include.warehouse import Connection

log = logging.getLogger(__name__)


def of_beginning_run(connection: Connection, settings: Settings) -> None:
    """Tell of runs that were found killed."""
    tell(connection, settings, findings.of_lost_runs(connection))


def of_ended_run(connection: Connection, settings: Settings, dag_id: str, airflow_run_id: str, *, failed: bool) -> None:
    """Tell what a run that has ended gives reason to tell; a success resolves what was told before."""
    if not failed:
        outbox.resolve(connection, dag_id)
    tell(
        connection,
        settings,
        [*findings.of_lost_runs(connection), *findings.of_run(connection, dag_id, airflow_run_id)],
    )


def tell(connection: Connection, settings: Settings, alerts: Iterable[Alert], *, is_patient: bool = True) -> None:
    """Keep the alerts, say in the log those that are news, and start the courier where something is to be sent."""
    channels = _channel_names(settings)
    repeat_after = timedelta(hours=settings.alert_repeat_after_hours)
    for alert in alerts:
        is_news = outbox.raise_alert(
            connection, alert, channels=channels, repeat_after=repeat_after, airflow_url=settings.airflow_url
        )
        if is_news:
            log.error("alert: %s", alert.line)
        else:
            log.info("not told again yet: %s", alert.line)
    # Also what an earlier courier could not get rid of.
    if outbox.next_due_in_s(connection, channels) == 0:
        courier.start(is_patient=is_patient)


def _channel_names(settings: Settings) -> list[str]:
    try:
        return list(channels_of(settings))
    except ChannelSettingsError as error:
        log.warning("alerts go to the log only: %s", error)
        return []
