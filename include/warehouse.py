"""The way into PostgreSQL: who may enter, how a connection is opened, and the migrations of `raw` and `ops`.

Nothing but a DAG, the CLI or a service's `main` calls `Warehouse.of`; all other code is handed a connection.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from include.home import SIMULATED_DATABASE, Home
from include.settings import Settings

Connection: TypeAlias = psycopg2.extensions.connection
Statement: TypeAlias = str | sql.Composable
Values: TypeAlias = Mapping[str, Any] | tuple[Any, ...]

MIGRATIONS = Path(__file__).parent / "migrations"
OWNER = "gridloom_owner"
# An option of libpq's: the server must prove that it knows the password, and is never told it.
REQUIRE_AUTH, SCRAM = "require_auth", "scram-sha-256"
CONNECT_TIMEOUT_S = 10
# How long a migration waits for those who read what it changes; all who come after it wait too.
LOCK_TIMEOUT = "30s"
# The first version that has SET and INHERIT options on role grants.
GRANT_OPTIONS_SINCE = 160000
READERS = ("analyst", "screens", "explorer")
# No login that reads may take the places of those that write: PostgreSQL has 100 of them by default. The explorer has
# two queries in each database, what ends them, and whoever asks whether there is a place.
CONNECTION_LIMITS = {"analyst": 40, "screens": 20, "explorer": 8, "hooks": 8}
# What a superuser alone may set, unless the owner was given the right to. No query of a reader's may fill the disk, on
# which all that is written depends: neither by what it sorts or keeps aside beyond its memory, nor, in the explorer, by
# error texts in the server's log.
EXPLORER_SETTINGS = {"temp_file_limit": "512MB", "log_min_messages": "panic", "log_min_error_statement": "panic"}
READERS_SETTINGS: Mapping[str, Mapping[str, str]] = {
    "analyst": {"temp_file_limit": "5GB"},
    "screens": {"temp_file_limit": "5GB"},
    "explorer": EXPLORER_SETTINGS,
}
# A delivery waits for another of the same id, while that one's event is registered, and no longer.
HOOKS_SETTINGS = {"statement_timeout": "5s", "idle_in_transaction_session_timeout": "30s"}
# Those whose work needs tables of its own for a while.
BUILDERS = ("loader", "transformer")
# The first version in which one who is no superuser may be given the right to set a parameter.
PARAMETER_GRANTS_SINCE = 150000


class Role(StrEnum):
    """The logins of daily work; see the design, section 3."""

    LOADER = "loader"
    TRANSFORMER = "transformer"
    ANALYST = "analyst"
    """People, and the programs they read with."""
    SCREENS = "screens"
    """Our own services: dashboard, page Grid, metrics, watchdog. They read what analysts read."""
    EXPLORER = "explorer"
    """The dashboard's SQL box: what analysts read, under limits."""
    HOOKS = "hooks"
    """The inbound webhooks of the API server: notes which deliveries came, and can do nothing else."""

    @property
    def login(self) -> str:
        """Name of the role in PostgreSQL."""
        return f"gridloom_{self.value}"


@dataclass(frozen=True)
class Warehouse:
    """One PostgreSQL database and the passwords to it. Its `repr` shows no secret."""

    owner: Mapping[str, str]
    passwords: Mapping[Role, str]
    is_embedded: bool

    def __repr__(self) -> str:
        return f"Warehouse({self.address})"

    @classmethod
    def of(cls, settings: Settings, home: Home) -> "Warehouse":
        """Return the warehouse in use: the one of GRIDLOOM_WAREHOUSE_URL, else the embedded one."""
        passwords = {role: _password(settings, home, role) for role in Role}
        if settings.warehouse_url is None:
            return cls(_embedded_owner(settings, home), passwords, is_embedded=True)
        owner = parse_dsn(settings.warehouse_url.get_secret_value())
        if home.is_simulated:
            # Simulated rows never stand beside real ones.
            owner["dbname"] = SIMULATED_DATABASE
        return cls(owner, passwords, is_embedded=False)

    @property
    def address(self) -> str:
        """Host, port and database, without any secret."""
        return f"{self.owner.get('host', 'localhost')}:{self.owner.get('port', '5432')}/{self.database}"

    @property
    def database(self) -> str:
        """Name of the database."""
        return self.owner.get("dbname") or self.owner["user"]

    @property
    def owner_dsn(self) -> str:
        """Connection string of the owner, who migrates."""
        return make_dsn(**self.owner)

    def parameters(self, role: Role) -> dict[str, str]:
        """Return host, port, database, user and password of a role, TLS settings and the like included."""
        return {**self.owner, "dbname": self.database, "user": role.login, "password": self.passwords[role]}

    def dsn(self, role: Role) -> str:
        """Return the connection URL of a role, as libpq takes it."""
        return _url(self.parameters(role))

    def dsn_for_others(self, role: Role) -> str:
        """Return the connection URL of a role as other programs take it, among them those of an older libpq."""
        return _url({name: value for name, value in self.parameters(role).items() if name != REQUIRE_AUTH})


