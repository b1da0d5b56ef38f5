"""What is told of the country's intensity from one instant to the next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from include.simulator.carbon_intensity.bands import index_of
from include.simulator.carbon_intensity.national import national
from include.simulator.carbon_intensity.outlook import Outlook, Span, intensity_of
from include.simulator.neso.vintages import SimulatedHistory
from include.simulator.weather import as_datetime, as_numpy, number_of

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
TWO_WEEKS = 14 * 48


def told(outlook, first_at, count):
    first = number_of(as_numpy(first_at))
    return [record["intensity"] for record in national(outlook, Span(first, first + count))]


@pytest.fixture(scope="module")
def outlook():
    return Outlook(seed=0, clock=NOON)


def test_an_actual_is_null_until_its_half_hour_ends_then_a_copy_for_11_minutes_then_its_own(outlook):
    half_hour = NOON - timedelta(minutes=30)

    def actuals(minutes):
        at = replace(outlook, clock=NOON + timedelta(minutes=minutes))
        return [each["actual"] for each in told(at, half_hour - timedelta(minutes=30), 2)]

    before, own = actuals(20)
    assert before != own
    assert actuals(-1) == [before, None]
    assert actuals(0) == actuals(10) == [before, before]
    assert actuals(11) == [before, own]


def test_an_actual_may_be_corrected_within_a_day_and_never_after(outlook):
    day = NOON - timedelta(days=1)

    def actuals(hours):
        return [each["actual"] for each in told(replace(outlook, clock=NOON + timedelta(hours=hours)), day, 48)]

    first, next_day, week = actuals(1), actuals(25), actuals(24 * 7)
    changed = [abs(one - other) for one, other in zip(first, next_day, strict=True) if one != other]
    assert 5 < len(changed) < 30
    assert max(changed) <= 6
    assert next_day == week


def test_96_half_hours_are_foreseen_from_the_one_that_runs(outlook):
    ahead = told(replace(outlook, clock=NOON + timedelta(minutes=7)), NOON, 200)

    assert len(ahead) == 96
    assert {each["actual"] for each in ahead} == {None}
    assert all(each["index"] == index_of(each["forecast"], 2026) for each in ahead)


def test_the_index_is_that_of_the_actual_where_there_is_one(outlook):
    past = told(outlook, NOON - timedelta(days=7), 7 * 48)

    assert all(each["index"] == index_of(each["actual"], 2026) for each in past)
    assert any(each["index"] != index_of(each["forecast"], 2026) for each in past)


def test_a_forecast_changes_with_each_issue_until_its_half_hour_begins_and_not_within_one(outlook):
    evening = NOON + timedelta(hours=8)

    def forecast(minutes):
        return told(replace(outlook, clock=NOON + timedelta(minutes=minutes)), evening, 1)[0]["forecast"]

    issues = [forecast(30 * issue) for issue in range(17)]
    assert len(set(issues)) > 5
    assert all(forecast(30 * issue + 29) == issues[issue] for issue in (0, 5, 16))
    assert {forecast(minutes) for minutes in (8 * 60, 9 * 60, 40 * 60)} == {issues[16]}


def test_a_forecast_sharpens(outlook):
    """Errors of 60 runs, some seven hours apart, by lead."""
    errors = []
    for run in range(60):
        at = replace(outlook, clock=NOON - timedelta(hours=7 * run))
        span = Span(at.running, at.forecast_end)
        errors.append(np.abs(intensity_of(at.foreseen_mw(span)) - intensity_of(at.measured_mw(span))))
    by_lead = np.mean(errors, axis=0)

    assert by_lead[:8].mean() < by_lead[16:24].mean() < by_lead[72:].mean()
    assert 5 < by_lead[:4].mean() < 15
    assert by_lead[72:].mean() > 1.5 * by_lead[:4].mean()


def test_the_last_forecast_misses_by_about_ten_grams_as_in_2023(outlook):
    past = told(outlook, NOON - timedelta(days=150), 150 * 48 - 1)
    off = np.array([each["forecast"] - each["actual"] for each in past])

    assert 6 < np.abs(off).mean() < 14  # 9.9 in 2023
    assert abs(off.mean()) < 4  # -0.85 in 2023


def test_it_tells_of_the_same_grid_as_the_portal_but_not_the_same_numbers(outlook):
    edition = SimulatedHistory.until(NOON, seed=0).edition_at(NOON).table
    portal = edition.columns["CARBON_INTENSITY"].values[-TWO_WEEKS:]
    ours = np.array([each["actual"] for each in told(outlook, as_datetime(edition.started_at[-TWO_WEEKS]), TWO_WEEKS)])

    assert 0.02 < (ours == portal).mean() < 0.3
    assert 2 < np.abs(ours - portal).mean() < 6
    assert np.corrcoef(ours, portal)[0, 1] > 0.97


def test_what_is_told_depends_on_the_seed_and_the_instant_alone():
    early = datetime(2018, 2, 1, 12, tzinfo=UTC)
    first = told(Outlook(0, early), early, 96)
    told(Outlook(0, early + timedelta(days=45)), early, 96)

    assert told(Outlook(0, early), early, 96) == first
    assert told(Outlook(1, early), early, 96) != first


def test_the_outage_of_2023_was_never_filled():
    outlook = Outlook(seed=0, clock=datetime(2023, 11, 1, tzinfo=UTC))
    days = told(outlook, datetime(2023, 10, 20, tzinfo=UTC), 4 * 48)

    assert len(days) == 4 * 48 - 91


def test_five_half_hours_of_2023_were_never_measured():
    outlook = Outlook(seed=0, clock=datetime(2023, 11, 1, tzinfo=UTC))
    day = told(outlook, datetime(2023, 1, 26, tzinfo=UTC), 48)

    assert [at for at, each in enumerate(day) if each["actual"] is None] == [27, 28, 29, 30, 31]


def test_one_half_hour_of_2021_is_told_twice():
    outlook = Outlook(seed=0, clock=datetime(2023, 11, 1, tzinfo=UTC))
    first = number_of(np.datetime64("2021-04-19T18:30", "s"))
    records = national(outlook, Span(first, first + 3))

    assert [record["from"][11:16] for record in records] == ["18:30", "19:00", "19:00", "19:30"]
    assert records[1]["intensity"] != records[2]["intensity"]
