"""Readings of some 200,000 meters from files into raw, beside a bare COPY of the same, and what is made of them."""

import gc
import logging
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import psycopg2

from benchmarks import meter_data, results
from benchmarks.bulk_load import COPY_BUFFER_BYTES, Took, timed
from benchmarks.server import DATABASE, Server, running
from include.deployment import Deployment
from include.ingestion.ingest import Run
from include.operations import runs
from include.sources import pipeline_of
from include.sources.smart_meter.pipeline import FILES
from include.warehouse import Connection, Role

log = logging.getLogger(__name__)

POSTGRES_PORT = 5975
READINGS, REFERENCE = "smart_meter_readings", "smart_meter_reference"
COLUMNS = "meter_number, period_started_at, consumption_kwh, known_at, run_id"
CORRECTED_OF = 100


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    meters: int
    agreements: int
    rounds: int
    repetitions: int


THOROUGH = Size(meters=200_000, agreements=1_000_000, rounds=2, repetitions=50)
QUICK = Size(meters=20_000, agreements=100_000, rounds=2, repetitions=20)


def measure(home: Path, folder: Path, size: Size) -> tuple[dict[str, Any], str]:
    """Measure all of it in a PostgreSQL of its own, which is erased in the end; return the figures and its version."""
    day, files = meter_data.FIRST_DAY, folder / "readings"
    log.info("files of %s meters", f"{size.meters:,}")
    rows = meter_data.write_readings(files, meters=size.meters, day=day)
    reference = folder / "reference.db"
    meters_known = meter_data.write_reference(reference, agreements=size.agreements)
    given = {
        "smart_meter_readings": str(files),
        "smart_meter_reference": f"sqlite:///{reference}",
        "smart_meter_pseudonym_key": "of a benchmark",
    }
    with running(home, port=POSTGRES_PORT, **given) as server:
        loads = _loads_beside_copy(server, folder, size, rows)
        with server.fresh() as place:
            bench = _Bench(place, files, size)
            measured = {
                "meters": size.meters,
                "rows": rows,
                "load": loads,
                **bench.first_day(),
                "reference": bench.reference(size.agreements, meters_known),
                "day": bench.day(),
                "listing": bench.listing(),
                **bench.more_days(),
                "unchanged": bench.redelivered(None),
                "corrected": bench.redelivered(CORRECTED_OF),
                "agreements": bench.agreements(),
            }
        return measured, server.version


def _loads_beside_copy(server: Server, folder: Path, size: Size, rows: int) -> dict[str, Any]:
    """Load all files, and copy the same rows bare, each into an empty warehouse, in turn."""
    loaded, copied, lines = list[Took](), list[Took](), folder / "rows.copy"
    for _ in range(size.rounds):
        with server.fresh() as place, place.session(Role.LOADER) as loader:
            loaded.append(timed(loader, partial(_load, place, loader)))
            if not lines.exists():
                _keep_lines(loader, lines)
        with server.fresh() as place, closing(psycopg2.connect(server.named(DATABASE).owner_dsn)) as owner:
            copied.append(timed(owner, partial(_copy, owner, lines)))
        log.info("load %s, COPY %s", loaded[-1], copied[-1])
    lines.unlink()
    return {
        **_took(loaded, rows),
        "copy": _took(copied, rows),
        "rate_of_copy": round(median(one.wall_s for one in copied) / median(one.wall_s for one in loaded), 2),
        "rates_of_copy": [round(bare.wall_s / ours.wall_s, 2) for bare, ours in zip(copied, loaded, strict=True)],
    }


def _took(took: list[Took], rows: int) -> dict[str, Any]:
    return {
        "wall_s": results.spread([each.wall_s for each in took]),
        "client_cpu_s": results.spread([each.client_cpu_s for each in took]),
        "server_cpu_s": results.spread([each.server_cpu_s for each in took]),
        "rows_a_second": round(rows / median(each.wall_s for each in took)),
        "memory_mib": round(max(each.memory_mib for each in took), 1),
        "load_average": [round(each.load_average, 1) for each in took],
    }


def _load(place: Deployment, loader: Connection) -> None:
    run_id = runs.open_run(loader, READINGS, f"load__{time.monotonic_ns()}")
    FILES.load({"params": {}}, place, Run(READINGS, run_id), loader)


def _keep_lines(loader: Connection, lines: Path) -> None:
    """Keep the rows as lines for COPY, in the order in which they came."""
    with lines.open("wb") as file, loader, loader.cursor() as cursor:
        statement = f"select {COLUMNS} from raw.smart_meter_readings order by version_id"
        cursor.copy_expert(f"copy ({statement}) to stdout", file)


def _copy(owner: Connection, lines: Path) -> None:
    """Copy the rows into a table with the same keys, in whole buffers; nothing is checked."""
    with lines.open("rb") as file, owner, owner.cursor() as cursor:
        cursor.execute("create table raw.bare (like raw.smart_meter_readings including all)")
        cursor.copy_expert(f"copy raw.bare ({COLUMNS}) from stdin", file, size=COPY_BUFFER_BYTES)


