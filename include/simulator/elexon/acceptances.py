"""Bids and offers that the system operator has taken: BOALF, as lines that go on over several settlement periods.

A number is a unit's own: another unit may have an acceptance of the same number. A line that begins within a period may
be listed under the next one.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from include.simulator.elexon.levels import levels_mw, of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import EPOCH_S, HALF_HOUR_S, HOUR_S, half_hour_at, period_at, stamp
from include.simulator.elexon.units import Unit
from include.simulator.elexon.world import World

ACCEPTED_SHARE = 0.12  # of the units that take bids, in each half-hour
UP_SHARE = 0.5  # the others run lower
MOST_RAMP_MIN, LONGEST_HALF_HOURS, LONGEST_NOTICE_MIN = 11, 6, 30
LISTED_LATER_SHARE, DEEMED_SHARE, SYSTEM_SHARE, UNKNOWN_SHARE = 0.1, 0.02, 0.3, 0.02
FIRST_NUMBER = 260_000  # of half-hours: acceptance numbers count from here
AMENDMENTS = ("ORI",) * 17 + ("UPD", "INS", "DEL")
# What is drawn of each acceptance.
DRAWN = ("direction", "begins", "ramps", "holds", "notice", "listed", "deemed", "system", "amended", "replacing")


def _rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield the lines of the acceptances that begin in each half-hour, the latest line first."""
    numbers = np.array([issue.number for issue in issues])
    places = of_units(numbers)[:, None] + np.arange(len(world.fleet.units))
    takes_bids = np.array([unit.takes_bids for unit in world.fleet.units])
    is_accepted = (world.luck("accepted", places) < ACCEPTED_SHARE) & takes_bids
    levels = levels_mw(world, numbers)
    luck = {name: world.luck(f"acceptance {name}", places) for name in DRAWN}
    for row, at in np.argwhere(is_accepted).tolist():
        drawn = {name: float(each[row, at]) for name, each in luck.items()}
        yield from reversed(_acceptance(issues[row].number, world.fleet.units[at], int(levels[row, at]), drawn))


def _acceptance(half_hour: int, unit: Unit, level: int, drawn: dict[str, float]) -> list[Row]:
    """Return up (or down), along and back, as three lines."""
    by = max(1, (unit.capacity_mw or unit.demand_mw) // 3) * (1 if drawn["direction"] < UP_SHARE else -1)
    begin_s = EPOCH_S + half_hour * HALF_HOUR_S + 60 * int(30 * drawn["begins"])
    ramp_s = 60 * (2 + int((MOST_RAMP_MIN - 1) * drawn["ramps"]))
    hold_s = HALF_HOUR_S * (1 + int((LONGEST_HALF_HOURS - 1) * drawn["holds"]))
    points = (begin_s, begin_s + ramp_s, begin_s + ramp_s + hold_s, begin_s + 2 * ramp_s + hold_s)
    heights = (level, level + by, level + by, level)
    accepted_s = begin_s - 60 * (2 + int((LONGEST_NOTICE_MIN - 2) * drawn["notice"]))
    about = {
        "acceptanceNumber": half_hour - FIRST_NUMBER,
        "acceptanceTime": stamp(accepted_s),
        "deemedBoFlag": drawn["deemed"] < DEEMED_SHARE,
        "soFlag": drawn["system"] < SYSTEM_SHARE,
        "amendmentFlag": AMENDMENTS[int(drawn["amended"] * len(AMENDMENTS))],
        "storFlag": False,
        "rrFlag": None if drawn["replacing"] < UNKNOWN_SHARE else False,
        **unit.names,
    }
    is_later = drawn["listed"] < LISTED_LATER_SHARE
    return [
        {
            **_listed(points[line], points[line + 1], is_later=is_later),
            "levelFrom": heights[line],
            "levelTo": heights[line + 1],
            **about,
        }
        for line in range(3)
    ]


def _listed(begin_s: int, end_s: int, *, is_later: bool) -> Row:
    """Return the times of a line and the periods it is listed under."""
    last = half_hour_at(end_s)
    first = min(half_hour_at(begin_s) + is_later, last)
    return {
        "dataset": "BOALF",
        "settlementDate": period_at(first).date,
        "settlementPeriodFrom": period_at(first).period,
        "settlementPeriodTo": period_at(last).period,
        "timeFrom": stamp(begin_s),
        "timeTo": stamp(end_s),
    }


SERIES = {
    "BOALF": Periods(
        _rows,
        -HOUR_S,
        axis="timeFrom",
        told_by="acceptanceTime",
        period_member="settlementPeriodFrom",
        reaches_on=LONGEST_HALF_HOURS + 1,
        at_once=48,
    )
}
