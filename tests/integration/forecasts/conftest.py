"""A warehouse in which forecasts are published, as screens read it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from include.serving.dashboard.reader import Reader, reading
from include.warehouse import Role, Warehouse, session
from tests import forecasts_published

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(shared_warehouse: Warehouse) -> Warehouse:
    """What forecasts_published tells of, as of NOW."""
    with session(shared_warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        forecasts_published.publish(cursor, NOW)
    return shared_warehouse


@pytest.fixture
def screens(published: Warehouse) -> Iterator[Reader]:
    with reading(published.dsn(Role.SCREENS)) as reader:
        yield reader
