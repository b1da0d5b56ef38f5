"""An API of our own for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from include.simulator.elexon.publisher import Elexon
from tests.unit.simulator.conftest import NOON, Client, serving

Row = dict[str, Any]


class ApiClient(Client):
    """Asks the API as its clients do."""

    def rows(self, code: str, **parameters: Any) -> list[Row]:
        """Return the rows of the plain route."""
        response = self.get(f"datasets/{code}", **parameters)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    def stream(self, code: str, **parameters: Any) -> list[Row]:
        """Return the rows of the stream."""
        response = self.get(f"datasets/{code}/stream", **parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def published(self, code: str, begin: str, end: str) -> list[Row]:
        return self.stream(code, publishDateTimeFrom=begin, publishDateTimeTo=end)

    def within(self, code: str, begin: str, end: str, **parameters: Any) -> list[Row]:
        return self.stream(code, **{"from": begin, "to": end, **parameters})

    def openapi(self) -> dict[str, Any]:
        root = self.steering_url.partition("/_simulator")[0]
        return self.session.get(f"{root}/swagger/v1/swagger.json", timeout=60).json()


@contextmanager
def playing(**state: Any) -> Iterator[ApiClient]:
    with serving(elexon=Elexon.starting_with({"now": NOON, **state})) as server:
        yield ApiClient(server, "elexon")


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
    return real_files / "elexon"
