"""The situation at an origin: how far the recent past was from what is usual, the season, the kind of days ahead.

Two situations are alike by a kernel, a sum of three: of everything recent, linearly, so that a trend carries on; of a
few levels and the season, by distance, so that like situations speak for each other; and of the kinds of day.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting.climatology import waves
from include.forecasting.london_calendar import DAY, LondonCalendar

RECENT = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 40, 48)  # half-hours before the origin
MEANS_OVER = (6, 12, 24, 48, 96, 336)  # half-hours before the origin
NEEDED_BEFORE = max(MEANS_OVER)
# Columns of the recent values that tell the level: half an hour, 3, 12 and 24 h before, and means over 12 h to a week.
LEVELS = [0, 4, 8, 11, 14, 15, 16, 17]
DAYS_AROUND = (-1, 0, 1, 2)
WEIGHT_OF_RECENT = 3.0
WEIGHT_OF_DAYS = 0.1
# A holiday says more than that it is a Tuesday.
WEIGHT_OF_HOLIDAYS = 2.0
WEIGHT_OF_SEASON = 0.7
WEIGHT_OF_BESIDE = 1.0
REACH = 3.0  # distance, in standard deviations, at which likeness has faded to 0.6


@dataclass(frozen=True)
class Situations:
    """Situations at some origins: arrays of shape (origins, ...)."""

    recent: NDArray[np.float64]
    season: NDArray[np.float64]
    days: NDArray[np.float64]
    beside: NDArray[np.float64]
    """What was recent of a series beside; of no columns where there is none."""

    @classmethod
    def at(
        cls,
        ends: NDArray[np.intp],
        anomalies: NDArray[np.float64],
        beside: NDArray[np.float64] | None,
        calendar: LondonCalendar,
    ) -> "Situations":
        """Return the situations where half-hours before the positions `ends` are known.

        `anomalies` and those of a series beside, shape (n,), are all known; the calendar reaches two days past the last
        of `ends`.
        """
        of_other = np.empty((len(ends), 0)) if beside is None else _recent(ends, beside)
        return cls(_recent(ends, anomalies), waves(calendar.season[ends], 1), _days(ends, calendar), of_other)


@dataclass(frozen=True)
class Likeness:
    """A kernel that knows what is usual among the situations it was made from."""

    known: Situations
    weight: float  # of likeness by distance, beside the linear part

    def to_known(self, others: Situations) -> NDArray[np.float64]:
        """Return how alike each of the others is to each known situation, shape (others, known)."""
        ours, theirs = self._standardised(self.known), self._standardised(others)
        recent = theirs.recent @ ours.recent.T / ours.recent.shape[1]
        beside = theirs.beside @ ours.beside.T / max(ours.beside.shape[1], 1)
        alike = np.exp(-_squared_distances(_place(theirs), _place(ours)) / (2 * REACH**2))
        days = theirs.days @ ours.days.T
        linear = WEIGHT_OF_RECENT * recent + WEIGHT_OF_BESIDE * beside + WEIGHT_OF_DAYS * days
        kernel: NDArray[np.float64] = linear + self.weight * alike
        return kernel

    def _standardised(self, situations: Situations) -> Situations:
        recent = _scaled_as(self.known.recent, situations.recent)
        beside = _scaled_as(self.known.beside, situations.beside)
        return Situations(recent, situations.season, situations.days - self.known.days.mean(axis=0), beside)


def _scaled_as(known: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return others in standard deviations of what is known, from its mean, column by column."""
    spread = known.std(axis=0)
    scaled: NDArray[np.float64] = (others - known.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return scaled


def _recent(ends: NDArray[np.intp], anomalies: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.concatenate([[0.0], np.cumsum(anomalies)])
    values = [anomalies[ends - before] for before in RECENT]
    means = [(sums[ends] - sums[ends - over]) / over for over in MEANS_OVER]
    return np.stack([*values, *means], axis=1)


def _days(ends: NDArray[np.intp], calendar: LondonCalendar) -> NDArray[np.float64]:
    """Return the weekday of the origin, and whether the day before, its own and the two after are holidays."""
    around = [ends + DAY * day for day in DAYS_AROUND]
    off = [kind[each] for each in around for kind in (calendar.is_holiday, calendar.is_christmas)]
    weekdays = calendar.weekday[ends][:, np.newaxis] == np.arange(7)
    return np.hstack([WEIGHT_OF_HOLIDAYS * np.stack(off, axis=1), weekdays])


def _place(situations: Situations) -> NDArray[np.float64]:
    return np.hstack([situations.recent[:, LEVELS], WEIGHT_OF_SEASON * situations.season])


def _squared_distances(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = (left**2).sum(axis=1)[:, np.newaxis] + (right**2).sum(axis=1) - 2 * left @ right.T
    np.maximum(squares, 0, out=squares)
    return squares
