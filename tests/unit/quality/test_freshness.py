"""Freshness is counted from the end of the newest half-hour, and never withholds anything by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from include.quality.freshness import Freshness, judge_freshness
from include.quality.result import Severity

GIVEN = Freshness(
    dataset="some_dataset",
    table="marts.half_hourly_generation",
    time_column="period_started_at",
    step=timedelta(minutes=30),
    warn_after=timedelta(hours=26),
    critical_after=timedelta(hours=36),
)
NEWEST = datetime(2026, 5, 31, 6, 30, tzinfo=UTC)
ENDED = NEWEST + timedelta(minutes=30)
A_SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "success", "severity"),
    [
        (timedelta(hours=1.2), True, Severity.CRITICAL),
        (timedelta(hours=26) - A_SECOND, True, Severity.CRITICAL),
        (timedelta(hours=26), False, Severity.WARNING),
        (timedelta(hours=36) - A_SECOND, False, Severity.WARNING),
        (timedelta(hours=36), False, Severity.CRITICAL),
        (timedelta(days=400), False, Severity.CRITICAL),
        (-timedelta(hours=3), True, Severity.CRITICAL),
    ],
)
def test_a_routine_run_warns_after_26_hours_and_fails_after_36(age, success, severity):
    result = judge_freshness(GIVEN, NEWEST, ENDED + age, is_routine=True)
    assert (result.success, result.severity) == (success, severity)


@pytest.mark.parametrize("age", [timedelta(hours=26), timedelta(hours=36), timedelta(days=1_000)])
def test_a_window_of_ones_own_may_end_in_the_past_and_only_warns(age):
    result = judge_freshness(GIVEN, NEWEST, ENDED + age, is_routine=False)
    assert (result.success, result.severity) == (False, Severity.WARNING)


@pytest.mark.parametrize(("is_default", "severity"), [(True, Severity.CRITICAL), (False, Severity.WARNING)])
def test_no_half_hour_at_all_is_as_late_as_can_be(is_default, severity):
    result = judge_freshness(GIVEN, None, ENDED, is_routine=is_default)
    assert (result.success, result.severity, result.observed_value) == (False, severity, None)
    assert result.line == f"marts.half_hourly_generation has no half-hour at all ({severity})"


def test_the_line_names_the_half_hour_its_age_and_the_limits():
    result = judge_freshness(GIVEN, NEWEST, ENDED + timedelta(hours=37.25), is_routine=True)
    assert result.observed_value == 37.25
    assert result.line == (
        "the newest half-hour, 2026-05-31 06:30 UTC, ended 37.2 h ago; "
        "a warning from 26 h on, critical from 36 h (critical)"
    )
