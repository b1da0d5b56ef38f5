"""Fixtures of all tests: a real PostgreSQL, with a database of its own for each test that asks for one.

Everything lives in GRIDLOOM_TEST_HOME (default `.gridloom-test`), on ports of its own, beside whatever else runs here.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest

REPOSITORY = Path(__file__).parent.parent
for name in [name for name in os.environ if name.startswith(("GRIDLOOM_", "AIRFLOW_"))]:
    if name not in ("GRIDLOOM_TEST_HOME", "GRIDLOOM_REAL_DATA"):
        del os.environ[name]
os.environ["GRIDLOOM_HOME"] = os.environ.get("GRIDLOOM_TEST_HOME", str(REPOSITORY / ".gridloom-test"))
os.environ["GRIDLOOM_ENV_FILE"] = os.devnull
os.environ["GRIDLOOM_POSTGRES_PORT"] = "5533"
os.environ["GRIDLOOM_AIRFLOW_PORT"] = "8180"
os.environ["GX_ANALYTICS_ENABLED"] = "false"

from include.home import Home  # noqa: E402 - after the environment is the tests' own
from include.ingestion.dataset import create_tables  # noqa: E402
from include.local.postgres import Cluster  # noqa: E402
from include.pipeline import Place  # noqa: E402
from include.settings import Settings  # noqa: E402
from include.sources.neso import DATASETS  # noqa: E402
from include.warehouse import Connection, Role, Warehouse, connect, migrate  # noqa: E402
from tests.simulated_portal import SimulatedPortal, running_portal  # noqa: E402


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings()


@pytest.fixture(scope="session")
def home(settings: Settings) -> Home:
    return Home.of(settings)


@pytest.fixture(scope="session")
def real_data(settings: Settings) -> Path:
    """The recorded data of the publishers, which is not part of the repository."""
    if not settings.real_data.is_dir():
        pytest.skip(f"no recorded data at {settings.real_data}; set GRIDLOOM_REAL_DATA")
    return settings.real_data


@pytest.fixture(scope="session")
def cluster(settings: Settings, home: Home) -> Iterator[Cluster]:
    """The embedded PostgreSQL of the tests. It is left as it was found: stopped, unless it ran before."""
    cluster = Cluster.of(settings, home)
    was_running = cluster.port is not None
    cluster.start()
    yield cluster
    if not was_running:
        cluster.stop()


@pytest.fixture(scope="session")
def template(cluster: Cluster, settings: Settings, home: Home) -> Iterator[Warehouse]:
    """A migrated and seeded warehouse, from which each test's own is copied."""
    with _Database(cluster, settings, home, like="template1") as warehouse:
        place = Place(settings, warehouse.dsn)
        place.dbt().seed()
        yield warehouse


@pytest.fixture
def warehouse(cluster: Cluster, settings: Settings, home: Home, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse of the test's own: migrated, seeded, and without rows."""
    with _Database(cluster, settings, home, like=template.database) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def copy_of(
    cluster: Cluster, settings: Settings, home: Home
) -> Callable[[Warehouse], AbstractContextManager[Warehouse]]:
    """Copies a warehouse that nobody is connected to, for the length of a block."""
    return lambda warehouse: _Database(cluster, settings, home, like=warehouse.database)


@pytest.fixture(scope="session")
def portal_process() -> Iterator[SimulatedPortal]:
    """The simulator, a process of its own for all tests that ask for it."""
    with running_portal() as portal:
        yield portal


@pytest.fixture
def simulator(portal_process: SimulatedPortal) -> SimulatedPortal:
    """The simulator as a sound portal, which the test may steer."""
    portal_process.reset()
    return portal_process


@pytest.fixture
def place(warehouse: Warehouse, settings: Settings) -> Place:
    return Place(settings, warehouse.dsn)


@pytest.fixture
def loader(warehouse: Warehouse) -> Iterator[Connection]:
    yield from _connection(warehouse, Role.LOADER)


@pytest.fixture
def transformer(warehouse: Warehouse) -> Iterator[Connection]:
    yield from _connection(warehouse, Role.TRANSFORMER)


@pytest.fixture
def analyst(warehouse: Warehouse) -> Iterator[Connection]:
    yield from _connection(warehouse, Role.ANALYST)


def _connection(warehouse: Warehouse, role: Role) -> Iterator[Connection]:
    connection = connect(warehouse.dsn(role), application="tests")
    yield connection
    connection.close()


class _Database:
    """A database of the tests, dropped in the end."""

    def __init__(self, cluster: Cluster, settings: Settings, home: Home, *, like: str) -> None:
        here = Warehouse.of(settings, home)
        self.like, self.name = like, f"gridloom_test_{secrets.token_hex(4)}"
        self.here = replace(here, owner={**here.owner, "port": str(cluster.port), "dbname": "gridloom"})

    def __enter__(self) -> Warehouse:
        self._on_server(f"create database {self.name} template {self.like}")
        warehouse = replace(self.here, owner={**self.here.owner, "dbname": self.name})
        owner = connect(warehouse.owner_dsn, application="tests")
        migrate(owner, warehouse.passwords)
        create_tables(owner, DATASETS)
        owner.close()
        return warehouse

    def __exit__(self, *_: object) -> None:
        try:
            self._on_server(f"drop database {self.name} with (force)")
        except psycopg2.errors.InsufficientPrivilege:
            # An autovacuum worker is at work in it, which only a plain drop may send away.
            self._on_server(f"drop database {self.name}")

    def _on_server(self, statement: str) -> None:
        connection = psycopg2.connect(self.here.owner_dsn)
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()
