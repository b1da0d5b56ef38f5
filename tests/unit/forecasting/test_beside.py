"""A series beside a history, as wind is beside gas: what it tells of the days ahead is used; it never looks ahead."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from include.forecasting.history import HALF_HOURS, History
from include.forecasting.ridge import RIDGE
from tests.unit.forecasting.conftest import asked_after, made_up

DAY = 48


def led_by_another(days: int = 150) -> tuple[History, History, np.ndarray]:
    """A history that does today what another did a day ago, upside down; that other, and what comes next."""
    leader = made_up(days + 3)
    follower = 60_000 - np.roll(leader.values, DAY)
    history = History(leader.first_at, follower[: DAY * days])
    return history, leader.known_until(history.ended_at), follower[DAY * days : DAY * days + HALF_HOURS]


def test_what_the_other_has_done_is_used_for_what_comes():
    history, leader, came = led_by_another()
    alone = RIDGE.forecast(asked_after(history, gap=0))[:, 1]
    beside = RIDGE.forecast(asked_after(history.with_beside(leader), gap=0))[:, 1]
    assert np.abs(beside - came)[:DAY].mean() < 0.8 * np.abs(alone - came)[:DAY].mean()


def test_it_is_cut_where_the_history_is_cut():
    history, leader, _ = led_by_another()
    both = history.with_beside(leader)
    early = both.known_until(history.ended_at - timedelta(days=30))
    assert len(early.beside) == len(early.values) == len(history.values) - 30 * DAY
    assert np.array_equal(both.newest(DAY).beside, leader.values[-DAY:])


def test_half_hours_of_the_other_that_are_unknown_change_no_shape():
    history, leader, _ = led_by_another()
    lacking = leader.values.copy()
    lacking[5:9] = np.nan
    both = history.with_beside(History(leader.first_at, lacking).known_until(history.ended_at - timedelta(hours=3)))
    assert np.isnan(both.beside[-6:]).all()
    assert not np.isnan(both.beside_filled()).any()
    assert RIDGE.forecast(asked_after(both)).shape == (HALF_HOURS, 3)


def test_one_that_begins_later_is_left_out():
    history, leader, _ = led_by_another()
    assert history.with_beside(leader.newest(100 * DAY)).beside is None


def test_another_number_of_half_hours_is_refused():
    history, leader, _ = led_by_another()
    with pytest.raises(ValueError, match="as many half-hours"):
        replace(history, beside=leader.values[:-1])
