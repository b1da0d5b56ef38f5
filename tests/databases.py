"""The PostgreSQL that all tests of a home share, whatever process they run in, and the databases they get in it.

A database is a copy of a template that is made once for each state of what it is made of.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2

from include.deployment import Deployment
from include.home import REAL_DATABASE, Home
from include.local import locks
from include.local.postgres import Cluster
from include.local.prepare import create_declared
from include.local.seed import seed
from include.settings import REPOSITORY, Settings
from include.warehouse import Warehouse, connect, migrate

PREFIX = "gridloom_test"
# What a template is made of: migrations, declared datasets, seeds, and the project that loads them.
INGREDIENTS = (
    *("include/warehouse.py", "include/migrations", "include/ingestion", "include/sources"),
    *("dbt_project/dbt_project.yml", "dbt_project/macros", "dbt_project/models", "dbt_project/seeds"),
)


@dataclass(frozen=True)
class Databases:
    """The databases of the tests in a server that runs."""

    cluster: Cluster
    settings: Settings
    home: Home

    @classmethod
    @contextmanager
    def of(cls, settings: Settings, home: Home) -> Iterator["Databases"]:
        """Start the server unless it runs; whoever is the last of all processes to use it stops it."""
        cluster = Cluster.of(settings, home)
        in_use = home.path / "tests.in_use"
        databases = cls(cluster, settings, home)
        try:
            with locks.shared(in_use):
                cluster.start()
                make_quick(cluster)
                yield databases
        finally:
            with _taken_if_free(in_use) as nobody_uses_it:
                if nobody_uses_it:
                    cluster.stop()

    def template(self) -> Warehouse:
        """Return a migrated and seeded warehouse to make copies of; it is made once and kept from run to run."""
        name = f"{PREFIX}_template_{checksum()}"
        with locks.exclusive(self.home.path / "tests.template.lock"):
            if not self._is_there(name):
                self._drop_templates()
                self._make_template(name)
        return self._warehouse(name)

    @contextmanager
    def copy(self, like: str) -> Iterator[Warehouse]:
        """Copy a database that nobody is connected to, for the length of a block.

        Names are used again, so that what dbt has parsed for a name is good for the next database of that name.
        """
        with self._free_name() as name:
            self._drop(name)
            # Nothing is written out at once, so that files are copied quicker than pages are logged.
            self._on_server(f"create database {name} template {like} strategy file_copy")
            try:
                warehouse = self._warehouse(name)
                _migrate(warehouse)
                yield warehouse
            finally:
                self._drop(name)

    def _make_template(self, name: str) -> None:
        """Make it under another name first, so that one that was cut short is never used."""
        draft = f"{PREFIX}_draft"
        self._drop(draft)
        self._on_server(f"create database {draft}")
        warehouse = self._warehouse(draft)
        _migrate(warehouse)
        dbt = Deployment(self.settings, warehouse.dsn).dbt()
        seed(warehouse, dbt)
        self._on_server(f"alter database {draft} rename to {name}")
        shutil.rmtree(dbt.state.with_name(name), ignore_errors=True)
        dbt.state.rename(dbt.state.with_name(name))

    def _drop_templates(self) -> None:
        """Drop the templates of former states."""
        for (name,) in self._on_server(f"select datname from pg_database where datname like '{PREFIX}_template_%'"):
            self._drop(name)
            shutil.rmtree(self.home.path / "dbt" / name, ignore_errors=True)

    @contextmanager
    def _free_name(self) -> Iterator[str]:
        """Hold the first name that no process holds."""
        directory = self.home.path / "tests.names"
        directory.mkdir(exist_ok=True)
        with ExitStack() as held:
            names = (f"{PREFIX}_{number}" for number in count(1))
            yield next(name for name in names if held.enter_context(_taken_if_free(directory / name)))

    def _is_there(self, name: str) -> bool:
        return bool(self._on_server(f"select 1 from pg_database where datname = '{name}'"))

    def _drop(self, name: str) -> None:
        try:
            self._on_server(f"drop database if exists {name} with (force)")
        except psycopg2.errors.InsufficientPrivilege:
            # An autovacuum worker is at work in it, which only a plain drop may send away.
            self._on_server(f"drop database if exists {name}")

    def _warehouse(self, name: str) -> Warehouse:
        here = Warehouse.of(self.settings, self.home)
        return replace(here, owner={**here.owner, "port": str(self.cluster.port), "dbname": name})

    def _on_server(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self._warehouse(REAL_DATABASE).owner_dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []


def make_quick(cluster: Cluster) -> None:
    """Have nothing written out at once, and passwords that are to be set hashed once in place of 4,096 times.

    To make and drop databases takes half as long then, to begin after a crash, and to log in. It stays so with the
    data, and with copies of it. Only a machine that loses its power could tell.
    """
    login = {"host": "127.0.0.1", "port": str(cluster.port), "dbname": "postgres", "user": "postgres"}
    with closing(psycopg2.connect(**login, password=cluster.home.secret("postgres_password"))) as superuser:
        superuser.autocommit = True
        with superuser.cursor() as cursor:
            cursor.execute("alter system set fsync to off")
            cursor.execute("alter system set scram_iterations to 1")
            cursor.execute("select pg_reload_conf()")


def _migrate(warehouse: Warehouse) -> None:
    """Migrate; a copy gets at least the rights on itself, which are not copied."""
    with closing(connect(warehouse.owner_dsn, application="tests")) as owner:
        migrate(owner, warehouse.passwords)
        create_declared(owner)


def checksum(*more: str) -> str:
    """Return what tells one state of the ingredients, and of more paths in the repository, from another."""
    parts = (REPOSITORY / ingredient for ingredient in (*INGREDIENTS, *more))
    files = sorted(file for part in parts for file in (part.rglob("*") if part.is_dir() else [part]))
    told = hashlib.sha256()
    for file in files:
        if file.is_file() and "__pycache__" not in file.parts:
            told.update(f"{file.relative_to(REPOSITORY)}\0".encode() + file.read_bytes())
    return told.hexdigest()[:12]


@contextmanager
def _taken_if_free(lock: Path) -> Iterator[bool]:
    """Hold a lock alone for the length of a block, or tell at once that somebody else holds it."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
