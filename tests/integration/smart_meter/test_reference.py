"""The reference is read whole, as of one instant, from any database; what it said before stays known."""

import sqlite3
from contextlib import closing

import psycopg2
import pytest

from include.ingestion.database import read_whole
from include.ingestion.errors import LastingError, PassingError, SourceRefusedError, SourceUnavailableError
from include.warehouse import session
from tests.integration.smart_meter.conftest import SMALLEST_REFERENCE, with_settings

DAG = "smart_meter_reference"
VERSIONS = """
    select agreement_id::int, valid_to::text, content_hash is null from raw.smart_meter_agreements order by version_id
"""
LOADS = """
    select dataset, outcome, new::int, revised::int, withdrawn::int from ops.loads
    where run_id = (select max(run_id) from ops.pipeline_runs) order by load_id
"""


def add_agreements(meters, *numbers):
    meters.change_reference(
        *(f"insert into agreement values ({each}, '2020-01-01', null, 'p1', '0000000000', 'a')" for each in numbers)
    )


def test_the_recorded_reference_comes_in_whole(meters, real_data):
    meters.deliver_recorded(real_data)
    meters.load(DAG)
    assert meters.query(LOADS) == [
        ("smart_meter_products", "held", 63, 0, 0),
        ("smart_meter_meterpoints", "held", 100, 0, 0),
        ("smart_meter_agreements", "held", 210, 0, 0),
    ]
    meters.load(DAG)
    assert [row[2:] for row in meters.query(LOADS)] == [(0, 0, 0)] * 3, "again, nothing is new"
    assert meters.query("select count(*)::int from raw.smart_meter_products where is_variable") == [(12,)]


def test_what_changes_is_a_version_and_what_is_gone_a_tombstone(meters):
    add_agreements(meters, 2)
    meters.load(DAG)
    meters.change_reference(
        "update agreement set agreement_valid_to = '2021-02-01' where agreement_id = 1",
        "delete from agreement where agreement_id = 2",
    )
    meters.load(DAG)
    assert meters.query(VERSIONS) == [
        (1, None, False),
        (2, None, False),
        (1, "2021-02-01", False),
        (2, None, True),
    ]


def test_a_snapshot_that_lost_more_than_it_may_is_refused(meters):
    add_agreements(meters, *range(2, 42))
    meters.load(DAG)
    meters.change_reference("delete from agreement where agreement_id > 35")
    with pytest.raises(LastingError, match=r"6 known rows of smart_meter_agreements are gone from snapshot; at most 5"):
        meters.load(DAG)
    meters.change_reference("delete from agreement")
    with pytest.raises(PassingError, match="smart_meter_agreements has no rows in snapshot"):
        meters.load(DAG)
    assert meters.query("select count(*)::int from raw.smart_meter_agreements") == [(41,)]


def test_of_a_large_table_a_share_may_go(meters):
    add_agreements(meters, *range(2, 201))
    meters.load(DAG)
    meters.change_reference("delete from agreement where agreement_id > 190")
    meters.load(DAG)
    assert meters.query(LOADS)[-1] == ("smart_meter_agreements", "held", 0, 0, 10)


def test_rows_that_break_their_contract_are_refused_and_the_rest_comes(meters):
    add_agreements(meters, *range(2, 302))
    meters.change_reference(
        "insert into agreement values (900, '2021-05-01', '2021-04-01', 'p1', '0000000000', 'a')",
        "insert into agreement values (901, 'tomorrow', null, 'p1', '0000000000', 'a')",
        "insert into agreement values (902, '2021-05-01', null, 'p1', null, 'a')",
    )
    meters.load(DAG)
    assert meters.query(LOADS)[-1] == ("smart_meter_agreements", "held", 301, 0, 0)
    assert meters.query("select reason from ops.rejected_rows order by 1") == [
        ("Ends before it begins - at `$.agreement_valid_to`",),
        ("Expected `int`, got `null` - at `$.meter_number`",),
        ("Invalid RFC3339 encoded date - at `$.agreement_valid_from`",),
    ]


def test_a_try_that_is_repeated_reads_all_tables_of_one_state(meters):
    meters.change_reference("alter table agreement rename to agreement_of_old")
    with pytest.raises(LastingError, match="table agreement cannot be read: no such table: agreement"):
        meters.load(DAG)
    # Meanwhile, the database goes on.
    meters.change_reference(
        "alter table agreement_of_old rename to agreement",
        "insert into product values ('New', 0, 2, 'p2')",
        "insert into agreement values (2, '2021-01-01', null, 'p2', '0000000000', 'a')",
    )
    meters.load(DAG)
    assert meters.query("select count(*)::int from raw.smart_meter_products") == [(2,)]
    assert meters.query("select count(*)::int from raw.smart_meter_agreements") == [(2,)]


@pytest.fixture
def postgresql(warehouse):
    """The smallest reference in a PostgreSQL, and its address."""
    with session(warehouse.owner_dsn, application="tests", autocommit=True) as owner, owner.cursor() as cursor:
        cursor.execute("create schema retail; set search_path to retail")
        for statement in SMALLEST_REFERENCE:
            cursor.execute(statement)
        address = warehouse.owner
        yield (
            f"postgresql+psycopg2://{address['user']}:{address['password']}@{address['host']}:{address['port']}"
            f"/{warehouse.database}?options=-csearch_path%3Dretail",
            cursor,
        )


def test_a_reference_may_be_a_postgresql(meters, postgresql):
    address, _ = postgresql
    with_settings(meters, smart_meter_reference=address).load(DAG)
    assert [row[:3] for row in meters.query(LOADS)] == [
        ("smart_meter_products", "held", 1),
        ("smart_meter_meterpoints", "held", 1),
        ("smart_meter_agreements", "held", 1),
    ]


def test_all_tables_are_of_one_instant(postgresql):
    address, other = postgresql
    with read_whole(address) as database:
        assert len(next(database.rows("product"))) == 1
        other.execute("insert into product values ('New', 0, 2, 'p2')")
        other.execute("insert into agreement values (2, '2021-01-01', null, 'p2', '0000000000', 'a')")
        assert len(next(database.rows("agreement"))) == 1, "what came meanwhile is of the next snapshot"


def test_nothing_is_written_there(postgresql, tmp_path):
    with read_whole(postgresql[0]) as database, pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
        database.connection.connection.cursor().execute("delete from agreement")
    missing = tmp_path / "missing.db"
    with (
        pytest.raises(SourceUnavailableError, match="unable to open database file"),
        read_whole(f"sqlite:///{missing}"),
    ):
        pass
    assert not missing.exists()
    with closing(sqlite3.connect(tmp_path / "empty.db")) as empty:
        empty.execute("create table other (a)")
    with read_whole(f"sqlite:///{tmp_path}/empty.db") as database, pytest.raises(SourceRefusedError):
        list(database.rows("agreement"))


@pytest.mark.parametrize(
    "address",
    ["no address", "oracle+nothing://u:canary@h/d", "postgresql+psycopg2://u:canary@127.0.0.1:1/d", "x://canary"],
)
def test_an_address_that_opens_nothing_is_told_without_its_password(address):
    with pytest.raises((LastingError, PassingError)) as raised, read_whole(address):
        pass
    assert "canary" not in f"{raised.value}{raised.value.__cause__}"
