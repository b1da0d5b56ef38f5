"""An API of our own for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from include.simulator.carbon_intensity.publisher import CarbonIntensity
from tests.unit.simulator.conftest import NOON, Client, serving


class ApiClient(Client):
    """Asks the API as its clients do."""

    def data(self, path: str) -> Any:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json()["data"]


@contextmanager
def playing(**state: Any) -> Iterator[ApiClient]:
    with serving(carbon_intensity=CarbonIntensity.starting_with({"now": NOON, **state})) as server:
        yield ApiClient(server, "carbon_intensity")


@pytest.fixture(scope="session")
def shared_client() -> Iterator[ApiClient]:
    """One API for all tests that change nothing."""
    with playing() as client:
        yield client


@pytest.fixture
def simulate() -> Iterator[Callable[..., ApiClient]]:
    """Start APIs with a state of their own; they end with the test."""
    with ExitStack() as stack:
        yield lambda **state: stack.enter_context(playing(**state))


@pytest.fixture(scope="session")
def recorded(real_files: Path) -> Path:
    """The folder of the API's recorded data."""
    return real_files / "carbon_intensity"
