"""Every version a publisher ever gave is kept, once, and nothing is lost or doubled on the way."""

import threading

import psycopg2
import pytest

from include.ingestion.errors import DamagedAnswerError, MovingSourceError, TooManyRejectedError, TooManyWithdrawnError
from include.operations import runs
from include.operations.runs import Counts
from include.warehouse import Role, connect
from tests.integration.conftest import Publisher, published_row, revised

RAW = "select period_started_at, payload, content_hash, known_at, run_id, version_id from raw.neso_generation_mix"
TEN = [published_row(number) for number in range(10)]


def test_rows_arrive_as_published_without_what_the_way_of_asking_added(publisher, query):
    assert publisher.publish(TEN).ingest() == Counts(fetched=10, new=10)
    [(payload,)] = query("select payload from raw.neso_generation_mix order by period_started_at limit 1")
    assert payload == {name: value for name, value in TEN[0].items() if name not in ("_id", "_full_text")}


def test_the_same_rows_again_write_nothing_not_even_a_timestamp(publisher, query):
    publisher.publish(TEN).ingest()
    before = query(RAW), query("select * from ops.datasets")
    assert publisher.publish(TEN).ingest() == Counts(fetched=10, unchanged=10)
    assert (query(RAW), query("select * from ops.datasets")) == before


@pytest.mark.parametrize(
    "respelt",
    [
        {name: f"{value}.0" for name, value in TEN[0].items() if name == "HYDRO"},
        {"GAS": 9000, "WIND": 8000.0, "SOLAR": "0.0", "STORAGE": "2e2", "COAL": "-0"},
        {"DATETIME": "2026-01-01 00:00:00+00:00"},
        {"_id": 77, "_full_text": "'y':2"},
    ],
)
def test_a_change_of_spelling_is_no_change(publisher, respelt):
    publisher.publish(TEN).ingest()
    assert publisher.publish([TEN[0] | respelt, *TEN[1:]]).ingest() == Counts(fetched=10, unchanged=10)


def test_a_revised_row_becomes_a_version_beside_the_old_one(publisher, query):
    publisher.publish(TEN).ingest()
    assert publisher.publish([revised(TEN[0]), *TEN[1:]]).ingest() == Counts(fetched=10, revised=1, unchanged=9)
    versions = query(
        "select payload ->> 'GAS' from raw.neso_generation_mix where period_started_at = %s order by version_id",
        "2026-01-01 00:00+00",
    )
    assert versions == [("9000",), ("9100",)]


def test_a_row_that_goes_back_to_what_it_was_is_a_third_version(publisher, query):
    for rows in (TEN, [revised(TEN[0]), *TEN[1:]], TEN):
        publisher.publish(rows).ingest()
    assert query("select count(*) from raw.neso_generation_mix") == [(12,)]


def test_a_row_that_vanishes_gets_a_tombstone_once_and_may_come_back(publisher, query):
    publisher.publish(TEN).ingest()
    assert publisher.publish(TEN[:8]).ingest() == Counts(fetched=8, withdrawn=2, unchanged=8)
    assert publisher.publish(TEN[:8]).ingest() == Counts(fetched=8, unchanged=8)
    assert query("select count(*) from raw.neso_generation_mix where payload is null and content_hash is null") == [
        (2,)
    ]
    assert publisher.publish(TEN).ingest() == Counts(fetched=10, revised=2, unchanged=8)


def test_a_load_has_one_instant_later_than_every_earlier_one(publisher, query, loader):
    publisher.publish(TEN).ingest()
    # As if the clock had been set back an hour since.
    with loader, loader.cursor() as cursor:
        cursor.execute("update ops.datasets set last_known_at = last_known_at + interval '1 hour'")
    publisher.publish([revised(row) for row in TEN]).ingest()
    instants = query("select known_at, count(*) from raw.neso_generation_mix group by 1 order by min(version_id)")
    assert [rows for _, rows in instants] == [10, 10]
    [(newest,)] = query("select last_known_at from ops.datasets where dataset = 'neso_generation_mix'")
    assert instants[1][0] == newest
    assert (newest - instants[0][0]).total_seconds() > 3600


