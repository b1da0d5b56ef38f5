"""Tells people when a run failed or was lost, a source is stale or has new columns, by what `ops` says of the run.

Runs in the scheduler. What goes wrong here is said in its log and changes nothing about the run.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import psycopg2
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin
from pydantic import ValidationError

from include.alerts import courier, findings, tell
from include.settings import Settings
from include.warehouse import Connection, session

log = logging.getLogger(__name__)

WAREHOUSE_AWAY = "the warehouse cannot be reached"


def _tell(say: Callable[[Connection, Settings], None]) -> bool:
    """Do it with the warehouse; return False where that cannot be reached."""
    url = os.environ.get(courier.URL_VARIABLE)
    if url is None:
        log.warning("alerts: %s is not set", courier.URL_VARIABLE)
        return True
    try:
        with session(url, application="gridloom alerts") as loader:
            say(loader, Settings())
    except psycopg2.Error as error:
        log.warning("alerts could not be kept: %s", " ".join(str(error).split()))
        return False
    except (ValidationError, OSError) as error:
        log.warning("alerts could not be told: %s", error)
    return True


# Last: the run's history has been written by then.
@hookimpl(trylast=True)
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Tell of runs that were found killed."""
    _tell(tell.of_beginning_run)


@hookimpl(trylast=True)
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Resolve what was told of the DAG; tell what the run found all the same."""
    _tell(lambda loader, own: tell.of_ended_run(loader, own, dag_run.dag_id, dag_run.run_id, failed=False))


@hookimpl(trylast=True)
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Tell that the run failed, and why."""
    if not _tell(lambda loader, own: tell.of_ended_run(loader, own, dag_run.dag_id, dag_run.run_id, failed=True)):
        _tell_directly(findings.failed_run(dag_run.dag_id, dag_run.run_id, None, "warehouse", WAREHOUSE_AWAY))


def _tell_directly(alert: Any) -> None:
    log.error("alert: %s", alert.line)
    try:
        courier.start_directly(alert)
    except OSError as error:
        log.warning("an alert could not be sent: %s", error)


class RunAlerts(AirflowPlugin):
    """Registers the listener."""

    name = "gridloom_run_alerts"
    listeners: ClassVar[list[Any]] = [sys.modules[__name__]]
