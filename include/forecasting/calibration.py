"""Intervals for a model that gives medians only: from what it would have said at the same time on earlier days."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting.conformal import adjusted
from include.forecasting.history import HALF_HOURS, History, TooLittleHistoryError
from include.forecasting.london_calendar import calendar_of
from include.forecasting.model import Asked, as_forecast

DAY = 48
CALIBRATION_DAYS = 84
# A short history keeps this share for the fit.
SHARE_TO_FIT = 0.6
FEWEST_ORIGINS = 5


@dataclass(frozen=True)
class Origins:
    """Places in a history from which to look ahead.

    At each, the half-hours before the position `ends` (shape (origins,)) are known, and the first one asked for comes
    `gap` half-hours after.
    """

    history: History
    ends: NDArray[np.intp]
    gap: int

    @property
    def first_positions(self) -> NDArray[np.intp]:
        """Return the positions of the first half-hours asked for, shape (origins,)."""
        return self.ends + self.gap

    def actuals(self) -> NDArray[np.float64]:
        """Return what came, shape (origins, 96): NaN where it is not known."""
        wanted = self.first_positions[:, np.newaxis] + np.arange(HALF_HOURS)
        values = self.history.values
        return np.where(wanted < len(values), values[np.minimum(wanted, len(values) - 1)], np.nan)


# What a fit gives: medians for any origins that come after what it was fitted to, shape (origins, 96).
Medians = Callable[[Origins], NDArray[np.float64]]
# Fits to what was known at the one origin it is handed.
Fit = Callable[[Origins], Medians]


def calibrated(asked: Asked, fit: Fit) -> NDArray[np.float64]:
    """Return the quantiles 10, 50 and 90 % of a model of medians, shape (96, 3), ordered and rounded.

    The interval comes from the model's own errors at earlier origins, of a fit that knew nothing later than the first
    of them. Raises TooLittleHistoryError where the history holds too few days.
    """
    now = Origins(asked.history, np.array([len(asked.history.values)]), asked.gap)
    past = earlier_origins(now)
    first = Origins(_until(asked.history, int(past.ends[0])), past.ends[:1], asked.gap)
    hindcasts = _as_quantiles(fit(first)(past))
    current = _as_quantiles(fit(now)(now))[0]
    return as_forecast(adjusted(current, hindcasts, past.actuals()), asked.target)


def earlier_origins(now: Origins) -> Origins:
    """Return the origins at the same time on the days before, oldest first, of which anything is known since."""
    end = int(now.ends[0])
    days = min(CALIBRATION_DAYS, int((1 - SHARE_TO_FIT) * end / DAY))
    if days < FEWEST_ORIGINS:
        raise TooLittleHistoryError(f"{end / DAY:.1f} days of history are too few to know how far off a forecast is")
    ends = end - DAY * (now.gap // DAY + 1 + np.arange(days)[::-1])
    clock = calendar_of(now.history.first_at, end + 1).clock
    # The same time in London: what people do follows its clock.
    return Origins(now.history, ends + clock[end] - clock[ends], now.gap)


def _until(history: History, end: int) -> History:
    return history.known_until(history.instant_of(end))


def _as_quantiles(medians: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(medians[..., np.newaxis], 3, axis=-1)
