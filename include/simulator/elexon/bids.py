"""What units ask for to run otherwise: BOD, pairs of a bid and an offer, counted from the notified level both ways."""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon.levels import of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import HOUR_S, period_at
from include.simulator.elexon.units import Unit
from include.simulator.elexon.world import World

MOST_PAIRS = 4
# A price that nobody pays, to say no.
NEVER = 99_999.0
NEVER_SHARE = 0.06
# What a unit asks for by its kind, in £/MWh: less than nothing is a subsidy that would be lost.
ASKS = {"WIND": -60.0, "embedded": -70.0, "CCGT": 82.0, "OCGT": 160.0, "BIOMASS": -20.0, "COAL": 120.0}
USUAL_GBP_PER_MWH = 70.0
PERIODS_PRICED_ALIKE = 12


def pairs_of(unit: Unit) -> tuple[int, ...]:
    """Return the pairs that a unit submits: some in one direction only."""
    if not unit.takes_bids:
        return ()
    up = range(1, 2 + unit.number * 7 % MOST_PAIRS)
    down = range(-(1 + unit.number * 3 % MOST_PAIRS), 0)
    one_way = unit.number % 3 == 0
    return tuple(up) if one_way else (*down, *up)


def _rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    fleet = world.fleet
    submitted = [(unit, pair) for unit in fleet.units for pair in pairs_of(unit)]
    base = np.array([ASKS.get(unit.kind, USUAL_GBP_PER_MWH) for unit, _ in submitted])
    pairs = np.array([pair for _, pair in submitted])
    places = np.array([unit.number * 16 + pair + MOST_PAIRS for unit, pair in submitted])
    levels = [_level(unit, pair) for unit, pair in submitted]
    for issue in issues:
        period = period_at(issue.number)
        luck = world.luck("bid", of_units(np.array([issue.number // PERIODS_PRICED_ALIKE])) * 16 + places)
        middle = base + 8 * pairs + 12 * (luck - 0.5)
        offers = np.where((luck < NEVER_SHARE) & (pairs > 0), NEVER, np.round(middle + 6, 2)).tolist()
        bids = np.where((luck < NEVER_SHARE) & (pairs < 0), -NEVER, np.round(middle - 6, 2)).tolist()
        for (unit, pair), level, offer, bid in zip(submitted, levels, offers, bids, strict=True):
            yield {
                "dataset": "BOD",
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "timeFrom": period.start,
                "levelFrom": level,
                "timeTo": period.end,
                "levelTo": level,
                "pairId": pair,
                "offer": offer,
                "bid": bid,
                "nationalGridBmUnit": unit.national,
                "bmUnit": unit.bm_unit,
            }


def _level(unit: Unit, pair: int) -> int:
    size = max(1, (unit.capacity_mw or unit.demand_mw) // MOST_PAIRS)
    return size if pair > 0 else -size


SERIES = {"BOD": Periods(_rows, -HOUR_S, axis="timeFrom")}