def _url(parameters: Mapping[str, str]) -> str:
    given = dict(parameters)
    host, port = given.pop("host", "localhost"), given.pop("port", "5432")
    user, password, database = given.pop("user"), given.pop("password"), given.pop("dbname")
    options = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(given.items()))
    address = f"postgresql://{user}:{quote(password, safe='')}@{host}:{port}/{quote(database, safe='')}"
    return f"{address}?{options}" if options else address


def connect(dsn: str, *, application: str) -> Connection:
    """Open a connection whose session speaks UTC. The caller closes it.

    Raises psycopg2.OperationalError where the server cannot be reached or refuses the login.
    """
    return psycopg2.connect(
        dsn, application_name=application, connect_timeout=CONNECT_TIMEOUT_S, options="-c timezone=UTC"
    )


@contextmanager
def session(dsn: str, *, application: str, autocommit: bool = False) -> Iterator[Connection]:
    """Open a connection for the length of a block; what was not committed by its end is rolled back.

    Raises psycopg2.OperationalError, which is worth another try, where the server ends the session within the block.
    """
    opened = connect(dsn, application=application)
    try:
        opened.autocommit = autocommit
        yield opened
    except psycopg2.InterfaceError as error:
        if not opened.closed:
            raise
        # psycopg2 says "connection already closed" when it rolls back, and hides what it was told.
        raise psycopg2.OperationalError(str(error.__context__ or error)) from error
    finally:
        opened.close()


