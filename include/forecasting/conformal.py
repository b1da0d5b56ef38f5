"""Intervals that hold what they promise: adaptive conformal prediction on a model's own past errors.

Errors are scaled per half-hour ahead and pooled per lead bucket. The share allowed to fall outside is then adapted from
origin to origin, each judged by what came before it (Gibbs and Candès 2021, https://arxiv.org/abs/2106.00170).
"""

import math

import numpy as np
from numpy.typing import NDArray

from include.forecasting.leads import LEAD_BUCKETS

OUTSIDE = 0.1  # the share that is to fall below the lower quantile, and above the upper one
STEP = 0.03  # how far the share moves after an origin at which everything fell outside
LEAST_OUTSIDE, MOST_OUTSIDE = 0.005, 0.4
# Origins a day apart: of the last two days' forecasts not all has come.
STILL_OPEN = 2
# Before as many origins nothing is judged: their quantiles say little.
FIRST_JUDGED = 28
# Half-hours of one origin go wrong together, so few origins say too little of the extremes: the pool counts for less.
CORRECTION = 2.0


def adjusted(
    current: NDArray[np.float64], past: NDArray[np.float64], actuals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a forecast with its 10 and 90 % quantiles moved so that they would have held in the past.

    `current` has shape (96, 3); `past` (origins, 96, 3), oldest first; `actuals` (origins, 96), NaN where not known.
    A model of medians hands in the median three times. The result has shape (96, 3) and is ordered.
    """
    scale = error_scale(past[..., 1], actuals)
    below = _scaled(past[..., 0] - actuals, scale)
    above = _scaled(actuals - past[..., 2], scale)
    moved = current.copy()
    for bucket in LEAD_BUCKETS:
        span = bucket.span
        moved[span, 0] -= scale[span] * adapted_margin(below[:, span])
        moved[span, 2] += scale[span] * adapted_margin(above[:, span])
    moved[:, 0] = np.minimum(moved[:, 0], moved[:, 1])
    moved[:, 2] = np.maximum(moved[:, 2], moved[:, 1])
    return moved


def error_scale(medians: NDArray[np.float64], actuals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean absolute error per half-hour ahead, shape (96,), from (origins, 96); 0 where none is known."""
    errors = np.abs(actuals - medians)
    known = ~np.isnan(errors)
    scale: NDArray[np.float64] = np.where(known, errors, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return scale


def adapted_margin(scores: NDArray[np.float64]) -> float:
    """Return how far a quantile is to be moved outwards, in the unit of the scores.

    `scores`, shape (origins, leads), say how far outside of the quantile the actual value lay; NaN where not known.
    """
    known = ~np.isnan(scores)
    flat, ends = scores[known], np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    share = OUTSIDE
    for origin in range(FIRST_JUDGED, len(scores)):
        judged, had_come = flat[ends[origin] : ends[origin + 1]], origin - STILL_OPEN
        if len(judged):
            missed = float((judged > _margin(flat[: ends[had_come]], share, had_come)).mean())
            share = min(max(share + STEP * (OUTSIDE - missed), LEAST_OUTSIDE), MOST_OUTSIDE)
    return _margin(flat, share, len(scores))


def _margin(scores: NDArray[np.float64], share: float, origins: int) -> float:
    """Return the score that a share of those to come will pass, judging by some, shape (n,), of so many origins."""
    if not len(scores):
        return 0.0
    level = min(1.0, (1 - share) * (1 + CORRECTION / origins))
    place = max(0, math.ceil(level * len(scores)) - 1)
    return float(np.partition(scores, place)[place])


def _scaled(scores: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores as multiples of the scale; NaN where nothing ever went wrong, as with solar power at night."""
    return np.where(scale > 0, scores / np.where(scale > 0, scale, 1), np.nan)
