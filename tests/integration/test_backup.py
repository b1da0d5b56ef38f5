"""A backup holds all of a warehouse, and a restore brings all of it back: rows, rights, and the way on."""

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest

from include.home import REAL_DATABASE as ELSEWHERE
from include.ingestion.window import Window
from include.local import backup as dumps
from include.local.errors import LocalError
from include.warehouse import Role, Warehouse, session
from tests.journey import Journey
from tests.planted import plant

MAY = Window(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC))
# What the transformer may leave in its own schemas, all of it run by somebody when it is restored.
LEFT_BEHIND = """
create table analytics.run_as (login text);
create function analytics.evil() returns boolean language plpgsql as $$
begin
    begin
        insert into analytics.run_as values (current_user);
    exception when undefined_table then null;
    end;
    begin
        execute 'create role intruder_by_restore';
    exception when insufficient_privilege or duplicate_object then null;
    end;
    return true;
end $$;
create function analytics.evil_at_any_time() returns boolean language plpgsql immutable as
    $$ begin perform analytics.evil(); return true; end $$;
create domain analytics.harmful as integer check (analytics.evil());
create table analytics.harmless (
    x integer check (analytics.evil()),
    y boolean default analytics.evil(),
    z boolean generated always as (analytics.evil_at_any_time()) stored,
    d analytics.harmful
);
-- Of a name that looks as if the owner's stood at the end of a line.
create table analytics."x gridloom_owner\u2028y" (x integer check (analytics.evil()));
insert into analytics."x gridloom_owner\u2028y" values (1);
create index on analytics.harmless ((analytics.evil_at_any_time()));
create view analytics.seen as select analytics.evil();
create materialized view marts.kept as select analytics.evil();
create function analytics.on_change() returns trigger language plpgsql as
    $$ begin perform analytics.evil(); return new; end $$;
create trigger changed before insert on analytics.harmless for each row execute function analytics.on_change();
insert into analytics.harmless (x, d) values (1, 1);
truncate analytics.run_as;
"""
SCHEMAS = ("raw", "ops", "reference", "staging", "marts", "analytics")


def contents(warehouse) -> dict[str, str]:
    """A fingerprint of every table."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:
        cursor.execute(
            "select format('%%I.%%I', schemaname, tablename) from pg_tables where schemaname = any(%s)",
            (list(SCHEMAS),),
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"select md5(string_agg(row::text, '|' order by row::text)) from {table} as row")
            found[table] = cursor.fetchone()[0]
        return found


def rights(warehouse) -> list[tuple[str, str, list[str]]]:
    """Who owns what, and who may do what with it."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:
        cursor.execute(
            """
            select
                relation.oid::regclass::text,
                relowner::regrole::text,
                -- Grants that nobody has changed are not written down.
                coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))::text
            from pg_class as relation
            where relnamespace::regnamespace::text = any(%(schemas)s) and relkind in ('r', 'v', 'S')
            union all
            select nspname, nspowner::regrole::text, nspacl::text from pg_namespace where nspname = any(%(schemas)s)
            union all
            select 'database', datdba::regrole::text, datacl::text from pg_database where datname = current_database()
            order by 1
            """,
            {"schemas": list(SCHEMAS)},
        )
        # PostgreSQL keeps grants in the order in which they were made.
        return [(name, owner, sorted((grants or "").strip("{}").split(","))) for name, owner, grants in cursor]


@pytest.fixture(scope="module")
def warehouse_of_may(copy_of, template, settings, portal_process) -> Iterator[Warehouse]:
    """A warehouse in which two days are published; made once, and copied for each test that begins there."""
    portal_process.reset()
    with copy_of(template) as warehouse:
        journey = Journey.through(portal_process, settings, warehouse.dsn)
        journey.ingest(MAY)
        journey.bring()
        yield warehouse


@pytest.fixture
def warehouse(request: pytest.FixtureRequest, copy_of, template) -> Iterator[Warehouse]:
    """A warehouse of the test's own: without rows, or with the published days where the test asks for their way."""
    has_rows = "journey" in request.fixturenames
    with copy_of(request.getfixturevalue("warehouse_of_may") if has_rows else template) as warehouse:
        yield warehouse


@pytest.fixture
def journey(simulator, settings, warehouse) -> Journey:
    return Journey.through(simulator, settings, warehouse.dsn)


@pytest.fixture
def dump(journey, warehouse, tmp_path) -> Path:
    file = tmp_path / "warehouse.dump"
    assert dumps.backup(warehouse, file) > 10_000
    return file


@pytest.fixture
def drop_later(warehouse) -> Iterator[Callable[[str], None]]:
    """Drops databases that a restore set aside, in the end."""
    names: list[str] = []
    yield names.append
    outside = psycopg2.connect(**{**warehouse.owner, "dbname": ELSEWHERE})
    outside.autocommit = True
    for name in names:
        outside.cursor().execute(f"drop database {name} with (force)")
    outside.close()


