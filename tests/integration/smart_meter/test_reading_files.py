"""Files of readings come in once each, in any order, and a bad one stops no other."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from include.ingestion.errors import LastingError, PassingError
from include.ingestion.folder import LocalFolder
from tests.integration.smart_meter.conftest import with_settings
from tests.machine import wait_until

A, B, C = "aaaaaaaaa1", "bbbbbbbbb2", "ccccccccc3"
HELD = """
    select identifier, to_char(period_started_at at time zone 'UTC', 'MM-DD HH24:MI'), consumption_kwh
    from (
        select distinct on (meter_number, period_started_at) *
        from raw.smart_meter_readings order by meter_number, period_started_at, version_id desc
    ) as latest
    inner join raw.pseudonyms on meter_number = number
    where consumption_kwh is not null
    order by 1, 2
"""
WAITING = "select from pg_locks where locktype = 'transactionid' and not granted"
OF_NEWEST = "run_id = (select max(run_id) from ops.pipeline_runs) and arrived_at is not null"


def day(*values, on="2021-01-05"):
    """The half-hours of a day from its start on."""
    return [(f"{on} {number // 2:02}:{number % 2 * 30:02}:00", value) for number, value in enumerate(values)]


def held(meters):
    return [(meter, at, float(value)) for meter, at, value in meters.query(HELD)]


def versions(meters):
    return meters.query("select count(*)::int from raw.smart_meter_readings")[0][0]


def causes(meters):
    return [
        cause.partition(":")[2].strip()
        for (cause,) in meters.query(f"select cause from ops.loads where {OF_NEWEST} and cause is not null order by 1")
    ]


def test_the_recorded_files_come_in_to_the_digit(meters, real_data):
    meters.deliver_recorded(real_data)
    assert meters.load()
    assert meters.outcomes() == [("held", 80)]
    assert meters.query("select count(*), sum(consumption_kwh) from raw.smart_meter_readings") == [
        (11_440, Decimal("3944.051"))
    ]


def test_the_same_file_twice_changes_nothing(meters):
    path = meters.deliver(A, day(1, 2))
    meters.load()
    os.utime(path, (2_000_000_000, 2_000_000_000))
    meters.load()
    assert meters.outcomes() == [("unchanged", 1)]
    meters.load()
    assert meters.outcomes() == [], "what is known as it is, is not even read"
    assert versions(meters) == 2


def test_a_late_file_is_as_new_as_any_other(meters):
    meters.deliver(A, day(1, on="2021-03-01"))
    meters.load()
    late = meters.deliver(B, day(2, on="2020-06-01"))
    os.utime(late, (1_000_000_000, 1_000_000_000))
    meters.load()
    assert held(meters) == [(A, "03-01 00:00", 1), (B, "05-31 23:00", 2)]


def test_a_corrected_reading_is_a_new_version(meters):
    meters.deliver(A, day(1, 2, 3))
    meters.load()
    meters.deliver(A, day(1, 2.5, 3))
    meters.load()
    assert meters.query(f"select new, revised, withdrawn, unchanged from ops.loads where {OF_NEWEST}") == [(0, 1, 0, 2)]
    assert [value for _, _, value in held(meters)] == [1, 2.5, 3]
    assert versions(meters) == 4


def test_a_newer_delivery_of_a_name_speaks_for_its_span(meters):
    meters.deliver(A, day(1, 2, 3, 4))
    meters.load()
    first, _, third, _ = day(1, 2, 3, 4)
    meters.deliver(A, [first, third])
    meters.load()
    assert [at for _, at, _ in held(meters)] == ["01-05 00:00", "01-05 01:00", "01-05 01:30"], (
        "01:30 is beyond its span"
    )


def test_a_file_of_another_name_withdraws_nothing(meters):
    meters.deliver(A, day(1, 2, 3))
    meters.load()
    first, _, third = day(1, 2, 3)
    meters.deliver(A, [first, third], name=f"corrections/{A}_2.json")
    meters.load()
    assert len(held(meters)) == 3


def test_a_file_withdraws_what_it_brought_and_not_what_another_did(meters):
    first, second, third, fourth = day(1, 2, 3, 4)
    meters.deliver(A, [first, second, fourth])
    meters.load()
    meters.deliver(A, [third], name=f"{A}_late.json")
    meters.load()
    meters.deliver(A, [first, fourth])
    meters.load()
    assert [value for _, _, value in held(meters)] == [1, 3, 4]


def test_one_meter_says_nothing_of_another(meters):
    meters.deliver(A, day(1, 2))
    meters.deliver(B, day(3))
    meters.load()
    meters.deliver(B, day(3, 4))
    meters.load()
    assert len(held(meters)) == 4


def test_of_two_files_the_one_that_came_later_counts_however_they_are_called(meters):
    for name, value, came in (("zz", 1, 1_600_000_000), ("aa", 2, 1_700_000_000), ("mm", 3, 1_650_000_000)):
        path = meters.deliver(A, day(value), name=f"{name}/{A}.json")
        os.utime(path, (came, came))
    meters.load()
    assert [value for _, _, value in held(meters)] == [2]
    assert versions(meters) == 3


def test_each_bad_file_has_an_outcome_of_its_own_and_stops_no_other(meters):
    whole = meters.deliver(A, day(1, 2)).read_bytes()
    meters.put(f"{B}.json", whole.replace(A.encode(), B.encode())[:-20])
    meters.put(f"{C}.json", b"")
    meters.put("ddddddddd4.json", b"<html>")
    meters.put("eeeeeeeee5.json", whole)
    meters.put("fffffffff6.json", b'{"columns": ["interval_start", "meterpoint_id"], "data": []}')
    meters.put("0000000007.json", json.dumps({"columns": ["a"], "data": [[1]]}).encode())
    meters.put("-.json", whole)
    assert meters.load()
    assert meters.outcomes() == [("held", 1), ("refused", 7)]
    assert causes(meters) == [
        "it holds another meterpoint than its name says",
        *["it is cut off, or no JSON: Input data was truncated"],
        *["it is cut off, or no JSON: JSON is malformed: invalid character (byte 0)"],
        "it is empty",
        "it is empty: it has no rows",
        "its name does not begin with a meterpoint",
        "the header has not one column interval_start",
    ]
    assert held(meters) == [(A, "01-05 00:00", 1), (A, "01-05 00:30", 2)]
    meters.load()
    assert meters.outcomes() == [], "they are read again when they change"
    meters.deliver(C, day(5))
    meters.load()
    assert meters.outcomes() == [("held", 1)]


def test_values_that_are_none_are_refused_and_kept(meters):
    meters.deliver(A, day(0, "0.5", None, -0.1, True, 0.25, 1e9, 1.5, 2.5, 3.5))
    meters.load()
    assert [value for _, _, value in held(meters)] == [0, 0.25, 1.5, 2.5, 3.5]
    reasons = meters.query("select reason from ops.rejected_rows where dataset = 'smart_meter_readings' order by 1")
    assert [reason for (reason,) in reasons] == [
        "Expected 0 to 1,000,000 kWh - at `$.consumption_delta`",
        "Expected 0 to 1,000,000 kWh - at `$.consumption_delta`",
        "Expected a number, got `bool` - at `$.consumption_delta`",
        "Expected a number, got `str` - at `$.consumption_delta`",
        "Expected a number, got null - at `$.consumption_delta`",
    ]
    assert meters.query(f"select fetched, new, rejected from ops.loads where {OF_NEWEST}") == [(10, 5, 5)]


def test_a_file_of_which_most_is_wrong_is_refused_and_its_rows_are_kept(meters):
    meters.deliver(A, day(None, None, None, 1))
    meters.load()
    assert meters.outcomes() == [("refused", 1)]
    assert held(meters) == []
    assert meters.query("select sum(times_rejected)::int from ops.rejected_rows") == [(3,)]


def test_a_row_that_is_refused_keeps_its_last_good_version(meters):
    meters.deliver(A, day(1, 2, 3, 4))
    meters.load()
    first, second, _, fourth = day(1, 2, None, 4)
    meters.deliver(A, [first, (second[0], None), fourth])
    meters.load()
    assert [value for _, _, value in held(meters)] == [1, 2, 3, 4], "with a refused row, nothing is withdrawn"


def test_a_delivery_that_lost_more_than_it_may_is_refused(meters):
    meters.deliver(A, [*day(*range(48)), *day(*range(48), on="2021-01-06")])
    meters.load()
    first, *_, last = [*day(*range(48)), *day(*range(48), on="2021-01-06")]
    meters.deliver(A, [first, last])
    meters.load()
    assert causes(meters) == ["94 known rows are gone; at most 48 may: a correction withdraws a day at most"]
    assert len(held(meters)) == 96


def test_what_becomes_again_what_it_was_is_read_again(meters):
    path = meters.deliver(A, day(1, 2))
    first = path.read_bytes()
    for value in (2, 3, 2):
        # In its place and with the time that it had: as one who restores a file does.
        with path.open("r+b") as file:
            file.write(first.replace(b", 2, ", b", %d, " % value))
        os.utime(path, (1_600_000_000, 1_600_000_000 + value))
        meters.load()
    assert [value for _, _, value in held(meters)] == [1, 2]


def test_what_changes_between_two_tries_of_a_run_is_for_the_next_run(meters):
    first, second, third = day(1, 2, 3)
    meters.deliver(A, [first, second, third])
    meters.load(run="once")
    meters.deliver(A, day(1, 5, 3))
    meters.load(run="once")
    assert [value for _, _, value in held(meters)] == [1, 2, 3]
    meters.load()
    assert [value for _, _, value in held(meters)] == [1, 5, 3]
    meters.deliver(A, [second, third])
    meters.deliver(A, [first, third])
    meters.load()
    assert [value for _, _, value in held(meters)] == [1, 3], "it is known which file brought what"


def test_a_file_that_is_listed_in_two_states_is_read_once(meters, monkeypatch):
    path = meters.deliver(A, day(1))
    meters.put("-.json", b"{}")
    listed = LocalFolder.listed

    def twice(folder):
        yield from listed(folder)
        path.write_bytes(path.read_bytes() + b" ")
        meters.put("-.json", b"{} ")
        yield from listed(folder)

    monkeypatch.setattr(LocalFolder, "listed", twice)
    meters.load()
    assert meters.outcomes() == [("held", 1), ("refused", 1)]


def test_of_two_loads_at_once_one_waits_and_finds_nothing_new(meters, monkeypatch):
    meters.deliver(A, day(1))
    read, others = LocalFolder.read, []

    def beside_another(folder, files):
        if not others:
            others.append(ThreadPoolExecutor().submit(meters.load))
            wait_until(lambda: meters.query(WAITING), what="it waits")
        return read(folder, files)

    monkeypatch.setattr(LocalFolder, "read", beside_another)
    meters.load()
    others[0].result()
    assert meters.query("select outcome, new::int from ops.loads where arrived_at is not null") == [("held", 1)]


def test_columns_are_read_by_their_header(meters):
    rows = [[A, "x", 0.5, "2021-01-05 00:30:00"], [A, "y", 0.25, "2021-01-05 00:00:00"]]
    columns = ["meterpoint_id", "quality", "consumption_delta", "interval_start"]
    meters.put(f"{A}.json", json.dumps({"data": rows, "columns": columns}).encode())
    meters.load()
    assert held(meters) == [(A, "01-05 00:00", 0.25), (A, "01-05 00:30", 0.5)]
    assert meters.query("select column_name from ops.schema_drift where dataset = 'smart_meter_readings'") == [
        ("quality",)
    ]


def test_a_meter_that_nobody_knows_is_loaded(meters, real_data):
    meters.deliver_recorded(real_data)
    meters.deliver("9999999999", day(1))
    meters.load()
    assert ("9999999999", "01-05 00:00", 1) in held(meters)


def test_many_rows_of_many_days_share_a_transaction(meters):
    for number in range(30):
        meters.deliver(f"{number:010}", day(1, 2))
    meters.load()
    assert meters.query("select count(distinct known_at)::int from raw.smart_meter_readings") == [(1,)]
    assert meters.query(f"select count(*)::int, sum(new)::int from ops.loads where {OF_NEWEST}") == [(30, 60)]


def test_what_is_no_file_of_readings_is_left_alone(meters):
    meters.put("notes.txt", b"of no concern")
    meters.put(f"{A}.json.part", b"{")
    (meters.folder / f"{B}.json").symlink_to("/etc/passwd")
    (meters.folder / f"{C}.json").mkdir()
    os.mkfifo(meters.folder / "ddddddddd4.json")
    meters.load()
    assert meters.outcomes() == []


def test_where_nothing_is_new_the_run_is_skipped(meters):
    assert not with_settings(meters, smart_meter_reference=None).load()
    assert meters.query("select status from ops.pipeline_runs") == [("skipped",)]


def test_a_folder_that_is_not_there_is_told(meters):
    meters.folder.rmdir()
    with pytest.raises(LastingError, match="the folder cannot be read: No such file or directory"):
        meters.load()


def test_a_run_that_is_told_nothing_says_what_to_set(meters):
    with pytest.raises(LastingError, match="set GRIDLOOM_SMART_METER_READINGS to a folder or a bucket"):
        with_settings(meters, smart_meter_readings=None).load()


def test_a_file_that_is_gone_when_it_is_read_is_told_and_asked_for_again(meters, monkeypatch):
    gone, there = meters.deliver(A, day(1)), meters.deliver(B, day(2))
    _between_listing_and_reading(monkeypatch, gone.unlink)
    with pytest.raises(PassingError, match="1 files could not be read"):
        meters.load()
    assert meters.outcomes() == [("failed", 1), ("held", 1)]
    assert held(meters) == [(B, "01-05 00:00", 2)]
    assert there.exists()
    meters.deliver(A, day(1))
    meters.load()
    assert len(held(meters)) == 2


def test_a_file_that_changes_while_it_is_read_is_read_once_it_stands(meters, monkeypatch):
    path = meters.deliver(A, day(1, 2))
    _between_listing_and_reading(monkeypatch, lambda: path.write_bytes(path.read_bytes().replace(b"2]", b"3]") + b" "))
    with pytest.raises(PassingError, match="the file was changed while it was read"):
        meters.load()
    assert held(meters) == []
    meters.load()
    assert len(held(meters)) == 2


def _between_listing_and_reading(monkeypatch, act):
    """Have something happen to the folder once, after it was listed."""
    read, acted = LocalFolder.read, []

    def after_acting(folder, files):
        if not acted:
            acted.append(act())
        return read(folder, files)

    monkeypatch.setattr(LocalFolder, "read", after_acting)
