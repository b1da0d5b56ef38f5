"""`gridloom alerts`: what people were told, what could not be sent, and whether the ways to them are open."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor
from rich.table import Table

from include.alerts import courier, outbox
from include.alerts.alert import Alert, Kind
from include.alerts.channels import channels_of
from include.alerts.errors import ChannelSettingsError
from include.commands import terminal
from include.commands.terminal import about, as_text, out
from include.home import Home
from include.local import airflow
from include.local.errors import LocalError
from include.settings import Settings
from include.warehouse import Role, Warehouse, fetch_value, session

SHOWN = 20
SETTLE_TIMEOUT_S = 20
POLL_S = 0.2


def show() -> None:
    """Print the newest alerts, and the messages that were not taken."""
    settings, home = terminal.open_home()
    terminal.show_banner(home)
    with session(Warehouse.of(settings, home).dsn(Role.SCREENS), application="gridloom alerts") as reader:
        if fetch_value(reader, "select to_regclass('ops.alerts')") is None:
            raise LocalError("this warehouse keeps no alerts yet; bring it up to this code: gridloom migrate")
        with reader.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute("select * from ops.alerts order by last_raised_at desc limit %s", (SHOWN,))
            alerts = cursor.fetchall()
            cursor.execute("select * from ops.alert_messages where sent_at is null order by composed_at")
            unsent = cursor.fetchall()
    _print_alerts(alerts)
    for message in unsent:
        why = message["last_error"] or "on its way"
        told = f"not sent by {message['channel']}, {message['attempts']} attempts: {why}"
        out.print(terminal.as_text(told))


def test() -> bool:
    """Send a test alert through every channel; return whether every one took it."""
    settings, home = terminal.open_home()
    try:
        channels = channels_of(settings)
    except ChannelSettingsError as error:
        raise LocalError(str(error)) from error
    if not channels:
        raise LocalError("alerts go to the log only; set GRIDLOOM_ALERT_WEBHOOK_URL or GRIDLOOM_ALERT_SMTP_URL")
    alert = Alert(Kind.RUN_FAILED, "gridloom", "test", "this is a test: nothing has failed")
    url = settings.airflow_url or airflow.api_url(settings, home)
    taken = courier.deliver_directly(alert, channels, airflow_url=url)
    about.print(f"{', '.join(channels)}: {'taken' if taken else 'not taken by all; the reason stands above'}")
    return taken


def wait_until_told(settings: Settings, home: Home) -> None:
    """Let the courier of a run finish before the services end; what it does not get rid of waits in the outbox."""
    warehouse = Warehouse.of(settings, home)
    deadline = time.monotonic() + SETTLE_TIMEOUT_S
    try:
        with session(warehouse.dsn(Role.SCREENS), application="gridloom run") as reader:
            while outbox.is_being_told(reader) and time.monotonic() < deadline:
                time.sleep(POLL_S)
    except psycopg2.Error as error:
        about.print(f"alerts: {' '.join(str(error).split())}", markup=False, style="yellow")


def _print_alerts(alerts: Sequence[Mapping[str, Any]]) -> None:
    if not alerts:
        out.print("nothing was ever told")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("last (UTC)", "kind", "DAG", "times", "state", "what"):
        table.add_column(heading, justify="right" if heading == "times" else "left")
    for alert in alerts:
        state = "[dim]over[/dim]" if alert["resolved_at"] else "[red]open[/red]"
        when = f"{alert['last_raised_at'].astimezone(UTC):%Y-%m-%d %H:%M}"
        kind = Kind(alert["kind"]).words
        table.add_row(when, kind, alert["dag_id"], str(alert["times_raised"]), state, as_text(alert["summary"]))
    out.print(table)
