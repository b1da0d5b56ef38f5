"""What the calendar of Great Britain says of each half-hour of a span: people keep London's clock and its holidays."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import holidays
import numpy as np
from numpy.typing import NDArray

from include.settlement import HALF_HOUR, LONDON

DAY = 48
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_WEEKDAY = 3  # a Thursday, counted from Monday as 0
DAYS_IN_YEAR = 365.2425
CHANGE = 2  # London's clock changes at 01:00 UTC, two half-hours into the day


@dataclass(frozen=True)
class LondonCalendar:
    """A span of half-hours, each array of shape (n,): one value for each half-hour."""

    clock: NDArray[np.intp]  # half-hours by which London is ahead of UTC: 0 or 2
    half_hour: NDArray[np.intp]  # of London's day, from 0 to 47
    weekday: NDArray[np.intp]  # from Monday as 0
    is_holiday: NDArray[np.bool_]  # a bank holiday of England
    is_christmas: NDArray[np.bool_]  # from 24 December to 1 January
    season: NDArray[np.float64]  # an angle: the share of the year that has gone by, times 2π


@lru_cache(maxsize=8)
def calendar_of(first_at: datetime, count: int) -> LondonCalendar:
    """Return the calendar of `count` half-hours from an instant on."""
    utc = (first_at - EPOCH) // HALF_HOUR + np.arange(count)
    clock = _clock(utc)
    day, half_hour = np.divmod(utc + clock, DAY)
    dates = [date(1970, 1, 1) + timedelta(days=int(number)) for number in range(day[0], day[-1] + 1)]
    of_days = day - day[0]
    holiday = holidays.country_holidays("GB", subdiv="ENG", years={each.year for each in dates})
    return LondonCalendar(
        clock=clock,
        half_hour=half_hour,
        weekday=(day + EPOCH_WEEKDAY) % 7,
        is_holiday=np.array([each in holiday for each in dates])[of_days],
        is_christmas=np.array([_is_christmas(each) for each in dates])[of_days],
        season=2 * np.pi * (utc / DAY / DAYS_IN_YEAR % 1),
    )


def _clock(utc: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return by how many half-hours London is ahead; asked once for each day's two parts, since asking is slow."""
    day, half_hour = np.divmod(utc, DAY)
    days = range(int(day[0]), int(day[-1]) + 1)
    before, after = (np.array([_clock_at(number, hour) for number in days]) for hour in (0, 12))
    ahead: NDArray[np.intp] = np.where(half_hour < CHANGE, before[day - day[0]], after[day - day[0]])
    return ahead


def _clock_at(day: int, hour: int) -> int:
    ahead = (EPOCH + timedelta(days=day, hours=hour)).astimezone(LONDON).utcoffset() or timedelta()
    return ahead // HALF_HOUR


def _is_christmas(day: date) -> bool:
    return (day.month, day.day) >= (12, 24) or (day.month, day.day) == (1, 1)
