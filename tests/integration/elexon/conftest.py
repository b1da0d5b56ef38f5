"""The way of Elexon's datasets to `analytics`, by the steps of the real pipelines, in one warehouse of a test."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.deployment import Deployment
from include.ingestion.errors import LastingError, PassingError
from include.ingestion.http import ApiClient
from include.pipeline import LoadsFailedError, Pipeline
from include.quality.result import CheckFailedError
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Role, Warehouse
from tests.journey import QUICK
from tests.played import Played, run_at, utc
from tests.simulated_portal import SimulatedPortal

LIVE, DAILY, DISCOVERY = "elexon_live", "elexon_daily", "elexon_discovery"


@dataclass(frozen=True)
class Journey(Played):
    """One warehouse, and the simulated Elexon that it asks."""

    publisher = "elexon"

    @classmethod
    def through(cls, portal: SimulatedPortal, settings: Settings, url: Callable[[Role], str]) -> "Journey":
        """Return the way into a warehouse, at a pace at which nobody waits."""
        api = portal.beside("elexon")
        changes = {"elexon_url": api.url, "elexon_requests_per_second": 1e6}
        return cls(api, Deployment(settings.model_copy(update=changes), url))

    def run(self, at: str, dag_id: str = LIVE, only: Collection[str] | None = None, **params: Any) -> str:
        """Play a run at an instant, at which Elexon's clock then stands still; return what it failed of, if it did.

        Scheduled, or by hand where it is given params; `only` are the codes of the datasets that are loaded.
        """
        self.api.set(now=utc(at).isoformat())
        pipeline, context, left = _loading(dag_id, only), run_at(utc(at), params), dict[str, Any]()
        try:
            list(pipeline.play(context, self.place, left))
        except (PassingError, LastingError) as error:
            if pipeline.intake is None:
                return f"{type(error).__name__}: {error}"
            # A load that fails keeps the others from nothing.
            left["extract_and_load"] = None
        except (LoadsFailedError, CheckFailedError) as error:
            return f"{type(error).__name__}: {error}"
        else:
            return ""
        try:
            list(pipeline.play(context, self.place, left))
        except (LoadsFailedError, CheckFailedError) as error:
            return f"{type(error).__name__}: {error}"
        raise AssertionError("a load failed, and the run did not")

    def extract(self, at: str, *codes: str, dag_id: str = LIVE) -> None:
        """Do the first step of a scheduled run, for the datasets with these codes."""
        self.api.set(now=utc(at).isoformat())
        _loading(dag_id, codes).extract_and_load(run_at(utc(at), {}), self.place)

    def publish(self, at: str, dag_id: str = LIVE) -> str:
        """Do all steps of a run but the first; return what it failed of, if it did."""
        pipeline = pipeline_of(dag_id)
        loaded = replace(pipeline, intake=None)
        try:
            list(loaded.play(run_at(utc(at), {}), self.place))
        except CheckFailedError as error:
            return f"{type(error).__name__}: {error}"
        return ""


def _loading(dag_id: str, only: Collection[str] | None) -> Pipeline:
    pipeline = pipeline_of(dag_id)
    if only is None or pipeline.intake is None:
        return pipeline
    named = {f"elexon_{code.lower()}" for code in only}
    datasets = tuple(each for each in pipeline.intake.datasets if each.name in named)
    assert len(datasets) == len(named), f"{dag_id} loads not all of {', '.join(sorted(named))}"
    return replace(pipeline, intake=replace(pipeline.intake, datasets=datasets))


@pytest.fixture(scope="module", autouse=True)
def less_patience() -> Iterator[None]:
    """A test does not wait as long as a run does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.intake.asked.ApiClient", partial(ApiClient, patience=QUICK))
        yield


@pytest.fixture(scope="module")
def journey_of(portal_process: SimulatedPortal, settings: Settings) -> Iterator[Callable[[Warehouse], Journey]]:
    """Ways into warehouses from the simulator as it is found: sound, and asked by nobody. So it is left, too."""
    api = portal_process.beside("elexon")

    def journey(warehouse: Warehouse) -> Journey:
        api.reset()
        return Journey.through(portal_process, settings, warehouse.dsn)

    yield journey
    api.reset()


@pytest.fixture
def journey(warehouse: Warehouse, journey_of: Callable[[Warehouse], Journey]) -> Journey:
    """The way into a warehouse of the test's own."""
    return journey_of(warehouse)


@pytest.fixture(scope="session")
def recorded(real_data: Path) -> Path:
    """The folder of Elexon's recorded answers."""
    folder = real_data / "elexon"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    return folder
