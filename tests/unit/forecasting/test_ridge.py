"""The regression needs little, copes with gaps, and follows London's clock."""

from datetime import UTC, datetime

import numpy as np
import pytest

from include.forecasting.history import HALF_HOURS, History, TooLittleHistoryError
from include.forecasting.naive import NAIVE_DAY, NAIVE_WEEK
from include.forecasting.ridge import RIDGE
from include.settlement import HALF_HOUR, LONDON
from tests.unit.forecasting.conftest import FIRST_AT, asked_after, made_up

MODELS = [NAIVE_DAY, NAIVE_WEEK, RIDGE]


def cut(history: History, half_hours: int) -> History:
    return History(history.first_at, history.values[:half_hours])


def with_gaps(history: History, *, share: float) -> History:
    values = history.values.copy()
    values[np.random.default_rng(1).random(len(values)) < share] = np.nan
    values[[0, -1]] = history.values[[0, -1]]
    values[4000:4100] = np.nan
    return History(history.first_at, values)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("gap", [0, 2, 6, 60])
def test_a_forecast_has_three_ordered_finite_quantiles_of_96_half_hours(model, gap, history):
    forecast = model.forecast(asked_after(history, gap))

    assert forecast.shape == (96, 3)
    assert np.isfinite(forecast).all()
    assert (np.diff(forecast, axis=1) >= 0).all()
    np.testing.assert_array_equal(forecast, np.round(forecast, 3))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_same_history_gives_the_same_forecast_and_is_left_as_it_was(model, history):
    before = history.values.copy()

    first, second = model.forecast(asked_after(history)), model.forecast(asked_after(history))

    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(history.values, before)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_nothing_is_ever_negative(model, history):
    low = History(history.first_at, np.maximum(history.values - 20_000, 0))

    forecast = model.forecast(asked_after(low))

    assert forecast.min() == 0
    assert not np.signbit(forecast).any()


def test_it_beats_both_naive_models_where_weather_lingers(history):
    errors = {model.name: [] for model in MODELS}
    for end in range(150 * 48, 196 * 48, 7 * 48 + 14):
        asked = asked_after(cut(history, end), 2)
        actual = history.between(asked.starts_at, 96)
        for model in MODELS:
            errors[model.name].append(np.nanmean(np.abs(model.forecast(asked)[:, 1] - actual)))

    assert np.mean(errors["ridge"]) < 0.9 * min(np.mean(errors["naive_day"]), np.mean(errors["naive_week"]))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_gaps_are_coped_with(model, history):
    whole = model.forecast(asked_after(history))
    holed = model.forecast(asked_after(with_gaps(history, share=0.05)))

    assert np.isfinite(holed).all()
    assert np.abs(holed[:, 1] - whole[:, 1]).mean() < 1500


def test_eight_weeks_are_enough_and_two_are_not():
    assert np.isfinite(RIDGE.forecast(asked_after(made_up(56)))).all()
    with pytest.raises(TooLittleHistoryError):
        RIDGE.forecast(asked_after(made_up(14)))


def test_a_series_that_never_changes_is_forecast_as_it_is():
    forecast = RIDGE.forecast(asked_after(History(FIRST_AT, np.full(100 * 48, 500.0))))

    np.testing.assert_allclose(forecast, 500, atol=0.01)


@pytest.mark.parametrize("day", [datetime(2025, 3, 30, tzinfo=UTC), datetime(2025, 10, 26, tzinfo=UTC)])
def test_when_the_clocks_change_people_s_day_moves_with_them(day):
    first_at = datetime(2024, 1, 1, tzinfo=UTC)
    half_hours = (day - first_at) // HALF_HOUR + 192
    clock = [(first_at + step * HALF_HOUR).astimezone(LONDON) for step in range(half_hours)]
    # Up at seven, to bed at eleven.
    is_awake = np.array([7 <= instant.hour < 23 for instant in clock])
    series = History(first_at, 10_000.0 + 8_000 * is_awake)

    asked = asked_after(series.known_until(day - 24 * HALF_HOUR), 2)
    off = np.abs(RIDGE.forecast(asked)[:, 1] - series.between(asked.starts_at, 96))

    assert off.mean() < 0.5 * np.abs(NAIVE_DAY.forecast(asked)[:, 1] - series.between(asked.starts_at, 96)).mean()


def test_a_hole_just_before_the_days_that_tell_its_error_keeps_nobody_from_forecasting():
    """As the 91 half-hours that carbon intensity lacks, 84 days later."""
    whole = made_up(200)
    values = whole.values.copy()
    first_judged = len(values) - 84 * 48
    values[first_judged - 91 : first_judged + 5] = np.nan
    quantiles = RIDGE.forecast(asked_after(History(whole.first_at, values)))
    assert quantiles.shape == (HALF_HOURS, 3)
    assert np.abs(quantiles - RIDGE.forecast(asked_after(whole))).mean() < 500
