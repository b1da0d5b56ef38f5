"""Sixteen million physical notifications by `gridloom elexon backfill`, from the simulator's stream into raw.

Beside a bare COPY of the same rows into the same table and indexes, and dlt's best way on a sample. The days lie ready,
so that the simulator, which sends gigabytes a second, is not the brake.
"""

import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import psutil

from benchmarks import results
from benchmarks.bulk_load import COPY_BUFFER_BYTES, FIRST_DAY, MIB, PERIODS, days, recorded_notifications, write_days
from benchmarks.server import DATABASE, Server, running
from include.deployment import Deployment
from include.programs import python
from include.warehouse import Role, session

log = logging.getLogger(__name__)

POSTGRES_PORT = 5976
DLT = Path(__file__).parent / "dlt_load.py"
DLT_DATABASE, DLT_ROWS = "gridloom_bench_dlt", 300_000
DLT_WAYS = ("csv", "parquet")
SAMPLE_S = 0.1
COLUMNS = (
    *("settlement_date", "settlement_period", "time_from", "national_grid_bm_unit"),
    *("time_to", "level_from", "level_to", "bm_unit", "_extra", "version_id"),
)
LOADED = "select extract(epoch from max(finished_at) - min(started_at))::float, sum(fetched)::bigint from ops.loads"
SIZE = """
    select sum(pg_total_relation_size(inhrelid)) from pg_catalog.pg_inherits
    where inhparent = 'raw.elexon_pn'::regclass
"""


@dataclass(frozen=True)
class Size:
    """How much is measured: settlement days of some 74,000 rows, and how often."""

    days: int
    rounds: int
    with_dlt: bool


# 217 days are 16 million rows.
THOROUGH = Size(days=217, rounds=2, with_dlt=True)
QUICK = Size(days=28, rounds=1, with_dlt=False)


def measure(home: Path, real_data: Path, folder: Path, size: Size) -> tuple[dict[str, Any], str]:
    """Measure all of it in a PostgreSQL of its own, which is erased in the end; return the figures and its version."""
    ready, lines = folder / "PN", folder / "lines"
    ready.mkdir()
    lines.mkdir()
    notifications = recorded_notifications(real_data)
    rows = write_days(ready, notifications, size.days)
    for day in days(size.days):
        (ready / f"{day}.counts").write_text(json.dumps(dict.fromkeys(PERIODS, len(notifications))))
    log.info("%s notifications lie ready", f"{rows:,}")
    backfills, copies = list[_Backfilled](), list[float]()
    with _simulator(folder) as url, running(home, port=POSTGRES_PORT, elexon_url=url) as server:
        for _ in range(size.rounds):
            with server.fresh() as place:
                backfills.append(_backfill(server, place, url, size))
                if not any(lines.iterdir()):
                    _keep_lines(place, lines, size)
            with server.fresh() as place:
                copies.append(_copy(place, lines, size))
            log.info("backfill %s, COPY %.1f s", backfills[-1], copies[-1])
        dlt = _dlt(server, ready) if size.with_dlt else {}
        return _told(rows, backfills, copies, dlt), server.version


