"""The best three hours of a day, as a reader is told them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from include.serving.dashboard.carbon.now.best import Best, Foreseen, best_of, day_after, told, told_of_day
from include.settlement import HALF_HOUR

MIDNIGHT = datetime(2026, 6, 1, 23, tzinfo=UTC)


def foreseen(*forecasts: float | None) -> list[Foreseen]:
    """Half-hours from a midnight in London on, of which some are not foreseen."""
    return [
        Foreseen(MIDNIGHT + number * HALF_HOUR, forecast, "low")
        for number, forecast in enumerate(forecasts)
        if forecast is not None
    ]


def test_the_best_hours_are_those_with_the_least_mean():
    # One half-hour alone is lower, among others that are higher.
    best = best_of(foreseen(*[200] * 6, 10, *[200] * 5, *[100] * 6, *[200] * 4))
    assert best is not None
    assert best.started_at == MIDNIGHT + 12 * HALF_HOUR
    assert (best.ended_at - best.started_at, best.mean_g_per_kwh) == (timedelta(hours=3), 100)
    assert best.whole_day_g_per_kwh == pytest.approx((15 * 200 + 10 + 6 * 100) / 22)


def test_of_several_as_good_the_first_is_told():
    best = best_of(foreseen(*[50] * 48))
    assert best is not None
    assert best.started_at == MIDNIGHT
    assert [best.has(each) for each in foreseen(*[50] * 8)] == [True] * 6 + [False] * 2


def test_hours_are_on_end():
    assert best_of(foreseen(*[10] * 5, None, *[10] * 5)) is None
    best = best_of(foreseen(*[10] * 5, None, *[10] * 5, *[100] * 6))
    assert best is not None
    assert best.started_at == MIDNIGHT + 6 * HALF_HOUR


@pytest.mark.parametrize("half_hours", [0, 1, 5])
def test_less_than_three_hours_have_no_best(half_hours):
    assert best_of(foreseen(*[10] * half_hours)) is None


def test_they_are_told_on_londons_clocks_and_in_utc():
    best = Best(datetime(2026, 6, 2, 11, 30, tzinfo=UTC), 44.6, 81.2)
    assert told(best) == ("**12:30 to 15:30 BST** (11:30 to 14:30 UTC): 45 g/kWh on average, where the day has 81.")


def test_where_the_clocks_change_in_between_each_end_names_its_own():
    assert told(Best(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), 40, 80)).startswith("**00:30 BST to 02:30 GMT**")


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 6, 1, 22, 59, tzinfo=UTC), date(2026, 6, 2)),
        # Midnight in London.
        (datetime(2026, 6, 1, 23, tzinfo=UTC), date(2026, 6, 3)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_tomorrow_is_londons(now, day):
    assert day_after(now) == day


def test_a_day_that_is_not_foreseen_whole_is_told_as_such():
    day = date(2026, 10, 25)
    assert told_of_day(day, 0) == "Tomorrow, Sunday 25 October, is not foreseen yet."
    assert told_of_day(day, 20) == "Tomorrow, Sunday 25 October, is foreseen in part: 20 of its 50 half-hours."
