"""Ranges and intervals: days of a time zone, presets that move with the data, no more points than a screen can use."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from include.serving.dashboard.span import (
    MOST_POINTS,
    Extent,
    Interval,
    Preset,
    Span,
    drawable,
    place_of,
    same_time_before,
    span_of,
    span_of_days,
    usual_interval,
)
from include.settlement import HALF_HOUR, LONDON

# 08:00 in London, in summer.
PUBLISHED = Extent(datetime(2009, 1, 1, tzinfo=UTC), datetime(2026, 5, 31, 7, tzinfo=UTC), HALF_HOUR, LONDON)
# The market time of Australia's east: ten hours before UTC, in summer too.
MARKET = ZoneInfo("Australia/Brisbane")
FIVE_MINUTES = timedelta(minutes=5)
# 01:55 of the last of May in Brisbane.
DISPATCHED = Extent(datetime(2021, 10, 1, tzinfo=UTC), datetime(2026, 5, 30, 15, 55, tzinfo=UTC), FIVE_MINUTES, MARKET)
DAYS = Extent(datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 10, 24, 23, tzinfo=UTC), timedelta(days=1), LONDON)


def test_the_last_picked_day_is_whole():
    span = span_of_days(date(2026, 5, 1), date(2026, 5, 2), LONDON)
    assert (span.started_at, span.ended_at) == (
        datetime(2026, 4, 30, 23, tzinfo=UTC),
        datetime(2026, 5, 2, 23, tzinfo=UTC),
    )
    assert span.days == (date(2026, 5, 1), date(2026, 5, 2))


@pytest.mark.parametrize(("day", "half_hours"), [("2026-03-29", 46), ("2026-06-01", 48), ("2026-10-25", 50)])
def test_a_day_is_as_long_as_the_clocks_make_it(day, half_hours):
    span = span_of_days(date.fromisoformat(day), date.fromisoformat(day), LONDON)
    assert span.ended_at - span.started_at == half_hours * timedelta(minutes=30)


def test_days_turned_round_are_refused():
    with pytest.raises(ValueError, match="later than"):
        span_of_days(date(2026, 5, 2), date(2026, 5, 1), LONDON)


@pytest.mark.parametrize(
    ("preset", "started_at"),
    [
        (Preset.LAST_24_HOURS, datetime(2026, 5, 30, 7, 30, tzinfo=UTC)),
        (Preset.LAST_7_DAYS, datetime(2026, 5, 24, 23, tzinfo=UTC)),
        (Preset.LAST_30_DAYS, datetime(2026, 5, 1, 23, tzinfo=UTC)),
        (Preset.LAST_YEAR, datetime(2025, 5, 31, 23, tzinfo=UTC)),
        (Preset.ALL, PUBLISHED.first_at),
    ],
)
def test_a_preset_ends_with_the_newest_half_hour(preset, started_at):
    span = span_of(preset, PUBLISHED)
    assert span.started_at == started_at
    assert span.ended_at >= datetime(2026, 5, 31, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("held", [PUBLISHED, DISPATCHED, DAYS], ids=["half-hours", "five minutes", "days"])
@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("interval", list(Interval))
def test_no_series_has_more_points_than_a_screen_can_show(held, preset, interval):
    span = span_of(preset, held)
    assert span.points(drawable(interval, span, held.intervals)) <= MOST_POINTS
    assert span.points(drawable(usual_interval(span, held.intervals), span, held.intervals)) <= MOST_POINTS


def test_what_can_be_drawn_is_drawn_as_asked():
    week = span_of(Preset.LAST_7_DAYS, PUBLISHED)
    assert [drawable(each, week, PUBLISHED.intervals) for each in PUBLISHED.intervals] == list(PUBLISHED.intervals)


def test_nothing_is_drawn_finer_than_it_is_published():
    assert PUBLISHED.intervals[0] is Interval.HALF_HOUR
    assert DISPATCHED.intervals[0] is Interval.FIVE_MINUTES
    assert DAYS.intervals == (Interval.DAY, Interval.MONTH, Interval.YEAR)
    week = span_of(Preset.LAST_7_DAYS, DAYS)
    assert usual_interval(week, DAYS.intervals) is Interval.DAY
    assert drawable(Interval.HALF_HOUR, week, DAYS.intervals) is Interval.DAY


def test_five_minutes_are_drawn_for_a_day_and_half_hours_for_a_week():
    day, week = (span_of(preset, DISPATCHED) for preset in (Preset.LAST_24_HOURS, Preset.LAST_7_DAYS))
    assert (usual_interval(day, DISPATCHED.intervals), day.points(Interval.FIVE_MINUTES)) == (
        Interval.FIVE_MINUTES,
        288,
    )
    assert usual_interval(week, DISPATCHED.intervals) is Interval.HALF_HOUR
    assert drawable(Interval.FIVE_MINUTES, week, DISPATCHED.intervals) is Interval.HALF_HOUR


def test_a_range_ends_with_the_newest_five_minutes_of_its_own_zone():
    assert DISPATCHED.whole.ended_at == datetime(2026, 5, 30, 16, tzinfo=UTC)
    week = span_of(Preset.LAST_7_DAYS, DISPATCHED)
    assert week.days == (date(2026, 5, 25), date(2026, 5, 31))
    assert week.started_at == datetime(2026, 5, 24, 14, tzinfo=UTC)


def test_a_day_of_a_daily_series_ends_at_midnight_whatever_the_clocks_do():
    """25 October 2026 has 25 hours in London."""
    assert DAYS.whole.ended_at == datetime(2026, 10, 26, tzinfo=UTC)
    assert span_of(Preset.LAST_7_DAYS, DAYS).days == (date(2026, 10, 19), date(2026, 10, 25))


@pytest.mark.parametrize(
    ("interval", "first", "last"),
    [
        (Interval.HOUR, "2026-01-30", "2026-02-02"),
        (Interval.DAY, "2026-01-30", "2026-02-02"),
        (Interval.MONTH, "2026-01-01", "2026-02-28"),
        (Interval.YEAR, "2026-01-01", "2026-12-31"),
    ],
)
@pytest.mark.parametrize("zone", [LONDON, MARKET])
def test_months_and_years_are_whole(interval, first, last, zone):
    span = span_of_days(date(2026, 1, 30), date(2026, 2, 2), zone)
    assert span.whole(interval) == span_of_days(date.fromisoformat(first), date.fromisoformat(last), zone)


def test_a_day_that_the_range_cuts_is_whole():
    span = span_of(Preset.LAST_24_HOURS, PUBLISHED)
    assert span.whole(Interval.HOUR) == span
    assert span.whole(Interval.DAY) == span_of_days(date(2026, 5, 30), date(2026, 5, 31), LONDON)


@pytest.mark.parametrize(
    ("interval", "zone", "name"),
    [
        (Interval.HALF_HOUR, LONDON, "Sun 25 Oct 2026, 01:30 BST"),
        (Interval.FIVE_MINUTES, MARKET, "Sun 25 Oct 2026, 10:30 AEST"),
        (Interval.FIVE_MINUTES, ZoneInfo("Etc/GMT-10"), "Sun 25 Oct 2026, 10:30 +10"),
        (Interval.DAY, MARKET, "Sun 25 Oct 2026"),
        (Interval.MONTH, LONDON, "October 2026"),
        (Interval.YEAR, LONDON, "2026"),
    ],
)
def test_an_interval_is_named_as_in_its_zone(interval, zone, name):
    assert interval.name_of(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), zone) == name


@pytest.mark.parametrize(
    ("key", "place"),
    [("Europe/London", "London"), ("Australia/Brisbane", "Brisbane"), ("Etc/GMT-10", "UTC+10"), ("UTC", "UTC")],
)
def test_days_are_those_of_a_place(key, place):
    assert place_of(ZoneInfo(key)) == place


def test_seventeen_years_are_drawn_by_the_month():
    whole = span_of(Preset.ALL, PUBLISHED)
    assert usual_interval(whole, PUBLISHED.intervals) is Interval.MONTH
    assert drawable(Interval.HALF_HOUR, whole, PUBLISHED.intervals) is Interval.MONTH


def test_a_span_without_half_hours_has_no_points():
    instant = datetime(2026, 5, 1, tzinfo=UTC)
    assert Span(instant, instant, LONDON).points(Interval.HOUR) == 0


@pytest.mark.parametrize(
    ("picked", "shown"),
    [
        (("2026-05-30", "9999-12-31"), ("2026-05-30", "2026-05-31")),
        (("2001-01-01", "2009-01-02"), ("2009-01-01", "2009-01-02")),
        (("2026-05-01", "2026-05-02"), ("2026-05-01", "2026-05-02")),
        # Nothing is published for these: a page says so, of the days that were picked.
        (("2026-06-01", "2026-06-02"), ("2026-06-01", "2026-06-02")),
        (("2008-01-01", "2008-12-31"), ("2008-01-01", "2008-12-31")),
    ],
)
def test_of_picked_days_those_that_are_published_are_shown(picked, shown):
    first, last = map(date.fromisoformat, picked)
    assert span_of(Preset.DAYS, PUBLISHED, (first, last)).days == tuple(map(date.fromisoformat, shown))


@pytest.mark.parametrize(
    ("now", "days", "before"),
    [
        ("2026-05-31T07:00", 1, "2026-05-30T07:00"),
        # The clocks went forward on 29 March: 18:00 in London is 17:00 UTC after it, 18:00 before.
        ("2026-03-29T17:00", 1, "2026-03-28T18:00"),
        ("2026-04-02T17:00", 7, "2026-03-26T18:00"),
        # They went back on 25 October.
        ("2026-10-25T18:00", 1, "2026-10-24T17:00"),
        # 01:30 was skipped on 29 March, and shown twice on 25 October.
        ("2026-03-30T00:30", 1, "2026-03-29T01:30"),
        ("2026-10-26T01:30", 1, "2026-10-25T00:30"),
    ],
)
def test_the_same_time_before_is_that_of_the_clock_in_london(now, days, before):
    instant = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert same_time_before(instant, days, LONDON) == datetime.fromisoformat(before).replace(tzinfo=UTC)
