"""A scope says which rows an answer may hold, and which instants it speaks for."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingestion.scope import OfFile, SettlementDays, Snapshot
from include.ingestion.window import Window

MAY = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)), st.integers(0, 30))
def test_settlement_days_cover_every_instant_between_two_midnights_in_london(first, days):
    last = first + timedelta(days=days)
    covers = SettlementDays(first, last).covers
    following = SettlementDays(last + timedelta(days=1), last + timedelta(days=1)).covers
    assert covers.end == following.start
    assert abs((covers.end - covers.start) - timedelta(days=days + 1)) <= timedelta(hours=1)


@given(st.dates(date(2010, 1, 1), date(2040, 1, 1)))
def test_settlement_days_hold_both_their_ends_and_nothing_beyond(day):
    scope = SettlementDays(day, day + timedelta(days=1))
    held = [scope.holds(SimpleNamespace(on=day + timedelta(days=away)), "on") for away in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]


def test_days_that_are_turned_round_are_refused():
    with pytest.raises(ValueError, match="later than the last"):
        SettlementDays(date(2026, 5, 2), date(2026, 5, 1))


def test_a_file_speaks_for_its_owner_and_its_window_only():
    scope = OfFile("readings/7.json", ("meter_id", 7), MAY)
    within, after = MAY.start, MAY.end
    held = [scope.holds(SimpleNamespace(meter_id=m, at=at), "at") for m, at in ((7, within), (8, within), (7, after))]
    assert held == [True, False, False]
    assert str(scope) == "readings/7.json"


def test_a_snapshot_speaks_for_everything_and_for_no_time():
    assert Snapshot().holds(SimpleNamespace(), None)
    assert Snapshot().covers is None


@given(st.integers(1, 4000), st.integers(1, 400))
def test_years_and_pages_cut_a_window_without_gap_or_overlap(days, page_days):
    window = Window(MAY.start, MAY.start + timedelta(days=days))
    for pieces in (list(window.years()), list(window.pages(timedelta(days=page_days)))):
        assert (pieces[0].start, pieces[-1].end) == (window.start, window.end)
        assert [piece.end for piece in pieces[:-1]] == [piece.start for piece in pieces[1:]]
