"""Each fault, as a client meets it; and that it heals."""

import gzip
import itertools
import json
import time
import zlib
from datetime import datetime, timedelta

import pytest
import requests

from include.simulator.neso.columns import RESOURCE_ID
from include.simulator.neso.faults import FAULTS

STRUCK_DAY = """ WHERE "DATETIME" >= '2026-05-30T00:00:00' AND "DATETIME" < '2026-05-31T00:00:00' """
STATEMENT = f'SELECT COUNT(*) OVER () AS _count, * FROM T{STRUCK_DAY}ORDER BY "DATETIME"'


@pytest.fixture(scope="module")
def client(shared_client):
    return shared_client


@pytest.fixture
def play(client):
    """Play one fault on the next request only, and no fault after the test."""

    def played(name, **state):
        response = client.change(fault=name, **{"fault_times": 1, **state})
        assert response.status_code == 200, response.text

    yield played
    client.change(fault=None, fault_times=None, fault_on="datastore", fault_at=None)


def grid_has_a_hole(records):
    half_hours = [datetime.fromisoformat(record["DATETIME"]) for record in records]
    return any(b - a != timedelta(minutes=30) for a, b in itertools.pairwise(half_hours))


def heals(client):
    records = client.records(STATEMENT)
    return len(records) == 48 and not grid_has_a_hole(records)


def test_every_fault_of_the_list_has_a_test_here():
    tests = " ".join(name.removeprefix("test_") for name in globals())

    assert [name for name in FAULTS if name.replace("-", "_") not in tests] == []


def test_429_tells_when_to_come_back(client, play):
    play("429", retry_after="7")

    response = client.sql(STATEMENT)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert heals(client)


@pytest.mark.parametrize(("name", "kind"), [("500", "Internal Server Error"), ("409", "Validation Error")])
def test_500_and_409_have_the_body_of_ckan(client, play, name, kind):
    play(name)

    response = client.sql(STATEMENT)

    assert response.status_code == int(name)
    assert response.json()["success"] is False
    assert response.json()["error"]["__type"] == kind
    assert heals(client)


def test_html_comes_under_200(client, play):
    play("html")

    response = client.sql(STATEMENT)

    assert response.status_code == 200
    assert response.text.startswith("<!DOCTYPE html>")
    assert heals(client)


def test_empty_comes_under_200(client, play):
    play("empty")

    response = client.sql(STATEMENT)

    assert (response.status_code, response.content) == (200, b"")
    assert heals(client)


def test_cut_off_ends_before_its_length(client, play):
    play("cut-off")

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.sql(STATEMENT)
    assert heals(client)


def test_cut_off_honest_is_half_a_json(client, play):
    play("cut-off-honest")

    response = client.sql(STATEMENT)

    assert response.status_code == 200
    with pytest.raises(ValueError, match="char"):
        response.json()
    assert heals(client)


def test_slow_is_silent_for_longer_than_a_client_waits(client, play):
    play("slow", slow_seconds=30)

    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(f"{client.url}/datastore_search_sql", params={"sql": "SELECT 1"}, timeout=0.3)
    assert heals(client)


def test_trickle_never_pauses_for_long_and_takes_long_all_the_same(client, play):
    play("trickle", slow_seconds=1)
    begun = time.monotonic()

    response = requests.get(f"{client.url}/datastore_search_sql", params={"sql": "SELECT 1"}, timeout=0.5)

    assert response.json()["success"] is True
    assert time.monotonic() - begun > 0.8


def test_dropped_resets_the_connection(client, play):
    play("dropped")

    with pytest.raises(requests.exceptions.ConnectionError):
        client.sql(STATEMENT)
    assert heals(client)


def test_redirect_leads_elsewhere(client, play):
    play("redirect")

    response = client.sql(STATEMENT)

    assert (response.status_code, response.headers["Location"]) == (302, "/elsewhere")


def test_gzip_bomb_unpacks_to_a_thousand_times_its_size(client, play):
    play("gzip-bomb")

    response = client.session.get(f"{client.url}/datastore_search_sql?sql=x", stream=True, timeout=60)
    packed = response.raw.read(decode_content=False)
    begin = zlib.decompressobj(31).decompress(packed, 1 << 20)

    assert response.headers["Content-Encoding"] == "gzip"
    assert len(packed) < 2 << 20
    assert int.from_bytes(packed[-4:], "little") == 1 << 30
    assert begin == b" " * (1 << 20)


def test_text_numbers_are_text_throughout(client, play):
    play("text-numbers")

    [record, *_] = client.records(STATEMENT)

    assert record["_count"] == "48"
    assert all(isinstance(value, str) for value in record.values())


def test_plain_numbers_are_json_numbers(client, play):
    play("plain-numbers")

    [record, *_] = client.records(STATEMENT)

    assert isinstance(record["GAS"], float)
    assert isinstance(record["HYDRO"], int)
    assert isinstance(client.records(STATEMENT)[0]["GAS"], str)