@dataclass(frozen=True)
class _Bench:
    """One warehouse, and what is done to it one after the other."""

    place: Deployment
    files: Path
    size: Size

    def first_day(self) -> dict[str, Any]:
        """Load the first day; return what it takes on disk."""
        self._load()
        rows = self.size.meters * meter_data.HALF_HOURS
        return {
            "bytes_a_reading": round(self._bytes("raw.smart_meter_readings") / rows, 1),
            "bytes_a_file": {
                "ops.loads": round(self._bytes("ops.loads") / self.size.meters),
                "raw.pseudonyms": round(self._bytes("raw.pseudonyms") / self.size.meters),
            },
        }

    def reference(self, agreements: int, meters: int) -> dict[str, Any]:
        """Load the snapshot of the reference."""
        took = self._timed(lambda: self._step_of(REFERENCE))
        return {"agreements": agreements, "meters": meters, **took}

    def day(self) -> dict[str, Any]:
        """Judge, build, judge again and publish what is pending."""
        steps, left = dict[str, float](), dict[str, Any]({"extract_and_load": True})
        before, begun = "", time.perf_counter()
        for step in chain(pipeline_of(READINGS).play(_context(), self.place, left), [""]):
            now = time.perf_counter()
            if before:
                steps[before] = round(now - begun, 2)
            before, begun = step, now
        return {"steps_s": steps, "wall_s": round(sum(steps.values()), 2), "load_average": results.load_average()}

    def listing(self) -> dict[str, Any]:
        """List where nothing is new."""
        return self._timed(self._load)

    def more_days(self) -> dict[str, Any]:
        """Load a second day on top, and publish it; return what both take on disk."""
        day, rows = meter_data.FIRST_DAY + timedelta(days=1), self.size.meters * meter_data.HALF_HOURS
        meter_data.write_readings(self.files, meters=self.size.meters, day=day)
        took = self._timed(self._load)
        return {
            "second_day": {
                **took,
                "rows_a_second": round(rows / took["wall_s"]),
                "bytes_a_reading": round(self._bytes("raw.smart_meter_readings") / rows / 2, 1),
                "published": self.day(),
            }
        }

    def redelivered(self, corrected_of: int | None) -> dict[str, Any]:
        """Load the first day's files once more, unchanged or with a corrected reading in one of so many."""
        corrected = meter_data.redeliver(self.files, meters=self.size.meters, corrected_of=corrected_of)
        before = self._count()
        took = self._timed(self._load)
        if self._count() - before != corrected:
            raise RuntimeError(f"{self._count() - before} versions of {corrected} corrections")
        return {"files": self.size.meters, "corrected": corrected, **took}

    def agreements(self) -> dict[str, Any]:
        """Ask for active agreements, as the analyst: how many there are, and that of a meter."""
        with self.place.session(Role.ANALYST) as analyst:
            one = "select min(meter_pseudonym) from analytics.agreement_versions"
            [(meter,)] = _asked(analyst, one)
            return {
                "count": self._spans(analyst, "select count(*) from analytics.active_agreements_on(%s)"),
                "one_meter": self._spans(
                    analyst, "select * from analytics.active_agreements_on(%s) where meter_pseudonym = %s", meter
                ),
            }

    def _spans(self, analyst: Connection, query: str, *values: Any) -> dict[str, Any]:
        took = list[float]()
        rows: list[tuple[Any, ...]] = []
        for _ in range(self.size.repetitions):
            begun = time.perf_counter()
            rows = _asked(analyst, query, meter_data.FIRST_DAY, *values)
            took.append((time.perf_counter() - begun) * 1000)
        p50, p95 = (results.percentile(took, percent) for percent in (50, 95))
        return {"p50_ms": p50, "p95_ms": p95, "rows": rows[0][0] if len(rows[0]) == 1 else len(rows)}

    def _load(self) -> None:
        with self.place.session(Role.LOADER) as loader:
            _load(self.place, loader)

    def _step_of(self, dag_id: str) -> None:
        pipeline_of(dag_id).extract_and_load(_context(), self.place)

    @staticmethod
    def _timed(do: Callable[[], None]) -> dict[str, Any]:
        gc.collect()
        begun, cpu_s = time.perf_counter(), time.process_time()
        do()
        wall_s = time.perf_counter() - begun
        return {
            "wall_s": round(wall_s, 2),
            "client_cpu_s": round(time.process_time() - cpu_s, 2),
            "load_average": results.load_average(),
        }

    def _count(self) -> int:
        return int(self._asked("select count(*) from raw.smart_meter_readings")[0][0])

    def _bytes(self, table: str) -> int:
        return int(self._asked("select pg_total_relation_size(%s)", table)[0][0])

    def _asked(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.place.session(Role.TRANSFORMER) as transformer:
            return _asked(transformer, query, *values)


def _asked(connection: Connection, query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return list(cursor.fetchall())


def _context() -> dict[str, Any]:
    now = datetime.now(UTC)
    run = SimpleNamespace(
        run_id=f"manual__{time.monotonic_ns()}",
        run_after=now,
        run_type="manual",
        data_interval_start=None,
        data_interval_end=None,
    )
    return {"dag_run": run, "params": {}}
