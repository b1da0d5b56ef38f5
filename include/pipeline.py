"""The five steps every source goes through, from its API to `analytics`. A source declares a `Pipeline`; that is all.

A step gets Airflow's context as a plain mapping. What one step leaves to the next is JSON. A run that fails before it
publishes leaves `analytics` as it was.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from psycopg2.extensions import parse_dsn

from include.home import Home
from include.ingestion.dataset import Dataset
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import Rate, SharedPace
from include.ingestion.window import Asked, Occasion, Request, asked
from include.operations import runs, versions
from include.settings import Settings
from include.transformation.build import Build, build_models
from include.transformation.dbt import Dbt, PublishedModel
from include.transformation.publish import Publication, Published, publish
from include.warehouse import Connection, Role, session

if TYPE_CHECKING:
    from include.quality.result import Verdict

log = logging.getLogger(__name__)

Context = Mapping[str, Any]
NOTHING = Published(0, {})


@dataclass(frozen=True)
class Place:
    """Where a step works: the settings, and the connection URL of each role."""

    settings: Settings
    address: Callable[[Role], str]

    def url(self, role: Role) -> str:
        """Return a role's connection URL. Airflow writes postgres://, which SQLAlchemy does not know."""
        return re.sub(r"^postgres://", "postgresql://", self.address(role))

    @contextmanager
    def session(self, role: Role, *, autocommit: bool = False) -> Iterator[Connection]:
        """Open a connection of a role for the length of a block."""
        with session(self.url(role), application=f"gridloom {role}", autocommit=autocommit) as opened:
            yield opened

    def dbt(self) -> Dbt:
        """Return the dbt project, as the transformer; its state is kept apart for each warehouse."""
        parameters = parse_dsn(self.url(Role.TRANSFORMER))
        return Dbt(parameters, Home.of(self.settings).path / "dbt" / parameters["dbname"])


class StaleSourceError(Exception):
    """The publisher has given nothing new for too long. What it gave is published all the same."""


