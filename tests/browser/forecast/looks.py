"""What the page of Forecast has, over origins up to the hour in which the tests run."""

from datetime import UTC, datetime

from include.settlement import half_hour_of
from include.warehouse import Warehouse, session
from tests import forecasts_published
from tests.looks import Looks
from tests.machine import Machine

LOOKS = {"forecast": Looks(charts=3, has_range=False)}


def bring(machine: Machine) -> None:
    """Publish what is foreseen now, and was in the ten days before."""
    url = Warehouse.of(machine.settings, machine.home).owner_dsn
    with session(url, application="tests") as owner, owner, owner.cursor() as cursor:
        forecasts_published.publish(cursor, half_hour_of(datetime.now(UTC)))
