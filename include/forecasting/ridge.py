"""Ridge regression of the next 96 half-hours on the situation at the origin: 96 regressions that one solve answers.

What is forecast are departures from what is usual. The regression is a kernel ridge: it learns from the origins of the
last years at the same time of London's day, and those like the present count for more. Where a series stands beside the
history, as wind does beside gas, its recent departures count, too.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from include.forecasting.calibration import Medians, Origins, calibrated
from include.forecasting.climatology import Climatology
from include.forecasting.history import HALF_HOURS, TooLittleHistoryError
from include.forecasting.london_calendar import DAY, LondonCalendar, calendar_of
from include.forecasting.model import Asked
from include.forecasting.situation import NEEDED_BEFORE, Likeness, Situations

YEAR = 17_532  # half-hours
LONGEST = int(2.5 * YEAR)
FEWEST_ORIGINS = 14
HALF_LIFE = 2 * YEAR  # half-hours after which an origin counts half
PENALTY = 1.0
LEAST_KNOWN = 0.75  # share of the half-hours after an origin without which nothing is learnt from it


# How much the likeness of situations weighs, in each of the regressions whose mean is the forecast. Gas and carbon
# intensity answer to wind, demand and trade at once: what like situations say is there mixed with straight lines alone.
WEIGHTS_OF_LIKENESS = {"gas": (3.0, 0.0), "carbon": (3.0, 0.0)}
USUAL_WEIGHTS = (3.0,)


@dataclass(frozen=True)
class Ridge:
    """Kernel ridge regression on a series' own history and the calendar."""

    name: str = "ridge"
    version: str = "1"

    def forecast(self, asked: Asked) -> NDArray[np.float64]:
        """Return the quantiles 10, 50 and 90 %, shape (96, 3). Raises TooLittleHistoryError under 8 weeks or so."""
        recent = replace(asked, history=asked.history.newest(LONGEST))
        weights = WEIGHTS_OF_LIKENESS.get(asked.target.name, USUAL_WEIGHTS)
        return calibrated(recent, lambda now: fit(now, weights))


def fit(now: Origins, weights_of_likeness: tuple[float, ...] = USUAL_WEIGHTS) -> Medians:
    """Learn from what was known at one origin; return what forecasts from it and from origins after it."""
    values, beside, calendar = now.history.filled(), now.history.beside_filled(), _calendar(now)
    climatology = Climatology.learnt_from(values, calendar)
    of_beside = None if beside is None else Climatology.learnt_from(beside, calendar)
    departures = _departures(values, climatology, calendar)
    ends = _like_origins(now, calendar)
    targets = departures[_ahead(ends, now.gap)]
    situations = Situations.at(ends, departures, _departures_beside(beside, of_beside, calendar), calendar)
    ages = 0.5 ** ((len(values) - ends) / HALF_LIFE)
    kernels = [Likeness(situations, weight) for weight in weights_of_likeness]
    return _Fitted(climatology, of_beside, [_Regression.fitted(kernel, targets, ages) for kernel in kernels])


@dataclass(frozen=True)
class _Regression:
    """Departures of the 96 half-hours ahead, on the situation."""

    likeness: Likeness
    mean: NDArray[np.float64]  # (96,)
    answers: NDArray[np.float64]  # (known origins, 96)

    @classmethod
    def fitted(cls, likeness: Likeness, targets: NDArray[np.float64], weights: NDArray[np.float64]) -> "_Regression":
        """Fit to targets, shape (origins, 96), that weigh as told, shape (origins,)."""
        mean: NDArray[np.float64] = np.average(targets, axis=0, weights=weights)
        kernel = likeness.to_known(likeness.known) + np.diag(PENALTY / weights)
        return cls(likeness, mean, np.asarray(np.linalg.solve(kernel, targets - mean), np.float64))

    def departures(self, situations: Situations) -> NDArray[np.float64]:
        """Return what is expected after situations, shape (situations, 96)."""
        return self.mean + self.likeness.to_known(situations) @ self.answers


@dataclass(frozen=True)
class _Fitted:
    climatology: Climatology
    of_beside: Climatology | None
    regressions: list[_Regression]

    def __call__(self, origins: Origins) -> NDArray[np.float64]:
        history, calendar = origins.history, _calendar(origins)
        recent = _departures(history.filled(), self.climatology, calendar)
        beside = _departures_beside(history.beside_filled(), self.of_beside, calendar)
        situations = Situations.at(origins.ends, recent, beside, calendar)
        departures = np.mean([each.departures(situations) for each in self.regressions], axis=0)
        wanted = _ahead(origins.ends, origins.gap)
        departures = np.take_along_axis(departures, _leads_in_london(origins.ends, wanted, calendar), axis=1)
        return np.asarray(self.climatology.of(calendar)[wanted] + departures, np.float64)


def _departures(values: NDArray[np.float64], climatology: Climatology, calendar: LondonCalendar) -> NDArray[np.float64]:
    """Return how far values, shape (n,), are from what is usual."""
    return values - climatology.of(calendar)[: len(values)]


def _departures_beside(
    beside: NDArray[np.float64] | None, climatology: Climatology | None, calendar: LondonCalendar
) -> NDArray[np.float64] | None:
    return None if beside is None or climatology is None else _departures(beside, climatology, calendar)


def _like_origins(now: Origins, calendar: LondonCalendar) -> NDArray[np.intp]:
    """Return the earlier origins at the same time of London's day, of which enough is known since."""
    end = int(now.ends[0])
    # Just before the origin there may be a hole, and the history ends with what was known before that.
    known_end = min(end, len(now.history.values))
    ends: NDArray[np.intp] = np.arange(NEEDED_BEFORE, known_end - now.gap - HALF_HOURS + 1)
    ends = ends[calendar.half_hour[ends] == calendar.half_hour[end]]
    known = ~np.isnan(now.history.values[_ahead(ends, now.gap)])
    ends = ends[known.mean(axis=1) >= LEAST_KNOWN]
    if len(ends) < FEWEST_ORIGINS:
        raise TooLittleHistoryError(f"{len(ends)} earlier days are too few to learn from")
    return ends


def _leads_in_london(ends: NDArray[np.intp], wanted: NDArray[np.intp], calendar: LondonCalendar) -> NDArray[np.intp]:
    """Return how many half-hours ahead London's clock puts each one wanted: after a change of clocks, not 0 to 95."""
    moved = calendar.clock[wanted] - calendar.clock[ends][:, np.newaxis]
    leads: NDArray[np.intp] = np.clip(np.arange(HALF_HOURS) + moved, 0, HALF_HOURS - 1)
    return leads


def _ahead(ends: NDArray[np.intp], gap: int) -> NDArray[np.intp]:
    """Return the positions of the half-hours asked for, shape (origins, 96)."""
    positions: NDArray[np.intp] = ends[:, np.newaxis] + np.arange(gap, gap + HALF_HOURS, dtype=np.intp)
    return positions


def _calendar(origins: Origins) -> LondonCalendar:
    """Return the calendar of a history and of all that is asked for after it."""
    end = max(len(origins.history.values), int(origins.ends.max()))
    return calendar_of(origins.history.first_at, end + origins.gap + HALF_HOURS + DAY)


RIDGE = Ridge()