@dataclass(frozen=True)
class Pipeline:
    """What one DAG brings in, and how it is asked for, built and judged."""

    dag_id: str
    publisher: str
    datasets: tuple[Dataset, ...]
    base_url: Callable[[Settings], str]
    rates: Callable[[Settings], Mapping[str, Rate]]
    selector: str
    """What dbt builds."""
    pending: str
    """The view in schema `staging` that names the pending keys."""
    candidate: str
    """The table of schema `marts` whose newest half-hour tells how fresh the source is."""

    @property
    def dataset_names(self) -> list[str]:
        """Names in `ops.datasets`."""
        return [dataset.name for dataset in self.datasets]

    def extract_and_load(self, context: Context, place: Place) -> None:
        """Bring the asked window of each dataset into `raw`. Raises PassingError or LastingError."""
        with self._at_work(context, place) as (loader, run), place.session(Role.LOADER, autocommit=True) as pacing:
            lost = runs.mark_lost(loader)
            if lost:
                log.warning("%d earlier runs were killed; they are marked as lost", lost)
            pace = SharedPace(pacing, self.publisher, self.rates(place.settings))
            client = ApiClient(self.base_url(place.settings), pace)
            loads = [
                ingest(dataset, _asked(context, dataset), client=client, warehouse=loader, run=run)
                for dataset in self.datasets
            ]
            if all(counts is None for counts in loads):
                runs.conclude(loader, run.run_id, runs.Status.SKIPPED)

    def check_raw(self, context: Context, place: Place) -> list[str]:
        """Judge what is pending in `raw`; return the failed checks that force_publish passes by, else raise."""
        from include.quality import stages  # noqa: PLC0415 - Great Expectations takes seconds to import

        with self._at_work(context, place) as (_, run), place.session(Role.TRANSFORMER) as transformer:
            if not versions.has_pending(transformer, self.dataset_names):
                log.info("nothing is pending, so there is nothing to check")
                return []
            verdict = stages.check_raw(transformer, place.url(Role.TRANSFORMER), run_id=run.run_id)
            return self._passed_by(context, place, run, verdict)

    def build_models(self, context: Context, place: Place) -> dict[str, Any] | None:
        """Build the candidate; return the build, or None where nothing is pending. Raises DbtFailedError."""
        with (
            self._at_work(context, place) as (_, run),
            place.session(Role.TRANSFORMER) as transformer,
            place.session(Role.TRANSFORMER) as slot,
        ):
            if not versions.has_pending(transformer, self.dataset_names):
                log.info("nothing is pending, so there is nothing to build")
                return None
            build = build_models(
                transformer,
                slot,
                place.dbt(),
                datasets=self.dataset_names,
                selector=self.selector,
                run_id=run.run_id,
            )
            return asdict(build)

    def check_marts(self, context: Context, place: Place, build: Mapping[str, Any] | None) -> dict[str, Any]:
        """Judge the build and the source's freshness; return what publishing has to know, or raise CheckFailedError.

        Freshness is judged even where nothing was built. It never withholds rows: `stale` fails the run later.
        """
        from include.quality import stages  # noqa: PLC0415

        with self._at_work(context, place) as (_, run), place.session(Role.TRANSFORMER) as transformer:
            is_default = all(_asked(context, dataset).is_default for dataset in self.datasets)
            at = Occasion.of(context["dag_run"]).instant
            build_id = build["build_id"] if build else None
            stale = stages.check_freshness(
                transformer,
                table=f"marts.{self.candidate}",
                run_id=run.run_id,
                build_id=build_id,
                at=at,
                is_default_window=is_default,
            )
            if build_id is None:
                return {"stale": stale, "failed_checks": []}
            url = place.url(Role.TRANSFORMER)
            verdict = stages.check_marts(transformer, url, run_id=run.run_id, build_id=build_id)
            return {"stale": stale, "failed_checks": self._passed_by(context, place, run, verdict)}

    def publish(
        self, context: Context, place: Place, build: Mapping[str, Any] | None, judged: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, int]]:
        """Publish the judged build; return each table's rows published, new, revised and withdrawn, none for nothing.

        Raises StaleSourceError after publishing.
        """
        with self._at_work(context, place) as (loader, run), place.session(Role.TRANSFORMER) as transformer:
            published = NOTHING if build is None else self._publish(transformer, run, build, judged["failed_checks"])
            if published is None:
                log.info("superseded: a later build carries these rows, and is published by its own run")
                runs.conclude(loader, run.run_id, runs.Status.SUPERSEDED)
            if judged["stale"]:
                raise StaleSourceError(judged["stale"])
            return published.tables if published and published.keys else {}

    def _publish(
        self, transformer: Connection, run: Run, build: Mapping[str, Any], failed_checks: Sequence[str]
    ) -> Published | None:
        models = tuple(PublishedModel(**model) for model in build["models"])
        publication = Publication(
            self.dataset_names, self.pending, Build(build["build_id"], models), run.run_id, self.dag_id, failed_checks
        )
        if failed_checks:
            log.warning("published by force, past: %s", "; ".join(failed_checks))
        return publish(transformer, publication)

    def _passed_by(self, context: Context, place: Place, run: Run, verdict: "Verdict") -> list[str]:
        """Return the failed critical checks where force_publish asks to go on; raise CheckFailedError where not."""
        if not verdict.failed_critical:
            return []
        self._document(place, run, verdict)
        if not context["params"]["force_publish"]:
            verdict.raise_for_failure()
        return list(verdict.failed_critical)

    def _document(self, place: Place, run: Run, verdict: "Verdict") -> None:
        """Build Data Docs of a failed stage; whether that works out or not, the failure stands."""
        from include.quality.data_docs import build_data_docs  # noqa: PLC0415
        from include.quality.result import JudgementError  # noqa: PLC0415

        directory = Home.of(place.settings).path / "data_docs" / self.dag_id
        url = place.url(Role.TRANSFORMER)
        try:
            index = build_data_docs(url, directory, dag_id=self.dag_id, run_id=run.run_id, stages=[verdict.stage])
            log.error("Data Docs of what failed: %s", index)
        except (JudgementError, OSError) as error:
            log.warning("Data Docs could not be built: %s", error)

    @contextmanager
    def _at_work(self, context: Context, place: Place) -> Iterator[tuple[Connection, Run]]:
        """Register with the run's history for the length of a step; open the run's row if nobody has."""
        with place.session(Role.LOADER) as loader:
            run_id = runs.open_run(loader, self.dag_id, context["dag_run"].run_id)
            with runs.at_work(loader, run_id):
                yield loader, Run(self.dag_id, run_id)


def _asked(context: Context, dataset: Dataset) -> Asked:
    return asked(Request.of(context["params"]), Occasion.of(context["dag_run"]), first_at=dataset.first_at)
