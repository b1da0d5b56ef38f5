"""How the publisher tells the same half-hours differently from one publication to the next.

It publishes every hour and rewrites about 96 days back, so that some 430 half-hours a day change; about two in five
of them only flicker by 1 in GENERATION or CARBON_INTENSITY. What is told at an instant depends only
on the seed and that instant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from include.simulator import grid
from include.simulator.chance import drawn
from include.simulator.neso.columns import FUELS, MEASURES, WHOLE_NUMBERS
from include.simulator.neso.table import Column, Edition, Table
from include.simulator.weather import EPOCH, Floats, as_numpy, number_of

# From half past the hour before last: the newest half-hour is 1.2 to 2.4 h old, as observed.
PUBLISHED_AT_MINUTE = 14
PUBLISHED_WITHIN_S = 240

# Nothing older is ever rewritten.
REWRITTEN_HALF_HOURS = 98 * 48

# Age at a revision: 24 % come within 2 days, 17 % more within 7, 20 % more within 31, the rest by day 96.
AGE_SHARES, AGES_H = (0.0, 0.24, 0.41, 0.61, 1.0), (1.0, 48.0, 168.0, 744.0, 2300.0)

HIGHEST_INTENSITY_G_PER_KWH = 644

# HYDRO and STORAGE are spelt without a decimal, but for two hours in 75 days.
FEW_DECIMALS_SHARE = 1 / 900


@dataclass(frozen=True)
class Revision:
    """A kind of correction: half-hours of one block are corrected together, up to `times` in their life."""

    column: str
    block_rows: int
    times: int
    chance: float
    size: float  # deviation before the correction, in the column's unit, or as a share of the value
    is_share: bool = False
    is_flicker: bool = False


REVISIONS = (
    Revision("SOLAR", block_rows=48, times=5, chance=0.9, size=0.12, is_share=True),
    Revision("OTHER", block_rows=6, times=2, chance=0.6, size=170),
    Revision("IMPORTS", block_rows=4, times=1, chance=0.45, size=110),
    Revision("WIND_EMB", block_rows=24, times=2, chance=0.6, size=0.05, is_share=True),
    Revision("GAS", block_rows=21, times=1, chance=0.003, size=1_500),
    Revision("CARBON_INTENSITY", block_rows=12, times=2, chance=0.8, size=7),
    Revision("GENERATION", block_rows=1, times=2, chance=0.85, size=1, is_flicker=True),
    Revision("CARBON_INTENSITY", block_rows=1, times=2, chance=0.85, size=1, is_flicker=True),
)


@dataclass(frozen=True)
class SimulatedHistory:
    """The publisher's whole history, from `first` on, as its own clock has it."""

    seed: int
    first: np.datetime64
    truth: grid.Grid

    @classmethod
    def until(cls, end: datetime, *, seed: int, first: np.datetime64 = EPOCH) -> "SimulatedHistory":
        """Return a history that knows every half-hour that begins before `end`."""
        return cls(seed, first, grid.reaching(as_numpy(end), seed=seed))

    def knows(self, clock: datetime) -> bool:
        """Tell whether the history reaches as far as what is published at this instant."""
        return bool(newest_published(publication_at(clock, self.seed)) <= self.truth.half_hours[-1])

    def edition_at(self, clock: datetime) -> Edition:
        """Return what the publisher shows when its clock stands at `clock`."""
        published_at = publication_at(clock, self.seed)
        end = number_of(newest_published(published_at)) + 1
        begin = max(end - REWRITTEN_HALF_HOURS, 0)
        recent = _as_told(self.truth, slice(begin, end), self.seed, published_at)
        shown = slice(max(number_of(self.first), 0), end)
        columns = {
            name: Column(np.append(self.settled[name][:begin], recent[name])[shown], self.decimals(name)[shown])
            for name in MEASURES
        }
        return Edition(published_at, Table(self.truth.half_hours[shown], columns))

    @cached_property
    def settled(self) -> dict[str, Floats]:
        """Every published number once nothing is revised any more."""
        return _as_told(self.truth, slice(0, len(self.truth.half_hours)), self.seed, None)

    def decimals(self, name: str) -> NDArray[np.int8]:
        """Return how many decimals each number is spelt with."""
        return self._few_decimals if name in WHOLE_NUMBERS else self._one_decimal

    @cached_property
    def _one_decimal(self) -> NDArray[np.int8]:
        return np.ones(len(self.truth.half_hours), np.int8)

    @cached_property
    def _few_decimals(self) -> NDArray[np.int8]:
        """None, but for a few half-hours in a row now and then."""
        numbers = np.arange(len(self.truth.half_hours))
        return (drawn(self.seed, "decimals", numbers // 4) < FEW_DECIMALS_SHARE).astype(np.int8)


def publication_at(clock: datetime, seed: int) -> datetime:
    """Return the instant of the last hourly publication up to `clock`."""
    hour = clock.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    this_hour = _publication_of(hour, seed)
    return this_hour if this_hour <= clock else _publication_of(hour - timedelta(hours=1), seed)


def newest_published(published_at: datetime) -> np.datetime64:
    """Return the newest half-hour of a publication: the start of the hour before it."""
    newest: np.datetime64 = as_numpy(published_at).astype("datetime64[h]").astype("datetime64[s]")
    return newest - np.timedelta64(3600, "s")


def _publication_of(hour: datetime, seed: int) -> datetime:
    number = np.array([int(hour.timestamp()) // 3600])
    late_s = float(drawn(seed, "publication", number)[0]) * PUBLISHED_WITHIN_S
    return hour + timedelta(minutes=PUBLISHED_AT_MINUTE, microseconds=int(late_s * 1e6))


def _as_told(truth: grid.Grid, rows: slice, seed: int, published_at: datetime | None) -> dict[str, Floats]:
    """Return every published number of these half-hours, as told by a publication, or by the last of all (None)."""
    numbers = np.arange(rows.start, rows.stop)
    told = {fuel: truth.fuels_mw[fuel][rows] for fuel in FUELS}
    off = dict.fromkeys(("GENERATION", "CARBON_INTENSITY"), np.zeros(len(numbers)))
    for revision, deviation in _deviations(numbers, published_at, seed) if published_at else ():
        if revision.column in told:
            told[revision.column] = _deviated(told[revision.column], revision, deviation)
        else:
            off[revision.column] = off[revision.column] + deviation
    generation = sum(told.values()) + _rounding(seed, numbers) + off["GENERATION"]
    intensity = np.rint(grid.carbon_intensity(told, generation) + off["CARBON_INTENSITY"])
    intensity = np.clip(intensity, 1, HIGHEST_INTENSITY_G_PER_KWH)
    return _with_groups(told, generation, intensity, drawn(seed, "zero carbon", numbers // 8))


def _deviations(numbers: NDArray[np.int64], published_at: datetime, seed: int) -> Iterator[tuple[Revision, Floats]]:
    """Yield, for each kind of revision, how far these half-hours still are from the truth."""
    published_hour = int(published_at.timestamp()) // 3600
    epoch_hour = int(EPOCH.astype(int)) // 3600
    for kind, revision in enumerate(REVISIONS):
        blocks = numbers // revision.block_rows
        complete_hour = epoch_hour + (blocks + 1) * revision.block_rows // 2 + 1
        ages_h = (published_hour - complete_hour).astype(float)
        deviation = np.zeros(len(numbers))
        for step in range(revision.times):
            due = drawn(seed, f"{kind} {step} happens", blocks) < revision.chance
            due &= ages_h < _age_at_revision(revision, drawn(seed, f"{kind} {step} age", blocks))
            deviation += due * _step(revision, seed, f"{kind} {step}", numbers, blocks)
        yield revision, deviation


def _age_at_revision(revision: Revision, luck: Floats) -> Floats:
    """Return the hours after which a block is corrected."""
    if revision.is_flicker:
        return 1 + luck * (AGES_H[-1] - 1)
    ages: Floats = np.interp(luck, AGE_SHARES, AGES_H)
    return ages


def _step(revision: Revision, seed: int, name: str, numbers: NDArray[np.int64], blocks: NDArray[np.int64]) -> Floats:
    """Return what one correction takes away: about the same over a block, a little different in each half-hour."""
    if revision.is_flicker:
        return np.sign(drawn(seed, f"{name} sign", numbers) - 0.5)
    whole = 2 * drawn(seed, f"{name} block", blocks) - 1
    own = 2 * drawn(seed, f"{name} own", numbers) - 1
    return revision.size * (1.3 * whole + 0.5 * own)


def _deviated(true: Floats, revision: Revision, deviation: Floats) -> Floats:
    """Return a fuel off the truth, in whole MW; what is 0 stays 0, as solar at night."""
    off = true * deviation if revision.is_share else deviation
    return np.where(true > 0, np.maximum(np.rint(true + off), 0), true)


def _rounding(seed: int, numbers: NDArray[np.int64]) -> Floats:
    """Return the total minus the sum of the fuels: 0 in 92 %, 1 either way in 8 %, 2 in a few of 10,000."""
    luck = np.searchsorted((0.0002, 0.04, 0.96, 0.9998), drawn(seed, "rounding", numbers))
    off: Floats = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])[luck]
    return off


def _with_groups(mw: dict[str, Floats], generation: Floats, intensity: Floats, luck: Floats) -> dict[str, Floats]:
    """Return the fuels with their sums and their percentages."""
    renewable = mw["WIND"] + mw["WIND_EMB"] + mw["HYDRO"] + mw["SOLAR"] + mw["STORAGE"]
    low_carbon = renewable + mw["NUCLEAR"] + mw["BIOMASS"]
    # The published ZERO_CARBON fits no fixed sum: mostly low carbon without embedded wind, and some of the imports.
    zero_carbon = low_carbon - mw["WIND_EMB"] + np.rint(np.maximum(luck - 0.5, 0) * 0.4 * mw["IMPORTS"])
    told = mw | {"GENERATION": generation, "CARBON_INTENSITY": intensity, "LOW_CARBON": low_carbon}
    told |= {"ZERO_CARBON": zero_carbon, "RENEWABLE": renewable, "FOSSIL": mw["GAS"] + mw["COAL"]}
    for name in (*FUELS, "GENERATION", "LOW_CARBON", "RENEWABLE", "FOSSIL"):
        told[f"{name}_perc"] = np.round(100 * told[name] / generation, 1)
    at_home = generation - mw["WIND_EMB"] - mw["IMPORTS"]
    told["ZERO_CARBON_perc"] = np.minimum(np.round(100 * zero_carbon / at_home, 1), 96.9)
    return told