def fetch_value(
    connection: Connection, statement: str | sql.Composed, values: Mapping[str, Any] | tuple[Any, ...] = ()
) -> Any:
    """Run a statement in the caller's transaction; return the first column of its first row, None without rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
        return row[0] if row else None


def migrate(owner: Connection, passwords: Mapping[Role, str]) -> list[str]:
    """Make roles, then apply the migrations this database has not seen; return the names of the applied ones.

    All of it is one transaction, and two migrations at once wait for each other. The owner needs CREATEROLE and
    must own the database. A role that is there already gets its password and its settings anew: whoever has logged in
    as it may have changed them. Raises MigrationChangedError, and psycopg2.errors.LockNotAvailable where somebody
    reads what is to be changed for longer than LOCK_TIMEOUT.
    """
    with owner, owner.cursor() as cursor:
        cursor.execute("select set_config('lock_timeout', %s, true)", (LOCK_TIMEOUT,))
        for role in Role:
            _ensure_role(owner, role)
        for role in Role:
            _set_up(owner, role, passwords[role])
        cursor.execute("select set_config('search_path', '', true)")
        _ensure_ledger(owner)
        cursor.execute("select name, checksum from ops.migrations")
        applied: dict[str, str] = dict(cursor.fetchall())
        return [file.stem for file in sorted(MIGRATIONS.glob("*.sql")) if _apply(owner, file, applied)]


def _apply(owner: Connection, file: Path, applied: Mapping[str, str]) -> bool:
    statements = file.read_text()
    checksum = hashlib.sha256(statements.encode()).hexdigest()
    if file.stem in applied:
        if applied[file.stem] != checksum:
            raise MigrationChangedError(file.stem)
        return False
    with owner.cursor() as cursor:
        cursor.execute(statements)
        cursor.execute("insert into ops.migrations (name, checksum) values (%s, %s)", (file.stem, checksum))
    return True


def _ensure_ledger(owner: Connection) -> None:
    with owner.cursor() as cursor:
        cursor.execute(
            """
            create schema if not exists ops;
            create table if not exists ops.migrations (
                name text primary key, checksum text not null, applied_at timestamptz not null default now()
            );
            lock table ops.migrations in exclusive mode;
            """
        )


def _ensure_role(owner: Connection, role: Role) -> None:
    """Make a role, of which its owner is a member. Two migrations, of any databases, do so one after the other."""
    login = sql.Identifier(role.login)
    with owner.cursor() as cursor:
        cursor.execute("select 1 from pg_catalog.pg_roles where rolname = %s", (role.login,))
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("create role {} login").format(login))
        grant = sql.SQL("grant {} to current_user")
        if owner.server_version >= GRANT_OPTIONS_SINCE:
            grant = sql.SQL("grant {} to current_user with set true, inherit true")
        cursor.execute(grant.format(login))


def _set_up(owner: Connection, role: Role, password: str) -> None:
    """Set password, limits and settings of a role, whatever they were."""
    login = sql.Identifier(role.login)
    # Hashed here and not by the server, so that no log of statements can hold the password.
    scram = psycopg2.extensions.encrypt_password(password, role.login, owner, "scram-sha-256")
    database = sql.Identifier(owner.info.dbname)
    settings = {"timezone": "UTC"}
    if role in READERS:
        settings["default_transaction_read_only"] = "on"
        settings |= _settable(owner, READERS_SETTINGS[role])
    if role is Role.HOOKS:
        settings |= HOOKS_SETTINGS
    with owner.cursor() as cursor:
        cursor.execute(
            sql.SQL("alter role {} login connection limit {} password {}").format(
                login, sql.Literal(CONNECTION_LIMITS.get(role, -1)), sql.Literal(scram)
            )
        )
        cursor.execute(sql.SQL("alter role {} reset all").format(login))
        cursor.execute(sql.SQL("alter role {} in database {} reset all").format(login, database))
        for name, value in settings.items():
            statement = sql.SQL("alter role {} set {} to {}")
            cursor.execute(statement.format(login, sql.Identifier(name), sql.Literal(value)))
    _grant_database(owner, role)


def _settable(owner: Connection, settings: Mapping[str, str]) -> dict[str, str]:
    """Return those of a superuser's settings that the owner was given the right to set."""
    if owner.server_version < PARAMETER_GRANTS_SINCE:
        return {}
    with owner.cursor() as cursor:
        cursor.execute(
            "select name from unnest(%s) as name where has_parameter_privilege(name, 'set')", (list(settings),)
        )
        return {name: settings[name] for (name,) in cursor.fetchall()}


def _grant_database(owner: Connection, role: Role) -> None:
    database = sql.Identifier(owner.info.dbname)
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL("revoke all on database {} from public").format(database))
        cursor.execute(
            sql.SQL("grant connect{} on database {} to {}").format(
                sql.SQL(", temporary" if role in BUILDERS else ""), database, sql.Identifier(role.login)
            )
        )


def _password(settings: Settings, home: Home, role: Role) -> str:
    given = {
        Role.LOADER: settings.loader_password,
        Role.TRANSFORMER: settings.transformer_password,
        Role.ANALYST: settings.analyst_password,
        Role.SCREENS: settings.screens_password,
        Role.EXPLORER: settings.explorer_password,
        Role.HOOKS: settings.hooks_password,
    }[role]
    return given.get_secret_value() if given is not None else home.secret(f"{role}_password")


def _embedded_owner(settings: Settings, home: Home) -> dict[str, str]:
    password = settings.owner_password.get_secret_value() if settings.owner_password else home.secret("owner_password")
    port = home.port("postgres") or settings.postgres_port
    return {
        "host": "127.0.0.1",
        "port": str(port),
        "dbname": home.database,
        "user": OWNER,
        "password": password,
        REQUIRE_AUTH: SCRAM,
    }


class MigrationChangedError(Exception):
    """A migration that this database has applied was edited since; migrations are only ever added."""

    def __init__(self, name: str) -> None:
        super().__init__(f"migration {name} was changed after it had been applied; write a new one instead")
