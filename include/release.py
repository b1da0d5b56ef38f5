"""What is built, judged and published together: the steps from `raw` to `analytics`. A source declares a `Release`.

What one step leaves to the next is JSON. A release that fails before it publishes leaves `analytics` as it was.
"""

import importlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.deployment import Deployment
from include.home import Home
from include.ingestion.dataset import Dataset, Storage
from include.operations import runs, versions
from include.quality.freshness import Freshness
from include.quality.result import JudgementError, Stage, Verdict
from include.settings import Settings
from include.settlement import HALF_HOUR
from include.transformation.build import Build, Job, build_models
from include.transformation.dbt import PublishedModel
from include.transformation.publish import Publication, publish
from include.warehouse import Connection, Role

if TYPE_CHECKING:
    from include.quality.subject import Subject
    from include.quality.suites.raw_periods import Grid

log = logging.getLogger(__name__)


class StaleSourceError(Exception):
    """The publisher has given nothing new for too long. What it gave is published all the same."""


@dataclass(frozen=True)
class Release:
    """Datasets, and the models that are made of them."""

    name: str
    """The tag of its models in dbt, its folder in `dbt_project/analytics`, and its key in `ops.watermarks`."""
    reads: tuple[Dataset, ...]
    """What its models read in `raw`; none where they read published tables alone."""
    reads_beside: tuple[str, ...] = ()
    """Names of further datasets, as far as the releases that it follows have judged and published them: then those it
    reads are judged by itself."""
    suites: str | None = None
    """The module that says what is judged of its models: `MARTS`, subjects all of them. None where nothing is. It needs
    Great Expectations, which takes seconds to import, so it is imported within a step."""
    follows: tuple[str, ...] = ()
    """Releases that publish what its models read: their tables, or the rows in `raw` that they have judged. It is built
    as far as these have published."""
    settings: tuple[str, ...] = ()
    """Settings that its models read in `ops.release_settings`; when one has changed, all is built anew."""
    slice_versions: int = 500_000
    """How many versions are built at a time, so that other builds wait no longer than a minute."""

    @property
    def dataset_names(self) -> tuple[str, ...]:
        """Names of the datasets it reads, in `ops.datasets`."""
        return (*(dataset.name for dataset in self.reads), *self.reads_beside)

    @property
    def freshness(self) -> tuple[Freshness, ...]:
        """How old its datasets may be, those that may not be any age. Judged is what it has built of them."""
        return tuple(
            Freshness(
                dataset=dataset.name,
                table=f"marts.{shown.table}",
                time_column=shown.time_column,
                step=shown.step,
                warn_after=shown.warn_after,
                critical_after=shown.critical_after,
                measured_column=shown.measured_column,
            )
            for dataset in self.reads
            if (shown := dataset.shown) and shown.time_column and shown.step
            if shown.warn_after and shown.critical_after
        )

    def settings_of(self, settings: Settings) -> Mapping[str, str]:
        """Return the values of what its models read, as text."""
        return {name: str(getattr(settings, name)) for name in self.settings}

    def check_raw(self, deployment: Deployment, run_id: int, *, force: bool = False) -> list[str]:
        """Judge what is pending in `raw`; return the failed checks that are passed by, by force.

        Raises CheckFailedError where a critical check failed and nobody asked to pass it by.
        """
        from include.quality import stages  # noqa: PLC0415 - Great Expectations takes seconds to import

        with deployment.session(Role.TRANSFORMER) as transformer:
            versions.note_settings(transformer, self.name, self.settings_of(deployment.settings))
            if not versions.has_pending(transformer, self.name):
                log.info("nothing is pending, so there is nothing to check")
                return []
            judging = stages.Judging(self.name, run_id, Stage.CHECK_RAW)
            verdict = stages.judge_pending(
                transformer, deployment.url(Role.TRANSFORMER), judging, self.raw_subjects(run_id)
            )
            return self._passed_by(deployment, run_id, verdict, force=force)

    def build_models(self, deployment: Deployment, run_id: int) -> dict[str, Any] | None:
        """Build the candidate; return the build, or None where nothing is pending. Raises DbtFailedError."""
        with deployment.session(Role.TRANSFORMER) as transformer, deployment.session(Role.TRANSFORMER) as slot:
            if not versions.has_pending(transformer, self.name):
                log.info("nothing is pending, so there is nothing to build")
                return None
            job = Job(self.name, run_id, self.slice_versions)
            return asdict(build_models(transformer, slot, deployment.dbt(), job))

    def check_marts(
        self,
        deployment: Deployment,
        run_id: int,
        build: Mapping[str, Any] | None,
        *,
        at: datetime,
        is_routine: bool = True,
        force: bool = False,
    ) -> dict[str, Any]:
        """Judge the build, and at an instant how old the datasets are; return what publishing has to know.

        Age is judged even where nothing was built. It never withholds rows: `stale` fails the run later, unless the run
        asked for a span that somebody named (`is_routine` is false). Raises CheckFailedError as `check_raw` does.
        """
        from include.quality import stages  # noqa: PLC0415

        build_id = build["build_id"] if build else None
        with deployment.session(Role.TRANSFORMER) as transformer:
            judging = stages.Judging(self.name, run_id, Stage.CHECK_MARTS, build_id)
            stale = stages.check_freshness(transformer, judging, self.freshness, at=at, is_routine=is_routine)
            if build_id is None:
                return {"stale": stale, "failed_checks": []}
            verdict = stages.judge_pending(transformer, deployment.url(Role.TRANSFORMER), judging, self.mart_subjects)
            return {"stale": stale, "failed_checks": self._passed_by(deployment, run_id, verdict, force=force)}

    def publish(
        self, deployment: Deployment, run_id: int, build: Mapping[str, Any] | None, judged: Mapping[str, Any]
    ) -> Mapping[str, Mapping[str, int]]:
        """Publish the judged build; return each table's rows published, new, revised and withdrawn, none for nothing.

        Raises StaleSourceError after publishing.
        """
        with deployment.session(Role.TRANSFORMER) as transformer:
            tables: Mapping[str, Mapping[str, int]] = {}
            if build is not None:
                published = publish(transformer, self._publication(run_id, build, judged["failed_checks"]))
                if published is None:
                    log.info("superseded: a later build carries these rows, and is published by its own run")
                    with deployment.session(Role.LOADER) as loader:
                        runs.conclude(loader, run_id, runs.Status.SUPERSEDED)
                else:
                    tables = published.tables
                    self._drop_superseded(transformer)
            if judged["stale"]:
                raise StaleSourceError(judged["stale"])
            return tables

    def _drop_superseded(self, transformer: Connection) -> None:
        """Drop what later answers have replaced, now that its readers have these."""
        dropped = versions.drop_superseded(transformer, self.name)
        if dropped:
            log.info("dropped %s rows that later answers have replaced", f"{dropped:,}")

    def raw_subjects(self, run_id: int) -> "list[Subject]":
        """Return what is judged before dbt, for a run: it follows from what its datasets declare.

        Of a release that follows others it is what it does not read beside: these have judged all else.
        """
        if self.follows and not self.reads_beside:
            return []
        kept_as_versions = (each for each in self.reads if each.storage is not Storage.REPLACED_WINDOWS)
        return [subject for dataset in kept_as_versions for subject in self._raw_subjects(dataset, run_id)]

    def _raw_subjects(self, dataset: Dataset, run_id: int) -> "Iterator[Subject]":
        from include.quality.suites.load_counts import load_counts  # noqa: PLC0415
        from include.quality.suites.raw_periods import raw_periods  # noqa: PLC0415
        from include.quality.suites.raw_versions import raw_versions  # noqa: PLC0415

        nullable = [each.name for each in dataset.key_columns if each.is_nullable]
        yield raw_versions(
            dataset.name,
            self.name,
            key=dataset.key,
            nullable=nullable,
            has_payload=not dataset.is_typed,
            revised_by=dataset.revised_by,
        )
        grid = self._grid(dataset)
        if grid is not None:
            yield raw_periods(grid)
        yield load_counts(dataset.name, self.name, run_id)

    def _grid(self, dataset: Dataset) -> "Grid | None":
        """Return the periods of a dataset, where it is asked for by them; each person has periods of their own."""
        from include.quality.suites.raw_periods import Grid  # noqa: PLC0415

        column, step = dataset.window_column, dataset.shown.step if dataset.shown else None
        if column is None or column not in dataset.key or step is None or dataset.person is not None:
            return None
        return Grid(
            dataset.name,
            self.name,
            time_column=column,
            further_key=tuple(name for name in dataset.key if name != column),
            step=step,
            word="half-hour" if step == HALF_HOUR else "period",
            fills_gaps=dataset.limits.fills_gaps,
            known_gaps=dataset.limits.known_gaps,
        )

    @property
    def mart_subjects(self) -> "Sequence[Subject]":
        """What is judged after it."""
        subjects: Sequence[Subject] = importlib.import_module(self.suites).MARTS if self.suites else ()
        return subjects

    def _publication(self, run_id: int, build: Mapping[str, Any], failed_checks: Sequence[str]) -> Publication:
        if failed_checks:
            log.warning("published by force, past: %s", "; ".join(failed_checks))
        models = tuple(PublishedModel(**model) for model in build["models"])
        return Publication(self.name, Build(build["build_id"], models), run_id, failed_checks)

    def _passed_by(self, deployment: Deployment, run_id: int, verdict: Verdict, *, force: bool) -> list[str]:
        """Return the failed critical checks where they are passed by; raise CheckFailedError where not."""
        if not verdict.failed_critical:
            return []
        self._document(deployment, run_id, verdict)
        if not force:
            verdict.raise_for_failure()
        return list(verdict.failed_critical)

    def _document(self, deployment: Deployment, run_id: int, verdict: Verdict) -> None:
        """Build Data Docs of a failed stage; whether that works out or not, the failure stands."""
        subjects = self.raw_subjects(run_id) if verdict.stage is Stage.CHECK_RAW else self.mart_subjects
        try:
            log.error("Data Docs of what failed: %s", self._build_data_docs(deployment, subjects))
        except (JudgementError, OSError) as error:
            log.warning("Data Docs could not be built: %s", error)

    def build_data_docs(self, deployment: Deployment, run_id: int) -> Path:
        """Judge all suites once more, and write what they find as static pages; return the first.

        Raises JudgementError where there are no marts to judge yet.
        """
        return self._build_data_docs(deployment, [*self.raw_subjects(run_id), *self.mart_subjects])

    def _build_data_docs(self, deployment: Deployment, subjects: "Sequence[Subject]") -> Path:
        from include.quality import data_docs, stages  # noqa: PLC0415

        directory = Home.of(deployment.settings).path / "data_docs" / self.name
        with deployment.session(Role.TRANSFORMER) as transformer:
            is_personal = stages.is_personal(transformer, self.name)
        url = deployment.url(Role.TRANSFORMER)
        return data_docs.build_data_docs(url, directory, subjects, is_personal=is_personal)
