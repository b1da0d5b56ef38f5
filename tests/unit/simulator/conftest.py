"""A publisher of our own for each test, in this process, on a free port, with a clock that stands still."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.simulator.columns import RESOURCE_ID
from include.simulator.publisher import Publisher, State
from include.simulator.server import SimulatorServer

NOON = "2026-05-31T12:00:00Z"
REPOSITORY = Path(__file__).parents[3]


class Client:
    """Asks one simulator, as a client of the portal would."""

    def __init__(self, server: SimulatorServer) -> None:
        self.url = server.url
        self.control_url = server.url.removesuffix("/api/3/action") + "/_simulator"
        self.session = requests.Session()

    def get(self, action: str, **parameters: Any) -> requests.Response:
        return self.session.get(f"{self.url}/{action}", params=parameters, timeout=10, allow_redirects=False)

    def sql(self, statement: str) -> requests.Response:
        """Ask in SQL; `T` stands for the quoted name of the table."""
        return self.get("datastore_search_sql", sql=statement.replace(" T", f' "{RESOURCE_ID}"'))

    def records(self, statement: str) -> list[dict[str, Any]]:
        response = self.sql(statement)
        assert response.status_code == 200, response.text
        records: list[dict[str, Any]] = response.json()["result"]["records"]
        return records

    def last_modified(self) -> str:
        modified: str = self.get("resource_show", id=RESOURCE_ID).json()["result"]["last_modified"]
        return modified

    def change(self, **state: Any) -> requests.Response:
        return self.session.post(f"{self.control_url}/state", json=state, timeout=10)


@contextmanager
def serving(**state: Any) -> Iterator[Client]:
    server = SimulatorServer(Publisher(State().changed({"now": NOON, "start": "2026-01-01", **state})))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Client(server)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def shared_client() -> Iterator[Client]:
    """One simulator for all tests that change nothing."""
    with serving() as client:
        yield client


@pytest.fixture
def simulate() -> Iterator[Callable[..., Client]]:
    """Start simulators with a state of their own; they end with the test."""
    with ExitStack() as stack:
        yield lambda **state: stack.enter_context(serving(**state))


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The folder of NESO's recorded data."""
    root = Path(os.environ.get("GRIDLOOM_REAL_DATA") or REPOSITORY.parent / "shared" / "data")
    if not (root / "neso").is_dir():
        pytest.skip(f"no recorded data in {root}: set GRIDLOOM_REAL_DATA")
    return root / "neso"
