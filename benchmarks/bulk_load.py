"""A million physical notifications into columns, beside a bare COPY of them into the same table and indexes."""

import csv
import gc
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Annotated, Any

import psutil
from msgspec import Meta
from msgspec import field as named

from benchmarks import results
from include.ingestion.dataset import Dataset, Page, SourceRecord, Storage
from include.ingestion.due import Asked
from include.ingestion.http import ApiClient
from include.ingestion.ingest import Run, ingest
from include.ingestion.limits import Limit, Limits
from include.ingestion.pieces import pieces
from include.ingestion.raw_table import create_tables
from include.ingestion.scope import SettlementDays
from include.operations import runs
from include.sources.neso.generation_mix import GENERATION_MIX
from include.warehouse import Connection

log = logging.getLogger(__name__)

FIRST_DAY, DAYS, PERIODS = date(2022, 3, 1), 14, range(1, 49)
CHUNK_BYTES = 1 << 16
COPY_BUFFER_BYTES = 1 << 20
SAMPLE_S = 0.05
MIB = 1 << 20

Megawatts = Annotated[int, Meta(ge=-99_999, le=99_999)]


class PhysicalNotification(SourceRecord, frozen=True, kw_only=True):
    """The level at which a unit says it will run from one instant to another, MW, as Elexon's dataset PN has it."""

    settlement_date: date = named(name="settlementDate")
    settlement_period: Annotated[int, Meta(ge=1, le=50)] = named(name="settlementPeriod")
    time_from: datetime = named(name="timeFrom")
    time_to: datetime = named(name="timeTo")
    level_from_mw: Megawatts = named(name="levelFrom")
    level_to_mw: Megawatts = named(name="levelTo")
    national_grid_bm_unit: str = named(name="nationalGridBmUnit")
    bm_unit: str | None = named(name="bmUnit")


VERSIONS = replace(
    GENERATION_MIX,
    table="raw.bench_notification_versions",
    title="Physical notifications",
    record=PhysicalNotification,
    key=("settlement_date", "time_from", "national_grid_bm_unit"),
    window_column="settlement_date",
    storage=Storage.TYPED_VERSIONS,
    edition=None,
    limits=Limits(withdrawn_keys=Limit(0, "the same rows come again")),
    transport_columns=("dataset",),
    shown=None,
)
WINDOWS = replace(VERSIONS, table="raw.bench_notification_windows", storage=Storage.REPLACED_WINDOWS)


COPIED = {WINDOWS.name: ("version_id",), VERSIONS.name: ("content_hash", "known_at", "run_id")}
Empty = Callable[[], AbstractContextManager[tuple[Connection, Connection]]]
"""Opens a warehouse without rows, for its owner and for its loader, for the length of a block."""


@dataclass(frozen=True)
class Took:
    """What a load took: seconds, CPU seconds of the client and of its backend, and by what the client grew."""

    wall_s: float
    client_cpu_s: float
    server_cpu_s: float
    memory_mib: float
    load_average: float
    """Of the machine's last minute."""


def measure(empty: Empty, real_data: Path, folder: Path, *, rounds: int) -> dict[str, Any]:
    """Measure each way of keeping a million rows, and a bare COPY of the same, in turn."""
    rows = write_days(folder, recorded_notifications(real_data))
    took: dict[str, list[Took]] = {}
    for _ in range(rounds):
        for dataset in (WINDOWS, VERSIONS):
            name = str(dataset.storage)
            with _with_tables(empty, dataset) as loader:
                took.setdefault(name, []).append(timed(loader, partial(_load, loader, dataset, folder)))
                _keep_lines(loader, dataset, folder)
                again = timed(loader, partial(_load, loader, dataset, folder))
                took.setdefault(f"{name}, the same again", []).append(again)
            with _with_tables(empty, dataset) as loader:
                copied = timed(loader, partial(_copy, loader, dataset, folder))
                took.setdefault(f"{name}: COPY", []).append(copied)
        log.info("bulk load: %s", {name: round(each[-1].wall_s, 2) for name, each in took.items()})
    return {"rows": rows, "ways": {name: _told(name, took) for name in took}}


def recorded_notifications(real_data: Path) -> list[tuple[int, int, int, int, str]]:
    """Return the notifications of one settlement period: from and to, in seconds of it, levels in MW, and unit.

    Those of period 27 of 2022-03-19 where they are at hand, else as many made up.
    """
    recorded = real_data / "elexon" / "pn_boalf_bod" / "legacy_PhysicalData_2022-03-19_SP27.csv"
    if not recorded.exists():
        return [(0, 1800, unit % 600, unit * 7 % 600, f"2__UNIT{unit}") for unit in range(1_540)]
    begun = datetime(2022, 3, 19, 13)  # noqa: DTZ001 - London and UTC are one in March
    with recorded.open() as lines:
        rows = [row for row in csv.reader(lines) if row[0] == "PN"]
    seconds = [[(datetime.strptime(row[at], "%Y%m%d%H%M%S") - begun).seconds for at in (3, 5)] for row in rows]  # noqa: DTZ007
    return [
        (since, until, int(float(row[4])), int(float(row[6])), row[1])
        for (since, until), row in zip(seconds, rows, strict=True)
    ]


def write_days(folder: Path, notifications: list[tuple[int, int, int, int, str]], number: int = DAYS) -> int:
    """Write each day as the API streams it, an array of rows; return how many rows there are."""
    for day in days(number):
        with (folder / f"{day}.json").open("w") as file:
            file.write(
                "[" + ",".join(_streamed(day, period, each) for period in PERIODS for each in notifications) + "]"
            )
    return number * len(PERIODS) * len(notifications)


