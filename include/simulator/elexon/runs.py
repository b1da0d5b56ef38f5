"""The settlement runs: when each is due, and how far a figure moves from one to the next."""

from datetime import date
from functools import cache

import numpy as np

from include.simulator.elexon.settlement import DAY_S, HOUR_S, period_at
from include.simulator.elexon.world import World

# Working days after the settlement day.
DUE_AFTER = {"II": 5, "SF": 16, "R1": 39, "R2": 84, "R3": 154, "RF": 292}
RUNS = tuple(DUE_AFTER)
DUE_AT_S = 12 * HOUR_S
# How far off the final figure each run is, at most, as a share.
OFF_SHARE = {"II": 0.03, "SF": 0.012, "R1": 0.006, "R2": 0.003, "R3": 0.001, "RF": 0.0}

# Good Friday to Boxing Day: the same for all years near enough, but for Easter.
FIXED_HOLIDAYS = ((1, 1), (12, 25), (12, 26))
YEARS = range(2009, 2040)


@cache
def _bank_holidays() -> tuple[np.datetime64, ...]:
    """Return England's bank holidays, those of one year only left aside."""
    days = [date(year, month, day) for year in YEARS for month, day in FIXED_HOLIDAYS]
    for year in YEARS:
        easter = _easter(year)
        days += [date.fromordinal(easter.toordinal() + after) for after in (-2, 1)]
        days += [_monday(year, 5, 1), _monday(year, 5, 25), _monday(year, 8, 25)]
    return tuple(np.datetime64(day) for day in days)


def _monday(year: int, month: int, from_day: int) -> date:
    """Return the first Monday from a day of a month on."""
    first = date(year, month, from_day)
    return date.fromordinal(first.toordinal() + (-first.weekday()) % 7)


def _easter(year: int) -> date:
    """Return Easter Sunday (Gauss, for 1900 to 2099)."""
    moon = (19 * (year % 19) + 24) % 30
    days = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7
    april = moon + days - 9
    if april == 26 or (april == 25 and moon == 28 and year % 19 > 10):  # noqa: PLR2004 - Gauss's two exceptions
        april -= 7
    return date.fromordinal(date(year, 3, 31).toordinal() + april)


@cache
def due_s(day: str) -> tuple[int, ...]:
    """Return when each run of a settlement day is published, the first one first."""
    holidays = np.array(_bank_holidays(), dtype="datetime64[D]")
    due = np.busday_offset(day, list(DUE_AFTER.values()), roll="backward", holidays=holidays)
    return tuple(int(each) * DAY_S + DUE_AT_S for each in due.astype("datetime64[D]").astype(int))


def latest_run(day: str, clock_s: int) -> str | None:
    """Return the run that is published at the clock; None before the first."""
    published = [run for run, due in zip(RUNS, due_s(day), strict=True) if due <= clock_s]
    return published[-1] if published else None


def run_of(world: World, number: int) -> str | None:
    """Return the latest run of a half-hour."""
    return latest_run(period_at(number).date, world.clock_s)


def first_due_s(number: int) -> int:
    """Return when the first run of a half-hour is due."""
    return due_s(period_at(number).date)[0]


def created_s(day: str, run: str) -> int:
    """Return when a run was made: early on the day on which it is published."""
    return due_s(day)[RUNS.index(run)] - 5 * HOUR_S
