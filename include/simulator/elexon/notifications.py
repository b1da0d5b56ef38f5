"""What units say that they will do, and the most they can: PN, QPN, MELS and MILS.

A notification is a line from the beginning of a settlement period to its end; some bend within it. A limit may be told
anew while the period runs: with a higher sequence, from some minute on.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from include.simulator.elexon.levels import levels_mw, of_units
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Periods
from include.simulator.elexon.settlement import DAY_S, HALF_HOUR_S, HOUR_S, Period, period_at, stamp
from include.simulator.elexon.world import World

# Notifications are final an hour before their period.
GATE_CLOSES_S = -HOUR_S
BENT_SHARE = 0.08
QUIESCENT_SHARE = 0.02
RENOTIFIED_SHARE = 0.04
# Sequences are handed out to all units in turn, this many a second.
SEQUENCE_AT, SEQUENCE_AT_S, SEQUENCES_PER_S = 164_054_234, 1_744_279_220, 0.0515

Levels = NDArray[np.int64]


def _pn(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield the lines of every unit, period by period, the latest first."""
    for issue, begins, ends, luck in _edges(world, issues):
        period = period_at(issue.number)
        bent = np.flatnonzero(luck < BENT_SHARE).tolist()
        bends = {at: period.start_s + 60 * (1 + int(luck[at] / BENT_SHARE * 29)) for at in bent}
        for at, second in bends.items():
            yield _line("PN", world, period, at, second, None, (begins[at] + 2 * ends[at]) // 3, ends[at])
        for at in range(len(begins)):
            end_s = bends.get(at)
            level = (begins[at] + 2 * ends[at]) // 3 if end_s else ends[at]
            yield _line("PN", world, period, at, None, end_s, begins[at], level)


def _qpn(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
    """Yield what is to be deducted, nearly always nothing."""
    for issue, begins, _, luck in _edges(world, issues):
        period = period_at(issue.number)
        for at in range(len(begins)):
            level = begins[at] // 10 if luck[at] > 1 - QUIESCENT_SHARE else 0
            yield _line("QPN", world, period, at, None, None, level, level)


def _edges(world: World, issues: Sequence[Issue]) -> Iterator[tuple[Issue, list[int], list[int], NDArray[np.float64]]]:
    """Yield, for each issue, the levels at both edges of its period, and luck for each unit."""
    numbers = np.array([issue.number for issue in issues])
    at_edges = levels_mw(world, np.unique(np.append(numbers, numbers + 1)))
    places = {number: at for at, number in enumerate(np.unique(np.append(numbers, numbers + 1)).tolist())}
    luck = world.luck("unit line", of_units(numbers)[:, None] + np.arange(len(world.fleet.units)))
    for at, issue in enumerate(issues):
        begin, end = places[issue.number], places[issue.number + 1]
        yield issue, at_edges[begin].tolist(), at_edges[end].tolist(), luck[at]


def _line(
    code: str, world: World, period: Period, at: int, begin_s: int | None, end_s: int | None, *levels: int
) -> Row:
    unit = world.fleet.units[at]
    return {
        "dataset": code,
        "settlementDate": period.date,
        "settlementPeriod": period.period,
        "timeFrom": stamp(begin_s) if begin_s else period.start,
        "timeTo": stamp(end_s) if end_s else period.end,
        "levelFrom": levels[0],
        "levelTo": levels[1],
        "nationalGridBmUnit": unit.national,
        "bmUnit": unit.bm_unit,
    }


def _limits(code: str, limit_of: Callable[[World], list[int]]) -> Callable[[World, Sequence[Issue]], Iterator[Row]]:
    def rows(world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        numbers = np.array([issue.number for issue in issues])
        places = of_units(numbers)[:, None] + np.arange(len(world.fleet.units))
        early = world.luck(f"{code} notified", places // 48)
        again = world.luck(f"{code} notified again", places)
        standing = limit_of(world)
        for at, issue in enumerate(issues):
            period = period_at(issue.number)
            for unit, luck in enumerate(again[at].tolist()):
                if luck < RENOTIFIED_SHARE:
                    yield _limit(code, world, period, unit, standing[unit] // 2, luck / RENOTIFIED_SHARE)
                yield _limit(code, world, period, unit, standing[unit], -1 - 40 * float(early[at, unit]))

    return rows


def _limit(code: str, world: World, period: Period, at: int, level: int, notified: float) -> Row:
    """Return a limit that is notified so many half-hours after the period's start; from then on it holds."""
    notified_s = period.start_s + int(notified * (HALF_HOUR_S - 60))
    begin_s = max(period.start_s, notified_s - notified_s % 60)
    line = _line(code, world, period, at, begin_s, None, level, level)
    names = {name: line.pop(name) for name in ("nationalGridBmUnit", "bmUnit")}
    sequence = SEQUENCE_AT + int((notified_s - SEQUENCE_AT_S) * SEQUENCES_PER_S) % (1 << 28)
    return {**line, "notificationTime": stamp(notified_s), "notificationSequence": sequence, **names}


def _export_limits(world: World) -> list[int]:
    return [unit.capacity_mw for unit in world.fleet.units]


def _import_limits(world: World) -> list[int]:
    return [-unit.demand_mw for unit in world.fleet.units]


SERIES = {
    "PN": Periods(_pn, GATE_CLOSES_S),
    "QPN": Periods(_qpn, GATE_CLOSES_S),
    "MELS": Periods(_limits("MELS", _export_limits), -DAY_S, axis="timeFrom", told_by="notificationTime"),
    "MILS": Periods(_limits("MILS", _import_limits), -DAY_S, axis="timeFrom", told_by="notificationTime"),
}
