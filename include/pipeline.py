"""The steps every source goes through, from its publisher to `analytics`: what a DAG loads, and what it releases.

A step gets Airflow's context as a plain mapping. What one step leaves to the next is JSON. A run that fails before it
publishes leaves `analytics` as it was.
"""

import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from include.deployment import Deployment
from include.ingestion.due import Occasion, Request
from include.ingestion.ingest import Run
from include.intake.intake import Intake
from include.operations import loads, runs, versions
from include.release import Release
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

Context = Mapping[str, Any]


class LoadsFailedError(Exception):
    """Some of a run's loads failed. What the others brought is published all the same."""


@dataclass(frozen=True)
class Pipeline:
    """What one DAG does."""

    dag_id: str
    releases: tuple[Release, ...]
    intake: Intake | None = None
    """None where its models read what others have published."""

    def release(self, name: str | None = None) -> Release:
        """Return a release by its name, or the only one. Raises LookupError where there is none."""
        found = [release for release in self.releases if name in (None, release.name)]
        if len(found) != 1:
            raise LookupError(f"{self.dag_id} has {len(found)} releases called {name}")
        return found[0]

    def due(self, context: Context) -> list[str]:
        """Return the names of the datasets that a run has to load."""
        return list(dict.fromkeys(dataset.name for dataset, _ in self.intake.due(context))) if self.intake else []

    def extract_and_load(
        self, context: Context, deployment: Deployment, datasets: Collection[str] | None = None
    ) -> bool:
        """Bring what is due into `raw`, of the datasets named or of all; tell whether there is anything left to do.

        Raises PassingError or LastingError.
        """
        with self._at_work(context, deployment) as (loader, run):
            lost = runs.mark_lost(loader)
            if lost:
                log.warning("%d earlier runs were killed; they are marked as lost", lost)
            came = self.intake.load(context, deployment, run, loader, datasets) if self.intake else True
            if came or datasets is not None:
                return True
            runs.conclude(loader, run.run_id, runs.Status.SKIPPED)
            return any(self._has_more_to_do(release, loader, deployment) for release in self.releases)

    @staticmethod
    def _has_more_to_do(release: Release, loader: Connection, deployment: Deployment) -> bool:
        """Tell whether the steps of a release have anything to do where nothing came."""
        settings = release.settings_of(deployment.settings)
        return (
            bool(release.freshness)
            or versions.has_pending(loader, release.name)
            or versions.have_settings_changed(loader, release.name, settings)
        )

    def check_raw(self, context: Context, deployment: Deployment, release: str | None = None) -> list[str]:
        """Judge what is pending in `raw`; return the failed checks that force_publish passes by, else raise."""
        with self._at_work(context, deployment) as (_, run):
            force = Request.of(context["params"]).force_publish
            return self.release(release).check_raw(deployment, run.run_id, force=force)

    def build_models(
        self, context: Context, deployment: Deployment, release: str | None = None
    ) -> dict[str, Any] | None:
        """Build the candidate; return the build, or None where nothing is pending. Raises DbtFailedError."""
        with self._at_work(context, deployment) as (_, run):
            return self.release(release).build_models(deployment, run.run_id)

    def check_marts(
        self, context: Context, deployment: Deployment, build: Mapping[str, Any] | None, release: str | None = None
    ) -> dict[str, Any]:
        """Judge the build and how old its datasets are; return what publishing has to know, or raise CheckFailedError.

        Age is judged even where nothing was built. It never withholds rows: `stale` fails the run later.
        """
        with self._at_work(context, deployment) as (_, run):
            return self.release(release).check_marts(
                deployment,
                run.run_id,
                build,
                at=Occasion.of(context["dag_run"]).instant,
                is_routine=self.intake is None or self.intake.is_routine(context),
                force=Request.of(context["params"]).force_publish,
            )

    def publish(
        self,
        context: Context,
        deployment: Deployment,
        build: Mapping[str, Any] | None,
        judged: Mapping[str, Any],
        release: str | None = None,
    ) -> Mapping[str, Mapping[str, int]]:
        """Publish the judged build; return each table's rows published, new, revised and withdrawn, none for nothing.

        Raises, after publishing, StaleSourceError, and LoadsFailedError where a dataset of the run could not be loaded.
        """
        with self._at_work(context, deployment) as (loader, run):
            published = self.release(release).publish(deployment, run.run_id, build, judged)
            undone = self.intake.left_undone(context, loader, run.run_id) if self.intake else []
            if undone:
                raise LoadsFailedError("; ".join(undone))
            if self.intake and loads.all_unchanged(loader, run.run_id):
                runs.conclude(loader, run.run_id, runs.Status.SKIPPED)
            return published

    def play(self, context: Context, deployment: Deployment, left: dict[str, Any] | None = None) -> Iterator[str]:
        """Do all steps in this process, in the order of the DAG's tasks; yield the name of each before it is done.

        `left` takes what each step leaves, as the JSON that Airflow keeps; steps that are in it already are left out.
        """
        left = {} if left is None else left
        for step, do in self._steps(context, deployment, left):
            if step not in left:
                yield step
                left[step] = json.loads(json.dumps(do()))

    def _steps(
        self, context: Context, deployment: Deployment, left: Mapping[str, Any]
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        if self.intake:
            yield "extract_and_load", partial(self.extract_and_load, context, deployment)
        for release in self.releases:
            name, group = release.name, f"{release.name}." if len(self.releases) > 1 else ""
            build, judged = f"{group}build_models", f"{group}check_marts"
            yield f"{group}check_raw", partial(self.check_raw, context, deployment, name)
            yield build, partial(self.build_models, context, deployment, name)
            yield judged, partial(self.check_marts, context, deployment, left[build], name)
            yield f"{group}publish", partial(self.publish, context, deployment, left[build], left[judged], name)

    @contextmanager
    def _at_work(self, context: Context, deployment: Deployment) -> Iterator[tuple[Connection, Run]]:
        """Register with the run's history for the length of a step; open the run's row if nobody has."""
        with deployment.session(Role.LOADER) as loader:
            run_id = runs.open_run(loader, self.dag_id, context["dag_run"].run_id)
            with runs.at_work(loader, run_id):
                yield loader, Run(self.dag_id, run_id)
