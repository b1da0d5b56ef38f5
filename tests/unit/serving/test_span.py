"""Ranges and intervals: London days, presets that move with the data, and no more points than a screen has use for."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.serving.dashboard.span import (
    MOST_POINTS,
    Interval,
    Preset,
    Published,
    Span,
    drawable,
    same_time_before,
    span_of,
    span_of_days,
    usual_interval,
)

# 08:00 in London, in summer.
PUBLISHED = Published(datetime(2009, 1, 1, tzinfo=UTC), datetime(2026, 5, 31, 7, tzinfo=UTC))


def test_the_last_picked_day_is_whole():
    span = span_of_days(date(2026, 5, 1), date(2026, 5, 2))
    assert (span.started_at, span.ended_at) == (
        datetime(2026, 4, 30, 23, tzinfo=UTC),
        datetime(2026, 5, 2, 23, tzinfo=UTC),
    )
    assert span.days == (date(2026, 5, 1), date(2026, 5, 2))


@pytest.mark.parametrize(("day", "half_hours"), [("2026-03-29", 46), ("2026-06-01", 48), ("2026-10-25", 50)])
def test_a_day_is_as_long_as_the_clocks_make_it(day, half_hours):
    span = span_of_days(date.fromisoformat(day), date.fromisoformat(day))
    assert span.ended_at - span.started_at == half_hours * timedelta(minutes=30)


def test_days_turned_round_are_refused():
    with pytest.raises(ValueError, match="later than"):
        span_of_days(date(2026, 5, 2), date(2026, 5, 1))


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


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("interval", list(Interval))
def test_no_series_has_more_points_than_a_screen_can_show(preset, interval):
    span = span_of(preset, PUBLISHED)
    assert span.points(drawable(interval, span)) <= MOST_POINTS
    assert span.points(drawable(usual_interval(span), span)) <= MOST_POINTS


def test_what_can_be_drawn_is_drawn_as_asked():
    week = span_of(Preset.LAST_7_DAYS, PUBLISHED)
    assert [drawable(each, week) for each in Interval] == list(Interval)


def test_seventeen_years_are_drawn_by_the_month():
    whole = span_of(Preset.ALL, PUBLISHED)
    assert usual_interval(whole) is Interval.MONTH
    assert drawable(Interval.HALF_HOUR, whole) is Interval.MONTH


def test_a_span_without_half_hours_has_no_points():
    instant = datetime(2026, 5, 1, tzinfo=UTC)
    assert Span(instant, instant).points(Interval.HOUR) == 0


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
    assert same_time_before(instant, days) == datetime.fromisoformat(before).replace(tzinfo=UTC)
