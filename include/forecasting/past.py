"""What a model foresaw at the same time on earlier days, as it is kept in the warehouse, and the interval that follows.

For models that are too slow to be asked again for what they would have said.
"""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from include.forecasting.conformal import adjusted
from include.forecasting.history import HALF_HOURS
from include.forecasting.model import as_forecast
from include.forecasting.panel import Answer
from include.warehouse import Connection

LONGEST_PAST = timedelta(days=84)
# Of fewer days errors say less than the model's own idea of its interval.
FEWEST_DAYS = 28

Median = tuple[datetime, NDArray[np.float64]]


def with_past_errors(connection: Connection, answer: Answer, origin_at: datetime) -> NDArray[np.float64]:
    """Return an answer's quantiles, shape (96, 3): the interval by its past errors, or its own where these are few.

    Within the caller's transaction.
    """
    if not answer.has_own_interval:
        return answer.quantiles
    past = _past_medians(connection, answer, origin_at)
    if len(past) < FEWEST_DAYS:
        return answer.quantiles
    actuals = np.array([answer.asked.history.between(starts_at, HALF_HOURS) for starts_at, _ in past])
    medians = np.array([values for _, values in past])
    median = answer.quantiles[:, 1]
    moved = adjusted(_thrice(median), _thrice(medians), actuals)
    return as_forecast(moved, answer.asked.target)


def _past_medians(connection: Connection, answer: Answer, origin_at: datetime) -> list[Median]:
    """Return the start and the medians of what this version foresaw at the same time of earlier days, oldest first."""
    statement = """
        select min(made.period_started_at), array_agg(made.quantile_50 order by made.period_started_at)
        from generate_series(%(origin_at)s - %(longest)s, %(origin_at)s - interval '1 day', interval '1 day') as day_at
        -- By index, one day after the other: of all that was foreseen since, this is little.
        cross join lateral (
            select origin_at from raw.forecasts
            where
                origin_at between day_at - interval '30 minutes' and day_at + interval '30 minutes'
                and target = %(target)s and model = %(model)s and model_version = %(version)s
                and known_at <= %(origin_at)s
            order by abs(extract(epoch from origin_at - day_at)), origin_at
            limit 1
        ) as nearest
        inner join raw.forecasts as made
            on made.origin_at = nearest.origin_at and made.target = %(target)s and made.model = %(model)s
        group by made.origin_at
        order by made.origin_at
    """
    named = {"target": answer.asked.target.name, "model": answer.model, "version": answer.version}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**named, "origin_at": origin_at, "longest": LONGEST_PAST})
        return [(starts_at, np.array(medians)) for starts_at, medians in cursor.fetchall()]


def _thrice(medians: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(medians[..., np.newaxis], 3, axis=-1)
