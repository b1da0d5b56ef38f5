"""What the embedded server holds before any migration: its owners, its databases, and what nobody may do."""

import hashlib
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812 - psycopg2 names its class in lower case
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from include.home import REAL_DATABASE, SIMULATED_DATABASE, Home, replace_file
from include.local.postgres_files import read_small
from include.settings import Settings
from include.warehouse import EXPLORER_SETTINGS, OWNER, SCRAM

AIRFLOW_OWNER = "gridloom_airflow"
AIRFLOW_DATABASE = "airflow"
CONNECT_TIMEOUT_S = 10
# What is written past all grants on tables, even by a login that may write nowhere: large objects, and PostgreSQL's
# write-ahead log.
WRITING_FUNCTIONS = (
    "lo_creat",
    "lo_create",
    "lo_export",
    "lo_from_bytea",
    "lo_import",
    "lo_open",
    "lo_put",
    "lo_truncate",
    "lo_truncate64",
    "lo_unlink",
    "lowrite",
    "pg_logical_emit_message",
)


def ensure(home: Home, settings: Settings, port: int, *, marker: Path) -> None:
    """Make owners and databases, unless the marker beside the data says that this was done."""
    wanted = _fingerprint(home, settings)
    if read_small(marker) == wanted:
        return
    template = _superuser(home, port, "template1")
    try:
        template.autocommit = True
        with template.cursor() as cursor:
            _close_side_doors(cursor)
            _make_owners(template, cursor, owner_password(home, settings), airflow_password(home))
    finally:
        template.close()
    _make_databases(home, port)
    # Those that are there already have inherited what was closed when they were made.
    for database in (REAL_DATABASE, SIMULATED_DATABASE):
        with closing(_superuser(home, port, database)) as made, made, made.cursor() as cursor:
            _close_functions(cursor)
    replace_file(marker, wanted)


def owner_password(home: Home, settings: Settings) -> str:
    """Return the password of the warehouse's owner."""
    return settings.owner_password.get_secret_value() if settings.owner_password else home.secret("owner_password")


def airflow_password(home: Home) -> str:
    """Return the password of the owner of Airflow's database."""
    return home.secret("airflow_database_password")


def _fingerprint(home: Home, settings: Settings) -> str:
    parts = [Path(__file__).read_text(), *EXPLORER_SETTINGS, owner_password(home, settings), airflow_password(home)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _superuser(home: Home, port: int, database: str) -> Connection:
    return psycopg2.connect(
        host="127.0.0.1",
        port=port,
        dbname=database,
        user="postgres",
        password=home.secret("postgres_password"),
        require_auth=SCRAM,
        connect_timeout=CONNECT_TIMEOUT_S,
        application_name="gridloom set-up",
    )


def _close_side_doors(cursor: Cursor) -> None:
    """Take from everybody what a read-only login must not do; databases made later inherit it from template1."""
    _close_functions(cursor)
    for database in ("postgres", "template1"):
        cursor.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))


def _close_functions(cursor: Cursor) -> None:
    cursor.execute(
        "select oid::regprocedure::text from pg_catalog.pg_proc"
        " where pronamespace = 'pg_catalog'::regnamespace and proname = any(%s)",
        (list(WRITING_FUNCTIONS),),
    )
    for (function,) in cursor.fetchall():
        cursor.execute(f"revoke execute on function pg_catalog.{function} from public")


def _make_owners(connection: Connection, cursor: Cursor, owner: str, airflow: str) -> None:
    for name, password, powers in ((OWNER, owner, "createrole createdb"), (AIRFLOW_OWNER, airflow, "")):
        cursor.execute("select 1 from pg_catalog.pg_roles where rolname = %s", (name,))
        verb = "alter" if cursor.fetchone() else "create"
        # Hashed here and not by the server, so that no log of statements can hold the password.
        scram = psycopg2.extensions.encrypt_password(password, name, connection, "scram-sha-256")
        statement = f"{verb} role {{}} login nosuperuser {powers} password {{}}"
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Literal(scram)))
    # So that it can limit what readers' queries write to the disk.
    for parameter in EXPLORER_SETTINGS:
        grant = sql.SQL("grant set on parameter {} to {}")
        cursor.execute(grant.format(sql.Identifier(parameter), sql.Identifier(OWNER)))


def _make_databases(home: Home, port: int) -> None:
    owners = {REAL_DATABASE: OWNER, SIMULATED_DATABASE: OWNER, AIRFLOW_DATABASE: AIRFLOW_OWNER}
    connection = _superuser(home, port, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for database, owner in owners.items():
                _make_database(cursor, database, owner)
    finally:
        connection.close()


def _make_database(cursor: Cursor, database: str, owner: str) -> None:
    name = sql.Identifier(database)
    cursor.execute("select 1 from pg_catalog.pg_database where datname = %s", (database,))
    if cursor.fetchone() is None:
        cursor.execute(sql.SQL("create database {} owner {}").format(name, sql.Identifier(owner)))
    cursor.execute(sql.SQL("revoke all on database {} from public").format(name))
