"""No login shuts the others out: what one may take, what it may change of itself, and what it sees of the others.

In a PostgreSQL of its own: logins are of a whole server, and other tests use theirs.
"""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import make_dsn

from include.serving.explorer.errors import RefusedError
from include.serving.explorer.query import run_query
from include.warehouse import CONNECTION_LIMITS, Role, Warehouse, connect, migrate, session
from tests.own_server import OwnServer, own_server

READERS = (Role.ANALYST, Role.SCREENS, Role.EXPLORER)
# What every login of PostgreSQL may do to itself, and what makes it useless to whoever shares it.
SPOILT = (
    "alter role {login} set transaction_timeout to '1ms'",
    "alter role {login} set default_transaction_read_only to 'off'",
    "alter role {login} in database {database} set statement_timeout to '1ms'",
    "alter role {login} password 'known'",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    with own_server(tmp_path_factory.mktemp("logins") / "home") as server:
        yield server


@pytest.fixture
def served(server: OwnServer) -> Warehouse:
    return server.warehouse


def rows(warehouse: Warehouse, role: Role, statement: str) -> list[tuple[Any, ...]]:
    with session(warehouse.dsn(role), application="tests") as reader, reader.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("role", READERS)
def test_migrating_mends_what_a_login_did_to_itself(server, served, role):
    with session(served.dsn(role), application="tests", autocommit=True) as reader, reader.cursor() as cursor:
        cursor.execute("set default_transaction_read_only to off")
        for statement in SPOILT:
            cursor.execute(statement.format(login=role.login, database=served.database))
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(served.dsn(role), application="tests")

    server.update()

    assert rows(served, role, "select current_setting('transaction_read_only')") == [("on",)]
    assert rows(served, role, "select current_setting('transaction_timeout')") == [("0",)]
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect(replace(served, passwords=dict.fromkeys(Role, "known")).dsn(role), application="tests")


def test_a_password_that_was_given_anew_counts_from_the_next_migration_on(server, served):
    other = replace(served, passwords=served.passwords | {Role.LOADER: "given anew"})
    with session(served.owner_dsn, application="tests") as owner:
        migrate(owner, other.passwords)
    assert rows(other, Role.LOADER, "select 1") == [(1,)]
    server.update()
    assert rows(served, Role.LOADER, "select 1") == [(1,)]


def test_readers_leave_room_for_the_others(served):
    with ExitStack() as held:
        for role in READERS:
            for _ in range(CONNECTION_LIMITS[role]):
                held.enter_context(closing(connect(served.dsn(role), application="tests, idle")))
            with pytest.raises(psycopg2.OperationalError, match="too many connections for role"):
                connect(served.dsn(role), application="tests")
        for role in (Role.LOADER, Role.TRANSFORMER):
            for _ in range(10):
                held.enter_context(closing(connect(served.dsn(role), application="tests")))
        held.enter_context(closing(connect(served.owner_dsn, application="tests")))


@pytest.mark.parametrize(("role", "limit"), [(Role.ANALYST, "5GB"), (Role.SCREENS, "5GB"), (Role.EXPLORER, "512MB")])
def test_a_query_of_a_reader_s_fills_no_disk(served, role, limit):
    assert rows(served, role, "select current_setting('temp_file_limit')") == [(limit,)]


def test_a_database_that_is_there_already_is_closed_like_a_new_one(server, served):
    password = server.cluster.home.secret("postgres_password")
    with session(
        make_dsn(served.owner_dsn, user="postgres", password=password), application="tests", autocommit=True
    ) as superuser:
        superuser.cursor().execute("grant execute on function lo_create(oid) to public")
    may = "select has_function_privilege('lo_create(oid)', 'execute')"
    assert rows(served, Role.ANALYST, may) == [(True,)]
    (server.cluster.directory / "setup").unlink()
    server.cluster.start()
    assert rows(served, Role.ANALYST, may) == [(False,)]


@pytest.mark.parametrize("role", READERS)
def test_a_reader_is_a_member_of_no_other_login(served, role):
    members = "select pg_get_userbyid(roleid) from pg_auth_members where pg_get_userbyid(member) = current_user"
    assert rows(served, role, members) == []


@pytest.mark.parametrize("role", [Role.SCREENS, Role.EXPLORER])
def test_each_reads_what_analysts_read_and_no_more(served, role):
    with (
        session(served.dsn(Role.TRANSFORMER), application="tests") as transformer,
        transformer,
        transformer.cursor() as c,
    ):
        c.execute("create table if not exists analytics.published (x integer)")
        c.execute("create table if not exists reference.seeded (x integer)")
    readable = """
        select oid::regclass::text from pg_class
        where relkind in ('r', 'v', 'p', 'm') and has_table_privilege(oid, 'select') and relnamespace > 16000
        order by 1
    """
    held = rows(served, Role.ANALYST, readable)
    assert {("analytics.published",), ("reference.seeded",), ("ops.unended_queries",)} <= set(held)
    assert not any(name.startswith("raw.") or "personal" in name for (name,) in held)
    assert rows(served, role, readable) == held


@pytest.mark.parametrize("role", [Role.ANALYST, Role.SCREENS, Role.LOADER, Role.TRANSFORMER])
def test_the_explorer_sees_and_ends_no_session_of_others(served, role):
    with closing(connect(served.dsn(role), application="tests")) as other, other.cursor() as cursor:
        cursor.execute("select 'what nobody is to see'")
        pid = other.info.backend_pid
        [(said,)] = rows(served, Role.EXPLORER, f"select query from pg_stat_activity where pid = {pid}")
        assert said == "<insufficient privilege>"
        with pytest.raises(errors.InsufficientPrivilege):
            rows(served, Role.EXPLORER, f"select pg_terminate_backend({pid})")
        cursor.execute("select 1")


@pytest.mark.parametrize(
    "statement",
    [
        "select query from pg_stat_activity",
        "select * from pg_stat_get_activity(null)",
        "select pg_stat_get_backend_activity(b) from pg_stat_get_backend_idset() as b",
        "select * from PG_CATALOG.Pg_Stat_Activity",
        'select "pg_stat_activity".query from "pg_stat_activity"',
    ],
)
def test_nobody_s_sql_is_seen_in_the_box(served, statement):
    with pytest.raises(RefusedError, match="cannot be used here"):
        run_query(served.dsn(Role.EXPLORER), statement)
