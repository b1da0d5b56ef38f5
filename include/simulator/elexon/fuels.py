"""What each fuel and each interconnector gives: every five minutes (FUELINST) and every half-hour (FUELHH).

A half-hour is the mean of its six snapshots. Both tell of the grid that all publishers share; it has the cables as one
sum, which is split here, and no pumping, which is made up here. Incidents change what they tell, and not the grid.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from include.simulator.elexon import incidents
from include.simulator.elexon.codes import CABLES_MW, CODES, SINCE_S, is_cable
from include.simulator.elexon.incidents import SNAPSHOT_S, Incident
from include.simulator.elexon.rows import Row
from include.simulator.elexon.series import Issue, Series, Span
from include.simulator.elexon.settlement import EPOCH_S, HALF_HOUR_S, HOUR_S, half_hour_at, period_at, stamp
from include.simulator.elexon.world import Numbers, World, numbers_between
from include.simulator.weather import Floats

SNAPSHOTS = HALF_HOUR_S // SNAPSHOT_S

Telling: TypeAlias = dict[str, tuple[int, str]]  # MW and when they are published, by code

# Those to Ireland mostly export.
IRISH = ("INTEW", "INTGRNL", "INTIRL")
# While less than half of them is needed, the others swing by so much of what they carry.
HALF, SWING_SHARE = 0.5, 0.2

# One snapshot in 200 is late by minutes, one hour in 500 is late as a whole.
LATE_SHARE, LATE_HOUR_SHARE = 1 / 200, 1 / 500
LATEST_S, LATEST_HOUR_S = 20 * 60, 15_360
# Some fuels of one snapshot in 150 are told anew with another value, within a day.
REVISED_SHARE, REVISED_FUELS_SHARE = 1 / 150, 0.3
REVISED_WITHIN_S = 24 * HOUR_S


def half_hourly_mw(world: World, half_hours: Numbers) -> dict[str, Floats]:
    """Return MW by code in the middle of each half-hour, before it is published in whole numbers."""
    mw = {
        code: world.mw(name, half_hours)
        for code, name in (("BIOMASS", "BIOMASS"), ("COAL", "COAL"), ("NPSHYD", "HYDRO"), ("NUCLEAR", "NUCLEAR"))
    }
    gas = world.mw("GAS", half_hours)
    mw["OCGT"] = np.clip((gas - 21_000) / 8, 0, 1_200)
    mw["CCGT"] = gas - mw["OCGT"]
    mw["OIL"] = np.zeros(len(half_hours))
    mw["OTHER"], mw["WIND"] = world.mw("OTHER", half_hours), world.mw("WIND", half_hours)
    mw["PS"] = _pumped_storage(world, half_hours)
    return mw | _cables(world, half_hours)


def _pumped_storage(world: World, half_hours: Numbers) -> Floats:
    """Return what it gives at the peaks, and, where the grid has nothing of it, what it takes."""
    gives = world.mw("STORAGE", half_hours)
    takes = 300 + 900 * (1 + world.drift("pumps", half_hours, steps=6))
    return np.where(gives > 0, gives, -takes)


def _cables(world: World, half_hours: Numbers) -> dict[str, Floats]:
    """Split what the cables bring between those that there were; those to Ireland mostly take some of it."""
    begun = EPOCH_S + half_hours * HALF_HOUR_S
    laid = {code: np.where(begun >= SINCE_S[code], mw, 0) for code, mw in CABLES_MW.items()}
    flows = {code: -laid[code] * np.clip(0.5 + 0.7 * world.drift(code, half_hours, steps=9), -0.3, 1) for code in IRISH}
    # The grid tells what comes in; what goes out to Ireland goes beside it.
    missing = world.mw("IMPORTS", half_hours) - sum(np.maximum(flow, 0) for flow in flows.values())
    others = [code for code in CABLES_MW if code not in IRISH]
    wanted = {code: laid[code] * (1 + 0.3 * world.drift(code, half_hours, steps=7)) for code in others}
    share = missing / np.maximum(sum(wanted.values()), 1)
    swings = {code: laid[code] * world.drift(f"{code} swing", half_hours, steps=3) for code in others}
    # What one brings beside its share, others take: in sum it is nothing.
    evenly = sum(swings.values()) / np.maximum(sum(laid[code] for code in others), 1)
    for code in others:
        swing = SWING_SHARE * (swings[code] - evenly * laid[code]) * (share < HALF)
        flows[code] = np.clip(wanted[code] * share + swing, -laid[code], laid[code])
    return flows


def snapshots_mw(world: World, snapshots: Numbers, planted: Sequence[Incident] = ()) -> dict[str, Floats]:
    """Return whole MW by code of each five minutes, numbered since the epoch, as told under planted incidents."""
    first, last = int(snapshots.min()) // SNAPSHOTS - 1, int(snapshots.max()) // SNAPSHOTS + 1
    half_hours = np.arange(first, last + 1)
    between = (snapshots + 0.5) / SNAPSHOTS - 0.5
    true = {}
    for code, mw in half_hourly_mw(world, half_hours).items():
        stir = 1 + 0.006 * (2 * world.luck(f"{code} stir", snapshots) - 1)
        true[code] = np.rint(np.interp(between, half_hours, mw) * stir)
    return incidents.misread_mw((*incidents.ON_RECORD, *planted), true, EPOCH_S + snapshots * SNAPSHOT_S)


def means_mw(world: World, half_hours: Numbers, planted: Sequence[Incident] = ()) -> dict[str, Floats]:
    """Return whole MW by code of each half-hour: the mean of its snapshots."""
    snapshots = (half_hours[:, None] * SNAPSHOTS + np.arange(SNAPSHOTS)).ravel()
    told = snapshots_mw(world, snapshots, planted)
    return {code: np.rint(mw.reshape(-1, SNAPSHOTS).mean(axis=1)) for code, mw in told.items()}


@dataclass(frozen=True)
class FuelOutturn(Series):
    """FUELINST or FUELHH: one row for each fuel, published when its time is over; some are told anew."""

    code: str
    every_s: int
    at_once: int = 288

    def issues(self, world: World, span: Span) -> list[Issue]:
        reach_s = 0 if span.is_of_starts else self.every_s + LATEST_HOUR_S + REVISED_WITHIN_S
        numbers = numbers_between(span.begin_s - reach_s, span.end_s, every_s=self.every_s)
        first, again = self._told_s(world, numbers)
        known = first <= world.clock_s
        if not span.is_of_starts:
            is_within = (first >= span.begin_s) & (first <= span.end_s)
            known &= is_within | ((again >= span.begin_s) & (again <= span.end_s) & (again <= world.clock_s))
        chosen = np.flatnonzero(known)[::-1].tolist()
        return [Issue(int(numbers[at]), int(first[at])) for at in chosen]

    def _told_s(self, world: World, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Return when each is published, and when some of it is told anew; never, where it lies before."""
        begun = EPOCH_S + numbers * self.every_s
        first = begun + self.every_s + self._late_s(world, numbers, begun)
        luck = world.luck(f"{self.code} revised", numbers)
        after = (luck / REVISED_SHARE * REVISED_WITHIN_S).astype(np.int64) // SNAPSHOT_S * SNAPSHOT_S
        again = np.where(luck < REVISED_SHARE, first + SNAPSHOT_S + after, 0)
        return first, incidents.told_again_s(world.incidents, begun, self.every_s, first, again)

    def _late_s(self, world: World, numbers: Numbers, begun: Numbers) -> Numbers:
        luck = world.luck(f"{self.code} late", numbers)
        minutes = (luck / LATE_SHARE * LATEST_S // 60).astype(np.int64)
        late = np.where(luck < LATE_SHARE, minutes * 60, 0)
        hours = (begun + self.every_s - 1 - EPOCH_S) // HOUR_S
        is_late = world.luck("late hour", hours) < LATE_HOUR_SHARE
        # Of half-hours, those that begin within a failover on record; of planted ones, all that have some of it.
        is_late |= incidents.struck_by(incidents.ON_RECORD, begun, SNAPSHOT_S, incidents.FAILOVER)
        hour_late = (world.luck("late hour by", hours) * (LATEST_HOUR_S - HOUR_S)).astype(np.int64) // 60 * 60
        return incidents.late_s(world.incidents, begun, self.every_s, np.where(is_late, hour_late, late))

    def rows(self, world: World, issues: Sequence[Issue]) -> Iterator[Row]:
        numbers = np.array([issue.number for issue in issues])
        figures = (snapshots_mw if self.every_s == SNAPSHOT_S else means_mw)(world, numbers, world.incidents)
        mw = {code: each.astype(np.int64).tolist() for code, each in figures.items()}
        again = self._told_s(world, numbers)[1].tolist()
        begun = EPOCH_S + numbers * self.every_s
        is_doubled = incidents.struck_by(world.incidents, begun, self.every_s, incidents.DOUBLED)
        for at, issue in enumerate(issues):
            told = {code: (mw[code][at], stamp(issue.told_s)) for code in self._codes(world, issue.number)}
            if is_doubled[at]:
                yield from self._rows_of(issue.number, _with_more(told, stamp(again[at])))
            elif 0 < again[at] <= world.clock_s:
                told |= self._revised(world, issue.number, told, stamp(again[at]))
            yield from self._rows_of(issue.number, told)

    def _codes(self, world: World, number: int) -> list[str]:
        """Return the codes that are told of, in their order."""
        start_s = EPOCH_S + number * self.every_s
        known = {code for code in CODES if SINCE_S[code] <= start_s}
        return sorted(known | self._planted_codes(world, number))

    def _planted_codes(self, world: World, number: int) -> set[str]:
        start_s = EPOCH_S + number * self.every_s
        return incidents.codes_at(world.incidents, start_s, start_s + self.every_s)

    def _rows_of(self, number: int, told: Telling) -> Iterator[Row]:
        start_s = EPOCH_S + number * self.every_s
        start, period = stamp(start_s), period_at(half_hour_at(start_s))
        for code, (mw, published) in told.items():
            yield {
                "dataset": self.code,
                "publishTime": published,
                "startTime": start,
                "settlementDate": period.date,
                "settlementPeriod": period.period,
                "fuelType": code,
                "generation": mw,
            }

    def _revised(self, world: World, number: int, told: Telling, published: str) -> Telling:
        """Return what is told anew, of some fuels only."""
        luck = world.luck(f"{self.code} revised fuel", number * len(CODES) + np.arange(len(CODES)))
        by = world.luck(f"{self.code} revised by", number * len(CODES) + np.arange(len(CODES)))
        struck = {at for at in range(len(CODES)) if luck[at] < REVISED_FUELS_SHARE} or {0, 1}
        movable = told.keys() - self._planted_codes(world, number)
        moved_by = {CODES[at]: round(120 * by[at]) - 60 or 1 for at in struck if CODES[at] in movable}
        return {code: (_moved(code, told[code][0], each), published) for code, each in moved_by.items()}


def _moved(code: str, mw: int, by: int) -> int:
    """Return a figure as it is told anew; what cannot be taken stays above nothing."""
    is_signed = code == "PS" or is_cable(code)
    return mw + by if is_signed or mw + by >= 0 else mw + abs(by)


def _with_more(told: Telling, published: str) -> Telling:
    """Return the same once more, a little higher."""
    return {code: (mw + incidents.DOUBLED_MORE_MW, published) for code, (mw, _) in told.items()}


FUELINST = FuelOutturn("FUELINST", SNAPSHOT_S)
FUELHH = FuelOutturn("FUELHH", HALF_HOUR_S, at_once=48)
