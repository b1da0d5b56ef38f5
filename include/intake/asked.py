"""What a DAG asks a source for, dataset by dataset, each with an outcome of its own in `ops.loads`.

One dataset that fails stops no other. A try that is repeated asks only for what has not come yet.
"""

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from include.deployment import Deployment
from include.ingestion.dataset import Dataset, Publisher
from include.ingestion.due import Asked, Occasion, Request, due
from include.ingestion.errors import LastingError, PassingError, SourceUnavailableError
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.limits import Limits
from include.ingestion.pace import Rate, SharedPace
from include.intake.intake import raise_all
from include.operations import loads
from include.settings import Settings
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

# Whoever did not answer once, for all our patience, is asked with little of it from then on. A dataset that does not
# answer twice is left alone, and so is a publisher that does not answer for two datasets: one that is away fails a run
# as fast with many datasets as with two.
MOST_UNANSWERED = 2


class Source(Protocol):
    """What is asked: an API, or a database."""

    def within(self, limits: Limits, *, is_hurried: bool) -> "Source":
        """Return it as it is asked for a dataset of these limits; with little patience where it did not answer."""


@dataclass(frozen=True)
class AskedIntake(ABC):
    """The datasets that a DAG asks a publisher for."""

    publisher: Publisher
    datasets: tuple[Dataset, ...]

    is_one_state: ClassVar[bool] = False
    """Whether what is read at one time belongs together: then a try that is repeated asks for all of it again."""

    @abstractmethod
    def opened(self, deployment: Deployment, loader: Connection) -> AbstractContextManager[Source]:
        """Open the source for the length of a task. Raises PassingError or LastingError."""

    def due(self, context: Mapping[str, Any]) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what a run has to ask for, given Airflow's context. Raises ValueError for params that contradict."""
        request, occasion = Request.of(context["params"]), Occasion.of(context["dag_run"])
        for dataset in self.datasets:
            for asked in due(dataset, request, occasion):
                yield dataset, asked

    def pieces(self, context: Mapping[str, Any], deployment: Deployment, run: Run, loader: Connection) -> list[str]:
        """Return what each task of a mapped DAG loads, by name: a dataset. Raises ValueError as `due` does."""
        return list(dict.fromkeys(dataset.name for dataset, _ in self.due(context)))

    def due_of(
        self, context: Mapping[str, Any], loader: Connection, run: Run, names: Collection[str] | None
    ) -> Iterator[tuple[Dataset, Asked]]:
        """Yield what is due of the pieces named, or of all. Raises ValueError as `due` does."""
        return ((dataset, asked) for dataset, asked in self.due(context) if names is None or dataset.name in names)

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
    ) -> bool:
        """Bring what is due into `raw`, of the datasets named or of all; tell whether anything came.

        Raises, once all is tried, PassingError where something that failed may pass by itself, else LastingError; and
        PassingError at once where the publisher has answered none of the run's other tasks.
        """
        with self.opened(deployment, loader) as source:
            unanswered = Counter(_unanswered_elsewhere(loader, run, names))
            effort = _Effort(source, loader, run, is_one_state=self.is_one_state, unanswered=unanswered)
            if effort.has_publisher_gone:
                raise SourceUnavailableError(f"{self.publisher.title} has not answered other tasks of this run")
            due = list(self.due_of(context, loader, run, names))
            for dataset, asked in due:
                if not effort.is_in_vain(dataset):
                    effort.bring(dataset, asked)
        raise_all(effort.failures)
        return bool(due) and not loads.all_unchanged(loader, run.run_id)

    def left_undone(self, context: Mapping[str, Any], loader: Connection, run_id: int) -> list[str]:
        """Return what is due and has not come, now that all is tried, each dataset in one line that names it.

        Raises ValueError as `due` does.
        """
        begun = loads.begun(loader, run_id)
        # A task may fail before it asks for anything.
        unasked = (
            dataset.name for dataset, asked in self.due(context) if (dataset.name, str(asked.scope)) not in begun
        )
        failed = loads.failed(loader, run_id, [dataset.name for dataset in self.datasets])
        return [*failed, *(f"{name}: was not asked for" for name in dict.fromkeys(unasked))]


@dataclass(frozen=True)
class ApiIntake(AskedIntake):
    """The same where the source is an API: its address is the setting `<publisher>_url`, its pace is shared by all."""

    rates: Callable[[Settings], Mapping[str, Rate]]

    def url(self, settings: Settings) -> str:
        """Return the address of the publisher's API."""
        return str(getattr(settings, f"{self.publisher.name}_url"))

    @contextmanager
    def opened(self, deployment: Deployment, loader: Connection) -> Iterator[ApiClient]:
        """Open the API, as `AskedIntake` says."""
        settings = deployment.settings
        with deployment.session(Role.LOADER, autocommit=True) as pacing:
            pace = SharedPace(pacing, self.publisher.name, self.rates(settings))
            yield ApiClient(self.url(settings), pace)


def _unanswered_elsewhere(loader: Connection, run: Run, names: Collection[str] | None) -> Collection[str]:
    """Return the datasets that the run's other tasks have asked for in vain; none for a task that has done so itself.

    So those that asked may ask again when they are retried, and the others go by what comes of it.
    """
    if names is None:
        return ()
    unanswered = loads.unanswered(loader, run.run_id, SourceUnavailableError.__name__)
    # A piece is called after its dataset, with its scope behind a comma where it is one of several.
    return () if unanswered.intersection(name.partition(",")[0] for name in names) else unanswered


@dataclass
class _Effort:
    """One try at all that is due, and what failed of it."""

    source: Source
    loader: Connection
    run: Run
    is_one_state: bool = False
    unanswered: Counter[str] = field(default_factory=Counter)
    """How often each dataset was asked for in vain."""
    failures: list[PassingError | LastingError] = field(default_factory=list)

    def bring(self, dataset: Dataset, asked: Asked) -> None:
        """Bring one scope in, unless an earlier try has; keep why it failed, if it did."""
        if not self.is_one_state and self._has_come(dataset, asked):
            return
        source = self.source.within(dataset.limits, is_hurried=bool(self.unanswered))
        try:
            ingest(dataset, asked, client=source, warehouse=self.loader, run=self.run)
        except (PassingError, LastingError) as error:
            log.warning("%s %s: %s", dataset.name, asked.scope, error)
            if isinstance(error, SourceUnavailableError):
                self.unanswered[dataset.name] += 1
            self.failures.append(error)

    def _has_come(self, dataset: Dataset, asked: Asked) -> bool:
        scope = str(asked.scope)
        return loads.is_held_by_run(self.loader, run_id=self.run.run_id, dataset=dataset.name, scope=scope)

    @property
    def has_publisher_gone(self) -> bool:
        """Whether nobody answers, so that the rest need not be asked."""
        return len(self.unanswered) >= MOST_UNANSWERED

    def is_in_vain(self, dataset: Dataset) -> bool:
        """Whether a dataset need not be asked for: it does not answer, or the publisher does not."""
        return self.has_publisher_gone or self.unanswered[dataset.name] >= MOST_UNANSWERED
