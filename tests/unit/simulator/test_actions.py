"""Shapes of answers and errors, as CKAN has them; the SQL that clients of the portal really send."""

import json

import pytest

from include.simulator.columns import MEASURES, RESOURCE_ID

DAY = """ WHERE "DATETIME" >= '2026-05-01T00:00:00' AND "DATETIME" < '2026-05-02T00:00:00' """
INTERNAL = {"_id", "_full_text"}


def test_select_all_has_the_shape_of_ckan(shared_client):
    statement = f'SELECT * FROM T{DAY}ORDER BY "DATETIME" LIMIT 10000 OFFSET 0'
    answer = shared_client.sql(statement).json()

    assert set(answer) == {"help", "success", "result"}
    assert answer["success"] is True
    assert answer["help"].endswith("/api/3/action/help_show?name=datastore_search_sql")
    assert set(answer["result"]) == {"records", "fields", "sql"}
    assert answer["result"]["sql"] == statement.replace(" T", f' "{RESOURCE_ID}"')
    assert answer["result"]["fields"][:4] == [
        {"type": "int4", "id": "_id"},
        {"type": "tsvector", "id": "_full_text"},
        {"type": "timestamp", "id": "DATETIME"},
        {"type": "numeric", "id": "GAS"},
    ]


def test_a_record_has_text_numbers_and_keys_in_an_order_of_their_own(shared_client):
    first, *_ = records = shared_client.records(f'SELECT * FROM T{DAY}ORDER BY "DATETIME"')

    published = [key for key in first if key not in INTERNAL]
    assert len(records) == 48
    assert published[0] == "RENEWABLE_perc"
    assert published.index("DATETIME") == 23
    assert len(published) == 34
    assert all(list(record) == list(first) for record in records)
    assert first["DATETIME"] == "2026-05-01T00:00:00"
    assert isinstance(first["_id"], int)
    assert all(isinstance(first[name], str) for name in MEASURES)
    assert first["GAS"].endswith(".0")
    assert first["HYDRO"].isdigit()


def test_without_order_by_the_rows_are_in_no_order(shared_client):
    half_hours = [record["DATETIME"] for record in shared_client.records('SELECT "DATETIME" FROM T')]

    assert half_hours != sorted(half_hours)
    assert len(set(half_hours)) == len(half_hours)


@pytest.mark.parametrize(
    "bound",
    [
        "'2026-05-30T00:00:00'",
        "'2026-05-30T00:00:00Z'",
        "'2026-05-30T00:00:00.000Z'",
        "'2026-05-30 00:00:00'",
        "'2026-05-30T00:00:00+01:00'",  # PostgreSQL ignores an offset here
        "'2026-05-30T00:00:00'::timestamp",
        "'2026-05-30'",
    ],
)
def test_bounds_may_be_spelt_in_many_ways(shared_client, bound):
    records = shared_client.records(f'SELECT "DATETIME" FROM T WHERE "DATETIME" >= {bound} ORDER BY 1 LIMIT 1')

    assert records == [{"DATETIME": "2026-05-30T00:00:00"}]


def test_a_window_counts_all_its_rows_in_each_row(shared_client):
    answer = shared_client.sql(f'SELECT COUNT(*) OVER () AS _count, * FROM T{DAY}ORDER BY "DATETIME" LIMIT 5').json()

    assert [record["_count"] for record in answer["result"]["records"]] == [48] * 5
    assert answer["result"]["fields"][0] == {"type": "int8", "id": "_count"}


def test_averages_by_year_are_computed(shared_client):
    records = shared_client.records(
        """SELECT date_part('year', "DATETIME") AS year, avg("GAS") AS gas, count(*) FROM T GROUP BY 1 ORDER BY 1"""
    )

    assert records[0]["year"] == 2026.0
    assert 1_000 < float(records[0]["gas"]) < 20_000
    assert isinstance(records[0]["gas"], str)
    assert records[0]["count"] > 7_000


def test_paging_by_id(shared_client):
    first = shared_client.records('SELECT * FROM T WHERE "_id" > 0 ORDER BY "_id" LIMIT 3')
    second = shared_client.records('SELECT * FROM T WHERE "_id" > 3 ORDER BY "_id" LIMIT 3')

    assert [record["_id"] for record in first + second] == [1, 2, 3, 4, 5, 6]


def test_other_things_postgresql_knows(shared_client):
    [record] = shared_client.records(
        """WITH one AS (SELECT * FROM T WHERE "DATETIME" = '2026-05-01T12:30')
        SELECT to_char("DATETIME", 'YYYY-MM'), "DATETIME"::date AS day, date_trunc('month', "DATETIME") AS month,
            max("SOLAR") OVER () > 0 AS sunny, NULL AS nothing, "GAS"::float8 - "GAS"::float8 < 1 AS same FROM one"""
    )

    assert record["to_char"] == "2026-05"
    assert (record["day"], record["month"]) == ("2026-05-01", "2026-05-01T00:00:00")
    assert (record["sunny"], record["nothing"], record["same"]) == (True, None, True)


