"""The same files in a bucket of a real S3 server, which answers late, wrong, or not at all."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from include.ingestion.errors import LastingError, PassingError
from tests.integration.smart_meter.conftest import with_settings
from tests.integration.smart_meter.test_reading_files import A, B, day, held
from tests.store import BUCKET, Store, running_store


@pytest.fixture(scope="module")
def server() -> Iterator[Store]:
    with running_store() as store:
        yield store


@pytest.fixture
def store(server: Store) -> Store:
    """The bucket, empty and without faults."""
    listed = server.direct.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    for each in listed:
        server.delete(each["Key"])
    server.faults.__init__()  # type: ignore[misc]
    server.asked.clear()
    return server


@pytest.fixture
def bucket(meters, store):
    """The way from the bucket into a warehouse."""
    return at(meters, store)


def at(meters, store, address=f"s3://{BUCKET}/in"):
    meters = with_settings(meters, smart_meter_readings=address)
    return replace(meters, place=replace(meters.place, storage=lambda _: store.options))


def put(store, meterpoint, rows, name=None):
    data = [[stamp, value, meterpoint] for stamp, value in rows]
    columns = ["interval_start", "consumption_delta", "meterpoint_id"]
    store.put(f"in/{name or meterpoint}.json", json.dumps({"columns": columns, "data": data}).encode())


def test_files_come_from_a_bucket_at_any_depth(bucket, store):
    put(store, A, day(1, 2))
    put(store, B, day(3), name=f"2021/01/{B}")
    store.put("elsewhere/ccccccccc3.json", b"{}")
    bucket.load()
    assert held(bucket) == [(A, "01-05 00:00", 1), (A, "01-05 00:30", 2), (B, "01-05 00:00", 3)]
    store.asked.clear()
    bucket.load()
    assert set(store.asked) == {"list"}, "what is known as it is, is not read"


def test_an_object_that_was_replaced_is_read_again(bucket, store):
    put(store, A, day(1, 2))
    bucket.load()
    put(store, A, day(1, 3))
    bucket.load()
    assert [value for _, _, value in held(bucket)] == [1, 3]


def test_an_object_that_becomes_again_what_it_was_is_read_again(bucket, store):
    for value in (2, 3, 2):
        put(store, A, day(1, value))
        bucket.load()
    assert [value for _, _, value in held(bucket)] == [1, 2]
    assert bucket.outcomes() == [("held", 1)]


def test_an_empty_object_is_refused(bucket, store):
    store.put(f"in/{A}.json", b"")
    put(store, B, day(1))
    bucket.load()
    assert bucket.outcomes() == [("held", 1), ("refused", 1)]


def test_a_listing_in_pages_that_lies_about_its_order_loses_nothing(bucket, store):
    meterpoints = [f"{number:010}" for number in range(25)]
    for meterpoint in meterpoints:
        put(store, meterpoint, day(1))
    store.faults.page_size, store.faults.is_out_of_order = 4, True
    bucket.load()
    assert [meterpoint for meterpoint, _, _ in held(bucket)] == meterpoints
    assert bucket.outcomes() == [("held", 25)]


def test_a_store_that_is_busy_for_a_moment_is_asked_again(bucket, store):
    put(store, A, day(1))
    store.faults.unavailable |= {"list": 2, f"{A}.json": 2}
    bucket.load()
    assert len(held(bucket)) == 1


def test_what_a_store_does_not_give_stops_no_other_and_comes_next_time(bucket, store):
    put(store, A, day(1))
    put(store, B, day(2))
    store.faults.unavailable[f"{A}.json"] = 1_000
    with pytest.raises(
        PassingError, match="1 files could not be read, first of all: SourceUnavailableError: the store"
    ):
        bucket.load()
    assert held(bucket) == [(B, "01-05 00:00", 2)]
    store.faults.unavailable.clear()
    bucket.load()
    assert len(held(bucket)) == 2


def test_a_later_file_waits_for_one_that_could_not_be_read(bucket, store):
    put(store, A, day(1, 2))
    put(store, A, day(3), name=f"later/{A}_2")
    put(store, B, day(4))
    store.faults.unavailable[f"{A}.json"] = 1_000
    with pytest.raises(PassingError, match="2 files could not be read"):
        bucket.load()
    assert held(bucket) == [(B, "01-05 00:00", 4)]
    store.faults.unavailable.clear()
    bucket.load()
    assert [value for meterpoint, _, value in held(bucket) if meterpoint == A] == [3, 2]


def test_a_store_that_cannot_list_is_told_as_away(bucket, store):
    store.faults.unavailable["list"] = 1_000
    with pytest.raises(PassingError, match="the store did not answer"):
        bucket.load()


def test_an_answer_that_ends_early_is_no_file(bucket, store):
    put(store, A, day(1))
    put(store, B, day(2))
    store.faults.stands_still.add(f"{A}.json")
    with pytest.raises(PassingError, match="the store did not answer"):
        bucket.load()
    assert held(bucket) == [(B, "01-05 00:00", 2)]


def test_an_object_that_is_answered_too_late_comes_next_time(meters, store):
    bucket = at(meters, replace(store, read_timeout_s=0.2))
    put(store, A, day(1))
    put(store, B, day(2))
    store.faults.late_s[f"{A}.json"] = 1
    with pytest.raises(PassingError, match=r"1 files could not be read, .* the store did not answer"):
        bucket.load()
    assert held(bucket) == [(B, "01-05 00:00", 2)]
    store.faults.late_s.clear()
    bucket.load()
    assert len(held(bucket)) == 2


def test_an_object_that_dribbles_is_read_as_long_as_it_may_take(meters, store, monkeypatch):
    bucket = at(meters, replace(store, read_timeout_s=0.5))
    put(store, A, day(1))
    put(store, B, day(2))
    store.faults.dribbles_s[f"{A}.json"] = 0.2
    monkeypatch.setattr("include.ingestion.folder.FILE_S", 1)
    with pytest.raises(PassingError, match=r"1 files could not be read, .* the store did not answer: TimeoutError"):
        bucket.load()
    assert held(bucket) == [(B, "01-05 00:00", 2)]
    monkeypatch.setattr("include.ingestion.folder.FILE_S", 30)
    bucket.load()
    assert len(held(bucket)) == 2


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://nothing/in", "the bucket or folder is not there, or is empty"),
        ("nonsense://readings", "nonsense:// cannot be read: Protocol not known: nonsense"),
    ],
)
def test_a_bucket_that_is_not_there_is_told(meters, store, address, said):
    with pytest.raises(LastingError, match=said):
        at(meters, store, address).load()


def test_no_path_stands_in_what_is_told(bucket, store, caplog):
    put(store, A, day(1))
    store.faults.unavailable[f"{A}.json"] = 1_000
    with pytest.raises(PassingError) as raised:
        bucket.load()
    said = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    told = f"{raised.value} {said} {bucket.query('select loads::text from ops.loads')}"
    assert A not in told
