"""What settlement has metered, run after run: B1610 by unit, TUDM by trading unit. Only the latest run is told."""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon import runs
from include.simulator.elexon.demand import national_mw
from include.simulator.elexon.levels import levels_mw, of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import DAY_S, period_at, stamp
from include.simulator.elexon.units import GSP_GROUPS
from include.simulator.elexon.world import Numbers, World
from include.simulator.weather import Floats

HOURS = 0.5
SOLE_UNITS = 6  # stations that are trading units of their own


def _first_due(world: World, half_hours: Numbers) -> Numbers:
    return np.array([runs.first_due_s(number) for number in half_hours.tolist()], dtype=np.int64)


def off_by(world: World, name: str, places: Numbers, run: str) -> Floats:
    """Return by which factor figures of a run are off the final ones."""
    off: Floats = 1 + runs.OFF_SHARE[run] * (2 * world.luck(f"{name} {run}", places) - 1)
    return off


def _metered(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    units = [unit for unit in world.fleet.units if unit.is_metered_generation]
    numbers = np.array([issue.number for issue in issues])
    columns = np.array([unit.number for unit in units], dtype=np.int64)
    levels = levels_mw(world, numbers)[:, columns]
    for at, issue in enumerate(issues):
        period = period_at(issue.number)
        run = runs.run_of(world, issue.number) or runs.RUNS[0]
        places = of_units(numbers[at : at + 1]) + columns
        mwh = levels[at] * HOURS * (1 + 0.02 * (world.luck("metered", places) - 0.5))
        quantities = np.round(mwh * off_by(world, "B1610", places, run), 3).tolist()
        for unit, quantity in zip(units, quantities, strict=True):
            yield {
                "dataset": "B1610",
                "psrType": "Generation",
                "bmUnit": unit.elexon,
                "nationalGridBmUnitId": unit.national,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "halfHourEndTime": period.end,
                "quantity": quantity,
            }


def _trading_units(world: World) -> list[tuple[str, str]]:
    """Return type and name of each: one for each group of supply points, and some stations."""
    sole = [unit.elexon for unit in world.fleet.units if unit.kind == "CCGT"][:SOLE_UNITS]
    return [("Base", f"DEFAULT_{group}") for group, _ in GSP_GROUPS] + [("Sole", name) for name in sole]


def _traded(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    named = _trading_units(world)
    demand = national_mw(world, np.array([issue.number for issue in issues])) * HOURS / len(GSP_GROUPS)
    for issue, mwh in zip(issues, demand.tolist(), strict=True):
        period = period_at(issue.number)
        run = runs.run_of(world, issue.number) or runs.RUNS[0]
        places = issue.number * 64 + np.arange(len(named))
        shares = (0.5 + world.luck("trading unit", places)) * off_by(world, "TUDM", places, run)
        created = stamp(runs.created_s(period.date, run))
        for (kind, name), share in zip(named, shares.tolist(), strict=True):
            takes, gives = (mwh * share, mwh * share / 8) if kind == "Base" else (0.4 * share, 250 * share)
            taken, given = round(takes, 3), -round(gives, 3)
            yield {
                "dataset": "TUDM",
                "serialNumber": f"{issue.told_s // 600 % 10**12:012}",
                "fileCreationTime": created,
                "tradingUnitType": kind,
                "tradingUnitName": name,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "settlementRunType": run,
                "startTime": period.start,
                "deliveryMode": "Offtaking" if kind == "Base" else "Delivering",
                "importVolume": taken,
                "exportVolume": given,
                "netVolume": round(taken + given, 3),
            }


SERIES = {
    "B1610": Periods(_metered, 5 * DAY_S, known=_first_due),
    "TUDM": Periods(_traded, 5 * DAY_S, known=_first_due),
}
