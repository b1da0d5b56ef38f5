"""How good the forecasts of a backtest were, as a whole and by how far ahead."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.forecasting import skill
from include.forecasting.backtest import Backcast
from include.forecasting.history import HALF_HOURS
from include.forecasting.leads import LEAD_BUCKETS


@dataclass(frozen=True)
class Scores:
    """What was measured of some half-hours; errors in the unit of the target, None where nothing was measured."""

    lead: str
    """`all`, or the name of a lead bucket."""
    half_hours: int
    mae: float | None
    mase: float | None
    """`mae` as a multiple of the mean change from one day to the next."""
    pinball: float | None
    coverage_pct: float | None
    """Share of what came within the quantiles 10 to 90 (percent)."""
    mae_naive_day: float | None
    mae_naive_week: float | None
    skill: float | None
    """1 less `mae` by that of the better naive model."""


def scores_of(
    tested: Sequence[Backcast], naive_day: Sequence[Backcast], naive_week: Sequence[Backcast], *, daily_change: float
) -> Iterator[Scores]:
    """Yield the scores of all half-hours, then of each lead bucket. All three models had the same origins.

    `daily_change` is the mean absolute change of the target from one day to the next, in its unit.
    """
    spans = {"all": slice(0, HALF_HOURS), **{bucket.name: bucket.span for bucket in LEAD_BUCKETS}}
    for lead, span in spans.items():
        naive = {name: _mae(each, span) for name, each in (("day", naive_day), ("week", naive_week))}
        yield _scores(lead, tested, span, naive, daily_change)


def _scores(
    lead: str, tested: Sequence[Backcast], span: slice, naive: Mapping[str, float], daily_change: float
) -> Scores:
    quantiles, actuals = _stacked(tested, span)
    mae = skill.mae(quantiles[..., 1], actuals)
    measured = {
        "mae": mae,
        "mase": mae / daily_change if daily_change else np.nan,
        "pinball": skill.pinball(quantiles, actuals),
        "coverage_pct": 100 * skill.coverage(quantiles, actuals),
        "mae_naive_day": naive["day"],
        "mae_naive_week": naive["week"],
        "skill": skill.skill(mae, *naive.values()) if min(naive.values()) else np.nan,
    }
    told = {name: None if np.isnan(value) else float(value) for name, value in measured.items()}
    return Scores(lead, int((~np.isnan(actuals)).sum()), **told)


def _mae(tested: Sequence[Backcast], span: slice) -> float:
    quantiles, actuals = _stacked(tested, span)
    return skill.mae(quantiles[..., 1], actuals)


def _stacked(tested: Sequence[Backcast], span: slice) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return quantiles, shape (origins, half-hours, 3), and actuals, shape (origins, half-hours), of a lead bucket."""
    quantiles = np.array([each.quantiles[span] for each in tested]).reshape(len(tested), -1, 3)
    actuals = np.array([each.actuals[span] for each in tested]).reshape(len(tested), -1)
    return quantiles, actuals
