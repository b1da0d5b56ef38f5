"""What a run asks the API for: nothing whose actual is a copy of another's, and nothing that its answers cut short."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from include.ingestion.dataset import Dataset
from include.ingestion.due import Occasion, Request, due
from include.ingestion.scope import Snapshot
from include.ingestion.window import Window
from include.settlement import HALF_HOUR, half_hour_of
from include.sources.carbon_intensity.api import COPIED_FOR, LONGEST_SPAN, known_of
from include.sources.carbon_intensity.datasets import FACTORS, GENERATION, NATIONAL, REGIONAL
from tests.unit.sources.carbon_intensity.conftest import URL, by_hand, scheduled, utc

FORESEEN = (NATIONAL, REGIONAL)
OF_HALF_HOURS = (NATIONAL, GENERATION, REGIONAL)
NO_ROWS = {"data": [{"regions": [{}]}]}


def spans(dataset: Dataset, occasion: Occasion, **params: Any) -> list[tuple[str, str]]:
    """The spans a run asks for, each as its beginning and its end."""
    asked = [each.scope.covers for each in due(dataset, Request(**params), occasion)]
    return [(f"{window.start:%Y-%m-%d %H:%M}", f"{window.end:%Y-%m-%d %H:%M}") for window in asked if window]


def paths(dataset: Dataset, client: Any, occasion: Occasion, **params: Any) -> list[str]:
    """The paths a run asks for, as they go out."""
    with responses.RequestsMock() as site:
        site.get(re.compile(f"{URL}/.*"), json=NO_ROWS)
        for asked in due(dataset, Request(**params), occasion):
            list(dataset.fetch(client, asked.scope))
        return [call.request.url.removeprefix(URL) for call in site.calls]


@pytest.mark.parametrize(("minute", "measured_until"), [("15", "2026-05-31 12:00"), ("45", "2026-05-31 12:30")])
@pytest.mark.parametrize("dataset", FORESEEN)
def test_a_scheduled_run_asks_for_what_was_measured_since_a_day_ago_and_two_days_ahead(dataset, minute, measured_until):
    occasion = scheduled(f"2026-05-31 12:{minute}")
    foreseen = (measured_until, measured_until.replace("05-31", "06-02"))
    assert spans(dataset, occasion) == [("2026-05-29 23:00", measured_until), foreseen]


def test_the_mix_is_asked_for_until_now_and_never_ahead():
    assert spans(GENERATION, scheduled("2026-05-31 12:15")) == [("2026-05-29 23:00", "2026-05-31 12:00")]
    ahead = {"start": "2026-05-31T00:00Z", "end": "2026-06-05T00:00Z"}
    assert spans(GENERATION, by_hand("2026-05-31 12:15"), **ahead) == [("2026-05-31 00:00", "2026-05-31 12:00")]


@pytest.mark.parametrize("dataset", OF_HALF_HOURS)
def test_the_half_hour_that_ended_five_minutes_ago_is_asked_for_by_nobody(dataset):
    """Its actual is still a copy of the one before; 12 minutes after its end it is not."""
    [measured, *foreseen] = spans(dataset, scheduled("2026-05-31 12:05"))
    assert measured[1] == "2026-05-31 11:30"
    assert [begin for begin, _ in foreseen] == ["2026-05-31 12:00"] * len(foreseen)
    assert spans(dataset, scheduled("2026-05-31 12:11"))[0][1] == "2026-05-31 11:30"
    assert spans(dataset, scheduled("2026-05-31 12:12"))[0][1] == "2026-05-31 12:00"


@pytest.mark.parametrize("dataset", OF_HALF_HOURS)
@pytest.mark.parametrize(
    "occasion", [scheduled("2026-05-31 06:15"), by_hand("2026-05-31 13:15")], ids=["06:15", "hand"]
)
def test_once_a_day_and_by_hand_a_run_looks_back_a_week(dataset, occasion):
    assert spans(dataset, occasion)[0][0] == "2026-05-23 23:00"


@pytest.mark.parametrize("dataset", OF_HALF_HOURS)
def test_every_other_run_looks_back_to_the_settlement_day_of_26_hours_ago(dataset):
    assert spans(dataset, scheduled("2026-05-31 00:45"))[0][0] == "2026-05-28 23:00", "in London it was the 29th, 23:45"
    assert spans(dataset, scheduled("2026-05-31 01:15"))[0][0] == "2026-05-29 23:00", "and the 30th, 00:15"
    assert spans(dataset, scheduled("2026-05-31 06:45"))[0][0] == "2026-05-29 23:00"


def test_the_factors_are_asked_for_once_a_day_and_by_hand():
    asks = {
        minute: [each.scope for each in due(FACTORS, Request(), scheduled(f"2026-05-31 {minute}"))]
        for minute in ("00:15", "05:45", "06:15", "06:45", "18:15")
    }
    assert [minute for minute, scopes in asks.items() if scopes] == ["06:15"]
    assert asks["06:15"] == [Snapshot()]
    assert [each.scope for each in due(FACTORS, Request(), by_hand("2026-05-31 13:00"))] == [Snapshot()]


def test_a_deeper_look_back_is_asked_for_in_pieces_of_14_days():
    assert spans(GENERATION, by_hand("2026-05-31 12:15"), look_back_days=30) == [
        ("2026-04-30 23:00", "2026-05-14 23:00"),
        ("2026-05-14 23:00", "2026-05-28 23:00"),
        ("2026-05-28 23:00", "2026-05-31 12:00"),
    ]


def test_a_shallower_look_back_by_hand_is_a_week_all_the_same():
    assert spans(GENERATION, by_hand("2026-05-31 12:15"), look_back_days=1)[0][0] == "2026-05-23 23:00"


@pytest.mark.parametrize("dataset", OF_HALF_HOURS)
def test_a_named_window_is_cut_every_14_days_and_at_new_year(dataset):
    named = {"start": "2025-12-10T00:00Z", "end": "2026-01-20T00:00Z"}
    assert spans(dataset, by_hand("2026-05-31 12:15"), **named) == [
        ("2025-12-10 00:00", "2025-12-24 00:00"),
        ("2025-12-24 00:00", "2026-01-01 00:00"),
        ("2026-01-01 00:00", "2026-01-15 00:00"),
        ("2026-01-15 00:00", "2026-01-20 00:00"),
    ]


@pytest.mark.parametrize("dataset", OF_HALF_HOURS)
def test_full_history_is_all_since_2018_in_pieces_that_meet(dataset):
    asked = spans(dataset, by_hand("2026-05-31 12:15"), full_history=True)
    assert (asked[0][0], asked[-1][1]) == (
        "2018-01-01 00:00",
        "2026-05-31 12:" + ("00" if dataset is GENERATION else "15"),
    )
    pieces = [(utc(begin), utc(end)) for begin, end in asked]
    assert all(end - begin <= LONGEST_SPAN and stays_in_its_year(Window(begin, end)) for begin, end in pieces)
    assert all(end == begin for (_, end), (begin, _) in pairwise(pieces))


@pytest.mark.parametrize(
    ("day_after", "begins", "of_the_day", "of_the_day_after"),
    [
        ("2026-03-30", "2026-03-29 00:00", 46, 26),
        ("2026-10-26", "2026-10-24 23:00", 50, 24),
        ("2026-05-31", "2026-05-29 23:00", 48, 26),
    ],
)
def test_a_settlement_day_is_asked_for_whole_however_long_it_is(day_after, begins, of_the_day, of_the_day_after):
    [(begin, end), *_] = spans(NATIONAL, scheduled(f"{day_after} 12:15"))
    assert begin == begins
    assert (utc(end) - utc(begin)) // HALF_HOUR == of_the_day + of_the_day_after


@pytest.mark.parametrize(("dataset", "path"), [(NATIONAL, "/intensity"), (REGIONAL, "/regional/intensity")])
def test_what_is_foreseen_is_asked_for_by_its_own_path(dataset, path, client):
    assert paths(dataset, client, scheduled("2026-05-31 12:15")) == [
        f"{path}/2026-05-29T23:00Z/2026-05-31T12:00Z",
        f"{path}/2026-05-31T12:00Z/fw48h",
    ]


def test_the_mix_is_asked_for_by_a_range_even_where_it_is_of_48_hours(client):
    named = {"start": "2026-05-20T00:00Z", "end": "2026-05-22T00:00Z"}
    whole = "/generation/2026-05-20T00:00Z/2026-05-22T00:00Z"
    assert paths(GENERATION, client, by_hand("2026-05-31 12:15"), **named) == [whole]


@pytest.mark.parametrize(("dataset", "path"), [(NATIONAL, "/intensity"), (REGIONAL, "/regional/intensity")])
def test_around_new_year_two_ranges_take_the_place_of_the_two_days_ahead(dataset, path, client):
    assert paths(dataset, client, scheduled("2025-12-31 12:15")) == [
        f"{path}/2025-12-30T00:00Z/2025-12-31T12:00Z",
        f"{path}/2025-12-31T12:00Z/2026-01-01T00:00Z",
        f"{path}/2026-01-01T00:00Z/2026-01-02T12:00Z",
    ]
    assert paths(dataset, client, scheduled("2026-01-01 00:15"))[-1] == f"{path}/2026-01-01T00:00Z/fw48h"


def test_a_window_that_does_not_begin_on_a_half_hour_is_asked_for_from_the_next_one_on(client):
    named = {"start": "2026-05-20T00:07Z", "end": "2026-05-20T02:10Z"}
    assert paths(NATIONAL, client, by_hand("2026-05-31 12:15"), **named) == [
        "/intensity/2026-05-20T00:30Z/2026-05-20T02:30Z"
    ]


def test_the_factors_are_at_a_path_of_their_own(client, site):
    site.get(f"{URL}/intensity/factors", json={"data": [{"Coal": 937}]})
    [[factor]] = FACTORS.fetch(client, Snapshot())
    assert bytes(factor) == b'{"fuel":"Coal","factor":937}'


instants = st.datetimes(datetime(2018, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)
windows = st.builds(
    lambda start, minutes: Window(start, start + timedelta(minutes=minutes)), instants, st.integers(1, 60 * 24 * 500)
)


@st.composite
def asked_on_occasions(draw: st.DrawFn) -> tuple[Window, Occasion]:
    """Any window, and a run long before it, long after it, or within it."""
    window = draw(windows)
    within = st.integers(-3 * 24 * 60, (window.end - window.start) // timedelta(minutes=1) + 3 * 24 * 60)
    near = within.map(lambda minutes: window.start + timedelta(minutes=minutes))
    return window, Occasion(draw(instants | near))


@given(asked_on_occasions())
def test_the_pieces_of_any_window_are_all_of_it_but_what_is_still_a_copy(asked):
    window, occasion = asked
    pieces = [scope.covers for scope in known_of(window, occasion)]
    running = half_hour_of(occasion.instant)
    copied_since = half_hour_of(occasion.instant - COPIED_FOR)
    wanted = [(window.start, min(window.end, copied_since)), (max(window.start, running), window.end)]
    assert joined((piece.start, piece.end) for piece in pieces) == joined(span for span in wanted if span[0] < span[1])
    assert all(piece.end - piece.start <= LONGEST_SPAN and stays_in_its_year(piece) for piece in pieces)


def joined(spans: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Spans in their order, those that meet as one."""
    told: list[tuple[Any, Any]] = []
    for begin, end in spans:
        assert not told or told[-1][1] <= begin, "in order, and none twice"
        if told and told[-1][1] == begin:
            told[-1] = (told[-1][0], end)
        else:
            told.append((begin, end))
    return told


def stays_in_its_year(window: Window) -> bool:
    return window.start.year == (window.end - timedelta(microseconds=1)).year
