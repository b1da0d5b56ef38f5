"""A PostgreSQL of a benchmark's own, with an empty warehouse to copy; it is erased in the end."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg2

from include.deployment import Deployment
from include.home import Home
from include.local.postgres import Cluster
from include.local.prepare import create_declared
from include.local.seed import seed
from include.settings import Settings
from include.warehouse import Warehouse, connect, migrate

TEMPLATE, DATABASE = "gridloom_bench_empty", "gridloom_bench"


@dataclass(frozen=True)
class Server:
    """The server, and the settings of a deployment on it."""

    warehouse: Warehouse
    settings: Settings
    version: str

    @contextmanager
    def fresh(self) -> Iterator[Deployment]:
        """Copy the empty warehouse, for the length of a block."""
        self.drop(DATABASE)
        self.do(f"create database {DATABASE} template {TEMPLATE}")
        yield Deployment(self.settings, self.named(DATABASE).dsn)
        self.drop(DATABASE)

    def drop(self, database: str) -> None:
        """Drop a database. A worker of autovacuum that is in it is nobody's to end: it is waited for."""
        while True:
            try:
                self.do(f"drop database if exists {database} with (force)")
            except psycopg2.errors.InsufficientPrivilege:
                time.sleep(1)
            else:
                return

    def named(self, database: str) -> Warehouse:
        """Return the warehouse that is another database of the server."""
        return replace(self.warehouse, owner={**self.warehouse.owner, "dbname": database})

    def do(self, *statements: str) -> None:
        """Execute statements as the owner, each outside a transaction."""
        with closing(psycopg2.connect(self.named("gridloom").owner_dsn)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)


@contextmanager
def running(home: Path, *, port: int, **given: Any) -> Iterator[Server]:
    """Start the server for the length of a block; `given` are further settings of the deployment."""
    settings = Settings.model_validate({"home": home, "postgres_port": port, **given})
    cluster = Cluster.of(settings, Home.of(settings))
    cluster.start()
    try:
        here = Warehouse.of(settings, Home.of(settings))
        owner = {**here.owner, "port": str(cluster.port), "dbname": "gridloom"}
        server = Server(replace(here, owner=owner), settings, "")
        server.do(f"create database {TEMPLATE}")
        empty = server.named(TEMPLATE)
        with closing(connect(empty.owner_dsn, application="gridloom benchmark")) as connection:
            migrate(connection, empty.passwords)
            create_declared(connection)
            version = str(connection.info.parameter_status("server_version")).split()[0]
        seed(empty, Deployment(settings, empty.dsn).dbt())
        yield replace(server, version=version)
    finally:
        cluster.stop()
        cluster.erase()