def days(number: int = DAYS) -> Iterator[date]:
    """Yield the settlement days that are loaded."""
    return (FIRST_DAY + timedelta(days=each) for each in range(number))


def _streamed(day: date, period: int, notification: tuple[int, int, int, int, str]) -> str:
    since, until, level_from, level_to, unit = notification
    begun = datetime(day.year, day.month, day.day, tzinfo=UTC) + (period - 1) * timedelta(minutes=30)
    row = {
        "dataset": "PN",
        "settlementDate": f"{day}",
        "settlementPeriod": period,
        "timeFrom": f"{begun + timedelta(seconds=since):%Y-%m-%dT%H:%M:%SZ}",
        "timeTo": f"{begun + timedelta(seconds=until):%Y-%m-%dT%H:%M:%SZ}",
        "levelFrom": level_from,
        "levelTo": level_to,
        "nationalGridBmUnit": unit.replace("__", "-"),
        "bmUnit": unit,
    }
    return json.dumps(row, separators=(",", ":"))


@contextmanager
def _with_tables(empty: Empty, dataset: Dataset) -> Iterator[Connection]:
    """Open an empty warehouse that has the table of a dataset, months and all."""
    with empty() as (owner, loader):
        create_tables(owner, [("benchmark", GENERATION_MIX), ("benchmark", dataset)])
        if dataset is WINDOWS:
            with loader, loader.cursor() as cursor:
                cursor.execute("select ops.ensure_partition(%s, %s)", (dataset.name, FIRST_DAY))
        yield loader


def _load(loader: Connection, dataset: Dataset, folder: Path) -> None:
    """Load each day as a scope of its own, read in pieces as from the wire."""
    client: Any = None

    def fetch(_: ApiClient, scope: SettlementDays) -> Iterator[Page]:
        with (folder / f"{scope.first}.json").open("rb") as file:
            yield from pieces(iter(partial(file.read, CHUNK_BYTES), b""))

    run = Run("benchmark", runs.open_run(loader, "benchmark", f"load__{time.monotonic_ns()}"))
    for day in days():
        asked = Asked(SettlementDays(day, day))
        counts = ingest(replace(dataset, fetch=fetch), asked, client=client, warehouse=loader, run=run)
        if counts is None or counts.rejected or not counts.fetched:
            raise RuntimeError(f"the load lost rows: {counts}")


def _keep_lines(loader: Connection, dataset: Dataset, folder: Path) -> None:
    """Keep each day's rows as lines for COPY, in the order in which they came."""
    columns = ", ".join(_columns(dataset))
    for day in days():
        with (folder / f"{day}.copy").open("wb") as file, loader, loader.cursor() as cursor:
            cursor.copy_expert(
                f"copy (select {columns} from {dataset.table} where settlement_date = '{day}' order by ctid) to stdout",
                file,
            )


def _copy(loader: Connection, dataset: Dataset, folder: Path) -> None:
    """Copy each day's rows into the table, a transaction a day, in whole buffers; nothing is checked."""
    statement = f"copy {dataset.table} ({', '.join(_columns(dataset))}) from stdin"
    for day in days():
        with (folder / f"{day}.copy").open("rb") as file, loader, loader.cursor() as cursor:
            cursor.copy_expert(statement, file, size=COPY_BUFFER_BYTES)


def _columns(dataset: Dataset) -> list[str]:
    columns = [each.name for each in (*dataset.key_columns, *dataset.content_columns)]
    return [*columns, "_extra", *COPIED[dataset.name]]


def timed(loader: Connection, load: Callable[[], None]) -> Took:
    """Return what a load takes. What earlier ones left has been written out."""
    client, server = psutil.Process(), psutil.Process(loader.info.backend_pid)
    gc.collect()
    with _memory_of(client) as watch:
        client_s, server_s, begun = _cpu_s(client), _cpu_s(server), time.perf_counter()
        load()
        wall_s = time.perf_counter() - begun
    cpu_s = (_cpu_s(client) - client_s, _cpu_s(server) - server_s)
    return Took(wall_s, *cpu_s, watch.grown_mib, os.getloadavg()[0])


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


@dataclass
class _Watch:
    """Keeps by how much the memory of a process has grown at most."""

    process: psutil.Process
    grown_mib: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Look until told to end."""
        begun = self.process.memory_info().rss
        while not self.ended.wait(SAMPLE_S):
            self.grown_mib = max(self.grown_mib, (self.process.memory_info().rss - begun) / MIB)


@contextmanager
def _memory_of(process: psutil.Process) -> Iterator[_Watch]:
    watch = _Watch(process)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.ended.set()
        thread.join()


def _told(name: str, took: dict[str, list[Took]]) -> dict[str, Any]:
    """Return the figures of one way, and how many times those of the bare COPY that goes with it."""
    kind = next(str(each.storage) for each in (WINDOWS, VERSIONS) if name.startswith(each.storage))
    each, copied = took[name], took[f"{kind}: COPY"]
    cpu_s = [one.client_cpu_s + one.server_cpu_s for one in each]
    copy_cpu_s = [one.client_cpu_s + one.server_cpu_s for one in copied]
    return {
        "wall_s": results.spread([one.wall_s for one in each]),
        "cpu_s": results.spread(cpu_s),
        "client_cpu_s": results.spread([one.client_cpu_s for one in each]),
        "memory_mib": round(max(one.memory_mib for one in each), 1),
        "times_copy": round(median(one.wall_s for one in each) / median(one.wall_s for one in copied), 2),
        "times_copy_cpu": round(median(cpu_s) / median(copy_cpu_s), 2),
    }
