"""The naive models repeat the newest known day, or week."""

import numpy as np
import pytest

from include.forecasting.history import History, TooLittleHistoryError
from include.forecasting.naive import NAIVE_DAY, NAIVE_WEEK
from tests.unit.forecasting.conftest import FIRST_AT, asked_after


def counted(days: int) -> History:
    return History(FIRST_AT, np.arange(48.0 * days))


@pytest.mark.parametrize(("model", "period"), [(NAIVE_DAY, 48), (NAIVE_WEEK, 336)])
@pytest.mark.parametrize("gap", [0, 2, 6])
def test_each_half_hour_is_the_newest_known_one_a_whole_number_of_periods_before(model, period, gap):
    history = counted(60)
    n = len(history.values)
    expected = [
        max(known for known in range(position - 30 * period, n) if (position - known) % period == 0)
        for position in range(n + gap, n + gap + 96)
    ]

    assert model.forecast(asked_after(history, gap))[:, 1].tolist() == expected


def test_where_that_one_is_not_known_the_period_before_is_taken():
    history = counted(60)
    n = len(history.values)
    history.values[n - 48 : n - 40] = np.nan

    medians = NAIVE_DAY.forecast(asked_after(history, 0))[:, 1]

    assert medians[:9].tolist() == [*range(n - 96, n - 88), n - 40]
    assert medians[48:57].tolist() == medians[:9].tolist()


def test_a_history_of_two_days_is_too_short_to_know_how_far_off_it_is():
    with pytest.raises(TooLittleHistoryError):
        NAIVE_DAY.forecast(asked_after(counted(2)))