@contextmanager
def _simulator(folder: Path) -> Iterator[str]:
    command = python("include.simulator", "--port", "0", "--set", f"elexon.prepared={folder}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = dict(line.strip().split("=", 1) for line in islice(process.stdout or (), 3))
            yield told["GRIDLOOM_ELEXON_URL"]
        finally:
            process.terminate()


@dataclass
class _Backfilled:
    """What a backfill took: the seconds of its loads, and the memory of its process as it went on."""

    wall_s: float
    rows: int
    bytes_a_row: float
    memory_mib: list[float] = field(default_factory=list)
    load_average: float = 0.0

    @property
    def early_mib(self) -> float:
        """The most it had in the first tenth of its time."""
        return max(self.memory_mib[: max(len(self.memory_mib) // 10, 1)])

    @property
    def peak_mib(self) -> float:
        """The most it had at all."""
        return max(self.memory_mib)


def _backfill(server: Server, place: Deployment, url: str, size: Size) -> _Backfilled:
    """Type the command; the checks that follow, in a process of their own, are not timed."""
    last = FIRST_DAY + timedelta(days=size.days)
    options = ("--from", f"{FIRST_DAY}", "--to", f"{last}", "--dataset", "PN")
    memory = list[float]()
    with tempfile.TemporaryFile() as said:
        command = python("include.cli", "elexon", "backfill", *options)
        with subprocess.Popen(command, env=_environment(server, url), stdout=said, stderr=said) as process:
            watched = psutil.Process(process.pid)
            while process.poll() is None:
                memory.append(watched.memory_info().rss / MIB)
                time.sleep(SAMPLE_S)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(f"the backfill failed: {said.read().decode()}")
    with place.session(Role.TRANSFORMER) as reader, reader.cursor() as cursor:
        cursor.execute(LOADED)
        [(wall_s, rows)] = cursor.fetchall()
        cursor.execute(SIZE)
        [(held,)] = cursor.fetchall()
    return _Backfilled(wall_s, rows, float(held) / rows, memory, results.load_average())


def _environment(server: Server, url: str) -> dict[str, str]:
    warehouse = server.named(DATABASE)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOOM_")}
    passwords = {f"GRIDLOOM_{role}_PASSWORD".upper(): password for role, password in warehouse.passwords.items()}
    return {
        **kept,
        **passwords,
        "GRIDLOOM_ENV_FILE": os.devnull,
        "GRIDLOOM_HOME": str(server.settings.home / "backfill"),
        "GRIDLOOM_WAREHOUSE_URL": _address(warehouse.owner),
        "GRIDLOOM_NESO_URL": "http://127.0.0.1:1",
        "GRIDLOOM_ELEXON_URL": url,
        "GRIDLOOM_ELEXON_REQUESTS_PER_SECOND": "1000",
    }


def _address(owner: Any) -> str:
    return "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**owner)


def _keep_lines(place: Deployment, lines: Path, size: Size) -> None:
    """Keep each day's rows as lines for COPY, in the order in which they came."""
    with place.session(Role.TRANSFORMER) as reader, reader.cursor() as cursor:
        for day in days(size.days):
            statement = f"select {', '.join(COLUMNS)} from raw.elexon_pn where settlement_date = '{day}' order by ctid"
            with (lines / f"{day}").open("wb") as file:
                cursor.copy_expert(f"copy ({statement}) to stdout", file)


def _copy(place: Deployment, lines: Path, size: Size) -> float:
    """Copy each day's rows into the table, a transaction a day, in whole buffers; nothing is checked. In seconds."""
    statement = f"copy raw.elexon_pn ({', '.join(COLUMNS)}) from stdin"
    with session(place.url(Role.LOADER), application="gridloom benchmark") as loader:
        with loader, loader.cursor() as cursor:
            for month in _months(size):
                cursor.execute("select ops.ensure_partition('elexon_pn', %s)", (month,))
        begun = time.perf_counter()
        for day in days(size.days):
            with (lines / f"{day}").open("rb") as file, loader, loader.cursor() as cursor:
                cursor.copy_expert(statement, file, size=COPY_BUFFER_BYTES)
        return time.perf_counter() - begun


def _months(size: Size) -> list[date]:
    return sorted({day.replace(day=1) for day in days(size.days)})


def _dlt(server: Server, ready: Path) -> dict[str, float]:
    """Return how many rows a second dlt loads of a sample, by each of its ways; its imports are not counted."""
    sample = ready.parent / "sample.jsonl"
    rows = (row for path in sorted(ready.glob("*.json")) for row in json.loads(path.read_bytes()))
    sample.write_text("".join(json.dumps(row) + "\n" for row in islice(rows, DLT_ROWS)))
    return {way: DLT_ROWS / _time_dlt(server, sample, way) for way in DLT_WAYS}


def _time_dlt(server: Server, sample: Path, way: str) -> float:
    server.drop(DLT_DATABASE)
    server.do(f"create database {DLT_DATABASE} owner gridloom_loader")
    url = _address(
        {
            **server.named(DLT_DATABASE).owner,
            "user": "gridloom_loader",
            "password": server.warehouse.passwords[Role.LOADER],
        }
    )
    try:
        done = subprocess.run(
            [sys.executable, str(DLT), str(sample), url, way], check=True, capture_output=True, text=True
        )
    finally:
        server.drop(DLT_DATABASE)
    return float(done.stdout.split()[-1])


def _told(rows: int, backfills: list[_Backfilled], copies: list[float], dlt: dict[str, float]) -> dict[str, Any]:
    ratios = [round(ours.wall_s / copy_s, 2) for ours, copy_s in zip(backfills, copies, strict=True)]
    rows_a_second = rows / min(each.wall_s for each in backfills)
    return {
        "rows": rows,
        "backfill_s": results.spread([each.wall_s for each in backfills]),
        "copy_s": results.spread(copies),
        "times_copy": ratios,
        "rows_a_second": round(rows_a_second),
        "early_mib": round(max(each.early_mib for each in backfills), 1),
        "peak_mib": round(max(each.peak_mib for each in backfills), 1),
        "bytes_a_row": round(max(each.bytes_a_row for each in backfills), 1),
        "load_average": [each.load_average for each in backfills],
        "times_dlt": {way: round(rows_a_second / rate, 1) for way, rate in dlt.items()},
    }
