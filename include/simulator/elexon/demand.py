"""Demand as it was: of the nation (INDO, INDOD) and of the transmission system (ITSDO); and how warm it was (TEMP).

The system's demand is the nation's, and what is exported, pumped and used by the stations themselves.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator import weather
from include.simulator.elexon import fuels, known_days
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, at_every
from include.simulator.elexon.settlement import (
    DAY_S,
    HOUR_S,
    day_after,
    half_hour_at,
    local,
    midnight_s,
    period_at,
    stamp,
    utc,
)
from include.simulator.elexon.world import Numbers, World
from include.simulator.weather import Floats

STATION_LOAD_MW = 520
QUARTER_HOUR_S = 900
# The cold follows the dark.
COLDEST_AFTER_DAYS = 25


def outturn_mw(world: World, half_hours: Numbers) -> tuple[Floats, Floats]:
    """Return national and system demand as they were: of what each fuel is told to have given."""
    mw = list(fuels.means_mw(world, half_hours).values())
    system: Floats = np.sum(np.maximum(mw, 0), axis=0)
    return system + np.sum(np.minimum(mw, 0), axis=0) - STATION_LOAD_MW, system


def national_outturn_mw(world: World, half_hours: Numbers) -> Floats:
    """Return national demand as it is told: that of the grid, or in known days that of their formula."""
    return known_days.outturn_mw(world, half_hours, outturn_mw(world, half_hours)[0])


def system_mw(world: World, half_hours: Numbers) -> Floats:
    """Return the demand of the transmission system, near enough for forecasts: all that is fed into it."""
    fed: Floats = np.sum([np.maximum(mw, 0) for mw in fuels.half_hourly_mw(world, half_hours).values()], axis=0)
    return np.rint(fed)


def national_mw(world: World, half_hours: Numbers) -> Floats:
    """Return national demand, near enough for forecasts: without exports, pumping and station load."""
    mw = fuels.half_hourly_mw(world, half_hours)
    taken: Floats = np.sum([np.minimum(each, 0) for each in mw.values()], axis=0)
    national: Floats = np.rint(system_mw(world, half_hours) + taken - STATION_LOAD_MW)
    return national


def _half_hours_before(issues: Sequence[Issue]) -> Numbers:
    """Return the half-hours that ended when these issues were due."""
    return np.array([half_hour_at(issue.number) - 1 for issue in issues])


def _indo(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    return _outturn("INDO", issues, national_outturn_mw(world, _half_hours_before(issues)))


def _itsdo(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    return _outturn("ITSDO", issues, outturn_mw(world, _half_hours_before(issues))[1])


def _outturn(code: str, issues: Sequence[Issue], demand: Floats) -> Iterator[Row]:
    for issue, mw in zip(issues, demand.astype(int).tolist(), strict=True):
        period = period_at(half_hour_at(issue.number) - 1)
        yield {
            "dataset": code,
            "publishTime": stamp(issue.told_s),
            "startTime": period.start,
            "settlementDate": period.date,
            "settlementPeriod": period.period,
            "demand": mw,
        }


def _indod(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield the MWh of the settlement day that ended a quarter of an hour before; at the other hour due, of none."""
    for issue in issues:
        day = local(issue.number - HOUR_S).date()
        end_s = midnight_s(day_after(day))
        if issue.number == end_s + QUARTER_HOUR_S:
            half_hours = np.arange(half_hour_at(midnight_s(day)), half_hour_at(end_s))
            mwh = int(national_outturn_mw(world, half_hours).sum() / 2)
            told = {"publishTime": stamp(issue.told_s), "settlementDate": day.isoformat(), "demand": mwh}
            yield {"dataset": "INDOD", **told}


def _temperature(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    days = np.array([issue.number // DAY_S for issue in issues])
    month_ago = (days - COLDEST_AFTER_DAYS) * DAY_S
    season = 10.6 - 6.2 * weather.winterness(month_ago.astype("datetime64[s]"))
    celsius = season + 3.5 * world.drift("temperature", days, steps=4) + world.drift("that day", days, steps=1)
    for issue, value in zip(issues, np.round(celsius, 1).tolist(), strict=True):
        day = utc(issue.number).date().isoformat()
        told = {"measurementDate": day, "publishTime": stamp(issue.told_s), "temperature": value}
        yield {"dataset": "TEMP", **told}


SERIES = {
    "INDO": Publications(_indo, at_every(30), at_once=48),
    "ITSDO": Publications(_itsdo, at_every(30), at_once=48),
    # A settlement day ends at midnight or at 23:00 UTC.
    "INDOD": Publications(_indod, (QUARTER_HOUR_S, 23 * HOUR_S + QUARTER_HOUR_S)),
    "TEMP": Publications(_temperature, (15 * HOUR_S + 45 * 60,)),
}
