"""Who may enter where: least privilege, for an owner who is no superuser."""

import psycopg2
import pytest
from psycopg2 import errors

from include.local.prepare import create_declared
from include.warehouse import MIGRATIONS, MigrationChangedError, Role, Warehouse, connect, migrate
from tests.integration.conftest import published_row

DENIED = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)
WRITES = (
    "create table analytics.mine (x int)",
    "create table public.mine (x int)",
    "create temp table mine (x int)",
    "create function analytics.f() returns int language sql as 'select 1'",
    "create function pg_temp.f() returns int language sql as 'select 1'",
    "create schema mine",
    "insert into ops.datasets (dataset) values ('mine')",
    "update ops.pipeline_runs set status = 'success'",
    "delete from ops.rejected_rows",
    "select nextval('ops.build_id')",
    "select lo_create(0)",
    "select lo_from_bytea(0, 'x')",
    "select pg_logical_emit_message(false, 'x', repeat('x', 1000))",
    "set temp_file_limit to -1",
    "copy (select 1) to program 'true'",
    "select * from raw.neso_generation_mix",
    "select * from marts.half_hourly_generation",
    "set role gridloom_loader",
    "create role mine",
)


@pytest.fixture(scope="module")
def warehouse(shared_warehouse: Warehouse) -> Warehouse:
    """One warehouse for all tests of this file: what they try is refused, or is done by one of them only."""
    return shared_warehouse


@pytest.mark.parametrize("statement", WRITES)
def test_the_analyst_writes_nowhere_even_after_leaving_the_read_only_default(analyst, statement):
    analyst.autocommit = True
    for mode in ("on", "off"):
        with analyst.cursor() as cursor:
            cursor.execute(f"set default_transaction_read_only to {mode}")
            with pytest.raises(DENIED):
                cursor.execute(statement)


def test_the_analyst_reads_reference_and_ops_and_is_read_only_by_default(analyst):
    with analyst.cursor() as cursor:
        cursor.execute("select count(*) from reference.fuels")
        assert cursor.fetchone()[0] >= 11
        cursor.execute("select dataset from ops.datasets")
        assert ("neso_generation_mix",) in cursor.fetchall()
        cursor.execute("show transaction_read_only")
        assert cursor.fetchone() == ("on",)


@pytest.mark.parametrize(
    "statement",
    [
        "create table raw.mine (x int)",
        "truncate raw.neso_generation_mix",
        "create table analytics.mine (x int)",
        "insert into ops.quality_results default values",
    ],
)
def test_the_loader_only_adds(loader, statement):
    with pytest.raises(errors.InsufficientPrivilege), loader, loader.cursor() as cursor:
        cursor.execute(statement)


def test_a_password_is_asked_of_everybody(warehouse):
    for role in Role:
        parameters = warehouse.parameters(role) | {"password": "wrong"}
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(**parameters)


def test_migrating_again_changes_nothing(warehouse, publisher, query):
    publisher.publish([published_row()]).ingest()
    owner = connect(warehouse.owner_dsn, application="tests")
    assert migrate(owner, warehouse.passwords) == []
    create_declared(owner)
    owner.close()
    assert query("select count(*) from raw.neso_generation_mix") == [(1,)]
    connect(warehouse.dsn(Role.ANALYST), application="tests").close()


def test_the_owner_is_no_superuser(warehouse):
    owner = connect(warehouse.owner_dsn, application="tests")
    with owner, owner.cursor() as cursor:
        cursor.execute("select rolsuper, rolcreaterole from pg_roles where rolname = current_user")
        assert cursor.fetchone() == (False, True)
    owner.close()


def test_a_migration_that_was_edited_after_it_was_applied_is_refused(warehouse):
    owner = connect(warehouse.owner_dsn, application="tests")
    with owner.cursor() as cursor:
        name = sorted(MIGRATIONS.glob("*.sql"))[0].stem
        cursor.execute("update ops.migrations set checksum = 'x' where name = %s", (name,))
    with pytest.raises(MigrationChangedError, match=name):
        migrate(owner, warehouse.passwords)
    owner.close()
