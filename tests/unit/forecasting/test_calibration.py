"""Earlier origins: at the same time of London's day, and of a fit that knew nothing of them."""

import numpy as np

from include.forecasting.calibration import Origins, calibrated, earlier_origins
from tests.unit.forecasting.conftest import asked_after, made_up


def test_the_fit_behind_the_hindcasts_knew_nothing_later_than_the_first_of_them(history):
    fits, forecasts = [], []

    def fit(now):
        fits.append(now)

        def medians(origins):
            forecasts.append(origins)
            return np.zeros((len(origins.ends), 96))

        return medians

    calibrated(asked_after(history), fit)

    past, present = fits
    assert len(past.history.values) == forecasts[0].ends[0] == past.ends[0]
    assert len(present.history.values) == len(history.values)


def test_earlier_origins_keep_to_london_s_clock_and_end_a_day_before():
    history = made_up(100)  # from 1 January over 30 March, to 10 April
    past = earlier_origins(Origins(history, np.array([len(history.values)]), gap=2))

    assert past.ends[-1] == len(history.values) - 48
    assert sorted(set(np.diff(past.ends).tolist())) == [46, 48]


def test_of_the_newest_of_them_only_the_first_day_is_known(history):
    past = earlier_origins(Origins(history, np.array([len(history.values)]), gap=2))

    assert np.isnan(past.actuals()[-1]).tolist() == [False] * 46 + [True] * 50
    assert not np.isnan(past.actuals()[:-3]).any()
