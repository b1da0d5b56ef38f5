"""What the pages of Market say of prices, forecasts and balancing, as sentences."""

from dataclasses import replace
from datetime import UTC, datetime

from include.serving.dashboard.market.balancing import page as balancing
from include.serving.dashboard.market.balancing.charts import COST_COLOUR, VOLUMES
from include.serving.dashboard.market.balancing.queries import Sum
from include.serving.dashboard.market.foreseen import page as foreseen
from include.serving.dashboard.market.foreseen.queries import DEMAND, WIND, Came
from include.serving.dashboard.market.prices.page import told_extremes
from include.serving.dashboard.market.prices.queries import Extremes
from include.serving.dashboard.span import Interval

AT = datetime(2026, 6, 10, 11, tzinfo=UTC)


def test_extremes_are_told_with_their_half_hours() -> None:
    extremes = Extremes(1234.5, AT, -3, AT, 2, 48)
    assert told_extremes(extremes) == (
        "The system price was highest at **1,234.50 £/MWh** (Wed 10 Jun 2026, 12:00 BST), lowest at **-3.00 £/MWh** "
        "(Wed 10 Jun 2026, 12:00 BST), and below zero in 2 of 48 half-hours."
    )
    assert told_extremes(replace(extremes, negative=0)).endswith("and never below zero.")


def test_a_forecast_is_judged_in_a_sentence() -> None:
    assert foreseen.told(Came(1440, 312.4, -20, 30000)) == (
        "In 1,440 half-hours the last forecast was **312 MW** (1.0 %) off on average, and foresaw 20 MW too little."
    )
    assert foreseen.told(Came(1, 5, 5, 0)) == (
        "In 1 half-hour the last forecast was **5 MW** off on average, and foresaw 5 MW too much."
    )


def test_wind_is_drawn_no_finer_than_it_is_foreseen() -> None:
    assert [what.interval(Interval.HALF_HOUR) for what in (DEMAND, WIND)] == [Interval.HALF_HOUR, Interval.HOUR]
    assert WIND.interval(Interval.DAY) is Interval.DAY


def test_what_was_asked_is_summed_up_and_what_has_no_price_is_told() -> None:
    told = balancing.told(Sum(1200, -800, 50, 99_000, 12))
    assert told == (
        "**1,200 MWh** were moved up and **800 MWh** down, by 12 units; the operator paid **£99,000** on the whole. "
        "No price is known of 50 MWh, which the cost leaves out."
    )
    assert "No price" not in balancing.told(Sum(1, 0, 0, 1, 1))


def test_no_colour_means_two_things_on_the_page_balancing() -> None:
    drawn = [*(colour for _, _, colour in VOLUMES), COST_COLOUR]
    assert len(set(drawn)) == len(drawn)
