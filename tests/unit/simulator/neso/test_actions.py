"""Shapes of answers and errors, as CKAN has them; the SQL that clients of the portal really send."""

import pytest

from include.simulator.neso.columns import MEASURES, RESOURCE_ID

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


def test_paging_by_id(shared_client):
    first = shared_client.records('SELECT * FROM T WHERE "_id" > 0 ORDER BY "_id" LIMIT 3')
    second = shared_client.records('SELECT * FROM T WHERE "_id" > 3 ORDER BY "_id" LIMIT 3')

    assert [record["_id"] for record in first + second] == [1, 2, 3, 4, 5, 6]


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
    unknown_resource = shared_client.get("resource_show", id="nothing")
    no_statement = shared_client.get("datastore_search_sql")

    assert unknown_action.status_code == 400
    assert unknown_action.json() == "Bad request - Action name not known: datastore_serch"
    assert unknown_resource.status_code == 404
    assert unknown_resource.json()["error"]["__type"] == "Not Found Error"
    assert no_statement.status_code == 409
    assert no_statement.json()["error"] == {"__type": "Validation Error", "sql": ["Missing value"]}


def test_the_resource_tells_when_it_was_modified(shared_client):
    resource = shared_client.resource()

    assert resource["last_modified"].startswith("2026-05-31T11:1")
    assert len(resource["last_modified"]) == 26
    assert resource["datastore_active"] is True
    assert resource["url_type"] == "upload"
