"""Has OpenLineage events of each run sent, where GRIDLOOM_LINEAGE says to whom. Runs in the scheduler."""

import logging
import os
import sys
from typing import Any, ClassVar

from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from pydantic import ValidationError

from include.lineage import emit
from include.local.processes import MARK
from include.settings import Settings

log = logging.getLogger(__name__)


def _send(when: str, dag_run: Any) -> None:
    # Without our mark: it outlives the services of a `gridloom run`, by seconds.
    environment = {name: value for name, value in os.environ.items() if name != MARK}
    try:
        if Settings().lineage:
            emit.start(when, dag_run.dag_id, dag_run.run_id, environment)
    except (ValidationError, OSError) as error:
        log.warning("lineage could not be sent: %s", error)


# Last: the run's history has been written by then.
@hookimpl(trylast=True)
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Send that a run begins."""
    _send("start", dag_run)


@hookimpl(trylast=True)
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Send what a run made from what."""
    _send("end", dag_run)


@hookimpl(trylast=True)
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Send that a run failed, and what it made before."""
    _send("end", dag_run)


class RunLineage(AirflowPlugin):
    """Registers the listener."""

    name = "gridloom_run_lineage"
    listeners: ClassVar[list[Any]] = [sys.modules[__name__]]
