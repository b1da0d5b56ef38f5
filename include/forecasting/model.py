"""What a model is asked, and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from include.forecasting.history import History
from include.forecasting.target import Target
from include.settlement import HALF_HOUR, starts_half_hour


@dataclass(frozen=True)
class Asked:
    """A request for 96 half-hours of a target from `starts_at` (UTC) on, given what was known of it.

    Raises ValueError where `starts_at` does not start a half-hour, or lies before the end of the history.
    """

    target: Target
    history: History
    starts_at: datetime

    def __post_init__(self) -> None:
        if not starts_half_hour(self.starts_at):
            raise ValueError(f"{self.starts_at.isoformat()} does not start a half-hour")
        if self.starts_at < self.history.ended_at:
            raise ValueError(f"{self.starts_at.isoformat()} lies before the end of what is known")

    @property
    def gap(self) -> int:
        """Return how many half-hours lie between the newest known one and the first asked for."""
        return (self.starts_at - self.history.ended_at) // HALF_HOUR


class Model(Protocol):
    """Something that forecasts. Its answer depends on nothing but what it is asked."""

    @property
    def name(self) -> str:
        """Return what the model is called, in lower case with underscores."""

    @property
    def version(self) -> str:
        """Return a text that changes whenever the model's forecasts would."""

    def forecast(self, asked: Asked) -> NDArray[np.float64]:
        """Return the quantiles 10, 50 and 90 % of each half-hour, shape (96, 3), in the target's unit.

        They are ordered and rounded to 3 decimals. Raises TooLittleHistoryError where the history is too short.
        """


def as_forecast(quantiles: NDArray[np.float64], target: Target) -> NDArray[np.float64]:
    """Return quantiles, shape (..., 3), as a model answers them: ordered, never negative where told, rounded."""
    least = 0.0 if target.is_never_negative else -np.inf
    # Adding 0 turns -0 into 0.
    return np.round(np.sort(np.maximum(quantiles, least), axis=-1), 3) + 0.0
