"""Settlement periods of London's days, and how instants are written.

Instants are whole seconds since 1970, UTC. A half-hour is named by its number since the simulator's epoch, a
settlement period by the day in London and its number in it: 46 or 50 of them when the clocks change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from include.simulator.weather import EPOCH

LONDON = ZoneInfo("Europe/London")
HALF_HOUR_S, HOUR_S, DAY_S = 1_800, 3_600, 86_400
EPOCH_S = int(EPOCH.astype("datetime64[s]").astype(int))

MOST_PERIODS = 50  # of the day on which the clocks go back


@dataclass(frozen=True, slots=True)
class Period:
    """One settlement period; its edges are written as the API writes them."""

    number: int  # of its half-hour, since the epoch
    date: str
    period: int
    start: str
    end: str

    @property
    def start_s(self) -> int:
        return EPOCH_S + self.number * HALF_HOUR_S


@lru_cache(maxsize=1 << 18)
def period_at(number: int) -> Period:
    """Return the settlement period of a half-hour."""
    start_s = EPOCH_S + number * HALF_HOUR_S
    day = local(start_s).date()
    period = (start_s - midnight_s(day)) // HALF_HOUR_S + 1
    return Period(number, day.isoformat(), period, stamp(start_s), stamp(start_s + HALF_HOUR_S))


def half_hour_at(seconds: int) -> int:
    """Return the number of the half-hour that holds an instant."""
    return (seconds - EPOCH_S) // HALF_HOUR_S


def half_hour_of(day: date, period: int) -> int:
    """Return the number of the half-hour of a settlement period, also where the day does not have it."""
    return half_hour_at(midnight_s(day)) + period - 1


@lru_cache(maxsize=1 << 14)
def midnight_s(day: date) -> int:
    """Return when a settlement day begins."""
    return int(datetime.combine(day, time(), LONDON).timestamp())


def day_after(day: date) -> date:
    return day + timedelta(days=1)


def periods_in(day: date) -> int:
    """Return how many settlement periods a day has: 46, 48 or 50."""
    return (midnight_s(day_after(day)) - midnight_s(day)) // HALF_HOUR_S


def local(seconds: int) -> datetime:
    """Return an instant by London's clocks."""
    return datetime.fromtimestamp(seconds, LONDON)


def utc(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@lru_cache(maxsize=1 << 16)
def stamp(seconds: int) -> str:
    """Return an instant as the API writes it."""
    return utc(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamps(seconds: Iterable[int] | NDArray[np.int64]) -> list[str]:
    """Return instants as the API writes them; quicker than one by one."""
    instants = np.asarray(seconds, np.int64).astype("datetime64[s]")
    return [f"{text}Z" for text in np.datetime_as_string(instants).tolist()]


def seconds_of(instant: datetime) -> int:
    return int(instant.timestamp())
