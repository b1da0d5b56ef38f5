"""What Elexon published, played to `analytics.grid_now`, and shown: the figures add up, and say whose they are."""

from collections.abc import Callable

import pytest

from include.serving.latest import Latest, read_latest
from include.serving.workbook.grid_now import workbook_of
from include.warehouse import Role, Warehouse, session
from tests.integration.elexon.conftest import Journey
from tests.played import utc

AT = "2026-05-20 12:05"
# What the present is made of.
SHOWN = ["FUELINST", "FREQ", "INDO", "MID", "system_prices"]


@pytest.fixture(scope="module")
def latest(shared_warehouse: Warehouse, journey_of: Callable[[Warehouse], Journey]) -> Latest:
    journey = journey_of(shared_warehouse)
    assert journey.run(AT, only=SHOWN) == ""
    with session(shared_warehouse.dsn(Role.ANALYST), application="tests") as analyst:
        found = read_latest(analyst, utc(AT), is_simulated=True)
    assert found is not None
    return found


def test_every_fuel_and_cable_is_there_and_they_add_up(latest):
    assert (len(latest.generation), len(latest.interconnectors)) == (10, 10)
    told = {each.quantity: each.value for each in latest.system}
    assert told["total generation"] == pytest.approx(sum(each.value for each in latest.generation))
    assert told["net imports"] == pytest.approx(sum(each.value for each in latest.interconnectors))
    assert set(told) == {
        *("frequency", "total generation", "net imports", "demand", "system price", "net imbalance volume"),
        "market index price",
    }
    assert all(each.country and each.capacity_mw for each in latest.interconnectors)


def test_nothing_is_older_than_two_hours_and_nothing_is_to_come(latest):
    for each in (*latest.system, *latest.generation, *latest.interconnectors):
        assert 0 <= (latest.at - each.as_of_at).total_seconds() <= 7_200, each.quantity


def test_it_says_whose_data_it_is_and_nobody_elses(latest):
    [owed] = latest.attributions
    assert owed.text.startswith("Contains BMRS data © Elexon")
    assert owed.licence_url in workbook_of(latest).attribution
