"""Ridge regression of the next 96 half-hours on the situation at the origin: 96 regressions that one solve answers.

What is forecast are departures from what is usual. The regression is a kernel ridge: it learns from the origins of the
last years at the same time of London's day, and those like the present count for more.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting.calibration import Medians, Origins, calibrated
from include.forecasting.climatology import Climatology
from include.forecasting.history import HALF_HOURS, TooLittleHistoryError
from include.forecasting.london_calendar import LondonCalendar, calendar_of
from include.forecasting.model import Asked
from include.forecasting.situation import NEEDED_BEFORE, Likeness, Situations

YEAR = 17_532  # half-hours
LONGEST = int(2.5 * YEAR)
FEWEST_ORIGINS = 14
HALF_LIFE = 2 * YEAR  # half-hours after which an origin counts half
PENALTY = 1.0
SHARE_OF_MEAN = 0.5  # the mean departure of the past is trusted by half
LEAST_KNOWN = 0.75  # share of the half-hours after an origin without which nothing is learnt from it


@dataclass(frozen=True)
class Ridge:
    """Kernel ridge regression on a series' own history and the calendar."""

    name: str = "ridge"
    version: str = "1"

    def forecast(self, asked: Asked) -> NDArray[np.float64]:
        """Return the quantiles 10, 50 and 90 %, shape (96, 3). Raises TooLittleHistoryError under 8 weeks."""
        recent = Asked(asked.target, asked.history.newest(LONGEST), asked.starts_at)
        return calibrated(recent, fit)


def fit(now: Origins) -> Medians:
    """Learn from what was known at one origin; return what forecasts from it and from origins after it."""
    values, calendar = now.history.filled(), _calendar(now)
    climatology = Climatology.learnt_from(values, calendar)
    departures = values - climatology.of(calendar)[: len(values)]
    ends = _like_origins(now, calendar)
    weights = 0.5 ** ((len(values) - ends) / HALF_LIFE)
    targets = departures[_ahead(ends, now.gap)]
    mean = SHARE_OF_MEAN * np.average(targets, axis=0, weights=weights)
    likeness = Likeness(Situations.at(ends, departures, calendar))
    answers = np.linalg.solve(likeness.to_known(likeness.known) + np.diag(PENALTY / weights), targets - mean)
    return _Fitted(climatology, likeness, answers, mean)


@dataclass(frozen=True)
class _Fitted:
    climatology: Climatology
    likeness: Likeness
    answers: NDArray[np.float64]  # (known origins, 96)
    mean: NDArray[np.float64]  # (96,)

    def __call__(self, origins: Origins) -> NDArray[np.float64]:
        values, calendar = origins.history.filled(), _calendar(origins)
        usual = self.climatology.of(calendar)
        situations = Situations.at(origins.ends, values - usual[: len(values)], calendar)
        departures = self.mean + self.likeness.to_known(situations) @ self.answers
        return usual[_ahead(origins.ends, origins.gap)] + departures


def _like_origins(now: Origins, calendar: LondonCalendar) -> NDArray[np.intp]:
    """Return the earlier origins at the same time of London's day, of which enough is known since."""
    end = int(now.ends[0])
    ends = np.arange(NEEDED_BEFORE, end - now.gap - HALF_HOURS + 1)
    ends = ends[calendar.half_hour[ends] == calendar.half_hour[end]]
    known = ~np.isnan(now.history.values[_ahead(ends, now.gap)])
    ends = ends[known.mean(axis=1) >= LEAST_KNOWN]
    if len(ends) < FEWEST_ORIGINS:
        raise TooLittleHistoryError(f"{len(ends)} earlier days are too few to learn from")
    return ends


def _ahead(ends: NDArray[np.intp], gap: int) -> NDArray[np.intp]:
    """Return the positions of the half-hours asked for, shape (origins, 96)."""
    return ends[:, np.newaxis] + gap + np.arange(HALF_HOURS)


def _calendar(origins: Origins) -> LondonCalendar:
    """Return the calendar of a history and of all that is asked for after it."""
    return calendar_of(origins.history.first_at, len(origins.history.values) + origins.gap + HALF_HOURS)


RIDGE = Ridge()
