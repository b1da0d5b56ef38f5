"""What an hourly run costs PostgreSQL, step by step, over histories of several lengths: statements, rows, buffers."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from benchmarks import results
from benchmarks.rig import DATABASE, Rig
from include.sources.neso.pipeline import PIPELINE
from include.warehouse import Role

log = logging.getLogger(__name__)

YEARS = (1, 2, 4, 8, 17)
TABLES_BY_INSTANT = (
    *("raw.neso_generation_mix", "marts.half_hourly_generation", "marts.half_hourly_generation_mix"),
    *("marts.half_hourly_carbon_balance", "marts.half_hourly_generation_versions", "marts.generation_revisions"),
)
TABLES_BY_DAY = {
    "marts.daily_generation_mix": "settlement_date",
    "marts.daily_coverage__neso_generation_mix": "settlement_date",
    "marts.monthly_generation_mix": "settlement_month",
    "analytics.daily_generation_mix": "settlement_date",
    "analytics.daily_coverage": "settlement_date",
    "analytics.monthly_generation_mix": "settlement_month",
}
WHOLE, COPY = "gridloom_whole", "gridloom_shortened"
COUNTERS = ("blks_hit", "blks_read", "tup_returned", "tup_fetched", "tup_inserted", "tup_updated", "tup_deleted")
WRITERS = [role.login for role in (Role.LOADER, Role.TRANSFORMER)]
PATIENCE_S = 10.0
STEPS = ("extract_and_load", "check_raw", "build_models", "check_marts", "publish")


@dataclass(frozen=True)
class Cost:
    """What a step has PostgreSQL do."""

    seconds: float
    statements: int
    buffers: int
    rows_read: int
    rows_written: int


def measure(rig: Rig, *, rounds: int, years: tuple[int, ...] = YEARS) -> dict[str, Any]:
    """Measure hourly runs in this process, on copies of the warehouse that hold less and less of its history."""
    told = []
    for each in years:
        with _shortened(rig, each):
            _hour(rig)  # what it finds changed since the copy was made is not an hour's work
            hours = [_hour(rig) for _ in range(rounds)]
            [(rows,)] = rig.machine.query("select count(*) from raw.neso_generation_mix")
        told.append(
            {"years": each, "raw_rows": rows, "pending": hours[-1][1], "steps": _medians([h[0] for h in hours])}
        )
        log.info("%d years: %s", each, told[-1]["steps"])
    return {"histories": told}


def _medians(hours: list[dict[str, Cost]]) -> dict[str, dict[str, float]]:
    return {
        step: {
            name: float(results.spread([getattr(hour[step], name) for hour in hours])["median"])
            for name in Cost.__dataclass_fields__
        }
        for step in STEPS
    }


def _hour(rig: Rig) -> tuple[dict[str, Cost], int]:
    """Run an hour's five steps; return what each cost, and how many half-hours were pending."""
    rig.next_hour()
    context, place = _context(rig), rig.place
    costs: dict[str, Cost] = {}

    steps = PIPELINE.play(context, place)
    step = next(steps, None)
    while step is not None:
        # A step is done before the next one is named.
        with _counted(rig, step, costs):
            step = next(steps, None)
    [(published,)] = rig.machine.query("select published from ops.pipeline_runs order by run_id desc limit 1")
    return costs, int(published)


def _context(rig: Rig) -> dict[str, Any]:
    """Return what Airflow would hand to the steps of a run that was triggered for the publisher's instant."""
    dag_run = SimpleNamespace(
        run_id=f"cost__{rig.now.isoformat()}__{time.monotonic_ns()}",
        run_after=rig.now,
        run_type="manual",
        **dict.fromkeys(("data_interval_start", "data_interval_end", "logical_date")),
    )
    params = {"start": None, "end": None, "full_history": False, "look_back_days": 100, "force_publish": False}
    return {"dag_run": dag_run, "params": params}


@contextmanager
def _counted(rig: Rig, step: str, costs: dict[str, Cost]) -> Iterator[None]:
    log_file = rig.machine.home.path / "logs" / "postgres.log"
    before, offset, begun = _counters(rig), log_file.stat().st_size, time.perf_counter()
    yield
    seconds, after = time.perf_counter() - begun, _counters(rig)
    said = log_file.read_bytes()[offset:].decode(errors="replace")
    statements = sum("LOG:  statement:" in line and f"@{DATABASE}" in line for line in said.splitlines())
    hit, read, returned, fetched, inserted, updated, deleted = (
        now - then for now, then in zip(after, before, strict=True)
    )
    costs[step] = Cost(round(seconds, 3), statements, hit + read, returned + fetched, inserted + updated + deleted)


def _counters(rig: Rig) -> tuple[int, ...]:
    """Return what the server has counted for the database. Sessions tell it when they end: wait until ours have."""
    deadline = time.monotonic() + PATIENCE_S
    while rig.airflow.rows("select from pg_stat_activity where datname = %s and usename = any(%s)", DATABASE, WRITERS):
        if time.monotonic() > deadline:
            raise TimeoutError(f"a session of {', '.join(WRITERS)} is still open after {PATIENCE_S:g} s")
    columns = ", ".join(COUNTERS)
    [row] = rig.airflow.rows(f"select {columns} from pg_stat_database where datname = %s", DATABASE)
    return tuple(map(int, row))


@contextmanager
def _shortened(rig: Rig, years: int) -> Iterator[None]:
    """Put a copy of the warehouse in its place that holds only the last years; every login's statements are logged."""
    rig.on_server(f"create database {COPY} template {DATABASE} owner gridloom_owner")
    rig.use(WHOLE, COPY)
    rig.as_superuser(*_cut(years), f"alter database {DATABASE} set log_statement = 'all'", "vacuum (full, analyze)")
    try:
        yield
    finally:
        rig.use(COPY, WHOLE)
        rig.on_server(f"drop database {COPY} with (force)")


def _cut(years: int) -> list[str]:
    """Return the statements that take away what lies more than so many years back."""
    since = f"(select max(settlement_date) from marts.daily_coverage__neso_generation_mix) - {365 * years}"
    by_instant = [f"delete from {table} where period_started_at < {since}" for table in TABLES_BY_INSTANT]
    by_day = [
        f"delete from {table} where {day} < date_trunc('month', ({since})::timestamp)::date"
        for table, day in TABLES_BY_DAY.items()
    ]
    public = [each.replace("marts.", "analytics.", 1) for each in by_instant if "marts." in each.split(" where ")[0]]
    # The days go last: the others look into them.
    return [*by_instant, *public, *by_day] if years < max(YEARS) else []
