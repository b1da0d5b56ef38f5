"""An instant and a half-hour as the address has them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.serving.dashboard.address import (
    half_hour_of,
    instant_of,
    moved_to,
    parameters_of,
    text_of,
)
from include.settlement import half_hours_of


@pytest.mark.parametrize(
    "text",
    ["2026-05-30T10:08:14.123456+00:00", "2026-05-30T11:08:14.123456+01:00", "2026-05-30T10:08:14.123456Z"],
)
def test_any_instant_can_be_shared(text):
    instant = datetime(2026, 5, 30, 10, 8, 14, 123456, tzinfo=UTC)
    assert instant_of(text) == instant
    assert instant_of(text_of(instant)) == instant
    assert "+" not in text_of(instant)


def test_an_instant_without_a_time_zone_is_utc():
    assert instant_of("2019-01-01T12:00") == datetime(2019, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("text", [None, "", "yesterday", "1066-10-14", "9999-12-31T23:59:59-12:00", "'; drop table"])
def test_what_is_no_instant_is_none(text):
    assert instant_of(text) is None


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 5, 1), date(2026, 10, 25)])
def test_every_half_hour_of_a_day_can_be_shared(day):
    starts = list(half_hours_of(day))
    assert [half_hour_of(parameters_of(start)) for start in starts] == starts
    assert half_hour_of({"day": day.isoformat(), "period": str(len(starts))}) == starts[-1]
    assert half_hour_of({"day": day.isoformat(), "period": str(len(starts) + 1)}) is None


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"day": "2026-05-01"},
        {"day": "2026-05-01", "period": "0"},
        {"day": "2026-05-01", "period": "-1"},
        {"day": "2026-05-01", "period": "first"},
        {"day": "9999-12-31", "period": "1"},
    ],
)
def test_what_is_no_half_hour_is_none(parameters):
    assert half_hour_of(parameters) is None


def test_another_day_keeps_the_period_as_far_as_it_has_one():
    assert moved_to(date(2026, 5, 1), 48) == datetime(2026, 5, 1, 22, 30, tzinfo=UTC)
    assert moved_to(date(2026, 3, 29), 48) == datetime(2026, 3, 29, 22, 30, tzinfo=UTC)
    assert moved_to(date(2026, 10, 25), 50) - moved_to(date(2026, 10, 25), 1) == timedelta(hours=24, minutes=30)
