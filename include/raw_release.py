"""What readers see as raw has it: its pending rows are judged and published, dataset by dataset, with no model between.

One dataset whose rows are not fit withholds no other. What one step leaves to the next is JSON.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.deployment import Deployment
from include.ingestion.columns import columns
from include.ingestion.dataset import Dataset, Storage
from include.operations import runs, versions
from include.quality.result import CheckFailedError, CheckResult, Severity, Stage
from include.settings import Settings
from include.transformation.publish import publish_raw
from include.warehouse import Role

if TYPE_CHECKING:
    from include.quality.subject import Subject

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RawRelease:
    """Datasets that are published as views of raw."""

    name: str
    """Its key in `ops.watermarks`: the id of the DAG that loads the datasets."""
    reads: tuple[Dataset, ...]
    follows: tuple[str, ...] = ()

    @property
    def dataset_names(self) -> tuple[str, ...]:
        """Names of the datasets, in `ops.datasets`."""
        return tuple(dataset.name for dataset in self.reads)

    @property
    def freshness(self) -> tuple[()]:
        """Nothing: each dataset has a rhythm of its own."""
        return ()

    def settings_of(self, _: Settings) -> Mapping[str, str]:
        """Return nothing: no setting changes what is shown."""
        return {}

    def judge(self, deployment: Deployment, run_id: int, *, force: bool = False) -> dict[str, Any] | None:
        """Judge what is pending; return what publishing has to know, or None where nothing is.

        Raises JudgementError where it cannot be judged. Failed checks are told once the rest is published.
        """
        from include.quality import stages  # noqa: PLC0415 - Great Expectations takes seconds to import

        with deployment.session(Role.TRANSFORMER) as transformer:
            if not versions.has_pending(transformer, self.name):
                log.info("nothing is pending, so there is nothing to check")
                return None
            build_id = versions.begin_build(transformer, self.name)
            judging = stages.Judging(self.name, run_id, Stage.CHECK_RAW, build_id)
            verdict = stages.judge_pending(
                transformer, deployment.url(Role.TRANSFORMER), judging, self.raw_subjects(run_id)
            )
        failed = [result for result in verdict.results if _is_critical(result)]
        withheld = [] if force else sorted({result.suite.removeprefix("raw.") for result in failed})
        return {"build_id": build_id, "withheld": withheld, "failed_checks": [result.line for result in failed]}

    def publish(
        self, deployment: Deployment, run_id: int, judged: Mapping[str, Any] | None
    ) -> Mapping[str, Mapping[str, int]]:
        """Publish the datasets that were found fit; return each dataset's rows published, new, revised and withdrawn.

        Raises CheckFailedError afterwards, where any was not.
        """
        if judged is None:
            return {}
        with deployment.session(Role.TRANSFORMER) as transformer:
            tables = publish_raw(transformer, self, run_id, judged)
            if tables is None:
                log.info("superseded: a later run carries these rows, and publishes them")
                with deployment.session(Role.LOADER) as loader:
                    runs.conclude(loader, run_id, runs.Status.SUPERSEDED)
                return {}
            dropped = versions.drop_superseded(transformer, self.name)
            if dropped:
                log.info("dropped %s rows that later answers have replaced", f"{dropped:,}")
        if judged["withheld"]:
            raise CheckFailedError(Stage.CHECK_RAW, judged["failed_checks"])
        return tables

    def raw_subjects(self, run_id: int) -> "list[Subject]":
        """Return what is judged of each dataset, for a run."""
        from include.quality.suites.raw_rows import RawRows, raw_rows  # noqa: PLC0415

        return [
            raw_rows(
                RawRows(
                    dataset=dataset.name,
                    release=self.name,
                    run_id=run_id,
                    key=dataset.key,
                    types={each.name: each.sql_type for each in columns(dataset.record)},
                    nullable=frozenset(each.name for each in dataset.key_columns if each.is_nullable),
                    window_column=dataset.window_column,
                    is_by_day=_is_by_day(dataset),
                    is_by_window=dataset.storage is Storage.REPLACED_WINDOWS,
                )
            )
            for dataset in self.reads
        ]

    @property
    def mart_subjects(self) -> "Sequence[Subject]":
        """Nothing: no model is made."""
        return ()


def _is_critical(result: CheckResult) -> bool:
    return not result.success and result.severity is Severity.CRITICAL


def _is_by_day(dataset: Dataset) -> bool:
    return any(each.name == dataset.window_column and each.sql_type == "date" for each in columns(dataset.record))
