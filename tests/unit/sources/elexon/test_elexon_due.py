"""What a run asks for: whole blocks of London's calendar, so that a window is only ever replaced by itself."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from include.ingestion.due import Occasion, Request, due
from include.ingestion.scope import SettlementDays
from include.ingestion.window import Window
from include.sources.elexon.catalogue import committed
from include.sources.elexon.datasets import dataset
from include.sources.elexon.routes import SYSTEM_PRICES
from include.sources.elexon.settlement_runs import WORKING_DAYS_AFTER, is_working_day, runs_due

MORNING = datetime(2026, 5, 6, 8, 35, tzinfo=UTC)
SCHEDULED = Occasion(MORNING, (MORNING - timedelta(minutes=30), MORNING))
EARLY = Occasion(
    MORNING.replace(hour=6, minute=5), (MORNING.replace(hour=5, minute=35), MORNING.replace(hour=6, minute=5))
)
CODES = sorted(committed())


def scopes(code, occasion=SCHEDULED, **asked):
    return [each.scope for each in due(dataset(code, committed()[code]), Request(**asked), occasion)]


def test_a_live_dataset_is_asked_for_from_the_day_before_on():
    assert scopes("FUELINST") == [Window(datetime(2026, 5, 4, 23, tzinfo=UTC), MORNING)]


def test_once_a_day_a_week_is_looked_through_for_what_came_late():
    assert scopes("FREQ", EARLY)[0].start == datetime(2026, 4, 28, 23, tzinfo=UTC)
    assert len(scopes("FREQ", EARLY)) == 8


def test_notifications_are_asked_for_by_whole_settlement_days():
    days = [date(2026, 5, 4), date(2026, 5, 5), date(2026, 5, 6)]
    assert scopes("PN") == [SettlementDays(day, day, "settlement_period") for day in days]


def test_acceptances_are_told_by_their_first_period():
    assert scopes("BOALF")[0].period == "settlement_period_from"


@pytest.mark.parametrize("code", CODES)
def test_no_window_reaches_past_the_run_but_settlement_days_which_are_whole(code):
    for scope in scopes(code, start="2026-05-01", end="2027-01-01"):
        assert isinstance(scope, SettlementDays) or scope.end <= MORNING
        assert scope.covers.start < MORNING


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "span", [("2026-03-28", "2026-04-02"), ("2025-10-25", "2025-10-28"), ("2025-12-30", "2026-01-02")]
)
def test_windows_of_a_span_follow_on_each_other_over_clock_changes_and_new_year(code, span):
    found = scopes(code, start=span[0], end=span[1])
    for before, after in pairwise(found):
        assert before.covers.end == after.covers.start
    assert found[0].covers.start <= datetime.fromisoformat(span[0]).replace(tzinfo=UTC)
    assert found[-1].covers.end >= datetime.fromisoformat(span[1]).replace(tzinfo=UTC)


@pytest.mark.parametrize("code", [code for code in CODES if committed()[code].loaded.kept == "windows"])
def test_a_window_that_was_held_as_far_as_it_had_come_is_a_whole_part_of_the_next(code):
    """Else the next one could not replace it."""
    for hours in range(0, 24 * 40, 7):
        earlier, later = scopes(code), scopes(code, Occasion(MORNING + timedelta(hours=hours)))
        for old in earlier:
            for new in later:
                apart = old.covers.end <= new.covers.start or new.covers.end <= old.covers.start
                within = new.covers.start <= old.covers.start and old.covers.end <= new.covers.end
                assert apart or within, f"{old} and {new}"


def test_metered_output_is_asked_for_on_the_days_its_settlement_runs_are_due():
    """Not by looking 14 months back; the early May bank holiday was on the Monday."""
    asked = due(dataset("B1610", committed()["B1610"]), Request(look_back_days=1), SCHEDULED)
    editions = {str(each.scope.first): each.edition for each in asked}
    assert editions["2026-04-27"] == "II of 2026-05-05"
    assert editions["2025-03-06"] == "RF of 2026-05-05"
    assert all(each.is_routine for each in asked)


def test_each_settlement_day_is_settled_six_times_over_14_months():
    runs = [run for run in runs_due(date(2025, 1, 1), date(2026, 12, 31)) if run.settlement_date == date(2025, 8, 23)]
    assert {run.name for run in runs} == set(WORKING_DAYS_AFTER)
    assert len(runs) == 6
    assert timedelta(days=400) < max(run.due_on for run in runs) - date(2025, 8, 23) < timedelta(days=450)


@pytest.mark.parametrize(
    "holiday", [date(2026, 4, 3), date(2026, 5, 4), date(2026, 12, 28), date(2022, 9, 19), date(2026, 5, 9)]
)
def test_nothing_is_settled_on_a_holiday(holiday):
    assert not is_working_day(holiday)


def test_prices_are_asked_for_again_once_a_day_where_their_days_were_settled_anew():
    late = [each for each in due(SYSTEM_PRICES, Request(), EARLY) if each.edition]
    assert {each.edition.split()[0] for each in late} == set(WORKING_DAYS_AFTER)
    assert not [each for each in due(SYSTEM_PRICES, Request(), SCHEDULED) if each.edition]


def test_a_scope_that_has_only_begun_may_be_empty():
    midnight = datetime(2026, 5, 3, 23, 5, tzinfo=UTC)
    young = [
        each.is_young
        for each in due(
            dataset("MID", committed()["MID"]),
            Request(),
            Occasion(midnight, (midnight - timedelta(minutes=30), midnight)),
        )
    ]
    assert young == [False, True]


def test_a_backfill_of_airflows_asks_for_the_days_of_its_interval():
    """From 05:20 to 05:20: of what is kept by settlement days both of them, whole."""
    interval = (datetime(2026, 5, 1, 5, 20, tzinfo=UTC), datetime(2026, 5, 2, 5, 20, tzinfo=UTC))
    days = [str(scope) for scope in scopes("PN", Occasion(interval[1], interval, is_backfill=True))]
    assert days == ["settlement days 2026-05-01 to 2026-05-01", "settlement days 2026-05-02 to 2026-05-02"]