def test_more_than_a_day_of_vanished_rows_is_refused_before_anything_is_written(publisher, query):
    hundred = [published_row(number) for number in range(100)]
    publisher.publish(hundred).ingest()
    before = query(RAW)
    with pytest.raises(TooManyWithdrawnError, match="60 known rows"):
        publisher.publish([revised(row) for row in hundred[:40]]).ingest()
    assert query(RAW) == before


def test_a_rejected_row_counts_as_present_and_keeps_its_last_good_version(publisher, query):
    rows = [published_row(number) for number in range(200)]
    publisher.publish(rows).ingest()
    broken = [rows[0] | {"GAS": "lots"}, *rows[2:]]
    assert publisher.publish(broken).ingest() == Counts(fetched=199, unchanged=198, rejected=1)
    assert query("select count(*) from raw.neso_generation_mix") == [(200,)]
    [(reason, payload, observed_at, times)] = query(
        "select reason, payload::jsonb ->> 'GAS', observed_at::text, times_rejected from ops.rejected_rows"
    )
    assert (reason, payload, times) == ("Expected `float`, got `str` - at `$.GAS`", "lots", 1)
    assert observed_at == "2026-01-01 00:00:00+00"
    publisher.publish(broken).ingest()
    assert query("select times_rejected from ops.rejected_rows") == [(2,)]


def test_more_than_one_in_a_hundred_rejected_rows_refuses_the_window_and_keeps_the_evidence(publisher, query):
    with pytest.raises(TooManyRejectedError, match=r"2 of 10 rows \(20.0%\).*GAS"):
        publisher.publish([row | ({"GAS": None} if n < 2 else {}) for n, row in enumerate(TEN)]).ingest()
    assert query("select count(*) from raw.neso_generation_mix") == [(0,)]
    assert query("select count(*) from ops.rejected_rows") == [(2,)]
    assert query("select fetched, rejected from ops.pipeline_runs") == [(10, 2)]


def test_a_row_that_comes_twice_the_same_is_kept_once_and_counted(publisher, query):
    publisher.publish([*TEN, TEN[5], TEN[5]])
    assert publisher.ingest() == Counts(fetched=12, new=10, repeated=2)
    assert query("select repeated, rejected from ops.loads") == [(2, 0)]


def test_rows_that_contradict_each_other_are_both_refused(publisher, query):
    rows = [published_row(number) for number in range(200)]
    assert publisher.publish([*rows, revised(rows[5])]).ingest() == Counts(fetched=201, new=199, rejected=2)
    assert query("select distinct reason from ops.rejected_rows") == [("Same key came twice with different values",)]


