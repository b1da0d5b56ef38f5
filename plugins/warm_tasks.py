"""Has the scheduler load what every task needs before it forks them: dbt and Great Expectations take seven seconds.

With the LocalExecutor a task is a fork of the scheduler, so it finds them loaded. Other executors are not touched.
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


@hookimpl
def on_starting(component: Any) -> None:
    """Load them where this process is the scheduler; a job does not know yet what it is when it is announced."""
    missing = [name for name in IMPORTED_AHEAD if name not in sys.modules]
    if "scheduler" in sys.argv and missing:
        for name in missing:
            importlib.import_module(name)
        log.info("imported ahead of the tasks: %s", ", ".join(missing))
        _warm_dbt()


def _warm_dbt() -> None:
    """Have dbt read its project, which leaves it warm."""
    from include.pipeline import Place  # noqa: PLC0415 - no other process is to import it

    url = os.environ.get("AIRFLOW_CONN_WAREHOUSE_TRANSFORMER")
    if url is not None:
        Place(Settings(), lambda _: url).dbt().warm_up()


class WarmTasks(AirflowPlugin):
    """Registers the listener."""

    name = "gridloom_warm_tasks"
    listeners: ClassVar[list[Any]] = [sys.modules[__name__]]
