"""Fixtures of all tests: a real PostgreSQL, with a database of its own for each test that asks for one.

Everything lives in GRIDLOOM_TEST_HOME (default `.gridloom-test`), on ports of its own, beside whatever else runs here.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

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

from include.deployment import Deployment  # noqa: E402
from include.home import Home  # noqa: E402 - after the environment is the tests' own
from include.local.postgres import Cluster  # noqa: E402
from include.settings import Settings  # noqa: E402
from include.warehouse import Connection, Role, Warehouse, connect  # noqa: E402
from tests.databases import Databases  # noqa: E402
from tests.simulated_portal import SimulatedPortal, running_portal  # noqa: E402

pytest_plugins = ["tests.durations", "tests.sharing"]

# dbt makes and drops a million objects for each build: what stays is looked through for garbage a tenth as often.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_finish() -> None:
    """Leave out of every search for garbage what is there before the first test."""
    gc.freeze()


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
def databases(settings: Settings, home: Home) -> Iterator[Databases]:
    """The databases of the tests, in the embedded PostgreSQL that all test processes of this home share."""
    with Databases.of(settings, home) as databases:
        yield databases


@pytest.fixture(scope="session")
def cluster(databases: Databases) -> Cluster:
    """The embedded PostgreSQL of the tests."""
    return databases.cluster


@pytest.fixture(scope="session")
def template(databases: Databases) -> Warehouse:
    """A migrated and seeded warehouse, from which each test's own is copied."""
    return databases.template()


@pytest.fixture
def warehouse(databases: Databases, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse of the test's own: migrated, seeded, and without rows."""
    with databases.copy(template.database) as warehouse:
        yield warehouse


@pytest.fixture(scope="module")
def shared_warehouse(databases: Databases, template: Warehouse) -> Iterator[Warehouse]:
    """A warehouse of the file's own, for tests that leave nothing in it which another of them would see."""
    with databases.copy(template.database) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def copy_of(databases: Databases) -> Callable[[Warehouse], AbstractContextManager[Warehouse]]:
    """Copies a warehouse that nobody is connected to, for the length of a block."""
    return lambda warehouse: databases.copy(warehouse.database)


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
def place(warehouse: Warehouse, settings: Settings) -> Deployment:
    return Deployment(settings, warehouse.dsn)


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
