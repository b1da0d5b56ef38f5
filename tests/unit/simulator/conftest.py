"""Publishers of our own for each test, in this process, on a free port, with a clock that stands still."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from include.simulator.publishers import SomePublisher
from include.simulator.server import SimulatorServer

NOON = "2026-05-31T12:00:00Z"
ANSWER_S = 60
REPOSITORY = Path(__file__).parents[3]


class Client:
    """Asks one publisher of a simulator, and steers it."""

    def __init__(self, server: SimulatorServer, publisher: str) -> None:
        self.url = server.url_of(publisher)
        self.steering_url = f"{server.url}/_simulator/{publisher}"
        self.session = requests.Session()

    def get(self, path: str, **parameters: Any) -> requests.Response:
        return self.session.get(f"{self.url}/{path}", params=parameters, timeout=ANSWER_S, allow_redirects=False)

    def change(self, **state: Any) -> requests.Response:
        return self.session.post(f"{self.steering_url}/state", json=state, timeout=ANSWER_S)

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = self.session.get(f"{self.steering_url}/state", timeout=ANSWER_S).json()
        return told

    def asked(self) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = self.session.get(f"{self.steering_url}/requests", timeout=ANSWER_S).json()
        return asked


@contextmanager
def serving(**playing: SomePublisher) -> Iterator[SimulatorServer]:
    """Serve these publishers by their names, until the block ends."""
    server = SimulatorServer(playing)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="session")
def real_files() -> Path:
    """The folder of all recorded data."""
    root = Path(os.environ.get("GRIDLOOM_REAL_DATA") or REPOSITORY.parent / "shared" / "data")
    if not root.is_dir():
        pytest.skip(f"no recorded data in {root}: set GRIDLOOM_REAL_DATA")
    return root
