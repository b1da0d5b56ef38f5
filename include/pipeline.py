"""The steps every source goes through, from its publisher to `analytics`: what a DAG loads, and what it releases.

A step gets Airflow's context as a plain mapping. What one step leaves to the next is JSON. A run that fails before it
publishes leaves `analytics` as it was.
"""

import json
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from include.deployment import Deployment
from include.ingestion.due import Occasion, Request
from include.ingestion.ingest import Run
from include.intake.intake import Intake
from include.operations import loads, runs, versions
from include.raw_release import RawRelease
from include.release import Release
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

Context = Mapping[str, Any]
SomeRelease = TypeVar("SomeRelease", Release, RawRelease)


class LoadsFailedError(Exception):
    """Some of a run's loads failed. What the others brought is published all the same."""


@dataclass(frozen=True)
class Pipeline:
    """What one DAG does."""

    dag_id: str
    releases: tuple[Release | RawRelease, ...]
    intake: Intake | None = None
    """None where its models read what others have published."""
    discovers: Callable[[Deployment, Connection, Run], None] | None = None
    """Finds out what a publisher has, for a DAG that loads nothing of it. Raises PassingError or LastingError."""

    def release(self, name: str | None = None) -> Release:
        """Return a release of models by its name, or the only one. Raises LookupError where there is none."""
        return self._only([each for each in self.releases if isinstance(each, Release)], name)

    def raw_release(self, name: str | None = None) -> RawRelease:
        """Return a release of raw by its name, or the only one. Raises LookupError where there is none."""
        return self._only([each for each in self.releases if isinstance(each, RawRelease)], name)

    def _only(self, releases: Sequence[SomeRelease], name: str | None) -> SomeRelease:
        found = [release for release in releases if name in (None, release.name)]
        if len(found) != 1:
            raise LookupError(f"{self.dag_id} has {len(found)} releases called {name}")
        return found[0]

    def due(self, context: Context, deployment: Deployment) -> list[str]:
        """Return what each task of a run has to load, by name. Raises PassingError, LastingError or ValueError."""
        if self.intake is None:
            return []
        with self._at_work(context, deployment) as (loader, run):
            return self.intake.pieces(context, deployment, run, loader)

    def extract_and_load(self, context: Context, deployment: Deployment, names: Collection[str] | None = None) -> bool:
        """Bring what is due into `raw`, of the pieces named or of all; tell whether there is anything left to do.

        Raises PassingError or LastingError.
        """
        with self._at_work(context, deployment) as (loader, run):
            lost = runs.mark_lost(loader)
            if lost:
                log.warning("%d earlier runs were killed; they are marked as lost", lost)
            came = self.intake.load(context, deployment, run, loader, names) if self.intake else True
            if came or names is not None or self._is_awaited(loader, deployment):
                return True
            runs.conclude(loader, run.run_id, runs.Status.SKIPPED)
            return any(release.freshness for release in self.releases)

    def _is_awaited(self, loader: Connection, deployment: Deployment) -> bool:
        """Tell whether a release has anything to build and publish, whoever brought it."""
        return any(
            versions.has_pending(loader, release.name)
            or versions.have_settings_changed(loader, release.name, release.settings_of(deployment.settings))
            for release in self.releases
        )

    def discover(self, context: Context, deployment: Deployment) -> None:
        """Find out what the publisher has, and keep it. Raises PassingError or LastingError."""
        with self._at_work(context, deployment) as (loader, run):
            if self.discovers is not None:
                self.discovers(deployment, loader, run)

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
            # Of a release that follows others it was told when these were published.
            self._conclude(context, deployment, loader, run, tells_loads=not self.release(release).follows)
            return published

    def judge_raw(self, context: Context, deployment: Deployment, release: str | None = None) -> dict[str, Any] | None:
        """Judge what is pending of what readers see as raw has it; return what publishing has to know, if anything."""
        with self._at_work(context, deployment) as (_, run):
            force = Request.of(context["params"]).force_publish
            return self.raw_release(release).judge(deployment, run.run_id, force=force)

    def publish_raw(
        self, context: Context, deployment: Deployment, judged: Mapping[str, Any] | None, release: str | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """Publish what was judged; return each view's rows published, new, revised and withdrawn, none for nothing.

        Raises, after publishing, CheckFailedError where a dataset is withheld, and LoadsFailedError as `publish` does.
        """
        with self._at_work(context, deployment) as (loader, run):
            published = self.raw_release(release).publish(deployment, run.run_id, judged)
            self._conclude(context, deployment, loader, run)
            return published

    def _conclude(
        self, context: Context, deployment: Deployment, loader: Connection, run: Run, *, tells_loads: bool = True
    ) -> None:
        """Raise LoadsFailedError where a dataset could not be loaded; mark a run that had nothing to do as skipped.

        A run that found nothing new and published what an earlier one had brought did something.
        """
        if self.intake is None:
            return
        undone = self.intake.left_undone(context, loader, run.run_id) if tells_loads else []
        if undone:
            raise LoadsFailedError("; ".join(undone))
        is_idle = loads.all_unchanged(loader, run.run_id) and not runs.has_published(loader, run.run_id)
        if is_idle and not self._is_awaited(loader, deployment):
            runs.conclude(loader, run.run_id, runs.Status.SKIPPED)

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
        if self.discovers:
            yield "discover", partial(self.discover, context, deployment)
        if self.intake:
            yield "extract_and_load", partial(self.extract_and_load, context, deployment)
        for release in self.releases:
            group = f"{release.name}." if len(self.releases) > 1 else ""
            yield from self._steps_of(release, group, context, deployment, left)

    def _steps_of(
        self,
        release: Release | RawRelease,
        group: str,
        context: Context,
        deployment: Deployment,
        left: Mapping[str, Any],
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        name = release.name
        checked, build, judged = f"{group}check_raw", f"{group}build_models", f"{group}check_marts"
        if isinstance(release, RawRelease):
            yield checked, partial(self.judge_raw, context, deployment, name)
            yield f"{group}publish", partial(self.publish_raw, context, deployment, left[checked], name)
            return
        yield checked, partial(self.check_raw, context, deployment, name)
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
