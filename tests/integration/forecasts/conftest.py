"""Warehouses in which forecasts are published, as screens read them, and in which there is something to foresee."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.deployment import Deployment
from include.forecasting.panel import Panel
from include.serving.dashboard.reader import Reader, reading
from include.settings import Settings
from include.warehouse import Role, Warehouse, session
from tests import forecasts_published, known_days
from tests.databases import Databases
from tests.known_days import Foreseeing
from tests.simulated_portal import SimulatedPortal

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


@pytest.fixture(scope="session")
def history(
    databases: Databases, template: Warehouse, portal_process: SimulatedPortal, settings: Settings
) -> Iterator[Warehouse]:
    """A warehouse that has learned of the known days, and from which nothing was foreseen yet."""
    with databases.copy(template.database) as warehouse:
        known_days.bring(known_days.playing(portal_process, Deployment(settings, warehouse.dsn)), warehouse)
        portal_process.beside("elexon").reset()
        yield warehouse


def without_torch(settings: Settings, warehouse: Warehouse) -> Deployment:
    """Return a place where no pretrained model is installed: they take seconds, and are asked by tests of their own."""
    return Deployment(settings.model_copy(update={"forecasts_python": Path("/no/python")}), warehouse.dsn)


@pytest.fixture
def foreseeing(
    databases: Databases, history: Warehouse, portal_process: SimulatedPortal, settings: Settings
) -> Iterator[Foreseeing]:
    """Forecasts in a warehouse of the test's own, which has learned of the known days."""
    with databases.copy(history.database) as warehouse:
        yield Foreseeing(portal_process, without_torch(settings, warehouse), warehouse)


@pytest.fixture(scope="module")
def shared_foreseeing(
    databases: Databases, history: Warehouse, portal_process: SimulatedPortal, settings: Settings
) -> Iterator[Foreseeing]:
    """The same, for all tests of a file."""
    with databases.copy(history.database) as warehouse:
        yield Foreseeing(portal_process, without_torch(settings, warehouse), warehouse)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    """What lasts as long as the file."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def ask(patch: pytest.MonkeyPatch, *panels: Panel) -> None:
    """Have these asked for forecasts, and nobody else."""
    patch.setattr("include.sources.forecasts.models.panels", lambda settings: panels)
