"""The hourly run, from its trigger to success: with 17 years of history and with one, and the same models by Cosmos."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.full_history import EMPTY
from benchmarks.rig import DAG, DATABASE, Rig, RunTime, wait_for_dag
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.pace import SharedPace
from include.ingestion.window import Asked, Window
from include.operations import runs, versions
from include.settings import REPOSITORY
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Role

log = logging.getLogger(__name__)

LONG, SHORT = "gridloom_of_17_years", "gridloom_of_1_year"
COSMOS = {"cosmos_local": "Cosmos LOCAL", "cosmos_watcher": "Cosmos WATCHER"}
LOOK_BACK = timedelta(days=100)


def measure(rig: Rig, *, rounds: int, cosmos_rounds: int) -> dict[str, Any]:
    """Measure hourly runs in turn on both histories; the database in use must hold 17 years, SHORT one."""
    long, short = [], []
    for _ in range(rounds):
        rig.next_hour()
        long.append(_succeeded(rig.run()))
        rig.use(LONG, SHORT)
        short.append(_succeeded(rig.run()))
        rig.use(SHORT, LONG)
        log.info("17 years %.2f s, 1 year %.2f s", long[-1].wall_s, short[-1].wall_s)
    return {
        "seventeen_years": _told(long),
        "one_year": _told(short),
        "ratio_wall": round(_median(long) / _median(short), 3),
        "peers": {name: measure_peer(rig, dag_id, cosmos_rounds) for dag_id, name in COSMOS.items()},
    }


def measure_peer(rig: Rig, dag_id: str, rounds: int) -> dict[str, Any]:
    """Measure the models of an hour's pending rows through Cosmos, with a run of ours before each for comparison."""
    wait_for_dag(rig, dag_id)
    ours, theirs = [], []
    for _ in range(rounds):
        rig.next_hour()
        ours.append(_succeeded(rig.run()))
        rig.next_hour()
        load_without_building(rig)
        theirs.append(_succeeded(rig.run(dag_id)))
        log.info("%s %.2f s, ours %.2f s", dag_id, theirs[-1].wall_s, ours[-1].wall_s)
    return {**_told(theirs), "ours": _told(ours), "times_ours": round(_median(theirs) / _median(ours), 2)}


def load_without_building(rig: Rig) -> None:
    """Bring the hour's rows into raw and fix what a build reads, so that Cosmos finds as much to build as ours."""
    place = rig.place
    with place.session(Role.LOADER) as loader, place.session(Role.LOADER, autocommit=True) as pacing:
        run = Run(DAG, runs.open_run(loader, DAG, f"bench__{rig.now.isoformat()}"))
        client = ApiClient(rig.portal.url, SharedPace(pacing, PIPELINE.publisher, PIPELINE.rates(place.settings)))
        window = Window(rig.now - LOOK_BACK, rig.now)
        ingest(PIPELINE.datasets[0], Asked(window, None), client=client, warehouse=loader, run=run)
        runs.close_run(loader, DAG, f"bench__{rig.now.isoformat()}", failed=False)
    with place.session(Role.TRANSFORMER) as transformer:
        versions.begin_build(transformer, PIPELINE.dataset_names)


def load_one_year(rig: Rig) -> None:
    """Fill SHORT, which must be an empty warehouse, with the last year."""
    rig.use(LONG, SHORT)
    _succeeded(rig.run(start=(rig.now - timedelta(days=365)).isoformat()))
    rig.use(SHORT, LONG)


def prepare_dags(folder: Path) -> Path:
    """Lay the project's DAG and those of Cosmos into one folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in (REPOSITORY / "dags" / f"{DAG}.py", *(REPOSITORY / "benchmarks" / "cosmos_dags").glob("*.py")):
        with suppress(FileExistsError):
            (folder / file.name).symlink_to(file)
    return folder


def copy_empty_warehouse(rig: Rig) -> None:
    """Copy the warehouse, while it is still empty: for one year, and for loads."""
    for name in (SHORT, EMPTY):
        rig.on_server(f"create database {name} template {DATABASE} owner gridloom_owner")


def _succeeded(run: RunTime) -> RunTime:
    if run.state != "success":
        raise RuntimeError(f"a run that was to be measured ended as {run.state}: {run}")
    return run


def _median(measured: Sequence[RunTime]) -> float:
    return float(results.spread([run.wall_s for run in measured])["median"])


def _told(measured: Sequence[RunTime]) -> dict[str, Any]:
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
