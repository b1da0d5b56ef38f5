"""NESO's data portal is asked in SQL, and a short answer never passes for a whole one."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from responses.matchers import query_param_matcher

from include.ingestion.errors import DamagedAnswerError, SourceUnavailableError
from include.ingestion.http import ApiClient, Patience
from include.ingestion.window import Window
from include.sources.neso import portal
from include.sources.neso.portal import DATASTORE, REQUESTS, Column
from tests.unit.sources.neso.conftest import NEW_YEAR, URL, NoPace, answer, row

SQL, SHOW = f"{URL}/datastore_search_sql", f"{URL}/resource_show"
JANUARY = Window(NEW_YEAR, datetime.fromisoformat("2026-02-01T00:00:00+00:00"))
THREE = [row(number) for number in range(3)]


def select(client: ApiClient, *, time_column: str = "DATETIME", check: Any = lambda _: None) -> portal.Table:
    return portal.select_window(client, "the-resource", JANUARY, time_column=time_column, check=check)


@pytest.fixture
def recorded(real_data: Path) -> Path:
    folder = real_data / "neso" / "json"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    return folder


def test_a_window_is_asked_half_open_in_order_and_counted_in_the_same_statement(client, site):
    sql = (
        'SELECT *, COUNT(*) OVER () AS _count FROM "the-resource" '
        "WHERE \"DATETIME\" >= '2026-01-01T00:00:00' AND \"DATETIME\" < '2026-02-01T00:00:00' "
        'ORDER BY "DATETIME"'
    )
    site.get(SQL, body=answer(THREE), match=[query_param_matcher({"sql": sql})])
    assert len(select(client).records) == 3


def test_an_offset_does_not_reach_the_portal_which_would_ignore_it(client, site):
    site.get(SQL, body=answer(THREE))
    paris = [datetime.fromisoformat(text) for text in ("2026-01-01T01:00:00+01:00", "2026-01-02T01:00:00+01:00")]
    with pytest.raises(ValueError, match="Expected UTC"):
        portal.select_window(client, "the-resource", Window(*paris), time_column="DATETIME", check=lambda _: None)
    site.reset()


def test_rows_come_as_sent_and_columns_with_their_types(client, site):
    site.get(SQL, body=answer(THREE))
    table = select(client)
    assert [msgspec.json.decode(each) for each in table.records] == [each | {"_count": 3} for each in THREE]
    assert table.fields[:3] == [
        Column("_id", "int4"),
        Column("_full_text", "tsvector"),
        Column("DATETIME", "timestamp"),
    ]


def test_an_empty_window_is_an_answer(client, site):
    site.get(SQL, body=answer([]))
    assert select(client).records == []


@pytest.mark.parametrize("counted", [3, "3"])
def test_the_count_may_be_a_number_or_text(client, site, counted):
    site.get(SQL, body=answer(THREE, counted=counted))
    assert len(select(client).records) == 3


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (answer(THREE, counted=4), "the portal counts 4 rows but sent 3"),
        (answer(THREE, counted=2), "the portal counts 2 rows but sent 3"),
        (answer(THREE, records_truncated=True), r"cut its answer after 3 rows \(records_truncated\)"),
        (answer([], records_truncated=True), r"cut its answer after 0 rows \(records_truncated\)"),
        (answer(THREE).replace('"_count": 3', '"n": 3'), "did not count its rows: .*`_count`"),
        (answer(THREE, counted="many"), "did not count its rows"),
        (answer(THREE).replace('"success": true', '"success": false'), "says success: false"),
        (answer(THREE).replace('"records"', '"rows"'), "not the JSON it should be: .*`records`"),
        (answer(THREE)[:-20], "not the JSON it should be"),
        (answer(THREE).replace("'x':1", "\ud800"), "not the JSON it should be"),
        ("[" * 100_000, "not the JSON it should be"),
        ("null", "not the JSON it should be"),
        ("<!DOCTYPE html>\n<title>Maintenance</title>", "it begins '<!DOCTYPE html> <title>Maintenance"),
        ("", "the answer is empty"),
        ("  \n", "the answer is empty"),
    ],
)
def test_what_is_not_the_whole_answer_is_damaged(client, site, body, cause):
    site.get(SQL, body=body.encode("utf-8", "surrogatepass"), content_type="application/json")
    with pytest.raises(DamagedAnswerError, match=cause) as failure:
        select(client)
    assert str(failure.value).isprintable()
    assert len(str(failure.value)) < 400


def test_a_short_answer_is_asked_for_again(site):
    patient = ApiClient(URL, NoPace(), Patience(attempts=3, first_wait_s=0, longest_wait_s=0))
    site.get(SQL, body=answer(THREE, counted=4))
    site.get(SQL, body=answer([*THREE, row(3)]))
    assert len(select(patient).records) == 4


def test_what_the_caller_finds_missing_is_asked_for_again_too(site):
    patient = ApiClient(URL, NoPace(), Patience(attempts=3, first_wait_s=0, longest_wait_s=0))
    site.get(SQL, body=answer(THREE))
    seen = []

    def check(table: portal.Table) -> None:
        seen.append(len(table.records))
        if len(seen) < 3:
            raise DamagedAnswerError("short")

    assert len(select(patient, check=check).records) == 3
    assert seen == [3, 3, 3]


def test_the_edition_is_the_text_of_last_modified(client, site):
    body = {"success": True, "result": {"id": "the-resource", "last_modified": "2026-05-31T10:15:20.123456"}}
    site.get(SHOW, json=body, match=[query_param_matcher({"id": "the-resource"})])
    assert portal.last_modified(client, "the-resource") == "2026-05-31T10:15:20.123456"


@pytest.mark.parametrize("result", [{}, {"last_modified": None}, {"last_modified": 1}, None])
def test_an_edition_that_is_not_told_is_an_error(client, site, result):
    site.get(SHOW, json={"success": True, "result": result})
    with pytest.raises(DamagedAnswerError, match="not the JSON it should be"):
        portal.last_modified(client, "the-resource")


def test_each_kind_of_question_takes_from_its_own_bucket(site):
    taken = []

    class Pace:
        def wait(self, bucket: str) -> None:
            taken.append(bucket)

    client = ApiClient(URL, Pace(), Patience(attempts=1))
    site.get(SHOW, status=500)
    site.get(SQL, body=answer(THREE))
    with pytest.raises(SourceUnavailableError):
        portal.last_modified(client, "the-resource")
    select(client)
    assert taken == [REQUESTS, DATASTORE]


def test_nesos_own_pace_is_two_of_the_datastore_a_minute_and_one_a_second_of_the_rest():
    rates = portal.rates(requests_per_second=1, datastore_per_minute=2)
    assert rates[REQUESTS].per_second == 1
    assert rates[DATASTORE].per_second == pytest.approx(1 / 30)
    assert (rates[REQUESTS].burst, rates[DATASTORE].burst) == (1, 1), "not one more after a rest"


def test_a_recorded_answer_of_the_portal_is_read(client, site, recorded):
    """Another resource of the same server: numbers as text, `_id` and `_full_text` beside them, no count of ours."""
    body = json.loads((recorded / "datastore_search_sql_system_frequency_2019.json").read_text())
    records = body["result"]["records"]
    body["result"]["records"] = [each | {"_count": len(records)} for each in records]
    site.get(SQL, json=body)
    table = select(client, time_column="dtm")
    assert [msgspec.json.decode(each)["f"] for each in table.records] == [each["f"] for each in records]
    assert {column.name: column.type for column in table.fields} == {
        **{"_id": "int4", "_full_text": "tsvector", "dtm": "timestamp", "f": "numeric"}
    }


def test_a_recorded_answer_that_counts_nothing_is_not_trusted(client, site, recorded):
    site.get(SQL, body=(recorded / "datastore_search_sql_system_frequency_2019.json").read_text())
    with pytest.raises(DamagedAnswerError, match="did not count its rows"):
        select(client)


def test_the_recorded_metadata_tells_an_edition(client, site, recorded):
    package = json.loads((recorded / "package_show_embedded_wind_and_solar_forecasts_2026-08-16.json").read_text())
    [resource, *_] = package["result"]["resources"]
    site.get(SHOW, json={"success": True, "result": resource})
    assert portal.last_modified(client, resource["id"]) == resource["last_modified"]
