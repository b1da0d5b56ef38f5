"""A client of the API, occasions on which a run asks, and the recorded answers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import responses

from include.ingestion.due import Occasion
from include.ingestion.http import ApiClient, Patience

URL = "https://carbon-intensity.test"


class NoPace:
    """Nobody waits."""

    def wait(self, bucket: str) -> None:
        """Return at once."""


def utc(text: str) -> datetime:
    """An instant, such as 2026-05-31 12:15."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def scheduled(text: str) -> Occasion:
    """A run that the schedule started."""
    at = utc(text)
    return Occasion(at, (at - timedelta(minutes=30), at))


def by_hand(text: str) -> Occasion:
    """A run that somebody triggered."""
    return Occasion(utc(text))


@pytest.fixture
def client() -> ApiClient:
    """Asks once, so that what is wrong with an answer comes out."""
    return ApiClient(URL, NoPace(), Patience(attempts=1))


@pytest.fixture
def site() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as site:
        yield site


@pytest.fixture(scope="session")
def recorded(real_data: Path) -> Path:
    """The folder of the API's recorded answers."""
    folder = real_data / "carbon_intensity"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    return folder
