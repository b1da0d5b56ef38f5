"""Backup and restore of a warehouse: PostgreSQL's own dump in its custom format, all of one database.

A restored warehouse takes the place of the one that was there, and that one is set aside and not deleted. Until then
nothing of it is touched: a restore that fails leaves everything as it was. It gives nobody more than they had: what
belongs to the transformer, functions that are run on the way among it, is restored by the transformer's own login.
"""

import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from include.local import postgres_binaries
from include.local.dump_entries import shared_out
from include.local.errors import LocalError
from include.warehouse import REQUIRE_AUTH, Connection, Role, Warehouse, migrate, session

# How libpq is told of a login; not by argument, where every user of the machine could read it.
VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    REQUIRE_AUTH: "PGREQUIREAUTH",
}

RESTORE_OPTIONS = ("--exit-on-error", "--single-transaction")


def backup(given: Warehouse, file: Path) -> int:
    """Write the whole warehouse into a file that only its owner may read; return its size in bytes.

    Readers and writers go on meanwhile: the dump is of one instant. Raises LocalError.
    """
    draft: Path | None = None
    try:
        # A new file, whatever others have put beside it.
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        draft = Path(name)
        with os.fdopen(handle, "w+b") as dump:
            _run("pg_dump", "--format=custom", login=given.owner, stdout=dump)
            _run("pg_restore", "--list", dump=dump)
            os.fsync(handle)
        draft.replace(file)
    except OSError as error:
        raise LocalError(f"cannot write {file}: {error.strerror}") from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)
    return file.stat().st_size


def restore(given: Warehouse, file: Path, *, elsewhere: str) -> str:
    """Put a backup in the place of the warehouse; return the name of the database that was there.

    `elsewhere` is another database of the server that the owner may enter. Nobody else may be connected. The roles
    must be there. Raises LocalError, and then the warehouse is as it was.
    """
    stamp = f"{datetime.now(UTC):%Y%m%d%H%M%S}"
    aside = f"{given.database}_before_{stamp}"
    fresh = replace(given, owner={**given.owner, "dbname": f"{given.database}_restored_{stamp}"})
    outside = make_dsn(**{**given.owner, "dbname": elsewhere})
    with _opened(file) as dump, session(outside, application="gridloom restore", autocommit=True) as owner:
        try:
            _make_fresh(owner, fresh.database)
            _fill(fresh, dump)
            with session(fresh.owner_dsn, application="gridloom restore") as restored:
                migrate(restored, given.passwords)
            _swap(owner, given.database, fresh.database, aside)
        except psycopg2.Error as error:
            raise LocalError(f"the backup was not restored: {' '.join(str(error).split())}") from error
        finally:
            _execute(owner, "drop database if exists {}", fresh.database)
    return aside


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a backup, once for all that read it. Raises LocalError."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise LocalError(f"cannot read {file}: {error.strerror}") from error
    with os.fdopen(handle, "rb") as dump:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise LocalError(f"{file} is no backup: it is no file")
        yield dump


def _make_fresh(owner: Connection, database: str) -> None:
    """Make a database that only the two who fill it may enter; it inherits from template1 what is closed to all."""
    _execute(owner, "create database {}", database)
    _execute(owner, "revoke all on database {} from public", database)
    _execute(owner, "grant connect on database {} to {}", database, Role.TRANSFORMER.login)


def _fill(fresh: Warehouse, dump: IO[bytes]) -> None:
    """Restore the owner's part, which the other one reads, and then the transformer's, each by the login it is of."""
    transformer = fresh.parameters(Role.TRANSFORMER)
    parts = shared_out(
        _run("pg_restore", "--list", dump=dump), owner=fresh.owner["user"], transformer=transformer["user"]
    )
    for login in (fresh.owner, transformer):
        with tempfile.NamedTemporaryFile("w") as listing:
            listing.write(parts[login["user"]])
            listing.flush()
            options = (*RESTORE_OPTIONS, f"--use-list={listing.name}", f"--dbname={fresh.database}")
            _run("pg_restore", *options, login=login, dump=dump)


def _swap(owner: Connection, current: str, fresh: str, aside: str) -> None:
    _execute(owner, "alter database {} rename to {}", current, aside)
    try:
        _execute(owner, "alter database {} rename to {}", fresh, current)
    except psycopg2.Error:
        _execute(owner, "alter database {} rename to {}", aside, current)
        raise


def _execute(owner: Connection, statement: str, *names: str) -> None:
    with owner.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))


def _run(
    program: str,
    *arguments: str,
    login: Mapping[str, str] | None = None,
    dump: IO[bytes] | None = None,
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> str:
    """Run one of PostgreSQL's programs as a login, on a dump from its beginning; return what it says."""
    known = {VARIABLES.get(name, f"PG{name.upper()}"): value for name, value in (login or {}).items()}
    if dump is not None:
        os.lseek(dump.fileno(), 0, os.SEEK_SET)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [postgres_binaries.installed()[program], *arguments],
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C", **known},
        stdin=dump or subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise LocalError(f"{program} failed: {said[0]}")
    return done.stdout or ""
