"""A year as weeks by weekdays."""

from datetime import date

import pytest

from include.serving.coverage import COVERAGE_STATES
from include.serving.dashboard.operations.year_of_days import chart, week_of


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 1, 1), 1),  # a Thursday
        (date(2026, 1, 4), 1),
        (date(2026, 1, 5), 2),
        (date(2026, 12, 31), 53),
        (date(2028, 12, 31), 53),
        (date(2012, 12, 31), 54),  # of a leap year that began on a Sunday
    ],
)
def test_weeks_begin_on_monday_and_the_first_one_holds_the_first_day(day, week):
    assert week_of(day) == week


def test_months_are_named_at_the_week_of_their_first_day():
    axis = chart(2026, COVERAGE_STATES)["layer"][0]["encoding"]["x"]["axis"]
    assert len(axis["values"]) == 12
    assert axis["values"][:3] == [1, 5, 9]
    assert axis["labelExpr"].startswith('{"1": "Jan", "5": "Feb"')


def test_days_have_the_colours_of_their_states():
    colour = chart(2026, COVERAGE_STATES, height=99)["layer"][0]["encoding"]["color"]
    assert colour["field"] == "state"
    assert colour["scale"]["domain"] == [state.told for state in COVERAGE_STATES]