def test_records_truncated_says_so(client, play):
    play("records-truncated")

    result = client.sql(STATEMENT).json()["result"]

    assert result["records_truncated"] is True
    assert len(result["records"]) == 24
    assert "records_truncated" not in client.sql(STATEMENT).json()["result"]


def test_silently_short_is_betrayed_by_the_count(client, play):
    play("silently-short")

    records = client.records(STATEMENT)

    assert len(records) == 44
    assert records[0]["_count"] == 48
    assert not grid_has_a_hole(records)
    assert heals(client)


def test_silently_short_count_is_betrayed_by_the_grid_alone(client, play):
    play("silently-short-count")

    records = client.records(STATEMENT)

    assert len(records) == records[0]["_count"] == 44
    assert grid_has_a_hole(records)
    assert heals(client)


def test_out_of_order_rows_are_all_there(client, play):
    play("out-of-order-rows")

    half_hours = [record["DATETIME"] for record in client.records(STATEMENT)]

    assert len(set(half_hours)) == 48
    assert half_hours != sorted(half_hours)
    assert heals(client)


def test_renamed_column_is_gone_under_its_old_name(client, play):
    play("renamed-column", fault_times=2)

    [record, *_] = client.records(STATEMENT)

    assert "GAS" not in record
    assert "NATURAL_GAS" in record
    assert client.sql('SELECT "GAS" FROM T').status_code == 409
    assert heals(client)


def test_new_column_stands_beside_the_others(client, play):
    play("new-column")

    result = client.sql(STATEMENT).json()["result"]

    assert len(result["records"][0]) == 34 + 3 + 1
    assert {"type": "numeric", "id": "BATTERY"} in result["fields"]
    assert result["records"][0]["BATTERY"].endswith(".0")


def test_retyped_column_is_text(client, play):
    play("retyped-column")

    result = client.sql(STATEMENT).json()["result"]

    assert {"type": "text", "id": "SOLAR"} in result["fields"]
    assert all(record["SOLAR"].endswith(" MW") for record in result["records"])


def test_duplicate_rows_are_counted(client, play):
    play("duplicate-rows")

    records = client.records(STATEMENT)

    assert len(records) == records[0]["_count"] == 51
    assert len({record["DATETIME"] for record in records}) == 48
    assert heals(client)


def test_missing_half_hours_are_not_counted(client, play):
    play("missing-half-hours")

    records = client.records(STATEMENT)

    assert len(records) == records[0]["_count"] == 45
    assert grid_has_a_hole(records)
    assert heals(client)


def test_row_faults_strike_where_they_are_told_to(client, play):
    play("missing-half-hours", fault_at="2026-02-03T04:00:00Z")

    found = client.records("""SELECT "DATETIME" FROM T WHERE "DATETIME"::date = '2026-02-03' ORDER BY 1""")

    missing = {"2026-02-03T04:00:00", "2026-02-03T04:30:00", "2026-02-03T05:00:00"}
    assert len(found) == 45
    assert not missing & {record["DATETIME"] for record in found}


def test_null_values_stand_in_one_row(client, play):
    play("null-values")

    assert [record["SOLAR"] for record in client.records(STATEMENT)].count(None) == 1


def test_bad_row_is_impossible(client, play):
    play("bad-row")

    assert [record["GAS"] for record in client.records(STATEMENT)].count("-99999.0") == 1


def test_withdrawn_tail_takes_the_newest_half_hours(client, play):
    play("withdrawn-tail")

    newest = 'SELECT max("DATETIME") AS newest FROM T'

    assert client.records(newest) == [{"newest": "2026-05-31T07:00:00"}]
    assert client.records(newest) == [{"newest": "2026-05-31T10:00:00"}]


def test_moving_is_modified_by_every_datastore_request(client, play):
    play("moving", fault_times=2)

    seen = []
    for _ in range(4):
        seen.append(client.last_modified())
        client.sql(STATEMENT)

    assert len(set(seen)) == 3
    assert seen == sorted(seen)


def test_faults_can_strike_other_requests(client, play):
    play("500", fault_on="resource", fault_times=None)

    assert client.get("resource_show", id=RESOURCE_ID).status_code == 500
    assert heals(client)


def test_a_lasting_fault_lasts_and_two_can_be_played_at_once(client, play):
    play(["new-column", "out-of-order-rows"], fault_times=None)

    for _ in range(3):
        records = client.records(STATEMENT)
        assert "BATTERY" in records[0]
        assert [record["DATETIME"] for record in records] != sorted(record["DATETIME"] for record in records)


def test_a_cut_off_body_may_be_packed(client, play):
    play("cut-off")

    with pytest.raises((requests.exceptions.ChunkedEncodingError, json.JSONDecodeError, gzip.BadGzipFile)):
        client.sql(STATEMENT).json()
