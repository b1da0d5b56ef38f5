"""Sun, wind and clouds over Great Britain, and the calendar people live by, per half-hour.

Random series start at one fixed instant whatever span is asked for, so that a longer span
begins with exactly the numbers of a shorter one.
"""

from datetime import UTC, datetime
from itertools import accumulate
from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Instants = NDArray[np.datetime64]

# All series start here: the first half-hour that was ever published.
EPOCH = np.datetime64("2009-01-01T00:00", "s")
HALF_HOUR = np.timedelta64(1800, "s")

LATITUDE_DEG = 52.5
LONGITUDE_DEG = -1.5


def as_numpy(instant: datetime) -> np.datetime64:
    """Return an aware instant as numpy's UTC seconds."""
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "s")


def as_datetime(instant: np.datetime64) -> datetime:
    """Return numpy's UTC instant as an aware one."""
    return cast(datetime, instant.astype("datetime64[s]").item()).replace(tzinfo=UTC)


def number_of(half_hour: np.datetime64) -> int:
    """Return how many half-hours lie between the epoch and the half-hour that holds this instant."""
    return int((half_hour - EPOCH) // HALF_HOUR)


def half_hours_before(end: np.datetime64) -> Instants:
    """Return the start of every half-hour from the epoch up to, not including, `end`."""
    half_hours: Instants = np.arange(EPOCH, end.astype("datetime64[s]"), HALF_HOUR)
    return half_hours


def wandering(seed: int, name: str, count: int, *, memory_h: float) -> Floats:
    """Return a series of mean 0 and deviation 1 that forgets itself over `memory_h` hours (AR(1), eased)."""
    step = max(1, round(memory_h / 4))  # half-hours between two drawn points
    points = -(-count // step) + 2
    keep = float(np.exp(-step / 2 / memory_h))
    drawn = np.random.default_rng([seed, *name.encode()]).standard_normal(points)
    shocks = drawn * np.sqrt(1 - keep**2)
    shocks[0] = drawn[0]
    path = np.fromiter(accumulate(shocks.tolist(), lambda before, shock: keep * before + shock), float, points)
    at: Floats = np.interp(np.arange(count) / step, np.arange(points), path)
    return at


def hour_of_day(half_hours: Instants) -> Floats:
    """Return the hour of the UTC day, 0 to 23.5."""
    hours: Floats = (half_hours - half_hours.astype("datetime64[D]")).astype(float) / 3600
    return hours


def day_of_year(half_hours: Instants) -> Floats:
    """Return the days gone since 1 January."""
    days: Floats = (half_hours - half_hours.astype("datetime64[Y]")).astype(float) / 86_400
    return days


def winterness(half_hours: Instants) -> Floats:
    """Return 1 in the middle of January and -1 half a year later."""
    cosine: Floats = np.cos(2 * np.pi * (day_of_year(half_hours) - 17) / 365.25)
    return cosine


def sun_height(half_hours: Instants) -> Floats:
    """Return the sine of the sun's elevation at the middle of each half-hour; negative at night."""
    hours = hour_of_day(half_hours) + 0.25
    turn = 2 * np.pi * (day_of_year(half_hours) - 81) / 365.25
    declination = np.radians(23.44) * np.sin(turn)
    equation_of_time_h = (9.87 * np.sin(2 * turn) - 7.53 * np.cos(turn) - 1.5 * np.sin(turn)) / 60
    hour_angle = np.radians(15 * (hours - 12 + equation_of_time_h + LONGITUDE_DEG / 15))
    latitude = np.radians(LATITUDE_DEG)
    upright = np.sin(latitude) * np.sin(declination)
    height: Floats = upright + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return height


def local_time(half_hours: Instants) -> Instants:
    """Return Greenwich or British Summer Time: an hour ahead from the last Sunday of March to that of October."""
    years = half_hours.astype("datetime64[Y]")
    begins = _last_sunday(years, month=3)
    ends = _last_sunday(years, month=10)
    summer = (half_hours >= begins) & (half_hours < ends)
    local: Instants = half_hours + summer * np.timedelta64(3600, "s")
    return local


def _last_sunday(years: Instants, *, month: int) -> Instants:
    """Return 01:00 UTC on the last Sunday of this month; both months have 31 days."""
    last = years.astype("datetime64[M]") + np.timedelta64(month, "M")
    day = last.astype("datetime64[D]") - np.timedelta64(1, "D")
    past_sunday = (day.astype(int) + 4) % 7  # 1970-01-01 was a Thursday
    sunday: Instants = (day - past_sunday.astype("timedelta64[D]")).astype("datetime64[s]") + np.timedelta64(3600, "s")
    return sunday


def weekday(half_hours: Instants) -> NDArray[np.int64]:
    """Return 0 for Monday to 6 for Sunday."""
    return (half_hours.astype("datetime64[D]").astype(int) + 3) % 7
