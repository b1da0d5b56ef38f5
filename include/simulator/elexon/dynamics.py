"""How quickly and how long units can run, each told when it changes: limits, times, notices and rates."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from include.simulator.elexon.levels import of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import period_at, stamp
from include.simulator.elexon.units import Unit
from include.simulator.elexon.world import World

CHANGED_SHARE = 0.03  # of the units, in each half-hour
MOST_RATES = 3

Told = Callable[[Unit, float], dict[str, Any]]


def _changes(code: str, told: Told) -> Periods:
    def rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        units = world.fleet.units
        for issue in issues:
            period = period_at(issue.number)
            luck = world.luck(code, of_units(np.array([issue.number])) + np.arange(len(units)))
            changed = np.flatnonzero(luck < CHANGED_SHARE).tolist()
            minutes = {at: int(luck[at] / CHANGED_SHARE * 30) for at in changed}
            for at in sorted(changed, key=lambda each: -minutes[each]):
                yield {
                    "dataset": code,
                    "settlementDate": period.date,
                    "settlementPeriod": period.period,
                    "time": stamp(period.start_s + 60 * minutes[at]),
                    **told(units[at], float(luck[at]) / CHANGED_SHARE),
                    **units[at].names,
                }

    return Periods(rows, 0, axis="time", told_by="time", at_once=16)


def _level(part: float) -> Told:
    return lambda unit, luck: {"level": round(part * (unit.capacity_mw if part > 0 else unit.demand_mw) * (0.8 + luck))}


def _minutes(member: str, most: int) -> Told:
    return lambda unit, luck: {member: round(most * (unit.number % 7 / 7 + luck / 7))}


def _volume(unit: Unit, luck: float) -> dict[str, Any]:
    return {"volumeMax": round((unit.capacity_mw + unit.demand_mw) * (0.2 + luck / 10))}


def _rates(unit: Unit, luck: float) -> dict[str, Any]:
    """Return one rate, or up to three with the levels at which they change, in MW a minute."""
    size, count = max(unit.capacity_mw, unit.demand_mw), 1 + unit.number % MOST_RATES
    rates = [round(0.2 + size / 30 * (0.5 + luck) * part, 1) for part in (1, 0.3, 1.2)]
    elbows = [float(round(size * part)) for part in (0.3, 0.6)]
    return {
        "rate1": rates[0],
        "elbow2": elbows[0] if count > 1 else None,
        "rate2": rates[1] if count > 1 else None,
        "elbow3": elbows[1] if count == MOST_RATES else None,
        "rate3": rates[2] if count == MOST_RATES else None,
    }


TOLD: dict[str, Told] = {
    "SEL": _level(0.4),
    "SIL": _level(-0.4),
    "MZT": _minutes("periodMin", 360),
    "MNZT": _minutes("periodMin", 300),
    "MDV": _volume,
    "MDP": _minutes("periodMax", 240),
    "NTB": _minutes("notice", 15),
    "NTO": _minutes("notice", 15),
    "NDZ": _minutes("notice", 400),
    **dict.fromkeys(("RURE", "RDRE", "RURI", "RDRI"), _rates),
}
SERIES = {code: _changes(code, told) for code, told in TOLD.items()}
