"""An 80 % interval holds 80 %, also once errors have grown."""

import numpy as np
import pytest

from include.forecasting.conformal import adjusted, error_scale
from include.forecasting.leads import LEAD_BUCKETS

LEADS = np.linspace(1, 5, 96)  # errors grow with the lead


def actuals(origins: int, *, seed: int = 3) -> np.ndarray:
    """Return noise about 0 that differs from lead to lead, and holds together over a day."""
    random = np.random.default_rng(seed)
    return LEADS * (0.4 * random.normal(size=(origins, 1)) + 0.9 * random.normal(size=(origins, 96)))


def intervals(noise: np.ndarray, given: np.ndarray, first: int) -> np.ndarray:
    asked = range(first, len(noise), 4)
    return np.array([adjusted(given[each], given[each - first : each], noise[each - first : each]) for each in asked])


def share_inside(quantiles: np.ndarray, came: np.ndarray) -> np.ndarray:
    inside = (quantiles[..., 0] <= came) & (came <= quantiles[..., 2])
    return np.array([inside[:, bucket.span].mean() for bucket in LEAD_BUCKETS])


@pytest.mark.parametrize("spread", [0.0, 0.3, 4.0], ids=["medians only", "too narrow", "too wide"])
def test_it_holds_eighty_percent_in_each_bucket_whatever_it_was_given(spread):
    noise = actuals(300)
    given = np.zeros((300, 96, 3)) + spread * LEADS[:, np.newaxis] * [-1, 0, 1]

    inside = share_inside(intervals(noise, given, 84), noise[84::4])

    np.testing.assert_allclose(inside, 0.8, atol=0.05)


def test_it_widens_after_errors_have_grown():
    noise = actuals(140)
    noise[100:] *= 2
    given = np.zeros((140, 96, 3))

    before, after = adjusted(given[0], given[:100], noise[:100]), adjusted(given[0], given, noise)
    unadapted = np.quantile(noise[:, 60:], 0.9)

    assert np.ptp(after, axis=1).mean() > 1.3 * np.ptp(before, axis=1).mean()
    assert after[60:, 2].mean() > unadapted


def test_errors_to_one_side_widen_that_side_only():
    noise = np.abs(actuals(90))
    moved = adjusted(np.zeros((96, 3)), np.zeros((90, 96, 3)), noise)

    assert (moved[:, 0] == 0).all()
    assert (moved[:, 2] > 0).all()


def test_the_median_stays_and_the_quantiles_are_ordered():
    noise = actuals(60)
    current = np.tile([-9.0, 1.0, 9.0], (96, 1))
    moved = adjusted(current, np.tile(current, (60, 1, 1)), noise + 20)

    np.testing.assert_array_equal(moved[:, 1], current[:, 1])
    assert (np.diff(moved, axis=1) >= 0).all()


def test_half_hours_that_are_not_known_do_not_count():
    noise = actuals(90)
    holed = noise.copy()
    holed[::7, 50:] = np.nan
    given = np.zeros((90, 96, 3))

    np.testing.assert_allclose(adjusted(given[0], given, holed), adjusted(given[0], given, noise), rtol=0.25)
    assert error_scale(given[..., 1], np.full((90, 96), np.nan)).tolist() == [0] * 96


def test_where_nothing_ever_went_wrong_the_interval_has_no_width():
    noise = actuals(90)
    noise[:, :5] = 0

    moved = adjusted(np.zeros((96, 3)), np.zeros((90, 96, 3)), noise)

    assert (moved[:5] == 0).all()
    assert (moved[5:, 2] > 0).all()


def test_without_a_past_a_forecast_stays_as_it_is():
    current = np.tile([1.0, 2.0, 3.0], (96, 1))

    np.testing.assert_array_equal(adjusted(current, np.empty((0, 96, 3)), np.empty((0, 96))), current)