def test_all_of_it_comes_back_and_life_goes_on(journey, warehouse, dump, drop_later):
    before, allowed = contents(warehouse), rights(warehouse)
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    journey.ingest(Window(MAY.end, MAY.end + timedelta(days=1)))
    assert contents(warehouse) != before

    drop_later(dumps.restore(warehouse, dump, elsewhere=ELSEWHERE))

    assert contents(warehouse) == before
    assert rights(warehouse) == allowed
    with session(warehouse.dsn(Role.ANALYST), application="tests") as analyst, analyst.cursor() as cursor:
        cursor.execute("select count(*) from analytics.half_hourly_generation")
        assert cursor.fetchone() == (96,)
        with pytest.raises(psycopg2.Error, match=r"read-only|permission denied"):
            cursor.execute("delete from analytics.half_hourly_generation")
    # The next run numbers its versions on from where the backup was, and publishes.
    journey.ingest(Window(MAY.end, MAY.end + timedelta(days=1)))
    assert journey.bring() == 48


@pytest.fixture
def no_intruder(warehouse) -> Iterator[None]:
    yield
    with session(warehouse.owner_dsn, application="tests", autocommit=True) as owner:
        owner.cursor().execute("drop role if exists intruder_by_restore")


@pytest.mark.usefixtures("no_intruder")
def test_a_restore_runs_what_the_transformer_left_behind_as_the_transformer(warehouse, tmp_path, drop_later):
    file = tmp_path / "warehouse.dump"
    with session(warehouse.dsn(Role.TRANSFORMER), application="tests") as transformer, transformer.cursor() as cursor:
        cursor.execute(LEFT_BEHIND)
        transformer.commit()
    allowed = rights(warehouse)
    dumps.backup(warehouse, file)

    drop_later(dumps.restore(warehouse, file, elsewhere=ELSEWHERE))

    assert rights(warehouse) == allowed
    with session(warehouse.dsn(Role.TRANSFORMER), application="tests") as transformer, transformer.cursor() as cursor:
        cursor.execute("select rolname from pg_roles where rolname = 'intruder_by_restore'")
        assert cursor.fetchall() == []
        cursor.execute("select distinct login from analytics.run_as")
        assert cursor.fetchall() == [(Role.TRANSFORMER.login,)]
        cursor.execute("select x, y, z, d from analytics.harmless")
        assert cursor.fetchall() == [(1, True, True, 1)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("delete from ops.pipeline_runs")


def test_a_backup_that_holds_what_is_somebody_elses_is_refused_by_name(warehouse, tmp_path):
    file = tmp_path / "warehouse.dump"
    with session(warehouse.owner_dsn, application="tests") as owner, owner.cursor() as cursor:
        cursor.execute("create schema theirs; create table theirs.table_of_theirs (x integer)")
        cursor.execute(f"grant usage, create on schema theirs to {Role.LOADER.login}")
        cursor.execute(f"alter table theirs.table_of_theirs owner to {Role.LOADER.login}")
        owner.commit()
    before = contents(warehouse)
    dumps.backup(warehouse, file)

    with pytest.raises(LocalError, match=f"TABLE theirs table_of_theirs {Role.LOADER.login}"):
        dumps.restore(warehouse, file, elsewhere=ELSEWHERE)

    assert contents(warehouse) == before


def test_a_file_that_is_no_backup_leaves_the_warehouse_as_it_was(journey, warehouse, tmp_path):
    before = contents(warehouse)
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"PGDMP is not all of it")
    with pytest.raises(LocalError, match="pg_restore failed"):
        dumps.restore(warehouse, broken, elsewhere=ELSEWHERE)
    assert contents(warehouse) == before


def test_a_warehouse_in_use_is_not_replaced(warehouse, dump, analyst):
    before = contents(warehouse)
    with pytest.raises(LocalError, match="is being accessed by other users"):
        dumps.restore(warehouse, dump, elsewhere=ELSEWHERE)
    assert contents(warehouse) == before


@pytest.mark.parametrize("planted", ["file", "link", "pipe"])
def test_what_stands_beside_a_backup_is_not_written_through(warehouse, tmp_path, planted):
    """Others may write where a backup goes; a file of theirs, made before, is not where the rows end."""
    victim, file = tmp_path / "victim", tmp_path / "open to all" / "warehouse.dump"
    victim.write_text("kept")
    file.parent.mkdir()
    file.parent.chmod(0o777)
    for path in (file, file.with_name("warehouse.dump.draft")):
        plant(planted, path, victim)

    dumps.backup(warehouse, file)

    assert victim.read_text() == "kept"
    found = file.lstat()
    assert (stat.S_ISREG(found.st_mode), stat.S_IMODE(found.st_mode), found.st_uid) == (True, 0o600, os.geteuid())
    left = file.with_name("warehouse.dump.draft").lstat()
    assert left.st_size < found.st_size, "the rows are in a file of somebody else's"
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


def test_a_pipe_is_no_backup(warehouse, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LocalError, match="is no file"):
        dumps.restore(warehouse, tmp_path / "pipe", elsewhere=ELSEWHERE)


def test_a_place_that_cannot_be_written_is_one_line(warehouse):
    with pytest.raises(LocalError, match="cannot write /nonexistent/warehouse"):
        dumps.backup(warehouse, Path("/nonexistent/warehouse.dump"))
