"""Has the process that forks tasks load what every task needs before: dbt and Great Expectations take seven seconds.

With the LocalExecutor a task is a fork of the scheduler, with the CeleryExecutor one of the worker's pool; so it finds
them loaded. A Celery worker loads plugins before its pool only where `[core] lazy_load_plugins` is off.
"""

import importlib
import logging
import os
import sys
from typing import Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from include.settings import Settings

log = logging.getLogger(__name__)

IMPORTED_AHEAD = ("dbt.cli.main", "dbt.adapters.postgres", "include.pipeline", "include.quality.stages")
IS_CELERY_WORKER = "celery" in sys.argv and "worker" in sys.argv


@hookimpl
def on_starting(component: Any) -> None:
    """Load them where this process is the scheduler; a job does not know yet what it is when it is announced."""
    if "scheduler" in sys.argv:
        _load()


def _load(**_: Any) -> None:
    missing = [name for name in IMPORTED_AHEAD if name not in sys.modules]
    if missing:
        for name in missing:
            importlib.import_module(name)
        log.info("imported ahead of the tasks: %s", ", ".join(missing))
        _import_sources()
        _warm_dbt()


def _import_sources() -> None:
    """Import what all sources declare: a DAG with a task for each of many datasets asks for it in every one."""
    from include.sources import pipelines  # noqa: PLC0415 - no other process is to import it

    log.info("%d pipelines are declared", len(list(pipelines())))


def _warm_dbt() -> None:
    """Have dbt read its project, which leaves it warm."""
    from include.deployment import Deployment  # noqa: PLC0415 - no other process is to import it

    url = os.environ.get("AIRFLOW_CONN_WAREHOUSE_TRANSFORMER")
    if url is not None:
        Deployment(Settings(), lambda _: url).dbt().warm_up()


if IS_CELERY_WORKER:
    from celery.signals import worker_init

    # Held by the module: Celery keeps weak references only.
    worker_init.connect(_load)


class WarmTasks(AirflowPlugin):
    """Registers the listener."""

    name = "gridloom_warm_tasks"
    listeners: ClassVar[list[Any]] = [sys.modules[__name__]]
