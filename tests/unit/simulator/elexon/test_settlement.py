"""Settlement days are London's: 46 periods when the clocks go forward, 50 when they go back."""

import json
from datetime import date
from itertools import pairwise

import pytest

from include.simulator.elexon.settlement import half_hour_of, period_at, periods_in


@pytest.mark.parametrize(
    ("day", "periods", "first", "last"),
    [
        ("2025-10-26", 50, "2025-10-25T23:00:00Z", "2025-10-26T23:30:00Z"),
        ("2026-03-29", 46, "2026-03-29T00:00:00Z", "2026-03-29T22:30:00Z"),
        ("2026-05-31", 48, "2026-05-30T23:00:00Z", "2026-05-31T22:30:00Z"),
        ("2026-01-31", 48, "2026-01-31T00:00:00Z", "2026-01-31T23:30:00Z"),
    ],
)
def test_periods_are_counted_in_elapsed_time_from_london_s_midnight(day, periods, first, last):
    told = [period_at(half_hour_of(date.fromisoformat(day), number)) for number in range(1, periods + 1)]

    assert periods_in(date.fromisoformat(day)) == periods
    assert [each.period for each in told] == list(range(1, periods + 1))
    assert {each.date for each in told} == {day}
    assert (told[0].start, told[-1].start) == (first, last)
    assert all(one.end == other.start for one, other in pairwise(told))


@pytest.mark.parametrize(("day", "periods"), [("2025-10-26", 50), ("2026-03-29", 46), ("2026-03-28", 48)])
def test_datasets_have_the_periods_of_the_day(shared_client, day, periods):
    prices = shared_client.get(f"balancing/settlement/system-prices/{day}").json()["data"]
    generation = shared_client.stream("FUELHH", settlementDateFrom=day, settlementDateTo=day, fuelType="WIND")
    notified = shared_client.within("PN", day, day, settlementPeriodFrom=1, settlementPeriodTo=50)

    assert [row["settlementPeriod"] for row in prices] == list(range(1, periods + 1))
    assert [row["settlementPeriod"] for row in generation] == list(range(periods, 0, -1))
    assert {row["settlementPeriod"] for row in notified} == set(range(1, periods + 1))
    assert {row["settlementDate"] for row in notified} == {day}


def test_the_recorded_prices_of_both_days_begin_when_ours_do(shared_client, recorded):
    for day in ("2025-10-26", "2026-03-29"):
        theirs = json.loads((recorded / "system_prices" / f"system_prices_{day}.json").read_text())["data"]
        ours = shared_client.get(f"balancing/settlement/system-prices/{day}").json()["data"]
        names = ("settlementDate", "settlementPeriod", "startTime")
        assert [[row[name] for name in names] for row in ours] == [[row[name] for name in names] for row in theirs]


@pytest.mark.parametrize(("day", "period"), [("2026-05-20", 49), ("2026-05-20", 50), ("2026-03-29", 47)])
def test_a_period_that_the_day_does_not_have_has_no_rows(shared_client, day, period):
    assert shared_client.rows("PN", settlementDate=day, settlementPeriod=period) == []
    assert shared_client.get(f"balancing/settlement/system-prices/{day}/{period}").json()["data"] == []


def test_the_fiftieth_period_has_rows_on_the_day_that_has_it(shared_client):
    rows = shared_client.rows("PN", settlementDate="2025-10-26", settlementPeriod=50)

    assert {row["timeTo"] for row in rows} >= {"2025-10-27T00:00:00Z"}
    assert {row["settlementDate"] for row in rows} == {"2025-10-26"}


@pytest.mark.parametrize("period", ["0", "51", "-1", "1.5", "one"])
def test_other_periods_are_refused(shared_client, period):
    for response in (
        shared_client.get("datasets/PN", settlementDate="2026-05-20", settlementPeriod=period),
        shared_client.get(
            "datasets/FUELHH", settlementDateFrom="2026-05-20", settlementDateTo="2026-05-20", settlementPeriod=period
        ),
        shared_client.get("datasets/BOD", **{"from": "2026-05-20", "to": "2026-05-20", "settlementPeriodTo": period}),
        shared_client.get(f"balancing/settlement/system-prices/2026-05-20/{period}"),
    ):
        assert response.status_code == 400
