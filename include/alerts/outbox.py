"""`ops.alerts` and `ops.alert_messages`: what was told, what is still to be told, and what need not be told again."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg2.extras import Json

from include.alerts.alert import Alert
from include.warehouse import Connection, fetch_value

# While one process sends a message, no other takes it up; it is free again if that process is killed.
LEASE = timedelta(minutes=2)
RETRY_DELAYS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1))
# What could not be told for so long is old news.
GIVEN_UP_AFTER = timedelta(days=3)


@dataclass(frozen=True)
class Message:
    """One alert on its way through one channel."""

    message_id: str
    channel: str
    payload: Mapping[str, Any]
    attempts: int

    @property
    def retry_delay(self) -> timedelta:
        """How long to wait after a failed attempt."""
        return RETRY_DELAYS[min(self.attempts, len(RETRY_DELAYS)) - 1]


def raise_alert(
    connection: Connection, alert: Alert, *, channels: Sequence[str], repeat_after: timedelta, airflow_url: str | None
) -> bool:
    """Keep an alert, and a message for each channel unless people were told of it lately; return whether they are."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.alerts as alert (
                kind, dag_id, subject, summary, airflow_run_id, first_raised_at, last_raised_at, told_at
            )
            values (%(kind)s, %(dag_id)s, %(subject)s, %(summary)s, %(airflow_run_id)s, now(), now(), now())
            on conflict (kind, dag_id, subject) where resolved_at is null do update
            set
                summary = excluded.summary,
                airflow_run_id = excluded.airflow_run_id,
                last_raised_at = now(),
                times_raised = alert.times_raised + 1,
                told_at = case when alert.told_at <= now() - %(repeat_after)s then now() else alert.told_at end
            returning alert_id, first_raised_at, last_raised_at, times_raised, told_at = now()
            """,
            {**_values(alert), "repeat_after": repeat_after},
        )
        alert_id, first_raised_at, raised_at, times_raised, is_told = cursor.fetchone() or (None,) * 5
        payload = alert.payload(
            airflow_url=airflow_url, raised_at=raised_at, first_raised_at=first_raised_at, times_raised=times_raised
        )
        for channel in channels if is_told else ():
            cursor.execute(
                "insert into ops.alert_messages (message_id, alert_id, channel, payload, composed_at, next_attempt_at)"
                " values (%s, %s, %s, %s, now(), now())",
                (new_message_id(), alert_id, channel, Json(payload)),
            )
        return bool(is_told)


def resolve(connection: Connection, dag_id: str) -> None:
    """Close what is open of a DAG, now that a run of it succeeded: the next fault is told at once."""
    with connection, connection.cursor() as cursor:
        cursor.execute("update ops.alerts set resolved_at = now() where dag_id = %s and resolved_at is null", (dag_id,))


def claim(connection: Connection, channels: Sequence[str]) -> Message | None:
    """Take up the oldest message that is due, for as long as the lease lasts; None where none is due."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """
            update ops.alert_messages
            set attempts = attempts + 1, next_attempt_at = clock_timestamp() + %(lease)s, last_error = null
            where message_id = (
                select message_id
                from ops.alert_messages
                where
                    sent_at is null
                    and next_attempt_at <= clock_timestamp()
                    and composed_at > clock_timestamp() - %(given_up_after)s
                    and channel = any(%(channels)s)
                order by composed_at, message_id
                limit 1
                for update skip locked
            )
            returning message_id, channel, payload, attempts
            """,
            {"lease": LEASE, "given_up_after": GIVEN_UP_AFTER, "channels": list(channels)},
        )
        row = cursor.fetchone()
        return None if row is None else Message(*row)


def mark_sent(connection: Connection, message: Message) -> None:
    """Note that a message was accepted."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "update ops.alert_messages set sent_at = clock_timestamp() where message_id = %s", (message.message_id,)
        )


def mark_failed(connection: Connection, message: Message, why: str) -> None:
    """Note why a message was not accepted, and when it is tried again."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "update ops.alert_messages set last_error = %s, next_attempt_at = clock_timestamp() + %s"
            " where message_id = %s",
            (why, message.retry_delay, message.message_id),
        )


def next_due_in_s(connection: Connection, channels: Sequence[str]) -> float | None:
    """Return the seconds until the next message is due, None where all is sent or given up."""
    with connection:
        due: float | None = fetch_value(
            connection,
            """
            select extract(epoch from min(next_attempt_at) - clock_timestamp())::double precision
            from ops.alert_messages
            where sent_at is null and composed_at > clock_timestamp() - %s and channel = any(%s)
            """,
            (GIVEN_UP_AFTER, list(channels)),
        )
    return None if due is None else max(due, 0.0)


def is_being_told(connection: Connection) -> bool:
    """Tell whether any message has not had its first attempt, or is at this moment on its way."""
    with connection:
        return bool(
            fetch_value(
                connection,
                "select exists (select from ops.alert_messages where sent_at is null and last_error is null"
                " and composed_at > clock_timestamp() - %s)",
                (LEASE,),
            )
        )


def new_message_id() -> str:
    """Return a name for a message that no other has."""
    return f"msg_{secrets.token_hex(16)}"


def _values(alert: Alert) -> dict[str, Any]:
    return {
        "kind": alert.kind.value,
        "dag_id": alert.dag_id,
        "subject": alert.subject,
        "summary": alert.summary,
        "airflow_run_id": alert.airflow_run_id,
    }
