"""What the pages of Carbon say of forecasts and differences, in words, names and colours."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from include.serving.dashboard.carbon.forecasts.page import told
from include.serving.dashboard.carbon.forecasts.queries import LONGEST_FAN, Came, hours_between_issues
from include.serving.dashboard.carbon.fuels import CODES, STACK, TRACES
from include.serving.dashboard.carbon.intensity import ACTUAL_COLOUR, FORECAST_COLOUR, reaching_ahead
from include.serving.dashboard.carbon.now.charts import BEST_COLOUR, OTHER_COLOUR
from include.serving.dashboard.carbon.reconciliation.charts import SOURCES
from include.serving.dashboard.carbon.reconciliation.page import as_markdown, in_legend
from include.serving.dashboard.carbon.reconciliation.queries import NESO, OURS, Summary
from include.serving.dashboard.carbon.regions.queries import newest_or_now
from include.serving.dashboard.controls import View
from include.serving.dashboard.span import Extent, Preset, Span
from include.settlement import HALF_HOUR, LONDON

NEWEST_AT = datetime(2026, 5, 31, 10, 30, tzinfo=UTC)
HELD = Extent(datetime(2018, 1, 1, tzinfo=UTC), NEWEST_AT, HALF_HOUR, LONDON)
UNTIL = NEWEST_AT + timedelta(hours=48)
NOTHING = Summary(0, 0, None, None, None, None, (None, None, None))


def test_the_fuels_are_those_of_the_api():
    assert {fuel.code for fuel in STACK} == CODES
    assert [column for column, _, _ in TRACES] == [f"{fuel.code}_pct" for fuel in STACK]


def test_no_colour_means_two_things_on_the_page_carbon():
    drawn = [colour for _, _, colour in TRACES] + [ACTUAL_COLOUR, FORECAST_COLOUR, BEST_COLOUR, OTHER_COLOUR]
    assert len(set(drawn)) == len(drawn)


def test_three_sources_have_three_colours():
    assert len({colour for _, _, colour in SOURCES}) == 3


@pytest.mark.parametrize(
    ("view", "reaches_ahead"),
    [
        (View(Preset.LAST_24_HOURS), True),
        (View(Preset.LAST_7_DAYS), True),
        (View(Preset.LAST_30_DAYS), False),
        (View(Preset.ALL), False),
        # Days that were picked stand as they are.
        (View(Preset.DAYS, (date(2026, 5, 31), date(2026, 5, 31))), False),
    ],
)
def test_a_short_range_reaches_to_the_end_of_what_is_foreseen(view, reaches_ahead):
    span = view.span(HELD)
    assert reaching_ahead(view, HELD, UNTIL) == (replace(span, ended_at=UNTIL) if reaches_ahead else span)
    assert reaching_ahead(view, HELD, None) == span
    assert reaching_ahead(view, HELD, NEWEST_AT) == span


@pytest.mark.parametrize(("days", "hours"), [(1, 3), (3, 6), (9, 12), (31, 24)])
def test_no_fan_has_more_lines_than_can_be_told_apart(days, hours):
    span = Span(NEWEST_AT - timedelta(days=days), NEWEST_AT, LONDON)
    assert hours_between_issues(span) == hours
    assert timedelta(days=days) <= LONGEST_FAN
    assert timedelta(days=days) / timedelta(hours=hours) <= 31


def test_a_forecast_is_judged_in_a_sentence():
    assert told(None) == "Nothing of it has been measured yet."
    assert told(Came(96, 12.34, -4)) == (
        "96 half-hours have been measured since: the forecast was 12.3 g/kWh off on average, and foresaw "
        "4.0 g/kWh too little."
    )
    assert told(Came(1, 2, 2)).endswith("and foresaw 2.0 g/kWh too much.")
    assert told(Came(1, 0, 0)).endswith("neither too much nor too little on the whole.")


@pytest.mark.parametrize(
    ("now", "half_hour"),
    [
        (NEWEST_AT - timedelta(minutes=50), NEWEST_AT - 2 * HALF_HOUR),
        # What is published ended long ago.
        (NEWEST_AT + timedelta(days=3), NEWEST_AT),
        (HELD.first_at - timedelta(days=1), HELD.first_at),
    ],
)
def test_regions_are_shown_as_they_are_now_or_as_near_to_it_as_can_be(now, half_hour):
    assert newest_or_now(HELD, now) == half_hour


def test_differences_are_summed_up_side_by_side():
    summary = Summary(48, 40, 0.5, -0.25, -3.0, NEWEST_AT, (-0.5, 0.2, None))
    table = as_markdown({NESO: summary, OURS: NOTHING})
    assert "|  | NESO less API | Ours less API |" in table
    assert "| Half-hours compared | 48 | 0 |" in table
    assert "| Mean, signed (g/kWh) | -0.2 | – |" in table
    assert "| Largest (g/kWh) | -3.0, Sun 31 May 2026, 11:30 BST | – |" in table


def test_the_parts_of_a_difference_are_named_with_their_means():
    names = [name for name, _ in in_legend(NESO, Summary(1, 1, 1, 1, 1, NEWEST_AT, (-0.5, 0.0, None)))]
    assert names == [
        "NESO less API, in all: mean +1.0",
        "Revised by NESO since it first published: mean -0.5",
        "Rounding to whole grams: mean +0.0",
        "Left unexplained: mean –",
    ]
