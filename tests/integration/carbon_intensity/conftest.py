"""The way of the API's half-hours to `analytics`, by the steps of the real pipelines, in one warehouse of a test."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
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
from tests.journey import FAST, QUICK, Rows
from tests.simulated_portal import SimulatedPortal

_RUNS = count(1)


def utc(text: str) -> datetime:
    """An instant, such as 2025-05-31 12:15."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Journey:
    """One warehouse, and the simulated API that it asks."""

    api: SimulatedPortal
    place: Deployment

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

    def loads(self) -> dict[str, list[tuple[Any, ...]]]:
        """What came of each load of the newest run, by dataset: its outcome, and what it did."""
        rows = self.query(
            """
            select dataset, outcome, new::int, revised::int, withdrawn::int, rejected::int, repeated::int, outside::int
            from ops.loads where run_id = (select max(run_id) from ops.loads) order by load_id
            """
        )
        told: dict[str, Any] = {}
        for dataset, *load in rows:
            told.setdefault(dataset.removeprefix("carbon_intensity_"), []).append(tuple(load))
        return told

    def query(self, statement: str, *values: Any) -> Rows:
        """Rows of a query, as the transformer."""
        with self._cursor(Role.TRANSFORMER) as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def as_analyst(self, statement: str, *values: Any) -> Rows:
        """Rows of a query, as the analyst."""
        with self._cursor(Role.ANALYST) as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    @contextmanager
    def _cursor(self, role: Role) -> Iterator[Any]:
        with self.place.session(role) as connection, connection, connection.cursor() as cursor:
            yield cursor


def run_at(at: datetime, params: dict[str, Any]) -> dict[str, Any]:
    """Airflow's context of a run: scheduled, or by hand where it has params."""
    begin, end = (None, None) if params else (at - timedelta(minutes=30), at)
    run = SimpleNamespace(
        run_id=f"carbon__{next(_RUNS)}",
        run_after=at,
        data_interval_start=begin,
        data_interval_end=end,
        run_type="manual" if params else "scheduled",
    )
    return {"params": params, "dag_run": run}


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
