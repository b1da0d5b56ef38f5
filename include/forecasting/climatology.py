"""What is usual at a half-hour: the season, the time of London's day, the kind of day. No recent weather in it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting.london_calendar import DAY, LondonCalendar

PENALTY = 0.02
DAY_WAVES = (1, 2, 3)
MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6


# From less than about a year a season cannot be told from a trend, and would be carried on wildly.
DAYS_FOR_SEASONS = 300


@dataclass(frozen=True)
class Climatology:
    """What is usual, as learnt from a span."""

    coefficients: NDArray[np.float64]
    has_seasons: bool

    @classmethod
    def learnt_from(cls, values: NDArray[np.float64], calendar: LondonCalendar) -> "Climatology":
        """Learn from values, shape (n,), all known: those of the first n half-hours of a calendar."""
        has_seasons = len(values) >= DAYS_FOR_SEASONS * DAY
        terms = _terms(calendar, has_seasons)[: len(values)]
        penalty = np.full(terms.shape[1], PENALTY * len(values))
        penalty[0] = 0  # the mean itself is not held back
        coefficients = np.linalg.solve(terms.T @ terms + np.diag(penalty), terms.T @ values)
        return cls(np.asarray(coefficients, np.float64), has_seasons)

    def of(self, calendar: LondonCalendar) -> NDArray[np.float64]:
        """Return what is usual at each half-hour of a calendar, shape (n,)."""
        return _terms(calendar, self.has_seasons) @ self.coefficients


def _terms(calendar: LondonCalendar, has_seasons: bool) -> NDArray[np.float64]:
    """Return the terms of the regression, shape (m, terms); the first is constant."""
    constant = np.ones((len(calendar.season), 1))
    of_day = np.hstack([constant, *(waves(2 * np.pi * calendar.half_hour / DAY, times) for times in DAY_WAVES)])
    terms = [of_day, *_of_weekdays(calendar, of_day)]
    if has_seasons:
        terms += [_products(waves(calendar.season, 1), of_day), waves(calendar.season, 2)]
    return np.hstack(terms)


def _of_weekdays(calendar: LondonCalendar, of_day: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    is_off = calendar.is_holiday | (calendar.weekday == SUNDAY)
    kinds = np.stack([is_off | (calendar.weekday == SATURDAY), is_off], axis=1)
    single = np.stack([calendar.weekday == MONDAY, calendar.weekday == FRIDAY, calendar.is_christmas], axis=1)
    return [_products(kinds, of_day), single.astype(np.float64)]


def waves(angle: NDArray[np.float64], times: int) -> NDArray[np.float64]:
    """Return the sine and cosine of a multiple of an angle, shape (n, 2)."""
    return np.stack([np.sin(times * angle), np.cos(times * angle)], axis=1)


def _products(left: NDArray[np.float64] | NDArray[np.bool_], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each column of one times each column of the other."""
    return (left[:, :, np.newaxis] * right[:, np.newaxis, :]).reshape(len(left), -1)
