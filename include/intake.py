"""What a DAG loads: the datasets of one publisher, each with an outcome of its own in `ops.loads`.

One dataset that fails stops no other. A try that is repeated asks only for what has not come yet.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from include.deployment import Deployment
from include.ingestion.dataset import Dataset, Publisher
from include.ingestion.due import Asked, Occasion, Request, due
from include.ingestion.errors import LastingError, PassingError, SourceUnavailableError
from include.ingestion.http import ApiClient, Patience
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import Rate, SharedPace
from include.operations import loads, runs
from include.settings import Settings
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

# Whoever did not answer once, for all our patience, is asked with little of it from then on. A dataset that does not
# answer twice is left alone, and so is a publisher that does not answer for two datasets: one that is away fails a run
# as fast with many datasets as with two.
LITTLE_PATIENCE = Patience(attempts=1, total_s=1)
LITTLE_TIMEOUT_S = 20
MOST_UNANSWERED = 2


@dataclass(frozen=True)
class Intake:
    """The datasets that a DAG loads, and how fast their publisher may be asked."""

    publisher: Publisher
    datasets: tuple[Dataset, ...]
    rates: Callable[[Settings], Mapping[str, Rate]]

    @property
    def dataset_names(self) -> list[str]:
        """Names in `ops.datasets`."""
        return [dataset.name for dataset in self.datasets]

    def url(self, settings: Settings) -> str:
        """Return the address of the publisher's API: its setting `<publisher>_url`."""
        return str(getattr(settings, f"{self.publisher.name}_url"))

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what a run has to ask for, given Airflow's context. Raises ValueError for params that contradict."""
        request, occasion = Request.of(context["params"]), Occasion.of(context["dag_run"])
        for dataset in self.datasets:
            for asked in due(dataset, request, occasion):
                yield dataset, asked

    def is_routine(self, context: Mapping[str, Any]) -> bool:
        """Tell whether a run asks for nothing that somebody named."""
        return all(asked.is_routine for _, asked in self.due(context))

    def load(
        self,
        context: Mapping[str, Any],
        deployment: Deployment,
        run: Run,
        loader: Connection,
        names: Collection[str] | None = None,
    ) -> None:
        """Bring what is due into `raw`, of the datasets named or of all.

        Raises, once all is tried, PassingError where something that failed may pass by itself, else LastingError; and
        PassingError at once where the publisher has answered none of the run's other tasks.
        """
        with deployment.session(Role.LOADER, autocommit=True) as pacing:
            pace = SharedPace(pacing, self.publisher.name, self.rates(deployment.settings))
            client = ApiClient(self.url(deployment.settings), pace)
            effort = _Effort(client, loader, run, unanswered=Counter(_unanswered_elsewhere(loader, run, names)))
            if effort.has_publisher_gone:
                raise SourceUnavailableError(f"{self.publisher.title} has not answered other tasks of this run")
            for dataset, asked in list(self.due(context)):
                if (names is None or dataset.name in names) and not effort.is_in_vain(dataset):
                    effort.bring(dataset, asked)
        effort.raise_for_failures()
        if names is None and loads.all_unchanged(loader, run.run_id):
            runs.conclude(loader, run.run_id, runs.Status.SKIPPED)

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return what is due and has not come, now that all is tried, each dataset in one line that names it.

        Raises ValueError as `due` does.
        """
        begun = loads.begun(loader, run_id)
        # A task may fail before it asks for anything.
        unasked = (
            dataset.name for dataset, asked in self.due(context) if (dataset.name, str(asked.scope)) not in begun
        )
        return [*loads.failed(loader, run_id), *(f"{name}: was not asked for" for name in dict.fromkeys(unasked))]


def _unanswered_elsewhere(loader: Connection, run: Run, names: Collection[str] | None) -> Collection[str]:
    """Return the datasets that the run's other tasks have asked for in vain; none for a task that has done so itself.

    So those that asked may ask again when they are retried, and the others go by what comes of it.
    """
    if names is None:
        return ()
    unanswered = loads.unanswered(loader, run.run_id, SourceUnavailableError.__name__)
    return () if unanswered.intersection(names) else unanswered


@dataclass
class _Effort:
    """One try at all that is due, and what failed of it."""

    client: ApiClient
    loader: Connection
    run: Run
    unanswered: Counter[str] = field(default_factory=Counter)
    """How often each dataset was asked for in vain."""
    failures: list[PassingError | LastingError] = field(default_factory=list)

    def bring(self, dataset: Dataset, asked: Asked) -> None:
        """Bring one scope in, unless an earlier try has; keep why it failed, if it did."""
        if loads.is_held_by_run(self.loader, run_id=self.run.run_id, dataset=dataset.name, scope=str(asked.scope)):
            return
        try:
            ingest(dataset, asked, client=self._client(dataset), warehouse=self.loader, run=self.run)
        except (PassingError, LastingError) as error:
            log.warning("%s %s: %s", dataset.name, asked.scope, error)
            if isinstance(error, SourceUnavailableError):
                self.unanswered[dataset.name] += 1
            self.failures.append(error)

    def _client(self, dataset: Dataset) -> ApiClient:
        limits = dataset.limits
        client = replace(
            self.client, read_timeout_s=limits.answer_s.most, most_body_bytes=int(limits.answer_bytes.most)
        )
        if not self.unanswered:
            return client
        return replace(client, patience=LITTLE_PATIENCE, read_timeout_s=min(LITTLE_TIMEOUT_S, limits.answer_s.most))

    @property
    def has_publisher_gone(self) -> bool:
        """Whether nobody answers, so that the rest need not be asked."""
        return len(self.unanswered) >= MOST_UNANSWERED

    def is_in_vain(self, dataset: Dataset) -> bool:
        """Whether a dataset need not be asked for: it does not answer, or the publisher does not."""
        return self.has_publisher_gone or self.unanswered[dataset.name] >= MOST_UNANSWERED

    def raise_for_failures(self) -> None:
        """Raise what failed: one failure as it was, several as one that names them all."""
        if not self.failures:
            return
        if len(self.failures) == 1:
            raise self.failures[0]
        passing = any(isinstance(error, PassingError) for error in self.failures)
        kind = PassingError if passing else LastingError
        raise kind("; ".join(dict.fromkeys(map(str, self.failures)))) from self.failures[0]
