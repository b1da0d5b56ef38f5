"""Settlement periods follow London's clock; half-hours follow UTC."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.settlement import half_hour_at_or_after, half_hours_of, periods_in_day, settlement_period, starts_half_hour

SPRING, AUTUMN, SUMMER = date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)


@pytest.mark.parametrize(("day", "periods"), [(SPRING, 46), (AUTUMN, 50), (SUMMER, 48), (date(2026, 12, 31), 48)])
def test_a_day_has_46_48_or_50_periods(day, periods):
    assert periods_in_day(day) == periods
    assert len(list(half_hours_of(day))) == periods


@pytest.mark.parametrize("day", [SPRING, AUTUMN, SUMMER, date(2024, 2, 29), date(2026, 1, 1)])
def test_each_half_hour_of_a_day_belongs_to_it_and_is_numbered_from_one(day):
    assert [settlement_period(instant) for instant in half_hours_of(day)] == [
        (day, number) for number in range(1, periods_in_day(day) + 1)
    ]


def test_summer_days_begin_at_eleven_at_night_in_utc():
    assert settlement_period(datetime(2026, 5, 31, 23, 0, tzinfo=UTC)) == (SUMMER, 1)
    assert settlement_period(datetime(2026, 5, 31, 22, 30, tzinfo=UTC)) == (date(2026, 5, 31), 48)


def test_days_follow_each_other_without_gap_or_overlap():
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    instants = [instant for day in days for instant in half_hours_of(day)]
    assert instants == [datetime(2026, 1, 1, tzinfo=UTC) + n * timedelta(minutes=30) for n in range(365 * 48)]


def test_instants_off_the_grid_and_naive_ones_are_refused():
    with pytest.raises(ValueError, match="does not start a half-hour"):
        settlement_period(datetime(2026, 1, 1, 0, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="no time zone"):
        starts_half_hour(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_next_half_hour_is_the_instant_itself_where_it_starts_one():
    half_past = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    assert half_hour_at_or_after(half_past) == half_past
    assert half_hour_at_or_after(half_past - timedelta(seconds=1)) == half_past
    assert half_hour_at_or_after(half_past + timedelta(microseconds=1)) == half_past + timedelta(minutes=30)
