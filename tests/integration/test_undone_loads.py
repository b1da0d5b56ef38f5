"""A run whose tasks go on without what failed ends failed all the same, whatever it was that failed."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from include.deployment import Deployment
from include.ingestion.due import Occasion, look_back_by_days
from include.ingestion.ingest import Run
from include.intake.asked import ApiIntake
from include.operations import runs
from include.pipeline import LoadsFailedError, Pipeline
from include.release import Release
from tests.notifications import HUNDRED, VERSIONS, WINDOWS, Loads

AT = datetime(2026, 2, 1, tzinfo=UTC)
[SCOPE] = look_back_by_days(Occasion(AT), VERSIONS.limits.look_back)
PIPELINE = Pipeline(
    "many",
    releases=(Release("many", reads=(VERSIONS, WINDOWS)),),
    intake=ApiIntake(VERSIONS.publisher, (VERSIONS, WINDOWS), rates=lambda _: {}),
)
DAG_RUN = SimpleNamespace(
    run_id="manual__1", run_type="manual", run_after=AT, data_interval_start=None, data_interval_end=None
)


@pytest.fixture
def run(loads: Loads) -> Run:
    return Run("many", runs.open_run(loads.loader, "many", DAG_RUN.run_id))


@pytest.fixture
def published(place: Deployment) -> Callable[..., None]:
    """Takes the last step of the run, with nothing built."""

    def publish(**params: Any) -> None:
        context = {"params": params, "dag_run": DAG_RUN}
        PIPELINE.publish(context, place, None, {"stale": None, "failed_checks": []})

    return publish


def test_what_was_brought_of_every_dataset_is_a_success(loads, run, published):
    loads.load(VERSIONS, HUNDRED, SCOPE, run=run)
    loads.load(WINDOWS, HUNDRED, SCOPE, run=run)
    published()


def test_a_dataset_whose_task_failed_before_it_asked_for_anything_is_named(loads, run, published):
    loads.load(VERSIONS, HUNDRED, SCOPE, run=run)
    with pytest.raises(LoadsFailedError, match=r"^test_windows: was not asked for$"):
        published()


def test_a_dataset_whose_task_was_killed_while_it_loaded_is_named(loads, run, published):
    loads.load(VERSIONS, HUNDRED, SCOPE, run=run)
    loads.load(WINDOWS, HUNDRED, SCOPE, run=run)
    with loads.loader, loads.loader.cursor() as cursor:
        cursor.execute("update ops.loads set outcome = 'loading' where dataset = 'test_windows'")
    with pytest.raises(LoadsFailedError, match=r"^test_windows: the process was killed$"):
        published()


def test_params_that_contradict_each_other_are_no_success_though_nothing_was_due(run, published):
    with pytest.raises(ValueError, match="full_history asks for everything"):
        published(full_history=True, start="2026-01-01")
