"""What a run asks for follows from its params, else its interval, else how far its dataset looks back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace

import pytest

from include.ingestion.due import Asked, Occasion, Request, due
from include.ingestion.scope import Snapshot
from include.ingestion.window import Window
from include.sources.neso.generation_mix import GENERATION_MIX

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
HOURLY = Occasion(NOON + timedelta(minutes=1), (NOON - timedelta(hours=1), NOON))
BY_HAND = Occasion(NOON)


def test_an_hourly_run_looks_back_by_whole_settlement_days():
    """A hundred days before the noon is a noon; London's day, in winter time, began twelve hours before that."""
    window = Window(datetime(2026, 2, 20, tzinfo=UTC), NOON)
    assert due(GENERATION_MIX, Request(), HOURLY) == [Asked(window, is_routine=True)]


def test_a_settlement_day_of_summer_begins_in_the_evening_of_utc():
    [asked] = due(GENERATION_MIX, Request(look_back_days=7), BY_HAND)
    assert asked == Asked(Window(datetime(2026, 5, 23, 23, tzinfo=UTC), NOON), is_routine=True)
    assert str(asked.scope) == "[2026-05-23 23:00, 2026-05-31 12:00) UTC"


def test_a_backfill_fetches_its_own_interval_only():
    backfill = Occasion(NOON, (NOON - timedelta(hours=1), NOON), is_backfill=True)
    assert due(GENERATION_MIX, Request(), backfill) == [Asked(Window(NOON - timedelta(hours=1), NOON), is_young=True)]


def test_params_come_before_the_interval():
    request = Request(start="2026-01-01", end="2026-01-02T00:00:00+01:00")
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 23, tzinfo=UTC))
    assert due(GENERATION_MIX, request, HOURLY) == [Asked(window)]


def test_full_history_begins_where_the_publisher_begins():
    history = Window(GENERATION_MIX.first_at, NOON)
    assert due(GENERATION_MIX, Request(full_history=True), BY_HAND) == [Asked(history)]


def test_a_window_is_asked_for_in_the_pieces_that_the_dataset_names():
    by_day = replace(GENERATION_MIX, named=lambda window, _: list(window.pages(timedelta(days=1))))
    asked = due(by_day, Request(start="2026-01-01", end="2026-01-03T12:00:00"), BY_HAND)
    assert [each.scope.covers.start.day for each in asked] == [1, 2, 3]


def test_of_what_has_no_time_no_window_can_be_asked_for():
    snapshot = replace(GENERATION_MIX, first_at=None, routine=lambda occasion, look_back: [Snapshot()])
    assert due(snapshot, Request(start="2026-01-01"), BY_HAND) == [Asked(Snapshot(), is_routine=True)]


def test_a_form_need_not_have_every_field():
    assert Request.of({"look_back_days": 7, "unknown": 1}) == Request(look_back_days=7)


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (Request(full_history=True, start="2026-01-01"), "leave start and end empty"),
        (Request(start="2026-01-02", end="2026-01-01"), "must start before it ends"),
        (Request(start="yesterday"), "Invalid isoformat"),
    ],
)
def test_contradictory_params_are_refused(request_, complaint):
    with pytest.raises(ValueError, match=complaint):
        due(GENERATION_MIX, request_, BY_HAND)


def test_airflows_runs_are_read_with_and_without_an_interval():
    by_hand = SimpleNamespace(run_after=NOON, data_interval_start=None, data_interval_end=None, run_type="manual")
    assert Occasion.of(by_hand) == BY_HAND
    empty = SimpleNamespace(run_after=NOON, data_interval_start=NOON, data_interval_end=NOON, run_type="manual")
    assert Occasion.of(empty) == BY_HAND


def test_airflows_word_for_a_backfill_is_understood():
    class DagRunType(str, Enum):  # noqa: UP042 - as Airflow has it: its str() is not its value
        BACKFILL = "backfill"
        SCHEDULED = "scheduled"

    interval = {"run_after": NOON, "data_interval_start": NOON - timedelta(hours=1), "data_interval_end": NOON}
    assert Occasion.of(SimpleNamespace(run_type=DagRunType.BACKFILL, **interval)).is_backfill
    assert not Occasion.of(SimpleNamespace(run_type=DagRunType.SCHEDULED, **interval)).is_backfill