def test_an_unknown_column_is_kept_and_reported_and_stops_nothing(publisher, query):
    with_batteries = [row | {"BATTERY": "12.0"} for row in TEN]
    assert publisher.publish(with_batteries).ingest() == Counts(fetched=10, new=10)
    assert query("select dataset, column_name, example from ops.schema_drift") == [
        ("neso_generation_mix", "BATTERY", "12.0")
    ]
    assert query("select distinct payload ->> 'BATTERY' from raw.neso_generation_mix") == [("12.0",)]
    respelt = [row | {"BATTERY": 12} for row in TEN]
    assert publisher.publish(respelt).ingest() == Counts(fetched=10, unchanged=10)
    revised_batteries = [row | {"BATTERY": 13} for row in TEN]
    assert publisher.publish(revised_batteries).ingest() == Counts(fetched=10, revised=10)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"GAS": "-1"}, "Expected `float` >= 0.0 - at `$.GAS`"),
        ({"GAS": "nan"}, "Expected `float` >= 0.0 - at `$.GAS`"),
        ({"GAS": "1e9"}, "Expected `float` <= 150000.0 - at `$.GAS`"),
        ({"GAS_perc": 101}, "Expected `float` <= 100.0 - at `$.GAS_perc`"),
        ({"DATETIME": "2026-01-01T00:10:00"}, "Expected the start of a half-hour - at `$.DATETIME`"),
        ({"DATETIME": "2026-01-01T00:00:00+01:00"}, "Expected UTC, got an offset of +0100"),
        ({"DATETIME": "2027-01-01T00:00:00"}, "Outside the window that was asked for - at `$.DATETIME`"),
        ({"NEW": {"deep": [1]}}, "Expected a single value, got `dict` - at `$.NEW`"),
        ({"NEW": "\u0000"}, "Text with \\u0000 cannot be stored"),
    ],
)
def test_what_breaks_the_contract_is_refused_with_its_reason(publisher, query, changes, reason):
    rows = [published_row(number) for number in range(200)]
    assert publisher.publish([rows[0] | changes, *rows[1:]]).ingest() == Counts(fetched=200, new=199, rejected=1)
    assert query("select reason from ops.rejected_rows") == [(reason,)]


def test_a_default_window_is_skipped_only_when_its_edition_was_published_and_nothing_is_pending(publisher, query):
    publisher.publish(TEN)
    run = publisher.open_run()
    assert publisher.ingest(is_routine=True, run=run) == Counts(fetched=10, new=10)
    runs.conclude(publisher.loader, run.run_id, runs.Status.SUCCESS)
    assert publisher.ingest(is_routine=True) == Counts(fetched=10, unchanged=10), "its rows are pending"
    query("update ops.watermarks set published_version_id = 10 returning 1")
    assert publisher.ingest() == Counts(fetched=10, unchanged=10), "somebody named the window"
    assert publisher.ingest(is_routine=True) is None
    assert publisher.publish(TEN).ingest(is_routine=True) == Counts(fetched=10, unchanged=10), "another edition"


def test_a_window_is_asked_again_while_the_publisher_publishes(publisher, query):
    publisher.publish(TEN).editions = iter(["1", "2", "2"])
    assert publisher.ingest() == Counts(fetched=10, new=10)
    assert query("select edition from ops.loads") == [("2",)]


def test_a_publisher_that_never_rests_is_given_up_for_now(publisher, query):
    publisher.publish(TEN).editions = iter("123456")
    with pytest.raises(MovingSourceError, match="published anew 3 times"):
        publisher.ingest()
    assert query(RAW) == []


def test_an_empty_default_window_is_an_error_and_not_a_withdrawal(publisher, query):
    publisher.publish(TEN).ingest()
    with pytest.raises(DamagedAnswerError, match="has no rows in"):
        publisher.publish([]).ingest(is_routine=True)
    assert query("select count(*) from raw.neso_generation_mix") == [(10,)]


def test_two_loads_at_once_come_one_after_the_other(warehouse, publisher, query):
    """The second sees what the first has written, so nothing is doubled."""
    others = [Publisher(connect(warehouse.dsn(Role.LOADER), application="tests")) for _ in range(4)]
    threads = [threading.Thread(target=other.publish(TEN).ingest) for other in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
        assert not thread.is_alive()
    for other in others:
        other.loader.close()
    assert query("select count(*), count(distinct known_at) from raw.neso_generation_mix") == [(10, 1)]
    assert query("select sum(new), sum(unchanged) from ops.pipeline_runs") == [(10, 30)]


def test_raw_is_append_only_for_everybody_who_logs_in(loader, transformer, publisher):
    publisher.publish(TEN).ingest()
    for connection in (loader, transformer):
        for statement in ("delete from raw.neso_generation_mix", "update raw.neso_generation_mix set run_id = 1"):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege), connection, connection.cursor() as cursor:
                cursor.execute(statement)
