"""Days whose outcome is known: demand is what can be worked out by hand, and is foreseen wrong by a known amount."""

import pytest

from include.simulator.elexon.publisher import Elexon
from include.simulator.state import StateError

BEGIN = "2026-05-20T00:00Z"


def demand(client, day, code="INDO"):
    """What is told of the half-hours of a day, but the last; each is published when it ends."""
    rows = client.rows(code, publishDateTimeFrom=f"{day}T00:30Z", publishDateTimeTo=f"{day}T23:59Z")
    return [row["demand"] for row in reversed(rows)]


def test_the_first_half_hours_are_as_worked_out_by_hand(simulate):
    first_day = demand(simulate(known_days=BEGIN), "2026-05-20")
    assert first_day[:11] == [
        *(19_960, 20_090, 20_190, 20_290, 20_390),
        *(20_510, 20_610, 20_710, 20_810, 20_940, 20_960),
    ]
    # Noon is the highest, and half-hour 46 is as high as half-hour 2; they deviate as the half-hours 4 and 6 do.
    assert (first_day[24], first_day[46]) == (22_390, 20_210)


def test_ten_half_hours_are_so_much_higher_than_a_day_and_than_a_week_before(simulate):
    client = simulate(known_days=BEGIN)
    days = [demand(client, f"2026-05-{day}") for day in range(20, 28)]
    assert [sum(days[1][:10]) - sum(days[0][:10]), sum(days[7][20:30]) - sum(days[0][20:30])] == [1_000, 7_000]
    assert min(after - before for before, after in zip(days[0], days[1], strict=True)) > 0


def test_the_publisher_foresees_fifty_megawatts_more_than_comes(simulate):
    client = simulate(known_days=BEGIN, now="2026-05-25T12:00Z")
    foreseen = client.published("NDF", "2026-05-24T11:40Z", "2026-05-24T11:50Z")
    came = {
        row["startTime"]: row["demand"]
        for row in client.rows("INDO", publishDateTimeFrom="2026-05-24T12:00Z", publishDateTimeTo="2026-05-25T12:00Z")
    }
    off = [row["demand"] - came[row["startTime"]] for row in foreseen if row["startTime"] in came]
    assert off == [50] * 48


def test_what_came_before_and_what_else_there_is_is_as_it_is_otherwise(simulate):
    known, otherwise = simulate(known_days=BEGIN), simulate()
    assert demand(known, "2026-05-19") == demand(otherwise, "2026-05-19")
    assert demand(known, "2026-05-20") != demand(otherwise, "2026-05-20")
    assert demand(known, "2026-05-20", "ITSDO") == demand(otherwise, "2026-05-20", "ITSDO")


def test_they_begin_with_a_half_hour():
    with pytest.raises(StateError, match="begin with a half-hour"):
        Elexon.starting_with({"known_days": "2026-05-20T00:10Z"}).prepare()
