"""Makes a warehouse ready for its DAGs: migrations, raw tables, watermarks of the releases, dbt's seeds and views."""

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from include import warehouse
from include.home import SIMULATED_DATABASE, Home
from include.local import locks
from include.local.errors import LocalError
from include.local.holders import as_roles
from include.local.logs import last_line, service_log
from include.operations.versions import create_watermarks
from include.programs import python
from include.settings import REPOSITORY, Settings
from include.transformation.views import project_checksum, releases_of_raw, releases_to_build
from include.warehouse import Connection, Role, Warehouse

if TYPE_CHECKING:
    pass

SEEDS = REPOSITORY / "dbt_project" / "seeds"
# The name under which the ledger of migrations knows the seeds.
SEEDS_ENTRY = "dbt seeds"
VIEWS = "dbt views"
# So what the sources declare, and the code that makes tables and watermarks of it.
DECLARED_ENTRY = "declared datasets"
DECLARED = tuple(REPOSITORY / "include" / name for name in ("sources", "ingestion", "operations", "migrations"))
DECLARING = frozenset({".py", ".json", ".sql"})
NO_SUCH_DATABASE = "does not exist"


def prepare_warehouse(settings: Settings, home: Home) -> list[str]:
    """Bring the warehouse in use up to this code and return what was done, in words; nothing when all is there.

    The server must run. Raises LocalError where it cannot be reached.
    """
    given = Warehouse.of(settings, home)
    with locks.exclusive(home.path / "prepare.lock"):
        with _owner_session(given) as owner:
            done = warehouse.migrate(owner, given.passwords)
            create_declared(owner)
            has_seeds, has_views = _seeds_are_in(owner), _views_are_built(owner)
        if not has_seeds or not has_views:
            _seed(settings, home)
        if not has_seeds:
            with _owner_session(given) as owner:
                _note(owner, SEEDS_ENTRY, _seeds_checksum())
            done.append(SEEDS_ENTRY)
        if not has_views:
            done.append(VIEWS)
    return done


def create_declared(owner: Connection) -> None:
    """Make what the sources declare: the raw tables of their datasets, and the watermarks of their releases.

    Done once for each state of the code that says what they are: a hundred tables take a third of a second.
    """
    checksum = _checksum(file for folder in DECLARED for file in folder.rglob("*") if file.suffix in DECLARING)
    if _is_noted(owner, DECLARED_ENTRY, checksum):
        return
    from include import sources  # noqa: PLC0415 - the sources' libraries cost every other command half a second
    from include.ingestion.raw_table import create_tables  # noqa: PLC0415

    create_tables(owner, sources.datasets())
    create_watermarks(owner, sources.releases())
    _note(owner, DECLARED_ENTRY, checksum)


def _seed(settings: Settings, home: Home) -> None:
    log = service_log(home, "seed")
    with log.open("wb") as file:
        seeded = subprocess.run(  # noqa: S603 - our own program
            python("include.local.seed"),
            check=False,
            env={**as_roles(os.environ, settings, [Role.TRANSFORMER]), "GRIDLOOM_HOME": str(home.path)},
            cwd=home.path,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    if seeded.returncode != 0:
        raise LocalError(f"dbt could not load the seeds or build the views: {last_line(log)}; see {log}")


def _seeds_checksum() -> str:
    return _checksum(path for path in SEEDS.rglob("*") if path.is_file())


def _checksum(files: Iterable[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in sorted(files))).hexdigest()


def _seeds_are_in(owner: Connection) -> bool:
    return _is_noted(owner, SEEDS_ENTRY, _seeds_checksum())


def _is_noted(owner: Connection, entry: str, checksum: str) -> bool:
    return bool(
        warehouse.fetch_value(owner, "select checksum from ops.migrations where name = %s", (entry,)) == checksum
    )


def _views_are_built(owner: Connection) -> bool:
    from include import sources  # noqa: PLC0415

    return not releases_to_build(owner, releases_of_raw(sources.releases()), project_checksum())


def _note(owner: Connection, entry: str, checksum: str) -> None:
    with owner, owner.cursor() as cursor:
        cursor.execute(
            """
            insert into ops.migrations (name, checksum) values (%s, %s)
            on conflict (name) do update set checksum = excluded.checksum, applied_at = now()
            """,
            (entry, checksum),
        )


@contextmanager
def _owner_session(given: Warehouse) -> Iterator[Connection]:
    try:
        with warehouse.session(given.owner_dsn, application="gridloom migrate") as owner:
            yield owner
    except psycopg2.errors.LockNotAvailable as error:
        raise LocalError(
            f"somebody has read what is to be changed for more than {warehouse.LOCK_TIMEOUT}, and nothing was changed;"
            " end their session, or restart PostgreSQL where it cannot be ended: gridloom status --check"
        ) from error
    except psycopg2.OperationalError as error:
        if given.is_embedded or given.database != SIMULATED_DATABASE or NO_SUCH_DATABASE not in str(error):
            raise LocalError(f"cannot reach the warehouse at {given.address}: {str(error).strip()}") from error
        _create_simulated_database(given)
        with warehouse.session(given.owner_dsn, application="gridloom migrate") as owner:
            yield owner


def _create_simulated_database(given: Warehouse) -> None:
    """Make the database of simulated rows on a server of the user's own; its owner needs CREATEDB."""
    elsewhere = make_dsn(**{**given.owner, "dbname": "postgres"})
    try:
        with (
            warehouse.session(elsewhere, application="gridloom migrate", autocommit=True) as owner,
            owner.cursor() as cursor,
        ):
            cursor.execute(sql.SQL("create database {}").format(sql.Identifier(given.database)))
    except psycopg2.Error as error:
        raise LocalError(
            f"cannot make the database {given.database}, which simulated rows need: {str(error).strip()};"
            " make it yourself, owned by the user of GRIDLOOM_WAREHOUSE_URL"
        ) from error
