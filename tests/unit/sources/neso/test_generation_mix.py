"""What a half-hour of NESO's generation mix is, and which answers are taken for whole."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from include.ingestion.check import RowCheck
from include.ingestion.errors import DamagedAnswerError, SchemaChangedError
from include.ingestion.window import Window
from include.settlement import HALF_HOUR
from include.sources.neso.generation_mix import (
    FIRST_AT,
    GENERATION_MIX,
    PAGE_SPAN,
    SPLIT_SINCE,
    GenerationMix,
    fetch_generation_mix,
)
from tests.unit.sources.neso.conftest import FUELS, NEW_YEAR, URL, Row, answer, row

SQL = f"{URL}/datastore_search_sql"
DAY = Window(NEW_YEAR, NEW_YEAR + timedelta(days=1))
ROWS = [row(number) for number in range(48)]
OLD = datetime(2023, 2, 1, tzinfo=UTC)


def fetched(client: Any, window: Window = DAY) -> list[Row]:
    return [msgspec.json.decode(each) for page in fetch_generation_mix(client, window) for each in page]


def of_old(each: Row) -> Row:
    return {name: value for name, value in each.items() if not name.startswith("WIND_EMB")}


def read(each: Row) -> GenerationMix:
    return msgspec.json.decode(msgspec.json.encode(each), type=GenerationMix, strict=False)


def checked(rows: list[Row], window: Window = DAY) -> RowCheck:
    """The rows at the door; what is accepted is hashed."""
    check = RowCheck(GENERATION_MIX, window)
    check.hashes = [each.content_hash for each in check.accepted([msgspec.Raw(msgspec.json.encode(r)) for r in rows])]
    return check


@pytest.fixture
def tell(site):
    """Let the portal answer with these rows, whatever it is asked."""

    def answer_with(rows: list[Row], **more: Any) -> None:
        site.get(SQL, body=answer(rows, **more))

    return answer_with


def test_a_whole_window_comes_as_one_page(client, tell, site):
    tell(ROWS)
    assert [each["DATETIME"] for each in fetched(client)] == [each["DATETIME"] for each in ROWS]
    assert len(site.calls) == 1


def test_a_long_window_comes_in_pages_of_200_days_that_meet(client, site):
    site.get(SQL, body=answer([]))
    start = datetime(2025, 1, 1, tzinfo=UTC)
    fetched(client, Window(start, start + timedelta(days=450)))
    asked = [call.request.params["sql"] for call in site.calls]
    bounds = ["2025-01-01", "2025-07-20", "2026-02-05", "2026-03-27"]
    assert len(asked) == 3
    for sql, (begin, end) in zip(asked, pairwise(bounds), strict=True):
        assert f">= '{begin}T00:00:00' AND" in sql
        assert f"< '{end}T00:00:00' ORDER" in sql
    assert timedelta(days=200) == PAGE_SPAN


@pytest.mark.parametrize(
    ("missing", "cause"),
    [
        ([20], "lacks 1 half-hours before its newest, 2026-01-01 23:30 UTC; the first is 2026-01-01 10:00"),
        ([0], "lacks 1 half-hours before .*; the first is 2026-01-01 00:00"),
        ([0, 1, 30, 46], "lacks 4 half-hours before .*; the first is 2026-01-01 00:00"),
        (range(47), "lacks 47 half-hours before"),
    ],
)
def test_a_hole_before_the_newest_half_hour_is_a_short_answer(client, tell, missing, cause):
    tell([each for number, each in enumerate(ROWS) if number not in missing])
    with pytest.raises(DamagedAnswerError, match=cause):
        fetched(client)


@pytest.mark.parametrize("published", [0, 1, 20, 47])
def test_what_is_not_yet_published_is_no_hole(client, tell, published):
    tell(ROWS[:published])
    assert len(fetched(client)) == published


def test_a_hole_between_two_pages_is_seen_too(client, site):
    """The first page ends two half-hours early, and the second goes on as if nothing were amiss."""
    start = NEW_YEAR - PAGE_SPAN + 4 * HALF_HOUR
    site.get(SQL, body=answer([row(number, first_at=start) for number in range(9_594)]))
    site.get(SQL, body=answer([row(number) for number in range(4, 10)]))
    with pytest.raises(DamagedAnswerError, match=r"lacks 6 half-hours .* first is 2025-12-31 23:00"):
        fetched(client, Window(start, NEW_YEAR + timedelta(days=1)))


def test_a_window_may_begin_between_two_half_hours(client, tell):
    tell(ROWS[1:])
    assert len(fetched(client, Window(NEW_YEAR + timedelta(minutes=7), DAY.end))) == 47


def test_a_window_may_begin_before_the_publisher_does(client, tell):
    tell([row(number, first_at=FIRST_AT) for number in range(10)])
    assert len(fetched(client, Window(FIRST_AT - timedelta(days=9), FIRST_AT + timedelta(days=1)))) == 10


def test_rows_in_disorder_or_twice_are_no_hole(client, tell):
    tell([*reversed(ROWS), ROWS[7], ROWS[7]])
    assert len(fetched(client)) == 50


def test_a_row_whose_time_cannot_be_read_may_be_the_missing_one(client, tell):
    tell([*ROWS[:5], ROWS[5] | {"DATETIME": "05:00 or so"}, *ROWS[6:]])
    assert len(fetched(client)) == 48, "it is refused at the door, and not here"
    assert checked([ROWS[5] | {"DATETIME": "05:00 or so"}]).rejected[0].reason.startswith("Invalid RFC3339")


def test_a_missing_column_is_named(client, tell):
    tell([{name: value for name, value in each.items() if name not in ("GAS", "SOLAR_perc")} for each in ROWS])
    with pytest.raises(SchemaChangedError, match=r"^NESO no longer sends GAS, SOLAR_perc$"):
        fetched(client)


def test_a_renamed_column_is_named_with_what_is_new(client, tell):
    tell([{name.replace("GAS", "NATURAL_GAS"): value for name, value in each.items()} for each in ROWS])
    new = "NATURAL_GAS, NATURAL_GAS_perc"
    with pytest.raises(SchemaChangedError, match=f"^NESO no longer sends GAS, GAS_perc; new: {new}$"):
        fetched(client)


def test_a_changed_time_column_is_named(client, tell):
    tell([{name.replace("DATETIME", "SETTLEMENT_TIME"): value for name, value in each.items()} for each in ROWS])
    with pytest.raises(SchemaChangedError, match="no longer sends DATETIME; new: SETTLEMENT_TIME"):
        fetched(client)


@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [("SOLAR", "text", "120 MW"), ("SOLAR", "bool", True), ("HYDRO", "json", {}), ("DATETIME", "numeric", 1)],
)
def test_a_retyped_column_is_named(client, tell, column, kind, value):
    tell([each | {column: value} for each in ROWS], types={column: kind})
    with pytest.raises(SchemaChangedError, match=rf"^NESO changed the type of {column} \(now {kind}\)$"):
        fetched(client)


@pytest.mark.parametrize("kind", ["numeric", "int4", "float8", "int8", "text"])
def test_numbers_are_numbers_in_whatever_column_they_stand(client, tell, kind):
    tell(ROWS, types={"SOLAR": kind})
    assert len(fetched(client)) == 48


def test_columns_are_read_by_name_and_a_new_one_stops_nothing(client, tell):
    tell([dict(reversed(each.items())) | {"BATTERY": "5"} for each in ROWS])
    assert len(fetched(client)) == 48


def test_the_shape_of_2023_is_taken_for_windows_that_end_before_the_split(client, tell):
    tell([of_old(row(number, first_at=OLD)) for number in range(48)])
    assert len(fetched(client, Window(OLD, OLD + timedelta(days=1)))) == 48
    assert read(of_old(row(first_at=OLD))).embedded_wind_mw is msgspec.UNSET


def test_the_last_window_of_the_old_shape_ends_where_the_split_begins(client, tell):
    tell([of_old(row(number, first_at=SPLIT_SINCE - timedelta(days=1))) for number in range(48)])
    assert len(fetched(client, Window(SPLIT_SINCE - timedelta(days=1), SPLIT_SINCE))) == 48


@pytest.mark.parametrize("window", [DAY, Window(OLD, SPLIT_SINCE + HALF_HOUR), Window(SPLIT_SINCE, DAY.end)])
def test_a_later_window_has_all_34_columns(client, site, window):
    site.get(SQL, body=answer([of_old(row(number, first_at=window.start)) for number in range(48)]))
    with pytest.raises(SchemaChangedError, match=r"^NESO no longer sends WIND_EMB, WIND_EMB_perc$"):
        fetched(client, window)


@pytest.mark.parametrize("gone", ["WIND_EMB", "WIND_EMB_perc"])
def test_half_of_the_split_is_no_shape_at_all(client, tell, gone):
    half = [{name: value for name, value in row(first_at=OLD).items() if name != gone}]
    tell(half)
    with pytest.raises(SchemaChangedError, match=f"^NESO no longer sends {gone}$"):
        fetched(client, Window(OLD, OLD + timedelta(days=1)))
    with pytest.raises(msgspec.ValidationError, match="both WIND_EMB and WIND_EMB_perc, or neither"):
        read(half[0])


def test_a_row_after_the_split_has_embedded_wind():
    with pytest.raises(msgspec.ValidationError, match="missing required field `WIND_EMB`"):
        read(of_old(row(first_at=SPLIT_SINCE)))
    assert read(of_old(row(first_at=SPLIT_SINCE - HALF_HOUR))).embedded_wind_pct is msgspec.UNSET


@pytest.mark.parametrize(
    "spelling",
    ["2026-01-01T00:00:00", "2026-01-01 00:00:00", "2026-01-01 00:00:00+00:00", "2026-01-01T00:00:00Z"],
)
def test_an_instant_may_be_spelt_in_either_way(spelling):
    assert read(row(DATETIME=spelling)).period_started_at == NEW_YEAR


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("2026-01-01T00:00:00+01:00", "Expected UTC"),
        ("2026-01-01T00:15:00", "Expected the start of a half-hour"),
        ("2026-01-01T00:00:01", "Expected the start of a half-hour"),
        ("2026-01-01", "Invalid RFC3339"),
        ("01/01/2026 00:00", "Invalid RFC3339"),
        (None, "Expected `datetime`, got `null`"),
    ],
)
def test_any_other_instant_is_refused(spelling, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        read(row(DATETIME=spelling))


@pytest.mark.parametrize("spelling", ["377", "377.0", 377, 377.0, "3.77e2"])
def test_a_number_may_be_text_or_plain(spelling):
    assert read(row(GAS=spelling, STORAGE=spelling)).gas_mw == 377.0
    assert checked([row(GAS=spelling)]).hashes == checked([row(GAS=377)]).hashes


@pytest.mark.parametrize("value", [None, "", "n/a", "120 MW", "nan", "inf", "-1", -0.5, 1e6, True, [], "0x10", "1_000"])
@pytest.mark.parametrize("column", [*FUELS, "GENERATION", "CARBON_INTENSITY", "ZERO_CARBON_perc", "WIND_EMB_perc"])
def test_what_is_no_sensible_number_is_refused_and_its_column_named(column, value):
    [rejected] = checked([row(**{column: value})]).rejected
    assert rejected.reason.endswith(f"at `$.{column}`")
    assert rejected.observed_at == NEW_YEAR


def test_zero_carbon_may_be_above_a_hundred_percent_and_no_other_share():
    assert read(row(ZERO_CARBON_perc="104.2")).zero_carbon_pct == 104.2
    with pytest.raises(msgspec.ValidationError, match=r"LOW_CARBON_perc"):
        read(row(LOW_CARBON_perc="104.2"))


def test_the_content_of_a_row_is_its_values_and_not_how_they_came():
    spelt = {"_id": 9, "_full_text": None, "_count": "3", "DATETIME": "2026-01-01 00:00:00+00:00", "HYDRO": 377.0}
    turned = dict(reversed(row().items()))
    hashes = {*checked([row()]).hashes, *checked([row() | spelt]).hashes, *checked([turned]).hashes}
    assert len(hashes) == 1
    assert checked([row(HYDRO="378")]).hashes[0] not in hashes
    assert checked([of_old(row(first_at=OLD))], Window(OLD, DAY.end)).hashes[0] not in hashes


@pytest.mark.parametrize(
    ("numbers", "ascends"),
    [((0, 1, 2), True), ((0,), True), ((), True), ((0, 2, 1), False), ((0, 1, 1), False), ((1, 0, 1), False)],
)
def test_keys_that_only_ever_ascended_are_known_as_such(numbers, ascends):
    assert checked([row(number) for number in numbers]).is_ascending is ascends


def test_a_key_that_comes_again_on_the_next_page_is_noticed():
    check = RowCheck(GENERATION_MIX, DAY)
    for page in (ROWS[:3], ROWS[2:5]):
        assert len(list(check.accepted([msgspec.Raw(msgspec.json.encode(each)) for each in page]))) == 3
    assert not check.is_ascending
