"""Skill, by hand."""

import numpy as np
import pytest

from include.forecasting.skill import coverage, mae, mase, mase_scale, pinball, skill

ACTUALS = np.array([10.0, np.nan, 20.0])
QUANTILES = np.array([[8.0, 11.0, 12.0], [0.0, 0.0, 0.0], [21.0, 24.0, 30.0]])


def test_the_mean_absolute_error_leaves_out_what_is_not_known():
    assert mae(QUANTILES[:, 1], ACTUALS) == 2.5


def test_the_scale_is_the_mean_change_from_day_to_day():
    values = np.concatenate([np.zeros(48), np.full(48, 2.0), np.full(48, 8.0)])
    values[0] = np.nan

    assert mase_scale(values) == pytest.approx((47 * 2 + 48 * 6) / 95)
    assert mase(QUANTILES[:, 1], ACTUALS, scale=5.0) == 0.5


def test_the_pinball_loss_weighs_each_side_by_its_level():
    # 10 %: 0.1 × 2 and 0.9 × 1; 50 %: 0.5 × 1 and 0.5 × 4; 90 %: 0.1 × 2 and 0.1 × 10.
    assert pinball(QUANTILES, ACTUALS) == pytest.approx((0.2 + 0.9 + 0.5 + 2.0 + 0.2 + 1.0) / 6)


def test_coverage_counts_the_bounds_in():
    assert coverage(QUANTILES, ACTUALS) == 0.5
    assert coverage(QUANTILES, np.array([12.0, 0.0, 21.0])) == 1


def test_skill_is_against_the_better_naive_model():
    assert skill(3.0, 6.0, 4.0) == 0.25
    assert skill(5.0, 4.0) == -0.25


def test_where_nothing_is_known_nothing_is_said():
    unknown = np.full(3, np.nan)

    assert np.isnan([mae(unknown, unknown), coverage(QUANTILES, unknown), pinball(QUANTILES, unknown)]).all()