def test_an_alias_may_be_a_column_in_lower_case(shared_client):
    records = shared_client.records(
        'SELECT max("GAS") AS gas FROM T GROUP BY "DATETIME"::date ORDER BY gas DESC LIMIT 1'
    )

    assert float(records[0]["gas"]) > 10_000


def test_an_empty_window_is_a_success(shared_client):
    assert shared_client.records("""SELECT * FROM T WHERE "DATETIME" >= '2030-01-01'""") == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELEC * FROM T", 'syntax error at or near "SELEC"'),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ('SELECT "COLD" FROM T', 'column "COLD" does not exist'),
        ("SELECT GAS FROM T", 'column "gas" does not exist'),
        ("SELECT 1; SELECT 2", "Query is not a single statement."),
        ("SELECT frobnicate(1)", "function frobnicate() does not exist"),
    ],
)
def test_wrong_sql_is_a_conflict(shared_client, statement, said):
    response = shared_client.sql(statement)

    error = response.json()["error"]
    assert response.status_code == 409
    assert response.json()["success"] is False
    assert error["__type"] == "Validation Error"
    assert said in error["query"][0]
    assert set(error["info"]) == {"statement", "params", "orig"}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM T",
        "DROP TABLE T",
        "CREATE TABLE mine (a int)",
        "COPY (SELECT 1) TO '/tmp/gridloom_simulator_was_here'",
        "SET threads = 1",
        "ATTACH '/tmp/gridloom_simulator_was_here'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM pg_class",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM stored",
    ],
)
def test_only_the_published_table_can_be_read(shared_client, statement):
    response = shared_client.sql(statement)

    assert response.status_code in (403, 409)
    assert response.json()["success"] is False


def test_other_errors_are_those_of_ckan(shared_client):
    unknown_action = shared_client.get("datastore_serch")
    unknown_resource = shared_client.get("datastore_search", resource_id="nothing")
    unknown_package = shared_client.get("package_show", id="nothing")
    no_statement = shared_client.get("datastore_search_sql")

    assert unknown_action.status_code == 400
    assert unknown_action.json() == "Bad request - Action name not known: datastore_serch"
    assert unknown_resource.status_code == unknown_package.status_code == 404
    assert unknown_resource.json()["error"]["__type"] == "Not Found Error"
    assert no_statement.status_code == 409
    assert no_statement.json()["error"] == {"__type": "Validation Error", "sql": ["Missing value"]}


def test_datastore_search_gives_numbers_and_pages(shared_client):
    answer = shared_client.get("datastore_search", resource_id=RESOURCE_ID, sort="DATETIME desc", limit=2, offset=2)

    result = answer.json()["result"]
    assert {"include_total", "resource_id", "fields", "records_format", "records", "limit", "offset"} <= set(result)
    assert result["total"] > 7_000
    assert result["limit"] == 2
    assert len(result["records"]) == 2
    assert result["_links"]["start"].startswith("/api/3/action/datastore_search?")
    assert "offset=4" in result["_links"]["next"]
    assert result["fields"][0] == {"type": "int", "id": "_id"}
    assert "given in UTC" in result["fields"][1]["info"]["description"]
    record = result["records"][0]
    assert "_full_text" not in record
    assert isinstance(record["GAS"], float)
    assert isinstance(record["HYDRO"], int)
    assert record["DATETIME"] == "2026-05-31T09:00:00"


def test_datastore_search_gives_a_hundred_rows_unless_told(shared_client):
    result = shared_client.get("datastore_search", resource_id=RESOURCE_ID).json()["result"]

    assert len(result["records"]) == result["limit"] == 100
    assert [record["_id"] for record in result["records"]] == list(range(1, 101))


def test_datastore_search_filters_and_chooses_fields(shared_client):
    filters = json.dumps({"DATETIME": ["2026-05-01T00:00:00", "2026-05-01T00:30:00"]})
    result = shared_client.get(
        "datastore_search", resource_id=RESOURCE_ID, filters=filters, fields="DATETIME,GAS", sort="DATETIME"
    ).json()["result"]

    assert result["total"] == 2
    assert [set(record) for record in result["records"]] == [{"DATETIME", "GAS"}] * 2
    assert [field["id"] for field in result["fields"]] == ["DATETIME", "GAS"]


def test_datastore_search_refuses_unknown_columns(shared_client):
    for parameters in ({"sort": "COLD desc"}, {"fields": "COLD"}, {"filters": '{"COLD": 1}'}, {"limit": "many"}):
        assert shared_client.get("datastore_search", resource_id=RESOURCE_ID, **parameters).status_code == 409


def test_resource_and_package_tell_when_they_were_modified(shared_client):
    resource = shared_client.get("resource_show", id=RESOURCE_ID).json()["result"]
    package = shared_client.get("package_show", id="historic-generation-mix").json()["result"]

    assert resource["last_modified"].startswith("2026-05-31T11:1")
    assert len(resource["last_modified"]) == 26
    assert resource["datastore_active"] is True
    assert resource["url_type"] == "upload"
    assert package["resources"] == [resource]
    assert package["metadata_modified"] == resource["last_modified"]
    assert package["license_id"] == "ESO"
