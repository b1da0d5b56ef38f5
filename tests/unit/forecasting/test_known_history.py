"""A history says what was known, and no more."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from include.forecasting.history import History, TooLittleHistoryError

FIRST_AT = datetime(2025, 6, 1, tzinfo=UTC)
NAN = np.nan


def history(*values: float) -> History:
    return History(FIRST_AT, np.array(values))


def test_it_ends_with_its_newest_half_hour():
    assert history(1, NAN, 3).ended_at == FIRST_AT + timedelta(minutes=90)


@pytest.mark.parametrize("values", [(), (NAN, 1), (1, NAN), (1, np.inf, 2)])
def test_its_first_and_last_values_are_known_and_all_are_finite(values):
    with pytest.raises(ValueError, match="history"):
        history(*values)


def test_it_begins_on_the_half_hour():
    with pytest.raises(ValueError, match="does not start a half-hour"):
        History(FIRST_AT + timedelta(minutes=5), np.ones(3))


def test_a_cut_ends_with_the_newest_value_known_before_it():
    cut = history(1, 2, NAN, 4).known_until(FIRST_AT + timedelta(minutes=90))

    assert cut.values.tolist() == [1, 2]


def test_a_cut_after_the_end_leaves_all_and_one_before_the_start_leaves_nothing():
    assert len(history(1, 2).known_until(FIRST_AT + timedelta(days=1)).values) == 2
    with pytest.raises(TooLittleHistoryError):
        history(1, 2).known_until(FIRST_AT)


def test_what_lies_outside_of_it_is_not_known():
    found = history(1, 2).between(FIRST_AT - timedelta(minutes=30), 4)

    np.testing.assert_array_equal(found, [NAN, 1, 2, NAN])
    assert np.isnan(history(1).between(FIRST_AT + timedelta(days=3), 5)).all()
    assert np.isnan(history(1).between(FIRST_AT - timedelta(days=3), 5)).all()


def test_the_newest_part_begins_with_a_known_value():
    newest = history(1, NAN, 3, 4).newest(3)

    assert (newest.first_at, newest.values.tolist()) == (FIRST_AT + timedelta(hours=1), [3, 4])


def test_gaps_are_filled_from_the_day_before_and_never_from_what_came_after():
    values = np.arange(150.0)
    values[[2, 60, 108]] = NAN
    filled = History(FIRST_AT, values).filled()

    assert filled[[2, 60, 108]].tolist() == [1, 12, 12]
    values[109:] = 999
    np.testing.assert_array_equal(History(FIRST_AT, values).filled()[:109], filled[:109])
