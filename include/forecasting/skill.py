"""How good forecasts were. Half-hours whose actual value is not known (NaN) do not count."""

import numpy as np
from numpy.typing import NDArray

LEVELS = np.array([0.1, 0.5, 0.9])
DAY = 48


def mae(forecasts: NDArray[np.float64], actuals: NDArray[np.float64]) -> float:
    """Return the mean absolute error of medians against actual values of the same shape; NaN where none is known."""
    return _mean(np.abs(forecasts - actuals))


def mase_scale(values: NDArray[np.float64]) -> float:
    """Return the mean absolute change from one day to the next over a history, shape (n,); NaN where none is known."""
    return _mean(np.abs(values[DAY:] - values[:-DAY]))


def mase(forecasts: NDArray[np.float64], actuals: NDArray[np.float64], scale: float) -> float:
    """Return the mean absolute error as a multiple of `mase_scale` of the history."""
    return mae(forecasts, actuals) / scale


def pinball(quantiles: NDArray[np.float64], actuals: NDArray[np.float64]) -> float:
    """Return the mean pinball loss of the quantiles 10, 50 and 90 %, shape (..., 3), against actuals, shape (...)."""
    errors = actuals[..., np.newaxis] - quantiles
    return _mean(np.maximum(LEVELS * errors, (LEVELS - 1) * errors))


def coverage(quantiles: NDArray[np.float64], actuals: NDArray[np.float64]) -> float:
    """Return the share of actual values within the quantiles 10 to 90 %, bounds included; NaN where none is known."""
    known = ~np.isnan(actuals)
    inside = (quantiles[..., 0] <= actuals) & (actuals <= quantiles[..., 2])
    return float(inside[known].mean()) if known.any() else float("nan")


def skill(model_mae: float, *naive_maes: float) -> float:
    """Return 1 − the model's mean absolute error as a share of that of the better naive model."""
    return 1 - model_mae / min(naive_maes)


def _mean(losses: NDArray[np.float64]) -> float:
    known = losses[~np.isnan(losses)]
    return float(known.mean()) if len(known) else float("nan")
