"""What a model would have said at earlier origins, and what came. It yields as it goes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from include.forecasting.history import HALF_HOURS, History
from include.forecasting.model import Asked, Model
from include.forecasting.target import Target

# What was known of a series at an instant.
KnownAt = Callable[[datetime], History]
DELAY = timedelta(hours=1)


@dataclass(frozen=True)
class Backcast:
    """A forecast from an earlier origin, `quantiles` of shape (96, 3), and the `actuals` that came, shape (96,).

    Actual values are NaN where they are not known.
    """

    origin_at: datetime
    quantiles: NDArray[np.float64]
    actuals: NDArray[np.float64]


def known_after(series: History, delay: timedelta = DELAY) -> KnownAt:
    """Return what tells a series as it stood at an instant: half-hours that had ended by `delay` before."""
    return lambda instant: series.known_until(instant - delay)


def backtest(
    model: Model, target: Target, origins: Iterable[datetime], *, known_at: KnownAt, actual: History
) -> Iterator[Backcast]:
    """Yield for each origin, in turn, what the model says of the 96 half-hours from it on, and what came.

    The model sees what `known_at` tells of the origin and nothing else. An origin is the start of a half-hour (UTC).
    Raises TooLittleHistoryError where the model finds too little known.
    """
    for origin_at in origins:
        quantiles = model.forecast(Asked(target, known_at(origin_at), origin_at))
        yield Backcast(origin_at, quantiles, actual.between(origin_at, HALF_HOURS))
