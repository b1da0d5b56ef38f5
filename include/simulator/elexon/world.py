"""The world that all datasets tell of, as it is known at the clock: the grid, luck, and the BM units."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from include.simulator import grid
from include.simulator.chance import drawn
from include.simulator.elexon.incidents import Incident
from include.simulator.elexon.settlement import DAY_S, EPOCH_S, HALF_HOUR_S, half_hour_at, stamp, utc
from include.simulator.elexon.units import Fleet, fleet
from include.simulator.weather import Floats

Numbers = NDArray[np.int64]

# Forecasts of a fortnight look so far into the grid.
AHEAD_S = 15 * DAY_S
# It is generated to the end of a year that this divides, so that clocks that differ share one.
YEARS_AT_ONCE = 5
HALF_HOURS_OF_52_WEEKS = 52 * 7 * 48


@dataclass(frozen=True)
class World:
    """What is true, and what of it is known by `clock_s`."""

    seed: int
    clock_s: int
    units: int
    incidents: tuple[Incident, ...] = ()  # of what is told of generation; the truth has none
    known_from: int | None = None  # the half-hour from which demand follows a formula

    @cached_property
    def clock(self) -> str:
        """The clock, as the API writes it."""
        return stamp(self.clock_s)

    @property
    def fleet(self) -> Fleet:
        return fleet(self.units)

    def luck(self, name: str, numbers: Numbers) -> Floats:
        """Return a number in [0, 1) for each of `numbers`, always the same."""
        return drawn(self.seed, f"bmrs {name}", numbers)

    def drift(self, name: str, numbers: Numbers, *, steps: int) -> Floats:
        """Return luck in [-1, 1] that turns slowly, over so many numbers."""
        blocks = numbers // steps
        before, after = (2 * self.luck(name, each) - 1 for each in (blocks, blocks + 1))
        share = (numbers % steps) / steps
        turning: Floats = before * (1 - share) + after * share
        return turning

    def mw(self, fuel: str, half_hours: Numbers) -> Floats:
        """Return MW by a fuel of the grid; half-hours it does not have are those at its edge."""
        series = self._truth.fuels_mw[fuel]
        found: Floats = series[np.clip(half_hours, 0, len(series) - 1)]
        return found

    @cached_property
    def _truth(self) -> grid.Grid:
        year = utc(self.clock_s + AHEAD_S).year // YEARS_AT_ONCE * YEARS_AT_ONCE + YEARS_AT_ONCE
        return grid.reaching(np.datetime64(f"{year - 1}-12-01", "s"), seed=self.seed)


def a_year_or_more_ago(half_hours: Numbers, known_s: int) -> Numbers:
    """Return half-hours like these, whole years of 52 weeks before, that lie before an instant."""
    years = np.maximum(0, -(-(half_hours - half_hour_at(known_s)) // HALF_HOURS_OF_52_WEEKS))
    before: Numbers = half_hours - years * HALF_HOURS_OF_52_WEEKS
    return before


def numbers_between(begin_s: int, end_s: int, *, every_s: int = HALF_HOUR_S) -> Numbers:
    """Return the numbers of what begins every so many seconds since the epoch, from one instant to another."""
    return np.arange(-(-(begin_s - EPOCH_S) // every_s), (end_s - EPOCH_S) // every_s + 1, dtype=np.int64)
