"""Feeds `ops.pipeline_runs` from every DAG: opened when a run starts, closed when it ends, with the cause of a failure.

Runs start and end in the scheduler, tasks fail in their own processes. A warehouse that is away must stop neither:
the first task opens the row too, and what could not be written is said in the log.
"""

import logging
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, ClassVar

import psycopg2
from airflow.listeners import hookimpl
from airflow.plugins_manager import AirflowPlugin

from include.operations import runs
from include.warehouse import Connection, session

log = logging.getLogger(__name__)


def _record(write: Callable[[Connection], object]) -> None:
    url = os.environ.get("AIRFLOW_CONN_WAREHOUSE_LOADER")
    if url is None:
        log.warning("run history: AIRFLOW_CONN_WAREHOUSE_LOADER is not set")
        return
    try:
        with session(url, application="gridloom run history") as loader:
            write(loader)
    except psycopg2.Error as error:
        log.warning("run history could not be written: %s", error)


@hookimpl
def on_dag_run_running(dag_run: Any, msg: str) -> None:
    """Open the run's row."""
    _record(lambda loader: runs.open_run(loader, dag_run.dag_id, dag_run.run_id))


@hookimpl
def on_dag_run_success(dag_run: Any, msg: str) -> None:
    """Close the run's row as its tasks concluded."""
    _record(lambda loader: runs.close_run(loader, dag_run.dag_id, dag_run.run_id, failed=False))


@hookimpl
def on_dag_run_failed(dag_run: Any, msg: str) -> None:
    """Close the run's row as failed."""
    _record(lambda loader: runs.close_run(loader, dag_run.dag_id, dag_run.run_id, failed=True))


@hookimpl
def on_task_instance_failed(previous_state: Any, task_instance: Any, error: BaseException | str | None) -> None:
    """Keep why a task failed."""
    error_type = type(error).__name__ if isinstance(error, BaseException) else None
    failure = runs.Failure(_name(task_instance), _in_one_line(error), _stack_trace(error), error_type)

    def write(loader: Connection) -> None:
        # Not opened again: a run that ran out of time is closed before its task is ended.
        run_id = runs.find_run(loader, task_instance.dag_id, task_instance.run_id)
        runs.record_failure(loader, run_id, failure)

    _record(write)


def _name(task_instance: Any) -> str:
    """Return the task's name for people: mapped tasks carry their index."""
    index = task_instance.map_index
    return str(task_instance.task_id) if index < 0 else f"{task_instance.task_id}[{index}]"


def _in_one_line(error: BaseException | str | None) -> str:
    text = " ".join(str(error or "failed").split())
    return f"{type(error).__name__}: {text}" if isinstance(error, BaseException) else text


def _stack_trace(error: BaseException | str | None) -> str:
    return "".join(traceback.format_exception(error)) if isinstance(error, BaseException) else ""


class RunHistory(AirflowPlugin):
    """Registers the listener."""

    name = "gridloom_run_history"
    listeners: ClassVar[list[Any]] = [sys.modules[__name__]]
