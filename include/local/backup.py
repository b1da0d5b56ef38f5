"""Backup and restore of a warehouse: PostgreSQL's own dump in its custom format, all of one database.

A restored warehouse takes the place of the one that was there, and that one is set aside and not deleted. Until then
nothing of it is touched: a restore that fails leaves everything as it was.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from include.local import postgres_binaries
from include.local.errors import LocalError
from include.warehouse import Connection, Warehouse, migrate, session

# How libpq is told of a login; not by argument, where every user of the machine could read it.
VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}

RESTORE_OPTIONS = ("--exit-on-error", "--single-transaction")


def backup(given: Warehouse, file: Path) -> int:
    """Write the whole warehouse into a file that only its owner may read; return its size in bytes.

    Readers and writers go on meanwhile: the dump is of one instant. Raises LocalError.
    """
    draft = file.with_name(f"{file.name}.draft")
    try:
        draft.touch(mode=0o600)
        _run(given.owner, "pg_dump", "--format=custom", f"--file={draft}")
        _run(given.owner, "pg_restore", "--list", str(draft))
        draft.replace(file)
    except OSError as error:
        raise LocalError(f"cannot write {file}: {error.strerror}") from error
    finally:
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
    with session(outside, application="gridloom restore", autocommit=True) as owner:
        try:
            _execute(owner, "create database {} template template0", fresh.database)
            _run(fresh.owner, "pg_restore", *RESTORE_OPTIONS, f"--dbname={fresh.database}", file)
            with session(fresh.owner_dsn, application="gridloom restore") as restored:
                migrate(restored, given.passwords)
            _swap(owner, given.database, fresh.database, aside)
        except psycopg2.Error as error:
            raise LocalError(f"the backup was not restored: {' '.join(str(error).split())}") from error
        finally:
            _execute(owner, "drop database if exists {}", fresh.database)
    return aside


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


def _run(login: Mapping[str, str], program: str, *arguments: "str | Path") -> None:
    command = [postgres_binaries.installed()[program], *map(str, arguments)]
    known = {VARIABLES.get(name, f"PG{name.upper()}"): value for name, value in login.items()}
    environment = {"PATH": os.defpath, "LC_ALL": "C", **known}
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        command, check=False, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise LocalError(f"{program} failed: {said[0]}")
