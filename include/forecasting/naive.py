"""The two naive models: what was at the same half-hour a day ago, or a week ago."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting.calibration import Origins, calibrated
from include.forecasting.history import HALF_HOURS, TooLittleHistoryError
from include.forecasting.model import Asked


@dataclass(frozen=True)
class Naive:
    """The newest known value that lies a whole number of periods before; `period` is in half-hours."""

    name: str
    version: str
    period: int

    def forecast(self, asked: Asked) -> NDArray[np.float64]:
        """Return the quantiles 10, 50 and 90 %, shape (96, 3). Raises TooLittleHistoryError."""
        return calibrated(asked, lambda _: self._medians)

    def _medians(self, origins: Origins) -> NDArray[np.float64]:
        wanted = origins.first_positions[:, np.newaxis] + np.arange(HALF_HOURS)
        ends = np.broadcast_to(origins.ends[:, np.newaxis], wanted.shape)
        return newest_before(origins.history.values, wanted, ends, self.period)


def newest_before(
    values: NDArray[np.float64], wanted: NDArray[np.intp], ends: NDArray[np.intp], period: int
) -> NDArray[np.float64]:
    """Return for each wanted position the newest known value before its end that lies a multiple of `period` before.

    `wanted` and `ends` have one shape, as has the result. Raises TooLittleHistoryError where there is no such value.
    """
    positions = wanted - period * ((wanted - ends) // period + 1)
    while True:
        if (positions < 0).any():
            raise TooLittleHistoryError(f"no value is known a multiple of {period} half-hours before")
        unknown = np.isnan(values[positions])
        if not unknown.any():
            return values[positions]
        positions = positions - period * unknown


NAIVE_DAY = Naive("naive_day", "1", period=48)
NAIVE_WEEK = Naive("naive_week", "1", period=336)
