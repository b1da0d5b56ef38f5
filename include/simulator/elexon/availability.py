"""What stations and cables will be able to give: by fuel, by unit and in all, for a fortnight and for three years."""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon.codes import CABLES_MW
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Publications, at_every
from include.simulator.elexon.settlement import DAY_S, stamp, utc
from include.simulator.elexon.units import CAPACITY_MW, INTERCONNECTORS
from include.simulator.elexon.world import World
from include.simulator.weather import Floats

DAYS_AHEAD, WEEKS_AHEAD = range(2, 15), range(2, 157)
# Of the units, so many are out, and so many can give half.
OUT_SHARE, HALVED_SHARE = 0.08, 0.12
NAMES = {code: name for name, (code, _) in INTERCONNECTORS.items()}
ABLE_MW = CAPACITY_MW | {"OTHER": 3_500} | CABLES_MW
FUELS = tuple(sorted(ABLE_MW))


def _share(world: World, name: str, days: list[int]) -> Floats:
    """Return which part of something is able to run on each day: outages last for weeks."""
    able: Floats = 0.86 + 0.12 * world.drift(f"{name} able", np.array(days), steps=17)
    return able


def _days(issue: Issue) -> list[int]:
    return [issue.told_s // DAY_S + ahead for ahead in DAYS_AHEAD]


def _weeks(issue: Issue) -> list[int]:
    return [issue.told_s // DAY_S + 7 * ahead for ahead in WEEKS_AHEAD]


def _date(day: int) -> str:
    return utc(day * DAY_S).date().isoformat()


def _week(day: int) -> tuple[int, int]:
    year, week, _ = utc(day * DAY_S).date().isocalendar()
    return year, week


def _by_fuel(world: World, days: list[int]) -> list[tuple[int, str, int]]:
    """Return day, fuel and MW, day by day."""
    shares = {fuel: _share(world, fuel, days).tolist() for fuel in FUELS}
    return [(day, fuel, round(ABLE_MW[fuel] * shares[fuel][at])) for at, day in enumerate(days) for fuel in FUELS]


def _fuel(fuel: str) -> dict[str, object]:
    return {"biddingZone": None, "interconnectorName": NAMES.get(fuel), "interconnector": fuel in NAMES}


def _fou2t14d(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        for day, fuel, mw in _by_fuel(world, _days(issue)):
            yield {
                "dataset": "FOU2T14D",
                "fuelType": fuel,
                "publishTime": stamp(issue.told_s),
                "systemZone": None,
                "forecastDate": _date(day),
                "forecastDateTimezone": "Europe/London",
                "outputUsable": mw,
                **_fuel(fuel),
            }


def _fou2t3yw(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        weeks = {day: _week(day) for day in _weeks(issue)}
        for day, fuel, mw in _by_fuel(world, list(weeks)):
            yield {
                "dataset": "FOU2T3YW",
                "fuelType": fuel,
                "publishTime": stamp(issue.told_s),
                "systemZone": None,
                "calendarWeekNumber": weeks[day][1],
                "year": weeks[day][0],
                "outputUsable": mw,
                **_fuel(fuel),
            }


def _in_all(world: World, days: list[int]) -> list[int]:
    parts = [ABLE_MW[fuel] * _share(world, fuel, days) for fuel in FUELS]
    total: list[int] = np.rint(np.sum(parts, axis=0)).astype(int).tolist()
    return total


def _nou2t14d(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        days = _days(issue)
        for day, mw in zip(days, _in_all(world, days), strict=True):
            yield {
                "dataset": "NOU2T14D",
                "publishTime": stamp(issue.told_s),
                "systemZone": None,
                "forecastDate": _date(day),
                "forecastDateTimezone": "Europe/London",
                "outputUsable": mw,
            }


def _nou2t3yw(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        days = _weeks(issue)
        for day, mw in zip(days, _in_all(world, days), strict=True):
            year, week = _week(day)
            told = {"publishTime": stamp(issue.told_s), "systemZone": None, "calendarWeekNumber": week, "year": year}
            yield {"dataset": "NOU2T3YW", **told, "outputUsable": mw}


def _unit_mw(world: World, days: list[int]) -> list[tuple[dict[str, object], list[int]]]:
    """Return, for each unit of a known fuel, its members and its MW on each day."""
    units = [unit for unit in world.fleet.units if unit.fuel]
    numbers = np.array([unit.number for unit in units])
    blocks = np.array(days)[None, :] // 11
    luck = world.luck("unit outage", numbers[:, None] * (1 << 16) + blocks)
    share = np.where(luck < OUT_SHARE, 0.0, np.where(luck < OUT_SHARE + HALVED_SHARE, 0.5, 1.0))
    mw = np.rint(share * world.fleet.capacity_mw[numbers][:, None]).astype(int).tolist()
    return [({"fuelType": unit.fuel, **unit.names}, of_unit) for unit, of_unit in zip(units, mw, strict=True)]


def _uou2t14d(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        days = _days(issue)
        dates, told = [_date(day) for day in days], stamp(issue.told_s)
        for names, mw in _unit_mw(world, days):
            for day, value in zip(dates, mw, strict=True):
                when = {"publishTime": told, "forecastDate": day, "outputUsable": value}
                yield {"dataset": "UOU2T14D", **names, **when}


def _uou2t3yw(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    for issue in issues:
        days = _weeks(issue)
        weeks, told = [_week(day) for day in days], stamp(issue.told_s)
        for names, mw in _unit_mw(world, days):
            for (year, week), value in zip(weeks, mw, strict=True):
                when = {"publishTime": told, "week": week, "year": year, "outputUsable": value}
                yield {"dataset": "UOU2T3YW", **names, **when}


HOURLY = at_every(60)
# By unit for three years it is many rows: the API is told hourly, the simulator four times a day.
SIX_HOURLY = at_every(360, past=60)

SERIES = {
    "FOU2T14D": Publications(_fou2t14d, HOURLY),
    "FOU2T3YW": Publications(_fou2t3yw, SIX_HOURLY),
    "NOU2T14D": Publications(_nou2t14d, HOURLY),
    "NOU2T3YW": Publications(_nou2t3yw, HOURLY),
    "UOU2T14D": Publications(_uou2t14d, HOURLY, at_once=1),
    "UOU2T3YW": Publications(_uou2t3yw, SIX_HOURLY, at_once=1),
}
