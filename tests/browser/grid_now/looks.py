"""What the page of Grid now has, over rows around the hour in which the tests run; other sections read them too."""

from datetime import UTC, datetime

from include.settlement import half_hour_of
from include.warehouse import Warehouse, session
from tests import elexon_published
from tests.looks import Looks
from tests.machine import Machine

LOOKS = {"grid-now": Looks(charts=3, has_range=False)}


def bring(machine: Machine) -> None:
    """Publish what is known of the three days before now."""
    url = Warehouse.of(machine.settings, machine.home).owner_dsn
    with session(url, application="tests") as owner, owner, owner.cursor() as cursor:
        elexon_published.publish(cursor, half_hour_of(datetime.now(UTC)))
