"""The way of the API's half-hours to `analytics`, by the steps of the real pipelines, in one warehouse of a test."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from include.deployment import Deployment
from include.ingestion.errors import LastingError, PassingError
from include.ingestion.http import ApiClient
from include.pipeline import LoadsFailedError
from include.quality.result import CheckFailedError
from include.release import StaleSourceError
from include.settings import Settings
from include.sources import pipeline_of
from include.warehouse import Role, Warehouse
from tests.journey import FAST, QUICK
from tests.played import Played, run_at, utc
from tests.simulated_portal import SimulatedPortal


@dataclass(frozen=True)
class Journey(Played):
    """One warehouse, and the simulated API that it asks."""

    publisher = "carbon_intensity"

    @classmethod
    def through(cls, portal: SimulatedPortal, settings: Settings, url: Callable[[Role], str]) -> "Journey":
        """Return the way into a warehouse, at a pace at which nobody waits."""
        api = portal.beside("carbon_intensity")
        urls = {"neso_url": portal.url, "carbon_intensity_url": api.url}
        paces = FAST | {"carbon_intensity_requests_per_second": 1e6}
        return cls(api, Deployment(settings.model_copy(update=urls | paces), url))

    def load(self, at: str, dag_id: str = "carbon_intensity", **how: Any) -> str:
        """Play a run at an instant, at which the API's clock then stands still; return what it failed of, if it did.

        Scheduled, or by hand where it is given params; `only` names the datasets that are loaded.
        """
        self.api.set(now=utc(at).isoformat())
        return self.play(at, dag_id, **how)

    def play(self, at: str, dag_id: str, only: Collection[str] | None = None, **params: Any) -> str:
        """Do all steps of a run. As in the DAG, a load that fails keeps the release from nothing."""
        pipeline, context = pipeline_of(dag_id), run_at(utc(at), params)
        if only is not None and pipeline.intake:
            named = {f"carbon_intensity_{name}" for name in only}
            datasets = tuple(each for each in pipeline.intake.datasets if each.name in named)
            pipeline = replace(pipeline, intake=replace(pipeline.intake, datasets=datasets))
        left: dict[str, Any] = {}
        try:
            list(pipeline.play(context, self.place, left))
        except (PassingError, LastingError):
            left["extract_and_load"] = None
        except (CheckFailedError, StaleSourceError) as error:
            return f"{type(error).__name__}: {error}"
        else:
            return ""
        try:
            list(pipeline.play(context, self.place, left))
        except (LoadsFailedError, CheckFailedError) as error:
            return f"{type(error).__name__}: {error}"
        raise AssertionError("a load failed, and the run did not")

    def extract(self, at: str, *names: str) -> str:
        """Do the first step of a scheduled run, for these datasets; return what it failed of, if it did."""
        self.api.set(now=utc(at).isoformat())
        pipeline, datasets = pipeline_of("carbon_intensity"), [f"carbon_intensity_{name}" for name in names]
        try:
            pipeline.extract_and_load(run_at(utc(at), {}), self.place, datasets)
        except (PassingError, LastingError) as error:
            return f"{type(error).__name__}: {error}"
        return ""


@pytest.fixture(scope="module", autouse=True)
def less_patience() -> Iterator[None]:
    """A test does not wait as long as a run does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.intake.asked.ApiClient", partial(ApiClient, patience=QUICK))
        yield


@pytest.fixture(scope="module")
def journey_of(portal_process: SimulatedPortal, settings: Settings) -> Iterator[Callable[[Warehouse], Journey]]:
    """Ways into warehouses from the simulator as it is found: sound, and asked by nobody. So it is left, too."""

    def reset() -> None:
        portal_process.reset()
        portal_process.beside("carbon_intensity").reset()

    def journey(warehouse: Warehouse) -> Journey:
        reset()
        return Journey.through(portal_process, settings, warehouse.dsn)

    yield journey
    reset()


@pytest.fixture(scope="session")
def recorded(real_data: Path) -> Path:
    """The folder of the API's recorded answers."""
    folder = real_data / "carbon_intensity"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers in {folder}")
    return folder
