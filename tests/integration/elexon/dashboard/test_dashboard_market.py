"""What the pages of Market show, against the formula that made the published rows; and what they say without any."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.market.balancing import queries as balancing
from include.serving.dashboard.market.balancing.queries import ACTIONS, Sum
from include.serving.dashboard.market.foreseen import queries as foreseen
from include.serving.dashboard.market.foreseen.queries import BOTH, DEMAND, WIND, Foreseen
from include.serving.dashboard.market.prices import queries as prices
from include.serving.dashboard.market.prices.queries import PRICES
from include.serving.dashboard.reader import Reader
from include.serving.dashboard.series import extent
from include.serving.dashboard.span import Interval, Span
from include.settlement import HALF_HOUR, LONDON
from include.warehouse import Warehouse
from tests.explained import BY_INDEX, scans_of
from tests.integration.elexon.dashboard.conftest import DAY, LATER, NOW, YESTERDAY, publish


def test_the_newest_price_is_the_newest_that_was_settled(reader: Reader) -> None:
    held = extent(reader, PRICES)
    assert held is not None
    assert held.newest_at == NOW - 2 * HALF_HOUR
    # At 09:00 UTC London's 21st half-hour begins.
    newest = prices.at(reader, held.newest_at)[held.newest_at]
    assert (newest.system_price_gbp_per_mwh, newest.net_imbalance_volume_mwh) == (101, -30)


def test_prices_are_means_and_volumes_sums(reader: Reader) -> None:
    [row] = prices.over_range(reader, DAY, Interval.DAY).to_pylist()
    assert (row["system_price_gbp_per_mwh"], row["market_index_price_gbp_per_mwh"]) == (80 + 24.5, 75)
    assert (row["net_imbalance_volume_mwh"], row["short_mwh"], row["long_mwh"]) == (240, 240, 0)
    first, *_ = prices.over_range(reader, DAY, Interval.HALF_HOUR).to_pylist()
    assert (first["short_mwh"], first["long_mwh"]) == (0, -230)


def test_extremes_of_the_system_price_have_their_half_hours(reader: Reader) -> None:
    found = prices.extremes(reader, DAY)
    assert found is not None
    assert (found.highest, found.highest_at) == (128, DAY.ended_at - HALF_HOUR)
    assert (found.lowest, found.lowest_at, found.negative, found.half_hours) == (81, DAY.started_at, 0, 48)
    assert prices.extremes(reader, LATER) is None


@pytest.mark.parametrize(("what", "half_hours", "error_mw"), [(DEMAND, 48, 10), (WIND, 24, -40)])
def test_the_last_forecast_before_a_half_hour_is_compared(
    reader: Reader, what: Foreseen, half_hours: int, error_mw: float
) -> None:
    rows = foreseen.compared(reader, what, DAY, Interval.HALF_HOUR).to_pylist()
    assert len(rows) == half_hours
    assert {row["forecast_mw"] - row["outturn_mw"] for row in rows} == {error_mw}
    came = foreseen.came_of(reader, what, DAY)
    assert came is not None
    assert (came.half_hours, came.mean_error_mw, came.mean_absolute_error_mw) == (half_hours, error_mw, abs(error_mw))
    assert foreseen.came_of(reader, what, LATER) is None


@pytest.mark.parametrize(("what", "steps"), [(DEMAND, {1: 10, 6: 60, 24: 240}), (WIND, {2: -40, 8: -160, 24: -480})])
def test_the_error_at_a_lead_is_that_of_what_stood_so_many_hours_before(
    reader: Reader, what: Foreseen, steps: dict[int, float]
) -> None:
    rows = {row["lead_hours"]: row for row in foreseen.error_by_lead(reader, what, DAY).to_pylist()}
    assert sorted(rows) == list(range(25))
    for lead, row in rows.items():
        stood = min(step for step in steps if step >= lead)
        assert row["mean_error_mw"] == steps[stood]
        assert row["mean_absolute_error_mw"] == abs(steps[stood])


def test_what_was_asked_is_summed_by_half_hour_and_by_day(reader: Reader) -> None:
    for interval, half_hours in ((Interval.HALF_HOUR, 1), (Interval.DAY, 48)):
        for row in balancing.over_range(reader, DAY, interval).to_pylist():
            assert (row["offers_mwh"], row["system_offers_mwh"]) == (11 * half_hours, 0)
            assert (row["bids_mwh"], row["system_bids_mwh"]) == (0, -4 * half_hours)
            assert row["cost_gbp"] == 920 * half_hours
    assert balancing.summed(reader, DAY) == Sum(11 * 48, -4 * 48, 48, 920 * 48, 3)
    assert balancing.summed(reader, LATER) == Sum(0, 0, 0, 0, 0)


def test_what_was_asked_is_told_by_fuel_and_by_unit(reader: Reader) -> None:
    by_fuel = balancing.by_fuel(reader, DAY).to_pylist()
    assert [(row["name"], row["cost_gbp"]) for row in by_fuel] == [
        ("Gas (combined cycle)", 48000),
        ("Wind (transmission)", -3840),
        ("Fuel not told", 0),
    ]
    by_unit = balancing.by_unit(reader, DAY)
    assert by_unit["name"].to_pylist() == ["Gasworks", "T_WINDY-1", "Batteries"]


def test_the_units_that_notify_most_are_those_of_the_last_day(reader: Reader) -> None:
    found = balancing.notified(reader, DAY)
    assert found is not None
    assert found.day == YESTERDAY
    assert [(row["name"], row["notified_mwh"]) for row in found.units.to_pylist()] == [
        ("Gasworks", 5000),
        ("T_WINDY-1", 3000),
    ]


def test_of_a_range_that_is_too_long_the_last_days_are_read() -> None:
    long = Span(NOW - timedelta(days=900), NOW, LONDON)
    assert balancing.latest(long) == Span(NOW - balancing.LONGEST, NOW, LONDON)
    assert balancing.latest(DAY) == DAY


@pytest.mark.parametrize(
    ("table", "ask"),
    [
        *((each.forecast_table, lambda reader, each=each: foreseen.error_by_lead(reader, each, DAY)) for each in BOTH),
        *(
            (each.forecast_table, lambda reader, each=each: foreseen.compared(reader, each, DAY, Interval.HOUR))
            for each in BOTH
        ),
        (ACTIONS.table, lambda reader: balancing.over_range(reader, DAY, Interval.HOUR)),
        (ACTIONS.table, lambda reader: balancing.by_unit(reader, DAY)),
        (PRICES.table, lambda reader: prices.over_range(reader, DAY, Interval.HOUR)),
    ],
)
def test_a_day_is_read_by_an_index(reader: Reader, table: str, ask: Callable[[Reader], Any]) -> None:
    assert scans_of(reader, ask, table, ("bucket_at", "periods", "is_provisional")) <= BY_INDEX


PAGES = {
    "market.prices": "elexon_live",
    "market.foreseen": "elexon_live",
    "market.balancing": "elexon_daily",
}


def test_pages_say_what_to_run_until_there_is_something_to_be_drawn(
    drawn: Callable[[str], AppTest], warehouse: Warehouse
) -> None:
    for page, dag_id in PAGES.items():
        [told] = drawn(page).info
        assert f"`gridloom run {dag_id}`" in told.value
    publish(warehouse, "half_hourly_wind_forecasts", "daily_unit_notifications", "balancing_units")
    for page, missing in (("market.foreseen", "elexon_live"), ("market.balancing", "elexon_daily")):
        app = drawn(page)
        assert any(f"`gridloom run {missing}`" in each.value for each in [*app.info, *app.caption])
    assert "**128.00 £/MWh**" in "\n".join(each.value for each in drawn("market.prices").markdown)
