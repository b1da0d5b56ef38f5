"""What the publisher holds for true of the grid at an instant: measured before it, foreseen after it.

A forecast is issued with every half-hour, for 48 hours on. It is the grid itself under other winds, clouds and habits;
how far off it is grows with its lead, and each issue takes a piece of that away. What is foreseen depends on the seed,
the half-hour and the issue alone.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from include.simulator import grid
from include.simulator.carbon_intensity.regions import FUELS
from include.simulator.chance import drawn
from include.simulator.weather import EPOCH, HALF_HOUR, Floats, Instants, as_numpy, number_of

FORECAST_HALF_HOURS = 96

# How far off each is, as a share: in the last forecast before a half-hour, and more with each half-hour of lead.
# The last one makes the national forecast miss by 9.9 g/kWh on average, as in 2023.
LAST_ERROR = {"wind": 0.12, "solar": 0.10, "demand": 0.012}
ERROR_PER_LEAD = {"wind": 0.035, "solar": 0.04, "demand": 0.003}
# A forecast is off in the same direction for some hours.
LASTS_HALF_HOURS = 6
# News of a half-hour say little of one that is many hours later.
NEWS_FADE_HALF_HOURS = 96

LEAST_GAS_MW = 300.0

# g/kWh of each fuel in a region's mix.
FACTORS_G_PER_KWH = dict.fromkeys(FUELS, 0) | {
    "gas": grid.GAS_G_PER_KWH,
    "coal": grid.COAL_G_PER_KWH,
    "biomass": grid.BIOMASS_G_PER_KWH,
    "other": grid.OTHER_G_PER_KWH,
    "imports": grid.IMPORTS_G_PER_KWH,
}


@dataclass(frozen=True)
class Span:
    """Half-hours in a row, as their numbers since the epoch: from the first up to, not including, the end."""

    first: int
    end: int

    @property
    def numbers(self) -> NDArray[np.int64]:
        return np.arange(self.first, max(self.first, self.end))

    @property
    def half_hours(self) -> Instants:
        starts: Instants = EPOCH + self.numbers * HALF_HOUR
        return starts

    def before(self, end: int) -> "Span":
        """Return the part before a half-hour."""
        return Span(self.first, min(self.end, end))


@dataclass(frozen=True)
class Outlook:
    """The grid as it is known at `clock`."""

    seed: int
    clock: datetime

    @property
    def running(self) -> int:
        """The number of the half-hour that runs: the last forecast was issued when it began."""
        return number_of(as_numpy(self.clock))

    @property
    def forecast_end(self) -> int:
        """The first half-hour that is not foreseen yet."""
        return self.running + FORECAST_HALF_HOURS

    def measured_mw(self, span: Span) -> dict[str, Floats]:
        """Return MW by fuel as they were, by the names of the grid."""
        truth = grid.reaching(as_numpy(self.clock) + (FORECAST_HALF_HOURS + 1) * HALF_HOUR, seed=self.seed)
        return {name: mw[span.first : max(span.first, span.end)] for name, mw in truth.fuels_mw.items()}

    def foreseen_mw(self, span: Span) -> dict[str, Floats]:
        """Return MW by fuel as last foreseen before each half-hour, or now. Gas fills the gap, else imports do."""
        measured = self.measured_mw(span)
        wind, sun, demand = (1 + self._errors(span, what) for what in ("wind", "solar", "demand"))
        total: Floats = np.sum(list(measured.values()), axis=0)
        foreseen = {**measured, **{name: np.maximum(measured[name] * wind, 0) for name in ("WIND", "WIND_EMB")}}
        foreseen["SOLAR"] = np.maximum(measured["SOLAR"] * sun, 0)
        missing = total * demand - np.sum(list(foreseen.values()), axis=0)
        foreseen["GAS"] = np.maximum(measured["GAS"] + missing, LEAST_GAS_MW)
        too_much = foreseen["GAS"] - measured["GAS"] - missing
        foreseen["IMPORTS"] = np.maximum(measured["IMPORTS"] - too_much, 0)
        return foreseen

    def _errors(self, span: Span, what: str) -> Floats:
        """Return how far off the forecast of each half-hour is: what its last issue still misses, and news to come."""
        last = LAST_ERROR[what] * self._lasting(span, f"{what} last forecast")
        ahead = np.arange(self.running + 1, max(self.running + 1, span.end))
        news = _spread(drawn(self.seed, f"{what} news", ahead)).tolist()
        keeps = float(np.exp(-1 / NEWS_FADE_HALF_HOURS))
        grown = list(accumulate(news, lambda before, new: keeps * before + new))
        to_come = np.zeros(len(span.numbers))
        is_ahead = span.numbers > self.running
        to_come[is_ahead] = np.array(grown)[span.numbers[is_ahead] - self.running - 1]
        return last + ERROR_PER_LEAD[what] * to_come

    def _lasting(self, span: Span, name: str) -> Floats:
        """Return luck that turns slowly from half-hour to half-hour."""
        blocks = span.numbers // LASTS_HALF_HOURS
        before, after = (_spread(drawn(self.seed, name, each)) for each in (blocks, blocks + 1))
        between = (span.numbers % LASTS_HALF_HOURS) / LASTS_HALF_HOURS
        turning: Floats = before * (1 - between) + after * between
        return turning


def intensity_of(mw: dict[str, Floats]) -> Floats:
    """Return g/kWh of what is consumed, not rounded, as the portal has it."""
    generation: Floats = np.sum(list(mw.values()), axis=0)
    return grid.carbon_intensity(mw, generation)


def mix_of(mw: dict[str, Floats]) -> Floats:
    """Return the share of each fuel, 0 to 1, one column for each of FUELS; the API tells of no storage."""
    wind = mw["WIND"] + mw["WIND_EMB"]
    columns = [wind if fuel == "wind" else mw[fuel.upper()] for fuel in FUELS]
    stacked: Floats = np.stack(columns, axis=1)
    shares: Floats = stacked / stacked.sum(axis=1, keepdims=True)
    return shares


def _spread(uniform: Floats) -> Floats:
    """Return numbers of mean 0 and deviation 1."""
    spread: Floats = (2 * uniform - 1) * np.sqrt(3)
    return spread
