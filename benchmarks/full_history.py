"""Everything since 2009: the whole run through Airflow, and loading into raw beside a bare COPY and dlt."""

import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks import results
from benchmarks.rig import Rig
from include.ingestion.check import RowCheck
from include.ingestion.http import ApiClient
from include.ingestion.load import load_versions
from include.ingestion.pace import SharedPace
from include.ingestion.stage import stage
from include.ingestion.window import Window
from include.operations import loads, runs
from include.operations.loads import Load
from include.sources.neso.generation_mix import GENERATION_MIX
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Connection, Role, Warehouse, connect

log = logging.getLogger(__name__)

DLT = Path(__file__).parent / "dlt_load.py"
DLT_WAYS = ("csv", "parquet", "insert_values")
TABLE, COLUMNS = "raw.neso_generation_mix", "period_started_at, payload, content_hash, known_at, run_id"
SAMPLE_S = 0.5
MIB = 1 << 20
RUN = "load__benchmark"
EMPTY, LOAD_DATABASE, DLT_DATABASE = "gridloom_empty", "gridloom_load", "gridloom_dlt"


def measure_run(rig: Rig) -> dict[str, Any]:
    """Measure one run of the whole history into an empty warehouse, from trigger to success."""
    with _memory_of_tasks(rig) as watch:
        run = rig.run(full_history=True)
    if run.state != "success":
        raise RuntimeError(f"the run of the whole history ended as {run.state}")
    [(rows, bytes_held)] = rig.machine.query(f"select count(*), pg_total_relation_size('{TABLE}') from {TABLE}")
    return {
        "rows": rows,
        "raw_mib": round(bytes_held / MIB),
        "wall_s": round(run.wall_s, 2),
        "cpu_s": round(run.cpu_s, 2),
        "tasks_s": {task.task_id: round(task.ended_s - task.started_s, 2) for task in run.tasks},
        "task_peak_unique_memory_mib": round(watch.peak_mib),
    }


def measure_load(rig: Rig, folder: Path, *, rounds: int, with_dlt: bool) -> dict[str, Any]:
    """Measure loading the same records into raw: ours (check, hash, stage, compare, add), bare COPY, and dlt's ways."""
    pages, rows_file, records_file = _recorded(rig, folder)
    ways: dict[str, Callable[[], float]] = {
        "COPY": lambda: _time_copy(rig, rows_file),
        "Gridloom": lambda: _time_ours(rig, pages),
    }
    if with_dlt:
        ways |= {f"dlt {way}": partial(_time_dlt, rig, records_file, way) for way in DLT_WAYS}
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, load in ways.items():
            measured[name].append(load())
        log.info("raw load: %s", {name: round(times[-1], 2) for name, times in measured.items()})
    told = {name: results.spread(times) for name, times in measured.items()}
    ours = told["Gridloom"]["median"]
    return {"load_s": told, "times_ours": {name: round(each["median"] / ours, 2) for name, each in told.items()}}


def _recorded(rig: Rig, folder: Path) -> tuple[list[Any], Path, Path]:
    """Keep the history as it was fetched, as rows for COPY, and as JSON lines without what the portal adds."""
    with rig.place.session(Role.LOADER, autocommit=True) as pacing:
        intake = PIPELINE.intake
        pace = SharedPace(pacing, intake.publisher.name, intake.rates(rig.place.settings))
        client = ApiClient(rig.portal.url, pace)
        pages = list(GENERATION_MIX.fetch(client, Window(GENERATION_MIX.first_at, rig.now)))
    rows_file, records_file = folder / "rows.copy", folder / "records.jsonl"
    with rig.place.session(Role.TRANSFORMER) as reader, reader.cursor() as cursor, rows_file.open("wb") as file:
        # Those the pages hold, whatever was revised since; as of the one run that the empty warehouse will know.
        columns = COLUMNS.replace("run_id", "1 as run_id")
        cursor.copy_expert(
            f"copy (select distinct on (period_started_at) {columns} from {TABLE}"
            " order by period_started_at, version_id) to stdout",
            file,
        )
    with records_file.open("wb") as file:
        for page in pages:
            for row in page:
                record = json.loads(bytes(row))
                file.write(json.dumps({k: v for k, v in record.items() if not k.startswith("_")}).encode() + b"\n")
    return pages, rows_file, records_file


