"""Deliveries are noted once, by a login that can do nothing else."""

from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2 import errors

from include.hooks.deliveries import Delivery, accept
from include.hooks.errors import RefusedError, UnavailableError
from include.warehouse import CONNECTION_LIMITS, Connection, Role, Warehouse, session

SOUND = "insert into ops.webhook_deliveries (hook, delivery_id, body_sha256) values ('forecasts', {}, sha256('{{}}'))"
REFUSED = (
    "select * from ops.webhook_deliveries",
    "select delivery_id from ops.webhook_deliveries",
    "select count(*) from ops.webhook_deliveries",
    SOUND.format("'msg_9'") + " returning delivery_id",
    SOUND.format("'msg_9'") + " on conflict (hook, delivery_id) do nothing",
    SOUND.format("'msg_9'") + " on conflict (hook, delivery_id) do update set received_at = now()",
    "insert into ops.webhook_deliveries values ('forecasts', 'msg_9', sha256('{}'), '2000-01-01')",
    "update ops.webhook_deliveries set hook = 'x'",
    "delete from ops.webhook_deliveries",
    "truncate ops.webhook_deliveries",
    "copy ops.webhook_deliveries to stdout",
    "begin; lock table ops.webhook_deliveries in access exclusive mode",
    "alter table ops.webhook_deliveries add column x int",
    "create index on ops.webhook_deliveries (received_at)",
    "select * from ops.datasets",
    "select * from ops.pipeline_runs",
    "insert into ops.pipeline_runs default values",
    "insert into ops.alerts default values",
    "select ops.forget('x', 1, now())",
    "select * from ops.coverage_between(current_date, current_date)",
    "select nextval('ops.build_id')",
    "select * from raw.neso_generation_mix",
    "select * from reference.fuels",
    "select * from marts.half_hourly_generation",
    "select * from analytics.half_hourly_generation",
    "create table ops.mine (x int)",
    "create table public.mine (x int)",
    "create temp table mine (x int)",
    "create schema mine",
    "create function pg_temp.f() returns int language sql as 'select 1'",
    "select lo_create(0)",
    "select pg_logical_emit_message(false, 'x', 'x')",
    "copy (select 1) to program 'true'",
    "select pg_read_file('postgresql.conf')",
    "set role gridloom_loader",
    "create role mine",
)
MAY = """
    select relation::regclass::text, privilege
    from (
        select pg_class.oid as relation from pg_catalog.pg_class
        where
            pg_class.relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema', 'pg_toast')
            and pg_class.relkind in ('r', 'p', 'v', 'm', 'f')
    ) as relations
    cross join unnest(array['select', 'insert', 'update', 'references']) as privilege
    where has_any_column_privilege('gridloom_hooks', relation, privilege)
"""
MAY_CALL = """
    select oid::regprocedure::text
    from pg_catalog.pg_proc
    where
        pronamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        and has_schema_privilege('gridloom_hooks', pronamespace, 'usage')
        and has_function_privilege('gridloom_hooks', oid, 'execute')
        and prorettype <> 'trigger'::regtype
"""


@pytest.fixture
def hooks(shared_warehouse: Warehouse) -> Iterator[Connection]:
    with session(shared_warehouse.dsn(Role.HOOKS), application="tests") as hooks:
        yield hooks


@pytest.fixture
def noted(shared_warehouse: Warehouse) -> Iterator[Connection]:
    """What analysts see of deliveries; it is empty before and after."""
    with session(shared_warehouse.owner_dsn, application="tests", autocommit=True) as owner:
        yield owner
        owner.cursor().execute("truncate ops.webhook_deliveries")


def ids(noted: Connection) -> list[str]:
    with noted.cursor() as cursor:
        cursor.execute("select delivery_id from ops.webhook_deliveries order by 1")
        return [each for (each,) in cursor.fetchall()]


@pytest.mark.parametrize("statement", REFUSED)
def test_the_login_can_do_nothing_else(hooks: Connection, statement: str) -> None:
    hooks.autocommit = True
    with hooks.cursor() as cursor, pytest.raises(errors.InsufficientPrivilege):
        cursor.execute(statement)


def test_the_login_has_one_right_on_one_table_and_one_question(noted: Connection) -> None:
    with noted.cursor() as cursor:
        cursor.execute(MAY)
        assert cursor.fetchall() == [("ops.webhook_deliveries", "insert")]
        cursor.execute(MAY_CALL)
        assert cursor.fetchall() == [("ops.is_delivery(text,text,bytea)",)]
        cursor.execute(
            "select rolconnlimit, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls"
            " from pg_roles where rolname = 'gridloom_hooks'"
        )
        assert cursor.fetchall() == [(CONNECTION_LIMITS["hooks"], False)]
        cursor.execute("select count(*) from pg_auth_members where member = 'gridloom_hooks'::regrole")
        assert cursor.fetchall() == [(0,)]


@pytest.mark.parametrize("message_id", ["''", "repeat('x', 129)", "'a.b'", "e'a\\n'", "null"])
def test_nothing_odd_is_noted_even_by_the_login_itself(hooks: Connection, message_id: str) -> None:
    with hooks.cursor() as cursor, pytest.raises((errors.CheckViolation, errors.NotNullViolation)):
        cursor.execute(SOUND.format(message_id))


def test_a_delivery_counts_once_for_each_hook(hooks: Connection, noted: Connection) -> None:
    emitted: list[Delivery] = []
    delivery, elsewhere = (Delivery(hook, "msg_1", b"{}", None) for hook in ("forecasts", "other"))

    assert [accept(hooks, each, emitted.append) for each in (delivery, delivery, elsewhere)] == [True, False, True]

    assert emitted == [delivery, elsewhere]
    assert ids(noted) == ["msg_1", "msg_1"]


def test_another_body_under_an_id_is_refused(hooks: Connection, noted: Connection) -> None:
    emitted: list[Delivery] = []
    accept(hooks, Delivery("forecasts", "msg_1", b"{}", None), emitted.append)
    with pytest.raises(RefusedError, match="another body") as refused:
        accept(hooks, Delivery("forecasts", "msg_1", b"{ }", None), emitted.append)
    assert refused.value.status == 409
    assert len(emitted) == 1


def test_without_its_event_a_delivery_is_not_noted_and_may_come_again(hooks: Connection, noted: Connection) -> None:
    def fail(delivery: Delivery) -> None:
        raise UnavailableError("away")

    delivery = Delivery("forecasts", "msg_1", b"{}", None)
    with pytest.raises(UnavailableError):
        accept(hooks, delivery, fail)
    assert ids(noted) == []
    assert accept(hooks, delivery, lambda _: None)
    assert ids(noted) == ["msg_1"]


def test_who_comes_in_the_meantime_waits_and_gives_up_in_time(
    shared_warehouse: Warehouse, hooks: Connection, noted: Connection
) -> None:
    """While the event of the first is being registered, the second neither registers one nor says that it is done."""
    delivery = Delivery("forecasts", "msg_1", b"{}", None)

    def come_again(_: Delivery) -> None:
        with session(shared_warehouse.dsn(Role.HOOKS), application="tests") as other:
            with other, other.cursor() as cursor:
                cursor.execute("show statement_timeout")
                assert cursor.fetchall() == [("5s",)]
                cursor.execute("select set_config('statement_timeout', '200ms', false)")
            with pytest.raises(psycopg2.OperationalError, match="statement timeout"):
                accept(other, delivery, lambda _: pytest.fail("a second event"))

    assert accept(hooks, delivery, come_again)
    assert ids(noted) == ["msg_1"]
