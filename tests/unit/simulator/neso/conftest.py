"""A portal of our own for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.simulator.neso.columns import RESOURCE_ID
from include.simulator.neso.publisher import Neso
from tests.unit.simulator.conftest import NOON, Client, serving


class PortalClient(Client):
    """Asks the portal as its clients do."""

    def sql(self, statement: str) -> requests.Response:
        """Ask in SQL; `T` stands for the quoted name of the table."""
        return self.get("datastore_search_sql", sql=statement.replace(" T", f' "{RESOURCE_ID}"'))

    def records(self, statement: str) -> list[dict[str, Any]]:
        response = self.sql(statement)
        assert response.status_code == 200, response.text
        records: list[dict[str, Any]] = response.json()["result"]["records"]
        return records

    def resource(self) -> dict[str, Any]:
        resource: dict[str, Any] = self.get("resource_show", id=RESOURCE_ID).json()["result"]
        return resource

    def last_modified(self) -> str:
        return str(self.resource()["last_modified"])


@contextmanager
def playing(**state: Any) -> Iterator[PortalClient]:
    with serving(neso=Neso.starting_with({"now": NOON, "start": "2026-01-01", **state})) as server:
        yield PortalClient(server, "neso")


@pytest.fixture(scope="session")
def shared_client() -> Iterator[PortalClient]:
    """One portal for all tests that change nothing."""
    with playing() as client:
        yield client


@pytest.fixture
def simulate() -> Iterator[Callable[..., PortalClient]]:
    """Start portals with a state of their own; they end with the test."""
    with ExitStack() as stack:
        yield lambda **state: stack.enter_context(playing(**state))


@pytest.fixture(scope="session")
def recorded(real_files: Path) -> Path:
    """The folder of NESO's recorded data."""
    return real_files / "neso"
