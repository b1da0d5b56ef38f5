"""Many datasets of one API: what a run loads is worked out first, by what the publisher says has moved.

The plan stands in `ops.pipeline_runs`. A run that was told what for asks for all of it.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run
from include.ingestion.window import instant
from include.intake.asked import ApiIntake
from include.operations import loads, plans, versions
from include.operations.plans import Piece
from include.warehouse import Connection

log = logging.getLogger(__name__)

# Airflow maps a task over 1,024 at most.
MOST_TASKS = 1_000


@dataclass(frozen=True)
class PlannedIntake(ApiIntake):
    """Datasets whose runs begin with a plan."""

    editions: Callable[[ApiClient], Mapping[str, str]] = field(kw_only=True)
    """Returns when each dataset was last changed, by its name, as far as the publisher says so."""
    is_by_scope: bool = False
    """Whether each scope has a task of its own: where one takes long."""

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Work out and keep what a run loads; return what each of its tasks loads, by name.

        Raises PassingError or LastingError where the publisher does not say what has moved.
        """
        plan = list(self._plan(context, deployment, loader))
        plans.keep(loader, run.run_id, plan)
        log.info("%d windows of %d datasets are due", len(plan), len({each.dataset for each in plan}))
        by_scope = [_named(each.dataset, each.scope) for each in plan]
        if self.is_by_scope and len(by_scope) <= MOST_TASKS:
            return by_scope
        return list(dict.fromkeys(each.dataset for each in plan))

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> bool:
        """Bring in pieces of the plan, by name, or all of it; as `AskedIntake.load` otherwise."""
        if plans.of_run(loader, run.run_id) is None:
            self.pieces(context, deployment, run, loader)
        return super().load(context, deployment, run, loader, names)

    def due_of(
        self, context: Mapping[str, Any], loader: Connection, run: Run, names: Collection[str] | None
    ) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what is planned of the pieces named, or of all."""
        plan = {(each.dataset, each.scope): each.edition for each in plans.of_run(loader, run.run_id) or ()}
        for dataset, asked in self.due(context):
            scope = str(asked.scope)
            is_named = names is None or dataset.name in names or _named(dataset.name, scope) in names
            if is_named and (dataset.name, scope) in plan:
                yield dataset, replace(asked, edition=plan[dataset.name, scope])

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return what was planned and has not come, now that all is tried, each in one line that names it."""
        plan = plans.of_run(loader, run_id)
        if plan is None:
            return [f"what is due of {self.publisher.title} could not be worked out"]
        begun = loads.begun(loader, run_id)
        unasked = dict.fromkeys(each.dataset for each in plan if (each.dataset, each.scope) not in begun)
        failed = loads.failed(loader, run_id, [dataset.name for dataset in self.datasets])
        return [*failed, *(f"{name}: was not asked for" for name in unasked)]

    def _plan(self, context: Mapping[str, Any], deployment: Deployment, loader: Connection) -> Iterator[Piece]:
        due = list(self.due(context))
        editions: Mapping[str, str] = {}
        if any(asked.is_routine for _, asked in due):
            with self.opened(deployment, loader) as client:
                editions = self.editions(client)
        for dataset, asked in due:
            edition = asked.edition or (editions.get(dataset.name) if asked.is_routine else None)
            if edition is None or not _is_known(loader, dataset, asked, edition):
                yield Piece(dataset.name, str(asked.scope), edition)


def _named(dataset: str, scope: str) -> str:
    return f"{dataset}, {scope}"


def _is_known(loader: Connection, dataset: Dataset, asked: Asked, edition: str) -> bool:
    """Tell whether a scope was read in this edition, as far as it goes, and is published."""
    covers = asked.scope.covers
    if covers is None:
        is_read = loads.was_read(loader, dataset.name, edition, None)
    else:
        is_read = loads.was_read(loader, dataset.name, edition, (covers.start, _reached(edition, covers.end)))
    return is_read and not versions.is_awaited(loader, dataset.name)


def _reached(edition: str, end: Any) -> Any:
    """Return up to when a scope must have been read for all of an edition to be in it."""
    try:
        return min(instant(edition), end)
    except ValueError:
        return end
