"""A series of five minutes, in the market time of Australia's east, as pages read it; and one of days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.series import Series, beside, extent, mean, over_time, weighted
from include.serving.dashboard.span import Interval, Span, span_of_days
from include.warehouse import Role, Warehouse, session

MARKET = ZoneInfo("Australia/Brisbane")
FIVE_MINUTES = timedelta(minutes=5)
DISPATCH = Series(
    "dispatch",
    "interval_started_at",
    FIVE_MINUTES,
    MARKET,
    (mean("demand_mw"), weighted("price_aud_per_mwh", "demand_mw")),
    measured_column="demand_mw",
)
DAYS = Series("market_days", "market_day", timedelta(days=1), MARKET, (mean("demand_mw"),))
# Midnight of 1 May in Brisbane.
BEGINS_AT = datetime(2026, 4, 30, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def reader(shared_warehouse: Warehouse) -> Iterator[Reader]:
    """Two days of 288 intervals, of which three are missing, and a forecast of one hour; and their two days."""
    with session(shared_warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute(
            """
            create table analytics.dispatch as
            select
                %(begins_at)s + number * interval '5 minutes' as interval_started_at,
                case when number < 576 then number end::double precision as demand_mw,
                mod(number, 2)::double precision as price_aud_per_mwh
            from generate_series(0, 587) as number
            where number not between 12 and 14;
            create table analytics.market_days as
            select date '2026-05-01' + day as market_day, 100.0 * day as demand_mw from generate_series(0, 1) as day;
            grant select on analytics.dispatch, analytics.market_days to gridloom_analyst, gridloom_screens;
            """,
            {"begins_at": BEGINS_AT},
        )
    with reading(shared_warehouse.dsn(Role.SCREENS)) as reader:
        yield reader


def test_what_was_measured_is_the_newest_not_what_was_forecast(reader: Reader) -> None:
    held = extent(reader, DISPATCH)
    assert held is not None
    assert (held.first_at, held.newest_at) == (BEGINS_AT, BEGINS_AT + 575 * FIVE_MINUTES)
    assert held.whole == span_of_days(date(2026, 5, 1), date(2026, 5, 2), MARKET)


def test_days_of_a_daily_table_begin_at_midnight_in_their_zone(reader: Reader) -> None:
    held = extent(reader, DAYS)
    assert held is not None
    assert held.whole == span_of_days(date(2026, 5, 1), date(2026, 5, 2), MARKET)
    rows = over_time(reader, DAYS, held.whole, Interval.DAY).to_pylist()
    assert [(row["when"], row["demand_mw"]) for row in rows] == [("Fri 1 May 2026", 0), ("Sat 2 May 2026", 100)]
    [second] = over_time(
        reader, DAYS, span_of_days(date(2026, 5, 2), date(2026, 5, 2), MARKET), Interval.MONTH
    ).to_pylist()
    assert (second["when"], second["demand_mw"], second["periods"]) == ("May 2026", 100, 1)


@pytest.mark.parametrize(
    ("interval", "buckets", "periods", "second"),
    [
        (Interval.FIVE_MINUTES, 576, 1, BEGINS_AT + FIVE_MINUTES),
        (Interval.HALF_HOUR, 96, 6, BEGINS_AT + timedelta(minutes=30)),
        (Interval.HOUR, 48, 12, BEGINS_AT + timedelta(hours=1)),
        # A day is drawn at its date.
        (Interval.DAY, 2, 285, datetime(2026, 5, 2, tzinfo=UTC)),
    ],
)
def test_every_interval_that_holds_five_minutes_is_drawn(
    reader: Reader, interval: Interval, buckets: int, periods: int, second: datetime
) -> None:
    span = span_of_days(date(2026, 5, 1), date(2026, 5, 2), MARKET)
    rows = over_time(reader, DISPATCH, span, interval).to_pylist()
    assert (len(rows), rows[0]["periods"], rows[1]["bucket_at"]) == (buckets, periods, second)
    last = [number for number in range(576) if number // (576 // buckets) == buckets - 1]
    assert rows[-1]["demand_mw"] == pytest.approx(sum(last) / len(last))
    priced = sum(number * (number % 2) for number in last) / sum(last)
    assert rows[-1]["price_aud_per_mwh"] == pytest.approx(priced)


def test_missing_intervals_have_names_and_no_figures(reader: Reader) -> None:
    span = Span(BEGINS_AT + timedelta(minutes=55), BEGINS_AT + timedelta(minutes=80), MARKET)
    rows = over_time(reader, DISPATCH, span, Interval.FIVE_MINUTES).to_pylist()
    assert [row["demand_mw"] for row in rows] == [11, None, None, None, 15]
    assert [row["when"] for row in rows][:2] == [
        "Fri 1 May 2026, 00:55 AEST",
        "Fri 1 May 2026, 01:00 AEST · nothing published",
    ]
    assert [row["stands_alone"] for row in rows] == [True, False, False, False, True]


def test_figures_of_two_series_stand_beside_each_other(reader: Reader) -> None:
    days = over_time(reader, DAYS, span_of_days(date(2026, 5, 1), date(2026, 5, 1), MARKET), Interval.DAY)
    table = over_time(reader, DISPATCH, span_of_days(date(2026, 5, 1), date(2026, 5, 2), MARKET), Interval.DAY)
    both = beside(table.drop_columns(["demand_mw"]), days, ["demand_mw"])
    assert both["demand_mw"].to_pylist() == [0, None]
