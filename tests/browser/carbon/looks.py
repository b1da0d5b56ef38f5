"""What the pages of Carbon have, over rows around the hour in which the tests run."""

from datetime import UTC, datetime

from include.settlement import half_hour_of
from include.warehouse import Warehouse, session
from tests import carbon_published
from tests.looks import Looks
from tests.machine import Machine

LOOKS = {
    "carbon": Looks(charts=3),
    "forecasts": Looks(charts=2, has_interval=False),
    "regions": Looks(charts=1, has_range=False),
    "reconciliation": Looks(charts=3),
}


def bring(machine: Machine) -> None:
    """Publish what is known of the days before now, and of those after it."""
    url = Warehouse.of(machine.settings, machine.home).owner_dsn
    with session(url, application="tests") as owner, owner, owner.cursor() as cursor:
        carbon_published.publish(cursor, half_hour_of(datetime.now(UTC)))
