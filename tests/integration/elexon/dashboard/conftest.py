"""Tables that a formula made, published once for all pages, and a reader of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from include.serving.dashboard.process import this_process
from include.serving.dashboard.reader import Reader, reading
from include.serving.dashboard.span import span_of_days
from include.settlement import LONDON
from include.warehouse import Role, Warehouse, session
from tests import elexon_published

# In summer, when a day of London begins at 23:00 UTC.
NOW = datetime(2026, 6, 10, 10, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 6, 10), date(2026, 6, 9)
# The half-hours of a day that is over.
DAY = span_of_days(YESTERDAY, YESTERDAY, LONDON)
# Of which nothing is published.
LATER = span_of_days(date(2026, 6, 20), date(2026, 6, 20), LONDON)


def publish(warehouse: Warehouse, *without: str) -> None:
    """Publish all tables but these."""
    with session(warehouse.owner_dsn, application="tests") as owner, owner, owner.cursor() as cursor:
        elexon_published.publish(cursor, NOW, without=without)


@pytest.fixture(scope="package")
def published(copy_of: Any, template: Warehouse) -> Iterator[Warehouse]:
    with copy_of(template) as warehouse:
        publish(warehouse)
        yield warehouse


@pytest.fixture
def reader(published: Warehouse) -> Iterator[Reader]:
    with reading(published.dsn(Role.SCREENS)) as reader:
        yield reader


@pytest.fixture
def drawn(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], AppTest]]:
    """Draws a page (its folder's module) over a warehouse of the test's own."""
    monkeypatch.setenv("GRIDLOOM_WAREHOUSE_URL", warehouse.owner_dsn)
    this_process.clear()

    def draw(page: str) -> AppTest:
        app = AppTest.from_function(_page, args=(page,), default_timeout=60).run()
        assert not app.exception
        return app

    yield draw
    this_process.clear()


def _page(page: str) -> None:
    from importlib import import_module  # noqa: PLC0415 - Streamlit runs the text of this function

    from include.serving.dashboard import frame  # noqa: PLC0415 - as above

    frame.open_page()
    import_module(f"include.serving.dashboard.{page}.page").draw()
