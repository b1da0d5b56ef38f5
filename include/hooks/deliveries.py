"""Each delivery counts once, and none is lost.

Two databases know of a delivery: the warehouse its id, Airflow its event. The id is noted first and stands only once
the event does: whoever dies in between has noted nothing, the sender hears of no success and tries again, and an event
that is there already is found by its id. Who comes with the same id in the meantime waits for how it ends.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from include.hooks.errors import RefusedError
from include.warehouse import Connection, fetch_value


@dataclass(frozen=True)
class Delivery:
    """A message that was verified."""

    hook: str
    message_id: str
    body: bytes
    type: str | None

    @property
    def extra(self) -> dict[str, str]:
        """What the event tells of it: never more than this of what a sender wrote."""
        return {"delivery": self.message_id} | ({"type": self.type} if self.type else {})


def accept(connection: Connection, delivery: Delivery, emit: Callable[[Delivery], None]) -> bool:
    """Note a delivery and emit its event, unless both were done before; tell whether it is new.

    Raises RefusedError where another body came under its id. If `emit` fails, nothing is noted.
    """
    values = (delivery.hook, delivery.message_id, hashlib.sha256(delivery.body).digest())
    with connection, connection.cursor() as cursor:
        # Without a target: to name one takes the right to read it.
        cursor.execute(
            "insert into ops.webhook_deliveries (hook, delivery_id, body_sha256) values (%s, %s, %s)"
            " on conflict do nothing",
            values,
        )
        is_new = cursor.rowcount == 1
        if is_new:
            emit(delivery)
        elif not fetch_value(connection, "select ops.is_delivery(%s, %s, %s)", values):
            raise RefusedError(HTTPStatus.CONFLICT, "another body came under this webhook-id")
    return is_new
