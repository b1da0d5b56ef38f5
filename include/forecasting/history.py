"""What was known of a half-hourly series at an origin."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from include.settlement import HALF_HOUR, starts_half_hour

HALF_HOURS = 96  # how far every forecast reaches
DAY = 48


class TooLittleHistoryError(ValueError):
    """A history is too short, or has too few known values, for what was asked."""


@dataclass(frozen=True)
class History:
    """What was known of a series at an origin: a value for each half-hour from `first_at` on, NaN where none was known.

    `values` has shape (n,), in the unit of its target. The first and the last value are known. Raises ValueError where
    they are not, where a value is infinite, or where `first_at` does not start a half-hour of UTC.
    """

    first_at: datetime
    values: NDArray[np.float64]
    beside: NDArray[np.float64] | None = None
    """Of the same half-hours what was known of another series that bears on it, as wind does on gas; None for none."""

    def __post_init__(self) -> None:
        if not starts_half_hour(self.first_at):
            raise ValueError(f"{self.first_at.isoformat()} does not start a half-hour")
        if self.values.ndim != 1 or not len(self.values):
            raise ValueError("a history needs a row of values")
        if np.isnan(self.values[[0, -1]]).any():
            raise ValueError("the first and the last value of a history must be known")
        if np.isinf(self.values).any():
            raise ValueError("a history holds an infinite value")
        if self.beside is not None and self.beside.shape != self.values.shape:
            raise ValueError("what stands beside a history has as many half-hours")

    @property
    def ended_at(self) -> datetime:
        """Return the end (UTC) of the newest known half-hour."""
        return self.instant_of(len(self.values))

    def position_of(self, instant: datetime) -> int:
        """Return how many half-hours after `first_at` an instant lies; it may lie outside of the history."""
        return (instant - self.first_at) // HALF_HOUR

    def instant_of(self, position: int) -> datetime:
        """Return the start (UTC) of the half-hour at a position."""
        return self.first_at + position * HALF_HOUR

    def known_until(self, ended_at: datetime) -> "History":
        """Return what lies before an instant, up to its newest known value. The values are shared, not copied.

        Raises TooLittleHistoryError where nothing lies before it.
        """
        known = np.flatnonzero(~np.isnan(self.values[: max(0, self.position_of(ended_at))]))
        if not len(known):
            raise TooLittleHistoryError(f"nothing is known before {ended_at.isoformat()}")
        return self._cut(0, int(known[-1]) + 1)

    def newest(self, count: int) -> "History":
        """Return the newest `count` half-hours, or fewer: it begins at the first of them that is known."""
        start = max(0, len(self.values) - count)
        start += int(np.flatnonzero(~np.isnan(self.values[start:]))[0])
        return self._cut(start, len(self.values))

    def with_beside(self, other: "History") -> "History":
        """Return it with what another history has of the same half-hours; as it is where that lacks the first ones."""
        if other.first_at > self.first_at:
            return self
        return History(self.first_at, self.values, other.between(self.first_at, len(self.values)))

    def filled(self) -> NDArray[np.float64]:
        """Return the values, shape (n,), the day before's in place of unknown ones. It never looks ahead."""
        return _filled(self.values)

    def beside_filled(self) -> NDArray[np.float64] | None:
        """Return so what stands beside it, if anything does."""
        return None if self.beside is None else _filled(self.beside)

    def _cut(self, start: int, end: int) -> "History":
        beside = None if self.beside is None else self.beside[start:end]
        return History(self.instant_of(start), self.values[start:end], beside)

    def between(self, starts_at: datetime, count: int) -> NDArray[np.float64]:
        """Return `count` values from an instant on, shape (count,): NaN where nothing is known."""
        found = np.full(count, np.nan)
        start = self.position_of(starts_at)
        inside = slice(max(start, 0), max(min(start + count, len(self.values)), 0))
        values = self.values[inside]
        found[inside.start - start : inside.start - start + len(values)] = values
        return found


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    unknown = np.isnan(values)
    newest_known = np.maximum.accumulate(np.where(unknown, 0, np.arange(len(values))))
    filled = np.where(np.isnan(values[newest_known]), 0, values[newest_known])
    for position in np.flatnonzero(unknown):
        if position >= DAY:
            filled[position] = filled[position - DAY]
    return filled
