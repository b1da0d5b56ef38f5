"""A publisher that is away fails a run as fast with a task for each dataset as with one task for all."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from include.deployment import Deployment
from include.ingestion.dataset import Dataset
from include.ingestion.errors import SourceRefusedError, SourceUnavailableError
from include.ingestion.http import LITTLE_PATIENCE, ApiClient
from include.ingestion.ingest import Run
from include.intake.asked import ApiIntake
from include.operations import runs
from tests.notifications import BY_DAY, HUNDRED, VERSIONS, WINDOWS, Loads, in_pages

FIRST, SECOND, THIRD = (each.name for each in (VERSIONS, WINDOWS, BY_DAY))
LEFT_ALONE = "has not answered other tasks of this run"
CONTEXT = {
    "params": {},
    "dag_run": SimpleNamespace(
        run_type="manual", run_after=datetime(2026, 2, 1, tzinfo=UTC), data_interval_start=None, data_interval_end=None
    ),
}


@dataclass
class Office:
    """A publisher of three datasets, each of which fails as the test says, or answers."""

    failures: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    patience: list[int] = field(default_factory=list)

    def close(self) -> None:
        self.failures = {name: SourceUnavailableError("no answer") for name in (FIRST, SECOND, THIRD)}

    @property
    def intake(self) -> ApiIntake:
        datasets = (VERSIONS, WINDOWS, replace(VERSIONS, table=BY_DAY.table, storage=BY_DAY.storage))
        return ApiIntake(VERSIONS.publisher, tuple(map(self._answering, datasets)), rates=lambda _: {})

    def _answering(self, dataset: Dataset) -> Dataset:
        def fetch(client: ApiClient, _: Any) -> Iterator[bytes]:
            self.asked.append(dataset.name)
            self.patience.append(client.patience.attempts)
            if dataset.name in self.failures:
                raise self.failures[dataset.name]
            yield from in_pages(HUNDRED)

        return replace(dataset, fetch=fetch)


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def task(loads: Loads, place: Deployment, office: Office) -> Callable[[str], None]:
    """One try at the task of a dataset, all of one run."""
    run = Run("many", runs.open_run(loads.loader, "many", "manual__1"))

    def bring(name: str) -> None:
        office.intake.load(CONTEXT, place, run, loads.loader, [name])

    return bring


def fails(task: Callable[[str], None], name: str, why: str = "no answer") -> None:
    with pytest.raises(SourceUnavailableError, match=why):
        task(name)


def test_when_two_tasks_were_not_answered_the_next_ones_do_not_ask(task, office):
    office.close()
    fails(task, FIRST)
    fails(task, SECOND)
    fails(task, THIRD, LEFT_ALONE)
    assert office.asked == [FIRST, SECOND]


def test_after_one_that_was_not_answered_the_next_asks_but_once(task, office):
    office.close()
    fails(task, FIRST)
    fails(task, SECOND)
    assert office.patience[1] == LITTLE_PATIENCE.attempts < office.patience[0]


def test_a_task_that_was_not_answered_asks_again_with_all_its_patience_when_it_is_retried(task, office):
    office.close()
    fails(task, FIRST)
    fails(task, SECOND)
    fails(task, FIRST)
    assert office.asked == [FIRST, SECOND, FIRST]
    assert office.patience[2] == office.patience[0]


def test_those_that_were_left_alone_ask_once_the_others_are_answered(task, office, query):
    office.close()
    fails(task, FIRST)
    fails(task, SECOND)
    fails(task, THIRD, LEFT_ALONE)
    office.failures.clear()
    for name in (FIRST, SECOND, THIRD):
        task(name)
    assert query("select distinct outcome, cause from ops.loads") == [("held", None)]


def test_a_run_that_is_repeated_asks_as_if_for_the_first_time(task, office, loads):
    office.close()
    fails(task, FIRST)
    fails(task, SECOND)
    runs.close_run(loads.loader, "many", "manual__1", failed=True)
    runs.open_run(loads.loader, "many", "manual__1")
    fails(task, THIRD)
    assert office.asked == [FIRST, SECOND, THIRD]


def test_a_publisher_that_refuses_is_not_away(task, office):
    office.failures = {name: SourceRefusedError("no") for name in (FIRST, SECOND)}
    for name in (FIRST, SECOND):
        with pytest.raises(SourceRefusedError):
            task(name)
    task(THIRD)
    assert office.asked == [FIRST, SECOND, THIRD]
