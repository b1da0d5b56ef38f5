"""The hourly run, from its trigger to success: with 17 years of history and with one."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from benchmarks import results
from benchmarks.full_history import EMPTY
from benchmarks.measured_airflow import RunTime
from benchmarks.rig import DATABASE, Rig

log = logging.getLogger(__name__)

LONG, SHORT = "gridloom_of_17_years", "gridloom_of_1_year"


def measure(rig: Rig, *, rounds: int) -> dict[str, Any]:
    """Measure hourly runs in turn on both histories; the database in use must hold 17 years, SHORT one."""
    long, short = [], []
    for _ in range(rounds):
        rig.next_hour()
        long.append(succeeded(rig.run()))
        rig.use(LONG, SHORT)
        short.append(succeeded(rig.run()))
        rig.use(SHORT, LONG)
        log.info("17 years %.2f s, 1 year %.2f s", long[-1].wall_s, short[-1].wall_s)
    return {
        "seventeen_years": told(long),
        "one_year": told(short),
        "ratio_wall": round(median_s(long) / median_s(short), 3),
    }


def load_one_year(rig: Rig) -> None:
    """Fill SHORT, which must be an empty warehouse, with the last year."""
    rig.use(LONG, SHORT)
    succeeded(rig.run(start=(rig.now - timedelta(days=365)).isoformat()))
    rig.use(SHORT, LONG)


def copy_empty_warehouse(rig: Rig) -> None:
    """Copy the warehouse, while it is still empty: for one year, and for loads."""
    for name in (SHORT, EMPTY):
        rig.on_server(f"create database {name} template {DATABASE} owner gridloom_owner")


def succeeded(run: RunTime) -> RunTime:
    """Return the run, if it is one. Raises RuntimeError."""
    if run.state != "success":
        raise RuntimeError(f"a run that was to be measured ended as {run.state}: {run}")
    return run


def median_s(measured: Sequence[RunTime]) -> float:
    """Return the median of their wall times."""
    return float(results.spread([run.wall_s for run in measured])["median"])


def told(measured: Sequence[RunTime]) -> dict[str, Any]:
    """Return the spread of their wall and CPU times, and the median of each task."""
    return {
        "wall_s": results.spread([run.wall_s for run in measured]),
        "cpu_s": results.spread([run.cpu_s for run in measured]),
        "tasks_s": {
            task.task_id: results.spread(
                [
                    each.ended_s - each.started_s
                    for run in measured
                    for each in run.tasks
                    if each.task_id == task.task_id
                ]
            )["median"]
            for task in measured[-1].tasks
        },
    }
