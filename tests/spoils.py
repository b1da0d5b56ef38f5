"""What somebody who types SQL and is up to no good could spoil, or find out."""

import time
from typing import Any

from include.warehouse import Role, Warehouse, session

SECRET = "the-secret-of-raw"
# A busy machine takes its time.
GONE_WITHIN_S = 3.0
STATE = (
    "select * from analytics.notes",
    "select * from raw.secrets",
    "select oid, relname, relacl::text, relnatts from pg_class where relnamespace > 16000 order by 1",
    "select oid, proname from pg_proc where oid > 16000 order by 1",
    "select oid, nspname, nspacl::text from pg_namespace where nspname !~ '^pg_t' order by 1",
    "select rolname, rolsuper, rolcanlogin, rolconfig::text from pg_roles order by 1",
    "select obj_description('analytics.notes'::regclass)",
    "select oid from pg_largeobject_metadata",
    "select last_value, is_called from ops.build_id",
    "select pid from pg_locks where locktype = 'advisory'",
)


def lay_out(warehouse: Warehouse) -> None:
    """Put something into a warehouse that could be spoiled, and something that is not for analysts."""
    url = warehouse.dsn(Role.TRANSFORMER)
    with session(url, application="tests") as transformer, transformer, transformer.cursor() as cursor:
        cursor.execute("create table analytics.notes (note text)")
        cursor.execute("insert into analytics.notes values ('as it was')")
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        cursor.execute("create table raw.secrets (content text)")
        cursor.execute("insert into raw.secrets values (%s)", (SECRET,))


def state_of(outside: Any) -> list[Any]:
    """Return all that a statement could have changed, read by the owner's cursor."""
    held = []
    for statement in STATE:
        outside.execute(statement)
        held.append(outside.fetchall())
    return held


def sessions(outside: Any) -> int:
    """Return how many sessions of the SQL box there are in the database."""
    outside.execute(
        "select count(*) from pg_stat_activity where usename = 'gridloom_explorer' and datname = current_database()"
    )
    return int(outside.fetchone()[0])


def wait_until_nobody_is_left(outside: Any) -> None:
    """Wait until the last session of the SQL box has gone: the server ends it a moment after its query."""
    deadline = time.monotonic() + GONE_WITHIN_S
    while sessions(outside):
        assert time.monotonic() < deadline, "a session of the box outlived its query"
        time.sleep(0.005)
