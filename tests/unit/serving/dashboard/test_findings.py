"""Which findings belong to a range, and what is told of those that are not shown."""

from datetime import UTC, datetime, timedelta

import pytest

from include.serving.dashboard.operations.quality.page import told_of
from include.serving.dashboard.operations.quality.queries import ALWAYS, Rejected, Within
from include.serving.dashboard.span import Extent, Span
from include.settlement import HALF_HOUR, LONDON

FIRST, NEWEST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 5, 31, 9, tzinfo=UTC)
HELD = Extent(FIRST, NEWEST, HALF_HOUR, LONDON)
DAY = timedelta(days=1)


def test_what_was_found_after_the_newest_half_hour_belongs_to_a_range_that_reaches_it():
    assert Within.of(Span(NEWEST - DAY, HELD.whole.ended_at, LONDON), HELD) == Within(NEWEST - DAY, None)
    assert Within.of(Span(NEWEST - DAY, NEWEST + DAY, LONDON), HELD) == Within(NEWEST - DAY, None)


def test_days_of_the_past_have_only_what_was_found_within_them():
    assert Within.of(Span(FIRST + DAY, NEWEST - DAY, LONDON), HELD) == Within(FIRST + DAY, NEWEST - DAY)


def test_all_is_all_however_it_is_dated():
    assert Within.of(HELD.whole, HELD) == ALWAYS


@pytest.mark.parametrize(
    ("shown", "total", "ever", "told"),
    [
        (0, 0, 0, "None: every row that was sent kept its contract."),
        (0, 0, 3, "None in this range. 3 of other days: choose All to see them."),
        (3, 3, 3, "All 3 in this range."),
        (3, 3, 5, "All 3 in this range. 2 of other days: choose All to see them."),
        (500, 1_200, 1_200, "The newest 500 of 1,200 in this range."),
    ],
)
def test_rows_that_are_not_shown_are_told(shown, total, ever, told):
    assert told_of(Rejected([{}] * shown, total, ever)) == told
