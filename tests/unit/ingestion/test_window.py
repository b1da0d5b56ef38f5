"""What a run asks for follows from its params, else its interval, else its look-back."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from types import SimpleNamespace

import pytest

from include.ingestion.window import Asked, Occasion, Request, Window, as_utc, asked, instant

NOON = datetime(2026, 5, 31, 12, tzinfo=UTC)
FIRST = datetime(2009, 1, 1, tzinfo=UTC)
HOURLY = Occasion(NOON + timedelta(minutes=1), (NOON - timedelta(hours=1), NOON))
BY_HAND = Occasion(NOON)


def test_an_hourly_run_looks_back_from_the_end_of_its_interval():
    assert asked(Request(), HOURLY, first_at=FIRST) == Asked(Window(NOON - timedelta(days=100), NOON), 100)


def test_a_run_by_hand_looks_back_from_when_it_was_due():
    assert asked(Request(look_back_days=7), BY_HAND, first_at=FIRST).window == Window(NOON - timedelta(days=7), NOON)


def test_a_backfill_fetches_its_own_interval_only():
    backfill = Occasion(NOON, (NOON - timedelta(hours=1), NOON), is_backfill=True)
    assert asked(Request(), backfill, first_at=FIRST) == Asked(Window(NOON - timedelta(hours=1), NOON), None)


def test_params_come_before_the_interval():
    request = Request(start="2026-01-01", end="2026-01-02T00:00:00+01:00")
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 23, tzinfo=UTC))
    assert asked(request, HOURLY, first_at=FIRST) == Asked(window, None)


def test_full_history_begins_where_the_publisher_begins():
    assert asked(Request(full_history=True), BY_HAND, first_at=FIRST).window == Window(FIRST, NOON)


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
        asked(request_, BY_HAND, first_at=FIRST)


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


def test_pages_cover_a_window_once():
    window = Window(FIRST, FIRST + timedelta(days=450))
    pages = list(window.pages(timedelta(days=200)))
    assert [page.start for page in pages] == [window.start, *(page.end for page in pages[:-1])]
    assert pages[-1].end == window.end
    assert len(pages) == 3


def test_a_window_holds_its_start_and_not_its_end():
    window = Window(FIRST, NOON)
    assert FIRST in window
    assert NOON not in window


def test_a_publishers_instants_are_utc_or_refused():
    assert as_utc(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)  # noqa: DTZ001
    with pytest.raises(ValueError, match="Expected UTC"):
        as_utc(datetime.fromisoformat("2026-01-01T00:00:00+01:00"))
    assert instant("2026-01-01") == datetime(2026, 1, 1, tzinfo=UTC)
