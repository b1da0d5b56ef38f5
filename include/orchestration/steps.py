"""The steps of a pipeline as tasks: extract_and_load, then check_raw, build_models, check_marts and publish.

What a step does stands in `include.pipeline`, which is imported within the tasks, so that a DAG file is read quickly.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import (
    Asset,
    AssetAlias,
    AssetAny,
    AssetOrTimeSchedule,
    Connection,
    CronDataIntervalTimetable,
    TaskGroup,
    task,
)
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException
from airflow.task.trigger_rule import TriggerRule

from include.orchestration.lateness import late_after
from include.orchestration.retries import PATIENT

if TYPE_CHECKING:
    from include.deployment import Deployment
    from include.pipeline import Pipeline

BUILDS_POOL = "builds"


def on_schedule(cron: str, *, since: int, late_after_minutes: int = 45) -> dict[str, Any]:
    """Return the settings of a DAG that runs by the clock (UTC), over data that begins in a year.

    The longest sound run, of a whole history, takes a quarter of an hour; the next run is due after an hour.
    """
    return {
        "schedule": CronDataIntervalTimetable(cron, timezone="UTC"),
        "start_date": pendulum.datetime(since, 1, 1, tz="UTC"),
        "deadline": late_after(minutes=late_after_minutes),
        **_COMMON,
    }


def on_schedule_or_event(cron: str, event: Asset, *, since: int, late_after_minutes: int = 45) -> dict[str, Any]:
    """Return the settings of a DAG that runs by the clock, and when somebody posts an event of an asset as well."""
    settings = on_schedule(cron, since=since, late_after_minutes=late_after_minutes)
    return {**settings, "schedule": AssetOrTimeSchedule(timetable=settings["schedule"], assets=[event])}


def on_assets(schedule: AssetAny) -> dict[str, Any]:
    """Return the settings of a DAG that runs when what it reads was published."""
    return {"schedule": schedule, **_COMMON}


_COMMON: dict[str, Any] = {
    "catchup": False,
    "dagrun_timeout": timedelta(hours=3),
    "default_args": {
        "retries": 1,
        "retry_delay": timedelta(seconds=20),
        "retry_policy": PATIENT,
        "execution_timeout": timedelta(hours=1),
    },
}


class Loads(StrEnum):
    """What a DAG loads."""

    NOTHING = "nothing"
    """Its models read published tables."""
    ONE_DATASET = "one dataset"
    """Where it fails, nothing is left to do."""
    IN_TURN = "in turn"
    """Several datasets, in one task. A release goes on without those that failed, and the run ends failed."""
    MAPPED = "mapped"
    """The same with a task for each dataset that is due: for many."""


@cache
def asset_of(table: str) -> Asset:
    """Return the asset of a published table."""
    return Asset(name=f"analytics.{table}", uri=f"x-gridloom://analytics/{table}")


def assets_of(tables: Iterable[str]) -> list[Asset]:
    """Return the assets of published tables, for DAGs that are scheduled by them."""
    return [asset_of(table) for table in tables]


@cache
def hook_asset(name: str) -> Asset:
    """Return the asset that changes with each delivery to an inbound webhook, for DAGs that are started by it."""
    return Asset(name=f"hooks.{name}", uri=f"x-gridloom://hooks/{name}")


def wire(
    releases: Mapping[str, Iterable[str]], *, loads: Loads = Loads.ONE_DATASET, loads_on: str | None = None
) -> None:
    """Make the tasks of a DAG: its intake, then each release (by name, with the tables it publishes) in turn.

    The five tasks have their usual names; those of several releases stand in a group each. `loads_on` is the queue of
    the workers that have what the intake needs, where Celery hands tasks out; the usual one by default.
    """
    loaded = _INTAKES[loads](loads_on)
    for name, tables in releases.items():
        with TaskGroup(name) if len(releases) > 1 else nullcontext():
            checked, _ = _release(name, list(tables), when=_WHEN[loads])
        if loaded is not None:
            loaded >> checked


def wire_raw(release: str, then: Sequence[Mapping[str, Iterable[str]]] = ()) -> None:
    """Make the tasks of a DAG whose many datasets readers see as raw has them: what is due, a task for each, then
    `check_raw` and `publish`, which emits an asset event for each dataset of which something is new.

    Then come releases of models, by name with the tables they publish: those of one stage beside each other, each stage
    after the one before. They go on whatever became of the others; the run ends failed if any did.
    """
    # An alias has events of those assets only that are added to it.
    published = AssetAlias(release)

    # Where nothing is due there is no task to load it, and what an earlier run left is published all the same.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def check_raw(**context: Any) -> dict[str, Any] | None:
        return _pipeline(context).judge_raw(context, deployment(), release)

    @task(outlets=[published])
    def publish(judged: dict[str, Any] | None, **context: Any) -> None:
        tables = _pipeline(context).publish_raw(context, deployment(), judged, release)
        if not tables:
            raise AirflowSkipException("nothing to publish")
        for table, counts in tables.items():
            context["outlet_events"][published].add(asset_of(table), extra=dict(counts))

    loaded = _extract_and_load_mapped()
    with TaskGroup(release) if then else nullcontext():
        checked = check_raw()
        last = [publish(checked)]
    loaded >> checked
    ends = [*last]
    for stage in then:
        groups = [_group(name, list(tables)) for name, tables in stage.items()]
        for first, _ in groups:
            last >> first
        last = [published for _, published in groups]
        ends += last
    if then:
        # What failed within would be forgotten: a run is judged by its last tasks.
        ends >> EmptyOperator(task_id="end", trigger_rule=TriggerRule.NONE_FAILED)


def wire_discovery() -> None:
    """Make the task of a DAG that finds out what a publisher has."""

    @task
    def discover(**context: Any) -> None:
        _pipeline(context).discover(context, deployment())

    discover()


def _extract_and_load(queue: str | None = None) -> Any:
    @task(**_workers(queue))
    def extract_and_load(**context: Any) -> None:
        if not _pipeline(context).extract_and_load(context, deployment()):
            raise AirflowSkipException("nothing is new, and nothing is pending")

    return extract_and_load()


def _extract_and_load_mapped(queue: str | None = None) -> Any:
    @task
    def due(**context: Any) -> list[str]:
        return _pipeline(context).due(context, deployment())

    @task(map_index_template="{{ task.op_kwargs['piece'] }}", **_workers(queue))
    def extract_and_load(piece: str, **context: Any) -> None:
        _pipeline(context).extract_and_load(context, deployment(), [piece])

    return extract_and_load.expand(piece=due())


def _workers(queue: str | None) -> dict[str, Any]:
    """Return the settings of a task that only the workers of a queue can do."""
    return {"queue": queue} if queue else {}


_INTAKES: dict[Loads, Callable[[str | None], Any]] = {
    Loads.NOTHING: lambda _: None,
    Loads.ONE_DATASET: _extract_and_load,
    Loads.IN_TURN: _extract_and_load,
    Loads.MAPPED: _extract_and_load_mapped,
}


# Where a dataset could not be loaded, a release goes on without it.
_WHEN = {
    Loads.NOTHING: TriggerRule.ALL_SUCCESS,
    Loads.ONE_DATASET: TriggerRule.ALL_SUCCESS,
    Loads.IN_TURN: TriggerRule.NONE_SKIPPED,
    Loads.MAPPED: TriggerRule.NONE_SKIPPED,
}


def _group(name: str, tables: list[str]) -> tuple[Any, Any]:
    with TaskGroup(name):
        return _release(name, tables, when=TriggerRule.ALL_DONE)


def _release(name: str, tables: list[str], *, when: TriggerRule) -> tuple[Any, Any]:
    """Make the tasks of a release; return the first, which is done when what comes before it is, and the last."""

    @task(trigger_rule=when)
    def check_raw(**context: Any) -> list[str]:
        return _pipeline(context).check_raw(context, deployment(), name)

    @task(pool=BUILDS_POOL)
    def build_models(**context: Any) -> dict[str, Any] | None:
        return _pipeline(context).build_models(context, deployment(), name)

    @task
    def check_marts(build: dict[str, Any] | None, **context: Any) -> dict[str, Any]:
        return _pipeline(context).check_marts(context, deployment(), build, name)

    @task(outlets=assets_of(tables))
    def publish(build: dict[str, Any] | None, judged: dict[str, Any], **context: Any) -> None:
        published = _pipeline(context).publish(context, deployment(), build, judged, name)
        if not published:
            raise AirflowSkipException("nothing to publish")
        for table in tables:
            context["outlet_events"][asset_of(table)].extra.update(published[table])

    checked, build = check_raw(), build_models()
    checked >> build
    return checked, publish(build, check_marts(build))


def deployment() -> "Deployment":
    """Return where the steps work: this deployment's settings, and Airflow's connections to the warehouse."""
    from include.deployment import Deployment  # noqa: PLC0415 - heavy imports belong in tasks
    from include.settings import Settings  # noqa: PLC0415

    return Deployment(Settings(), lambda role: Connection.get(f"warehouse_{role}").get_uri(), _storage_options)


def _storage_options(dataset: str) -> dict[str, Any]:
    """Return what the connection named as a dataset says of where its files lie; nothing where there is none.

    Its extra are options of fsspec's; login and password are those of S3 (key and secret), unless the extra has them.
    """
    try:
        connection = Connection.get(dataset)
    except AirflowNotFoundException:
        return {}
    login = {"key": connection.login, "secret": connection.password}
    return {**{name: value for name, value in login.items() if value}, **connection.extra_dejson}


def _pipeline(context: Mapping[str, Any]) -> "Pipeline":
    from include.sources import pipeline_of  # noqa: PLC0415

    return pipeline_of(context["dag"].dag_id)
