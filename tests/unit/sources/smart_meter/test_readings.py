"""What a file of readings says: local time in summer and winter, and whatever else is wrong with it."""

import json
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from include.ingestion.delivery import RefusedFileError
from include.settlement import LONDON, half_hours_of
from include.sources.smart_meter.readings import meterpoint_of, read

METER = "0432df65f7"
COLUMNS = ["interval_start", "consumption_delta", "meterpoint_id"]
# Days on which the clocks go forward, back, and not at all.
FORWARD, BACK, USUAL = date(2021, 3, 28), date(2021, 10, 31), date(2021, 7, 1)


def file_of(rows, columns=COLUMNS):
    return json.dumps({"columns": columns, "data": rows}).encode()


def read_rows(*rows):
    return read(f"{METER}.json", file_of([[stamp, value, METER] for stamp, value in rows]))


def local_half_hours(day):
    """The half-hours of a day as a clock on the wall shows them, with a value each."""

    shown = [instant.astimezone(LONDON).strftime("%Y-%m-%d %H:%M:%S") for instant in half_hours_of(day)]
    return [(stamp, number / 8) for number, stamp in enumerate(shown)]


@pytest.mark.parametrize(("day", "half_hours"), [(FORWARD, 46), (BACK, 50), (USUAL, 48)])
def test_every_half_hour_of_a_day_has_its_instant(day, half_hours):
    reading = read_rows(*local_half_hours(day))
    assert reading.rows == [(instant, number / 8) for number, instant in enumerate(half_hours_of(day))]
    assert (len(reading.rows), len(reading.rejected)) == (half_hours, 0)


def test_the_hour_that_comes_twice_is_first_of_summer_then_of_winter_time():
    reading = read_rows(("2021-10-31 01:30:00", 1), ("2021-10-31 01:00:00", 2), ("2021-10-31 01:30:00", 3))
    assert reading.rows == [
        (datetime(2021, 10, 31, 0, 30, tzinfo=UTC), 1),
        (datetime(2021, 10, 31, 1, 30, tzinfo=UTC), 3),
    ]
    [refused] = reading.rejected
    assert refused.reason == "Comes twice on this day, and is there once: it may be either"


def test_both_may_be_of_the_same_value():
    assert len(read_rows(("2021-10-31 01:00:00", 1), ("2021-10-31 01:00:00", 1)).rows) == 2


def test_three_of_them_are_one_too_many():
    reading = read_rows(*[("2021-10-31 01:00:00", value) for value in (1, 2, 3)], ("2021-10-31 02:00:00", 4))
    assert [value for _, value in reading.rows] == [4]
    assert len(reading.rejected) == 3


def test_an_hour_that_the_clocks_leave_out_is_refused():
    [refused] = read_rows(("2021-03-28 01:30:00", 1), ("2021-03-28 02:00:00", 2)).rejected
    assert refused.reason == "Is no time of this day: the clocks went forward - at `$.interval_start`"


def test_rows_come_in_any_order():
    rows = local_half_hours(USUAL)
    assert read_rows(*rows[24:], *rows[:24]) == read_rows(*rows)
    reading = read_rows(*rows)
    assert reading.covers.end - reading.covers.start == timedelta(days=1)


def test_a_row_that_comes_twice_counts_once_and_two_that_differ_do_not_count():
    reading = read_rows(("2021-07-01 00:00:00", 1), ("2021-07-01 00:00:00", 1), ("2021-07-01 00:30:00", 2))
    assert (len(reading.rows), reading.repeated, reading.fetched) == (2, 1, 3)
    reading = read_rows(("2021-07-01 00:00:00", 1), ("2021-07-01 00:00:00", 3), ("2021-07-01 00:30:00", 2))
    assert [value for _, value in reading.rows] == [2]
    assert {refused.reason for refused in reading.rejected} == {
        "Same half-hour came more than once with different values"
    }


@pytest.mark.parametrize(
    "stamp", ["2021-07-01 00:15:00", "2021-07-01T00:00:00Z", "2021-07-01 00:00:00+01:00", "yesterday", "", None, 7, []]
)
def test_a_stamp_that_is_no_local_half_hour_is_refused(stamp):
    [refused] = read_rows((stamp, 1), ("2021-07-01 02:00:00", 2)).rejected
    assert "`$.interval_start`" in refused.reason


def test_a_refused_row_is_kept_without_its_meterpoint():
    [refused] = read_rows(("2021-07-01 00:00:00", -1), ("2021-07-01 02:00:00", 2)).rejected
    assert msgspec.json.decode(refused.published) == {
        "interval_start": "2021-07-01 00:00:00",
        "consumption_delta": -1,
    }


@pytest.mark.parametrize("row", [[], ["2021-07-01 00:00:00"], ["2021-07-01 00:00:00", 1, METER, 4]])
def test_a_row_of_another_length_is_refused(row):
    reading = read(f"{METER}.json", file_of([row, ["2021-07-01 02:00:00", 2, METER]]))
    assert [refused.reason for refused in reading.rejected] == ["Expected 3 values"]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b'{"columns": ["interval_start", "consumpt', "it is cut off, or no JSON"),
        (b"\xff\xfe", "it is cut off, or no JSON"),
        (b"[]", "it does not hold columns and data"),
        (b'{"columns": [], "data": {}}', "it does not hold columns and data"),
        (file_of([]), "it is empty: it has no rows"),
        (file_of([[1, 2, 3]], ["interval_start", "consumption_delta", "meter"]), "not one column meterpoint_id"),
        (file_of([[1, 2, 3, 4]], [*COLUMNS, "meterpoint_id"]), "not one column meterpoint_id"),
        (file_of([["2021-07-01 00:00:00", 1, "aaaaaaaaaa"]]), "it holds another meterpoint than its name says"),
        (b'{"columns": [], "data": [' + b"[" * 100_000, "it is cut off, or no JSON"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(held, said):
    with pytest.raises(RefusedFileError, match=said) as raised:
        read(f"{METER}.json", held)
    assert METER not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "meterpoint"),
    [
        ("0432df65f7.json", METER),
        ("2021/01/0432df65f7.json", METER),
        ("0432df65f7_2021-01-04.json", METER),
        ("0432df65f7.2.json", METER),
        ("_0432df65f7.json", None),
        ("a b.json", None),
    ],
)
def test_a_name_begins_with_its_meterpoint(path, meterpoint):
    assert meterpoint_of(path) == meterpoint