def _time_copy(rig: Rig, rows_file: Path) -> float:
    """Return the seconds of a COPY into the table with its indexes, in one transaction, whole buffers."""
    with _empty_raw(rig) as loader, rows_file.open("rb") as file:
        begun = time.perf_counter()
        with loader, loader.cursor() as cursor:
            cursor.copy_expert(f"copy {TABLE} ({COLUMNS}) from stdin", file, size=1 << 20)
        return time.perf_counter() - begun


def _time_ours(rig: Rig, pages: list[Any]) -> float:
    """Return the seconds of our load, from the pages as fetched to the commit of the versions."""
    with _empty_raw(rig) as loader:
        load = _begin(loader, rig)
        begun = time.perf_counter()
        with stage(loader, GENERATION_MIX) as staged:
            checked = RowCheck(GENERATION_MIX, Window(GENERATION_MIX.first_at, rig.now))
            staged.add(pages, checked)
            counts = load_versions(staged, checked, load)
        seconds = time.perf_counter() - begun
    if counts.new != sum(map(len, pages)):
        raise RuntimeError(f"the load lost rows: {counts}")
    return seconds


def _begin(loader: Connection, rig: Rig) -> Load:
    """Begin a load of the whole history."""
    return loads.begin(
        loader,
        run_id=runs.open_run(loader, PIPELINE.dag_id, RUN),
        dataset=GENERATION_MIX.name,
        scope="whole history",
        covers=(GENERATION_MIX.first_at, rig.now),
        is_routine=False,
    )


def _time_dlt(rig: Rig, records_file: Path, way: str) -> float:
    """Return the seconds that dlt takes, into a schema of its own; its imports are not counted."""
    rig.on_server(f"drop database if exists {DLT_DATABASE}", f"create database {DLT_DATABASE} owner gridloom_loader")
    try:
        done = subprocess.run(
            [sys.executable, str(DLT), str(records_file), rig.url(Role.LOADER, DLT_DATABASE), way],
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        rig.on_server(f"drop database {DLT_DATABASE} with (force)")
    return float(done.stdout.split()[-1])


@contextmanager
def _empty_raw(rig: Rig) -> Iterator[Connection]:
    """Open a copy of the warehouse without rows, for the length of a block."""
    rig.on_server(f"drop database if exists {LOAD_DATABASE}", f"create database {LOAD_DATABASE} template {EMPTY}")
    loader = connect(rig.url(Role.LOADER, LOAD_DATABASE), application="gridloom benchmark")
    try:
        # What earlier loads left is written out, so that none pays for another.
        rig.as_superuser("checkpoint")
        runs.open_run(loader, GENERATION_MIX.name, RUN)
        yield loader
    finally:
        loader.close()
        rig.on_server(f"drop database {LOAD_DATABASE} with (force)")


@contextmanager
def empty_warehouse(rig: Rig) -> Iterator[tuple[Connection, Connection]]:
    """Open a copy of the warehouse without rows, for its owner and its loader, for the length of a block."""
    with _empty_raw(rig) as loader:
        here = Warehouse.of(rig.machine.settings, rig.machine.home)
        there = replace(here, owner={**here.owner, "dbname": LOAD_DATABASE})
        owner = connect(there.owner_dsn, application="gridloom benchmark")
        try:
            yield owner, loader
        finally:
            owner.close()


@dataclass
class _Watch:
    """Looks at the processes in which tasks run, and keeps the most memory that one of them had to itself."""

    rig: Rig
    peak_mib: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until told to end. A task is a fork: what it has to itself is what it needs over the imports."""
        while not self.ended.wait(SAMPLE_S):
            for process in self.rig.machine.processes:
                with suppress(psutil.Error):
                    if any("LocalExecutor" in " ".join(each.cmdline()) for each in process.parents()):
                        self.peak_mib = max(self.peak_mib, process.memory_full_info().uss / MIB)


@contextmanager
def _memory_of_tasks(rig: Rig) -> Iterator[_Watch]:
    watch = _Watch(rig)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.ended.set()
        thread.join()
